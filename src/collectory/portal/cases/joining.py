"""Where exact matching and cases meet: clashes become cases in the transaction that finds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from django.db.models import Exists, OuterRef

from collectory.engine.matching.rows import HOURS
from collectory.portal.cases.found import NO_CASE, Found, Record
from collectory.portal.cases.models import Case, Kind
from collectory.portal.cases.services.keeping import AT_ONCE, keep
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import clashes
from collectory.portal.duplicates.listening import Changed
from collectory.portal.duplicates.models import Clash, PupilRow, Side
from collectory.portal.returns.models import Return

TEXTS = ("upn", "surname", "forename", "middle_names", "sex", "status", "former_upn", "former_surname")


def told(changed: Changed) -> None:
    """Clashes appeared, changed or went."""
    found = list(found_of([*changed.appeared, *changed.altered], changed.cause))
    keep(changed.collection, found, [(one.kind, one.key) for one in changed.went], changed.cause)


def found_of(some: Iterable[Clash], cause: Return | None = None) -> Iterator[Found]:
    """Clashes with their records, as cases take them.

    `cause` is a return whose new revision is not written as its current one yet.
    """
    listed = list(some)
    for start in range(0, len(listed), AT_ONCE):
        part = {one.pk: one for one in listed[start : start + AT_ONCE]}
        sides = clashes.sides_of(part.values()).select_related(
            "row", "data_return__organisation", "data_return__current_revision"
        )
        for number, group in groupby(sides, key=lambda side: side.clash_id):
            yield _found(part[number], list(group), cause)


def _found(clash: Clash, sides: list[Side], cause: Return | None) -> Found:
    return Found(
        Kind(clash.kind),
        clash.key,
        clash.verdict,
        clash.message,
        tuple(_record(side, cause) for side in sides),
        birth_dates_differ=clash.birth_dates_differ,
        funded_hours=clash.funded_hours,
        extended_hours=clash.extended_hours,
        expanded_hours=clash.expanded_hours,
    )


def _record(side: Side, cause: Return | None) -> Record:
    data_return = cause if cause is not None and cause.pk == side.data_return_id else side.data_return
    organisation = side.data_return.organisation
    revision = data_return.current_revision
    return Record(
        data_return=side.data_return_id,
        organisation=organisation.pk,
        authority=organisation.authority_id or organisation.pk,
        entity=side.row.entity,
        record=side.row.record,
        revision=revision.number if revision is not None else 0,
        values=values_of(side.row),
    )


def values_of(row: PupilRow) -> Mapping[str, str]:
    """All that is stored of a person as text, from which each kind of case takes what it shows; no postcode."""
    found = {name: getattr(row, name) or "" for name in TEXTS}
    found["birth_date"] = row.birth_date.isoformat() if row.birth_date else ""
    for name in HOURS:
        hours = getattr(row, name)
        found[name] = "" if hours is None else f"{hours:g}"
    return found


def catch_up() -> int:
    """Make cases of clashes that have none, such as those found before an upgrade; how many."""
    there = Case.objects.filter(collection=OuterRef("collection"), kind=OuterRef("kind"), key=OuterRef("key"))
    missing = Clash.objects.filter(returns__gt=1).exclude(verdict__in=NO_CASE).exclude(Exists(there))
    made = 0
    for collection in DataCollection.objects.filter(pk__in=missing.order_by().values("collection")):
        found = list(found_of(missing.filter(collection=collection)))
        keep(collection, found)
        made += len(found)
    return made
