"""Who must return: organisations by type, phase and authority, or those of a list of native IDs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet

from collectory.portal.collections.models import DataCollection
from collectory.portal.organisations.types import school_types
from collectory.portal.people.models import Organisation

Kind = Organisation.Kind
SOURCES = {"schools": Kind.SCHOOL, "authorities": Kind.AUTHORITY}


@dataclass(frozen=True)
class Who:
    """Which organisations must return. Empty types, phases and authorities mean all of them.

    sources     "schools" or "authorities"
    native_ids  when there are any, exactly these must return, and the rest says nothing
    """

    sources: str = "schools"
    types: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    native_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Who:
        """What `as_json` gave."""
        lists = {name: tuple(kept.get(name, ())) for name in ("types", "phases", "authorities", "native_ids")}
        return cls(str(kept.get("sources", "schools")), **lists)

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def organisations(self) -> QuerySet[Organisation]:
        """The organisations that must return now. Those that have closed never do, nor types that make no returns."""
        here = Organisation.objects.filter(is_open=True)
        if self.native_ids:
            return here.filter(kind__in=list(SOURCES.values()), native_id__in=self.native_ids)
        here = here.filter(kind=SOURCES[self.sources])
        if self.sources == "authorities":
            return here.filter(native_id__in=self.authorities) if self.authorities else here
        if self.types:
            here = here.filter(school_type__in=self.types)
        if self.phases:
            here = here.filter(phase__in=self.phases)
        if self.authorities:
            here = here.filter(authority__native_id__in=self.authorities)
        silent = {one.name for one in school_types().values() if one.agent == "nobody"}
        silent -= {one.name for one in school_types().values() if one.agent != "nobody"}
        return here.exclude(school_type__in=silent) if silent else here

    def unknown(self) -> list[str]:
        """Native IDs of the list that are of no organisation which is open and makes returns."""
        known = set(self.organisations().values_list("native_id", flat=True)) if self.native_ids else set()
        return [each for each in self.native_ids if each not in known]

    @property
    def words(self) -> str:
        """As a sentence."""
        if self.native_ids:
            return f"{len(self.native_ids):,} organisations of a list"
        parts = ["all " + ("local authorities" if self.sources == "authorities" else "schools")]
        if self.types:
            parts.append("of type " + ", ".join(self.types))
        if self.phases:
            parts.append("in phase " + ", ".join(self.phases))
        if self.authorities:
            parts.append("of the authorities " + ", ".join(self.authorities))
        return " ".join(parts)


def native_ids_in(text: str) -> tuple[str, ...]:
    """The native IDs of a list that somebody typed or pasted, each once."""
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))


def choices() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen from: types, phases and authorities that there are."""
    here = Organisation.objects.filter(is_open=True)
    pairs = list(here.filter(kind=Kind.SCHOOL).order_by().values_list("school_type", "phase").distinct())
    authorities = here.filter(kind=Kind.AUTHORITY).values_list("native_id", "name")
    return {
        "types": sorted({(one, one) for one, _ in pairs if one}),
        "phases": sorted({(one, one) for _, one in pairs if one}),
        "authorities": [(native_id, f"{native_id} {name}") for native_id, name in authorities],
    }


@dataclass(frozen=True)
class Preview:
    """How many would have to return, and which: by type, by authority, and the first of them."""

    count: int
    by_type: list[tuple[str, int]]
    by_authority: list[tuple[str, int]]
    first: list[Organisation]
    unknown: list[str]


SHOWN = 50


def preview(who: Who) -> Preview:
    """What `who` means today; four queries for any number."""
    found = who.organisations()
    rows = list(found.order_by().values_list("school_type", "kind", "authority__native_id", "authority__name"))
    kinds = dict(Kind.choices)
    types = Counter(row[0] or kinds[row[1]] for row in rows)
    authorities = Counter(f"{row[2]} {row[3]}" if row[2] else "themselves" for row in rows)
    return Preview(len(rows), types.most_common(), sorted(authorities.items()), list(found[:SHOWN]), who.unknown())


def newcomers(collection: DataCollection) -> QuerySet[Organisation]:
    """The organisations that must return and have no return yet: they opened, or moved, since."""
    if not collection.who:
        return Organisation.objects.none()
    return Who.of(collection.who).organisations().exclude(returns__collection=collection)
