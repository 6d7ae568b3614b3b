"""Choosing and ordering records of one part of a return: what a list shows, and what "next" means.

What was chosen stands in the address, except the words searched for: they are mostly pupils' names and
numbers, and addresses end up in logs, histories and shared links. The words stay in the session, on the
server, and the address carries a token that means something in that session only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.contrib.sessions.backends.base import SessionBase

from collectory.blade import Boolean, Code, Date, Edition, Entity, Field, Integer
from collectory.engine.dataset import ROW
from collectory.portal.returns import cells, reading, searches
from collectory.portal.returns.models import Revision

SHOWN = {
    "": "All records",
    "errors": "With errors",
    "queries": "With queries",
    "either": "With errors or queries",
    "notes": "With notes",
    "changed": "Changed on screen since the last upload",
}
COUNTS = ("errors", "queries")
COLUMNS = 8


@dataclass(frozen=True)
class Selection:
    """What was chosen of one entity's records.

    show    one of SHOWN        codes  fields that must have a code
    sort    a field, or "errors" or "queries"; "-" in front for descending; "" for the order of the return
    words   what was searched for, in the field `within` ("" for anywhere); `token` stands for both
    """

    show: str = ""
    sort: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    within: str = ""
    token: str = ""

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.show or self.codes or self.words)

    @property
    def is_plain(self) -> bool:
        """Whether it is the whole part in the order of the return."""
        return self.is_all and not self.sort

    def query(self, **more: Any) -> str:
        """The query string of this selection, "?" included; "" when there is nothing to say."""
        pairs = {"show": self.show, "sort": self.sort, "search": self.token, "in": self.within, **self.codes, **more}
        written = urlencode({name: value for name, value in pairs.items() if value not in {"", None}})
        return f"?{written}" if written else ""

    def sorted_by(self, column: str) -> Selection:
        """The same records by a column; descending when they are already in its ascending order."""
        return replace(self, sort=f"-{column}" if self.sort == column else column)


EVERYTHING = Selection()


def listed_fields(entity: Entity) -> tuple[Field, ...]:
    """The columns of a list: the natural key, the naming fields, then what every record should have.

    Where that is too much, codes go before dates, and dates before the rest: they are what lists are narrowed by.
    """
    first = [entity.field(name) for name in dict.fromkeys((*entity.key, *entity.named_by)) if entity.has_field(name)]
    others = [each for each in entity.fields if each not in first]
    if len(entity.fields) > COLUMNS:
        needed = sorted((each for each in others if each.required), key=_rank)
        chosen = needed[: COLUMNS - len(first)]
        others = [each for each in others if each in chosen]
    return (*first, *others) or entity.fields[:COLUMNS]


def _rank(field: Field) -> int:
    return 0 if isinstance(field.kind, Code) else 1 if isinstance(field.kind, Date) else 2


def coded_fields(entity: Entity) -> tuple[Field, ...]:
    """The columns of a list that can be narrowed to one code."""
    return tuple(each for each in listed_fields(entity) if isinstance(each.kind, Code) and each.name not in entity.key)


def _about(entity: Entity) -> str:
    return f"records {entity.name}"


def remember_search(session: SessionBase, entity: Entity, words: str) -> str:
    """Keep the words searched for in the session and give their token; "" when there are none."""
    return searches.remember(session, _about(entity), words)


def selection_of(session: SessionBase, asked: Mapping[str, str], edition: Edition, entity: Entity) -> Selection:
    """The selection that an address asks for; whatever it does not know is left out."""
    token = asked.get("search", "")
    words = searches.words_of(session, _about(entity), token) if token else ""
    within = asked.get("in", "")
    sort = asked.get("sort", "")
    column = sort.removeprefix("-")
    codes = {
        each.name: code
        for each in coded_fields(entity)
        if (code := asked.get(each.name, "")) and code in (edition.codeset(each) or {})
    }
    return Selection(
        show=asked.get("show", "") if asked.get("show", "") in SHOWN else "",
        sort=sort if column in COUNTS or entity.has_field(column) else "",
        codes=codes,
        words=words,
        within=within if words and entity.has_field(within) else "",
        token=token if words else "",
    )


def rows_of(
    revision: Revision, entity: Entity, selection: Selection, noted: set[int] | None, changed: set[int] | None
) -> pl.Series:
    """The rows of the records chosen, in order. `noted` and `changed` are needed only where `show` asks for them."""
    table = reading.table(revision, entity)
    if selection.is_plain:
        return table[ROW]
    wanted = pl.all_horizontal(pl.lit(True), *_conditions(entity, selection))
    for kind, rows in (("notes", noted), ("changed", changed)):
        if selection.show == kind:
            wanted = wanted & pl.col(ROW).is_in(sorted(rows or ()))
    column = selection.sort.removeprefix("-")
    frame = table
    if selection.show in {"errors", "queries", "either"} or column in COUNTS:
        counts = cells.of_records(revision, entity.name).rename({"record": ROW})
        frame = table.join(counts, on=ROW, how="left", maintain_order="left").with_columns(
            pl.col("errors", "queries").fill_null(0)
        )
        more = {"errors": pl.col("errors") > 0, "queries": pl.col("queries") > 0}
        more["either"] = more["errors"] | more["queries"]
        wanted = wanted & more.get(selection.show, pl.lit(True))
    frame = frame.filter(wanted)
    if column:
        descending = selection.sort.startswith("-")
        frame = frame.sort(*_order(entity, column), descending=descending, nulls_last=True, maintain_order=True)
    return frame[ROW]


def _conditions(entity: Entity, selection: Selection) -> list[pl.Expr]:
    found = [pl.col(name) == code for name, code in selection.codes.items()]
    if selection.words and selection.within:
        found.append(_matches(entity.field(selection.within), selection.words))
    elif selection.words:
        everything = pl.concat_str(
            [pl.col(each.name) for each in entity.fields], separator="\x1f", ignore_nulls=True
        ).str.to_lowercase()
        found.extend(everything.str.contains(word.lower(), literal=True) for word in selection.words.split())
    return found


def _matches(field: Field, words: str) -> pl.Expr:
    text = pl.col(field.name).str.to_lowercase()
    if isinstance(field.kind, (Code, Boolean, Integer)):
        return text == words.lower()
    return text.str.contains(words.lower(), literal=True)


def _order(entity: Entity, column: str) -> list[pl.Expr]:
    if column in COUNTS:
        return [pl.col(column)]
    kind = entity.field(column).kind
    if kind.is_text:
        # Codes such as year groups: by number where they are numbers, then by letter.
        return [pl.col(column).cast(pl.Int64, strict=False), pl.col(column).str.to_lowercase()]
    return [kind.typed(pl.col(column)), pl.col(column)]
