"""Findings by the outermost record that they belong to: a child with all that was found in its episodes and plans.

Counted from the same findings as everything else (services/explaining); what is OK'd counts as neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from collectory.blade import Edition, Entity, Text
from collectory.engine.dataset import PARENT
from collectory.portal.returns import addresses, finding_list, reading, wording
from collectory.portal.returns.finding_list import Page
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.previous import previous_revision
from collectory.portal.returns.record_pages import values_of
from collectory.portal.returns.services.explaining import EXPLAINED, findings_with_explanation
from collectory.portal.returns.wording import Written

SIZE = 50
MOST_ALIKE = 10


def outermost(edition: Edition) -> tuple[Entity, ...]:
    """The entities at the top of which a return has many records, in the order of the blade."""
    if edition.form is not None:
        return ()
    return tuple(each for each in edition.entities if each.parent is None and each.many)


def tops(revision: Revision, entity: Entity) -> pl.DataFrame:
    """finding, row: for each finding at or below a record of an outermost entity, the row of that record."""

    def make() -> pl.DataFrame:
        edition = reading.edition_of(revision.data_return)
        found = reading.findings(revision).filter(pl.col("record").is_not_null())
        parts = [pl.DataFrame(schema={"finding": pl.Int64, "row": pl.Int64})]
        for each in edition.entities:
            chain = [each, *each.ancestors()]
            own = found.filter(pl.col("entity") == each.name)
            if chain[-1].name != entity.name or not own.height:
                continue
            rows = own["record"].cast(pl.Int64)
            for below in chain[:-1]:
                rows = reading.table(revision, below)[PARENT].gather(rows)
            parts.append(pl.DataFrame([own["finding"].cast(pl.Int64), rows.alias("row")]))
        return pl.concat(parts)

    blobs = tuple(sorted(revision.tables.items()))
    return reading.remembered(("tops", revision.findings, entity.name, blobs), make)


def counted(data_return: Return, entity: Entity) -> pl.DataFrame:
    """row, errors, queries, not_explained of each record with findings, those with most errors first."""
    revision = data_return.current_revision
    if revision is None:
        return pl.DataFrame(schema=dict.fromkeys(("row", "errors", "queries", "not_explained"), pl.Int64))
    standing = findings_with_explanation(data_return).filter(~pl.col("accepted"))
    found = standing.with_columns(pl.col("finding").cast(pl.Int64)).join(tops(revision, entity), on="finding")
    is_error = pl.col("priority") == "error"
    return (
        found.group_by("row")
        .agg(
            errors=is_error.sum(),
            queries=(~is_error).sum(),
            not_explained=(pl.col("explanation") != EXPLAINED).sum(),
        )
        .sort("errors", "queries", "row", descending=[True, True, False])
    )


def page_of(data_return: Return, entity: Entity, counts: pl.DataFrame, number: int) -> Page:
    """A page of these records, each with its name, key and address."""
    revision = data_return.current_revision
    pages = max(1, -(-counts.height // SIZE))
    number = min(max(1, number), pages)
    rows = counts.slice((number - 1) * SIZE, SIZE).to_dicts()
    for row in rows:
        assert revision is not None
        row["name"] = name_of(revision, entity, row["row"])
    return Page(rows, counts.height, number, pages)


def name_of(revision: Revision, entity: Entity, row: int) -> str:
    """What people call a record: its name, else its key, else its place in the return."""
    return wording.record_name(entity, values_of(revision, entity, row)) or f"{entity.label} {row + 1} (not named)"


def findings_of(data_return: Return, entity: Entity, row: int) -> list[dict[str, Any]]:
    """All findings at or below a record with everything that is shown of them: the record first, then downwards."""
    revision = data_return.current_revision
    assert revision is not None
    order = {each.name: at for at, each in enumerate(reading.edition_of(data_return).entities)}
    chosen = tops(revision, entity).filter(pl.col("row") == row)["finding"]
    every = findings_with_explanation(data_return)
    shown = finding_list.with_words(data_return, every.filter(pl.col("finding").is_in(chosen.implode())))
    return sorted(shown, key=lambda each: (order.get(each["entity"], 0), each["record"], each["finding"]))


def alike(data_return: Return, entity: Entity, row: int) -> list[tuple[int, str, str]]:
    """Other records with the same value of what names this one or of an item of text that the same rule found fault
    with: row, name, and the item's title."""
    revision = data_return.current_revision
    assert revision is not None
    table = reading.table(revision, entity)
    found = reading.findings(revision).filter((pl.col("entity") == entity.name) & (pl.col("record") == row))
    read = {cell["field"] for fields in found["fields"].to_list() if len(fields or ()) == 1 for cell in fields}
    asked = [
        each
        for each in entity.fields
        if (each.name in entity.key and len(entity.key) == 1) or (each.name in read and isinstance(each.kind, Text))
    ]
    others: dict[int, str] = {}
    for field in asked:
        value = table[field.name][row]
        if value is not None:
            for other in (table[field.name] == value).fill_null(False).arg_true().to_list()[: MOST_ALIKE + 1]:
                if other != row:
                    others.setdefault(other, field.title)
    return [(other, name_of(revision, entity, other), title) for other, title in sorted(others.items())][:MOST_ALIKE]


@dataclass(frozen=True)
class Before:
    """The same record in the return before: where it is, and its items beside this year's."""

    title: str
    address: str
    items: tuple[tuple[str, Written, Written], ...]


def before(data_return: Return, entity: Entity, row: int) -> Before | None:
    """The record of the same key in the return before; None where there is none, or more than one."""
    earlier = previous_revision(data_return)
    revision = data_return.current_revision
    if earlier is None or revision is None or len(entity.key) != 1:
        return None
    then = reading.edition_of(earlier.data_return)
    if not then.has_entity(entity.name):
        return None
    kind = then.entity(entity.name)
    values = values_of(revision, entity, row)
    key = values.get(entity.key[0])
    rows = (reading.table(earlier, kind)[entity.key[0]] == key).fill_null(False).arg_true() if key else []
    if len(rows) != 1:
        return None
    old = values_of(earlier, kind, rows[0])
    now = reading.edition_of(data_return)
    items = tuple(
        (
            field.title,
            wording.written(now, field, values.get(field.name)),
            wording.written(then, kind.field(field.name), old.get(field.name)),
        )
        for field in entity.fields
        if kind.has_field(field.name)
    )
    address = addresses.url_of_record(earlier.data_return, kind, int(rows[0]))
    return Before(earlier.data_return.collection.title, address, items)
