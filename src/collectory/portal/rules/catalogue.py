"""The catalogue as people search it: words, filters, pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from collectory.blade import Blade, Edition
from collectory.engine.writing.across import KINDS, Across, across
from collectory.engine.writing.catalogue import catalogue
from collectory.portal.returns.finding_list import Page

SHOWN = 50
PRIORITIES = {"error": "Errors", "query": "Queries"}
LEVELS = {"return": "Return level", "item": "Data item level"}
SWITCHED = {"changed": "Softened or withdrawn", "softened": "Softened", "withdrawn": "Withdrawn"}
LOOKED_AT = ("rule", "key", "message", "why", "fix", "note", "applies")
LISTED = ("entities", "parts", "reads", "items")


@lru_cache(maxsize=16)
def rows_of(edition: Edition) -> tuple[dict[str, Any], ...]:
    """The rows of `engine.writing.catalogue`, each with `searched`: all its words, for looking in."""
    rows = catalogue(edition)
    for row in rows:
        texts = [str(row[name]) for name in LOOKED_AT] + [text for name in LISTED for text in row[name]]
        row["searched"] = " ".join(texts).lower()
    return tuple(rows)


@lru_cache(maxsize=8)
def across_of(blade: Blade) -> tuple[Across, ...]:
    """Every rule of a blade across its editions."""
    return tuple(across(blade))


def parts_of(edition: Edition) -> list[str]:
    """The titles of the parts of the return that some rule is about."""
    found = {part for row in rows_of(edition) for part in row["parts"]}
    return [section.title for section in edition.blade.sections if section.title in found]


@dataclass(frozen=True)
class Wanted:
    """Which rules, and which page of them; `term` and `change` on the page across editions only."""

    words: str = ""
    priority: str = ""
    level: str = ""
    part: str = ""
    switched: str = ""
    term: str = ""
    change: str = ""
    page: int = 1

    @staticmethod
    def of(given: Mapping[str, str]) -> Wanted:
        """What an address asks for; what makes no sense is left out."""

        def one_of(name: str, known: Any) -> str:
            return value if (value := given.get(name, "")) in known else ""

        page = given.get("page", "")
        return Wanted(
            words=given.get("words", "")[:200].strip(),
            priority=one_of("priority", PRIORITIES),
            level=one_of("level", LEVELS),
            part=given.get("part", "")[:100],
            switched=one_of("switched", SWITCHED),
            term=given.get("term", "")[:20],
            change=one_of("change", KINDS),
            page=int(page) if page.isdecimal() and 0 < len(page) < 6 else 1,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.words or self.priority or self.level or self.part or self.switched or self.term or self.change)

    def query(self, **changes: Any) -> str:
        """The part of an address after "?" for this list with some changes."""
        other = replace(self, **{"page": 1, **changes})
        parts = {name: getattr(other, name) for name in self.__dataclass_fields__}
        return urlencode({name: value for name, value in parts.items() if value and (name, value) != ("page", 1)})


def chosen(edition: Edition, wanted: Wanted) -> list[dict[str, Any]]:
    """The rules that are wanted. Each of the words must stand somewhere in what is said of a rule.

    A rule whose number is what was typed stands first.
    """
    words = wanted.words.lower().split()
    found = [
        row
        for row in rows_of(edition)
        if all(word in row["searched"] for word in words)
        and wanted.priority in ("", row["priority"])
        and wanted.level in ("", row["level"])
        and (not wanted.part or wanted.part in row["parts"])
        and (wanted.switched in ("", row["switched"]) or (wanted.switched == "changed" and row["switched"]))
    ]
    return sorted(found, key=lambda row: row["rule"].lower() not in {wanted.words.lower(), f"{wanted.words.lower()}q"})


def chosen_across(blade: Blade, wanted: Wanted) -> list[Across]:
    """The rules across editions that are wanted: by words, term and kind of change."""
    words = wanted.words.lower().split()
    of_term = {edition.key for edition in blade.editions if wanted.term in ("", edition.term)}
    return [
        one
        for one in across_of(blade)
        if all(word in f"{one.number} {one.key} {one.message}".lower() for word in words)
        and of_term & set(one.priorities)
        and (
            not wanted.change
            or any(change.kind == wanted.change and change.edition in of_term for change in one.changes)
        )
    ]


def page_of(rows: list[Any], wanted: Wanted) -> Page:
    """The wanted page of these rows."""
    pages = max(1, -(-len(rows) // SHOWN))
    number = min(wanted.page, pages)
    return Page(rows[(number - 1) * SHOWN : number * SHOWN], len(rows), number, pages)
