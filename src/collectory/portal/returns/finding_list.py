"""The list of findings as people read it: filtered, a page at a time, with who each is about.

What decides about a row is found with Polars over the whole list; what a row shows is read for the rows of
the page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import polars as pl

from collectory.blade import Edition, Rule
from collectory.engine.checking.compile import message_of
from collectory.portal.returns import cells, naming, reading
from collectory.portal.returns.addresses import url_of_cell
from collectory.portal.returns.items import Item
from collectory.portal.returns.models import Note, Return
from collectory.portal.returns.services.explaining import STANDINGS, findings_with_explanation
from collectory.portal.returns.services.noting import newest_at_places
from collectory.portal.rules.switching import rule_in

SIZES = (10, 50, 100)
USUAL_SIZE = 50
PRIORITIES = {"error": "Errors", "query": "Queries"}
LEVELS = {"return": "Return level", "item": "Data item level"}
EXPLANATIONS = {one.replace(" ", "-"): one for one in STANDINGS}
OKS = {"yes": "OK’d", "no": "Not OK’d"}


@dataclass(frozen=True)
class Wanted:
    """Which findings, and which page of them.

    `words` may name a pupil: they stay in the session, and addresses carry `search`, their token.
    """

    priority: str = ""
    rule: str = ""
    level: str = ""
    explanation: str = ""
    ok: str = ""
    words: str = ""
    search: str = ""
    show: int = USUAL_SIZE
    page: int = 1

    @staticmethod
    def of(given: Mapping[str, str], words: str = "", search: str = "") -> Wanted:
        """What an address or a form asks for; what makes no sense is left out."""

        def one_of(name: str, known: Mapping[str, str]) -> str:
            return value if (value := given.get(name, "")) in known else ""

        show, page = given.get("show", ""), given.get("page", "")
        return Wanted(
            priority=one_of("priority", PRIORITIES),
            rule=given.get("rule", "")[:120],
            level=one_of("level", LEVELS),
            explanation=one_of("explanation", EXPLANATIONS),
            ok=one_of("ok", OKS),
            words=words,
            search=search if words else "",
            show=int(show) if show in {str(size) for size in SIZES} else USUAL_SIZE,
            page=int(page) if page.isdecimal() and 0 < len(page) < 8 else 1,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.priority or self.rule or self.level or self.explanation or self.ok or self.words)

    def query(self, **changes: Any) -> str:
        """The part of the address after "?" for this list with some changes; never the text searched for."""
        other = replace(self, **{"page": 1, **changes})
        parts = {
            "priority": other.priority,
            "rule": other.rule,
            "level": other.level,
            "explanation": other.explanation,
            "ok": other.ok,
            "search": other.search,
            "show": "" if other.show == USUAL_SIZE else str(other.show),
            "page": "" if other.page == 1 else str(other.page),
        }
        return urlencode({name: value for name, value in parts.items() if value})


def chosen(data_return: Return, wanted: Wanted) -> pl.DataFrame:
    """The findings that are wanted, all pages of them; columns as in `findings_with_explanation`.

    One that is OK'd is neither explained nor unexplained: it is not among those of an explanation.
    """
    found = findings_with_explanation(data_return)
    for column in ("priority", "level"):
        if value := getattr(wanted, column):
            found = found.filter(pl.col(column) == value)
    if wanted.rule:
        found = found.filter(pl.col("rule_key") == wanted.rule)
    if wanted.explanation:
        found = found.filter((pl.col("explanation") == EXPLANATIONS[wanted.explanation]) & ~pl.col("accepted"))
    if wanted.ok:
        found = found.filter(pl.col("accepted") == (wanted.ok == "yes"))
    if wanted.words and data_return.current_revision is not None:
        who = naming.subjects(data_return.current_revision)
        for word in wanted.words.lower().replace(",", " ").split():
            who = who.filter(pl.col("search").str.contains(word, literal=True))
        found = found.filter(pl.col("finding").is_in(who["finding"].implode()))
    return found


@dataclass(frozen=True)
class Page:
    """One page of a list: its rows, and where it stands among the others."""

    rows: list[dict[str, Any]]
    count: int
    number: int
    pages: int

    @property
    def numbers(self) -> list[int | None]:
        """Page numbers to offer: the first, the last and those near this one; None where some are left out."""
        near = {1, self.pages, *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)}
        shown: list[int | None] = []
        for number in sorted(near):
            if shown and number - (shown[-1] or 0) > 1:
                shown.append(None)
            shown.append(number)
        return shown


def page_of(data_return: Return, found: pl.DataFrame, wanted: Wanted) -> Page:
    """The wanted page of these findings, each with who, key, what, message, cells and its newest note."""
    pages = max(1, -(-found.height // wanted.show))
    number = min(wanted.page, pages)
    part = found.slice((number - 1) * wanted.show, wanted.show)
    return Page(with_words(data_return, part), found.height, number, pages)


def with_words(data_return: Return, found: pl.DataFrame) -> list[dict[str, Any]]:
    """A few findings with everything that is shown of them. Do not call it with all."""
    revision = data_return.current_revision
    if revision is None or not found.height:
        return []
    numbers = found["finding"]
    words = reading.findings(revision)[numbers].select("finding", "message", "fields", "key")
    who = naming.subjects(revision)[numbers].select("finding", "who", pl.col("key").alias("known_by"), "what")
    rows = found.join(words, on="finding", maintain_order="left").join(who, on="finding", maintain_order="left")
    edition = reading.edition_of(data_return)
    notes = newest_at_places(data_return, found["place"].to_list())
    shown = []
    for row in rows.rows(named=True):
        row["cells"] = [cell_of(data_return, edition, cell, row["entity"]) for cell in row.pop("fields") or []]
        row["note"] = notes.get(row["place"])
        row["revision"] = revision.number
        shown.append(row)
    return shown


def findings_reading(data_return: Return, item: Item) -> list[dict[str, Any]]:
    """The findings of the current revision that read an item, with everything that is shown of them."""
    there = cells.touches(item.revision).filter(
        (pl.col("entity") == item.entity.name) & (pl.col("record") == item.row) & (pl.col("field") == item.field)
    )
    every = findings_with_explanation(data_return)
    return with_words(data_return, every.filter(pl.col("finding").is_in(there["finding"].implode())))


def cell_of(data_return: Return, edition: Edition, cell: Mapping[str, Any], entity: str | None) -> dict[str, Any]:
    """One value that a rule read: its title, its value as shown, and the address of the cell it stands in."""
    name, of = cell["field"], cell["entity"]
    title, address = name, ""
    if of and edition.has_entity(of) and edition.entity(of).has_field(name.rpartition(".")[2]):
        kind = edition.entity(of)
        title = kind.field(name.rpartition(".")[2]).title
        if of != entity:
            title = f"{kind.label}: {title}"
        if cell["record"] is not None:
            address = url_of_cell(data_return, of, cell["record"], name)
    elif not of:
        title = in_words(name)
    return {"title": title, "value": cell["value"], "address": address, "field": name, "entity": of}


def in_words(name: str) -> str:
    """The name of a figure that a rule works out, as words: `share_of_boarders` is "Share of boarders"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def rule_of(edition: Edition, key: str) -> Rule | None:
    """The rule of that key, also one that was withdrawn or is about the file's structure; None when there is none."""
    return rule_in(edition, key)


def rules_found(data_return: Return, tallies: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of `explaining.by_rule` with their rule and its message; errors first, then in the rules' order."""
    edition = reading.edition_of(data_return)
    order = {each.key: number for number, each in enumerate(edition.rules)}
    rows = []
    for row in tallies.rows(named=True):
        rule = rule_of(edition, row["rule_key"])
        row["message"] = message_of(rule, edition) if rule else row["rule_key"]
        row["in_edition"] = rule is not None
        rows.append(row)
    return sorted(rows, key=lambda row: (row["priority"] != "error", order.get(row["rule_key"], -1), row["rule_key"]))


def notes_at(data_return: Return, place: str) -> list[Note]:
    """All notes at one place, newest first, withdrawn ones too."""
    notes = Note.objects.filter(data_return=data_return, place=place)
    return list(notes.select_related("author", "organisation", "withdrawal__event__user"))
