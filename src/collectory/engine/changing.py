"""Changing single records of a return: new values, a new record, one record less.

Nothing is changed in place: each function gives a new data set, and says which rows it touched, so that a
row can be followed from one state of the data to the next and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, columns_of

Rows = Mapping[str, Sequence[int]]
"""Rows by entity, ascending."""


@dataclass(frozen=True)
class Touched:
    """Which rows a change touched: `changed` and `added` as rows after it, `removed` as rows before it."""

    changed: Rows = field(default_factory=dict)
    added: Rows = field(default_factory=dict)
    removed: Rows = field(default_factory=dict)

    def after(self, entity: str, row: int) -> int | None:
        """Where a row from before the change is after it; None when it was removed."""
        removed = self.removed.get(entity, ())
        if row in removed:
            return None
        row -= sum(1 for each in removed if each < row)
        for each in self.added.get(entity, ()):
            if each <= row:
                row += 1
        return row

    def before(self, entity: str, row: int) -> int | None:
        """Where a row from after the change was before it; None when it was added."""
        added = self.added.get(entity, ())
        if row in added:
            return None
        row -= sum(1 for each in added if each < row)
        for each in self.removed.get(entity, ()):
            if each <= row:
                row += 1
        return row


@dataclass(frozen=True)
class Changed:
    """A data set after a change, and what the change touched."""

    dataset: Dataset
    touched: Touched


def with_values(dataset: Dataset, entity: str, row: int, values: Mapping[str, str | None]) -> Changed:
    """The data set with other values in one record; "" counts as no value.

    Raises KeyError for an unknown entity or field and IndexError for a row that is not there.
    """
    kind = dataset.edition.entity(entity)
    table = dataset.tables[entity]
    _assert_row(table, entity, row)
    there = pl.col(ROW) == row
    new = [
        pl.when(there).then(pl.lit(values[name] or None, pl.String)).otherwise(pl.col(name)).alias(name)
        for name in values
        if kind.field(name)
    ]
    return Changed(dataset.with_tables({entity: table.with_columns(new)}), Touched(changed={entity: [row]}))


def with_record(dataset: Dataset, entity: str, values: Mapping[str, str | None], parent: int | None = None) -> Changed:
    """The data set with one more record: the last one, or the last one under its parent.

    Raises KeyError for an unknown entity or field, IndexError for a parent row that is not there, and
    ValueError where a parent is missing or not wanted, or where there may be one record only and there is one.
    """
    kind = dataset.edition.entity(entity)
    table = dataset.tables[entity]
    if (kind.parent is None) != (parent is None):
        raise ValueError(f"{entity} needs the row of its parent" if kind.parent else f"{entity} has no parent")
    if kind.parent is not None and parent is not None:
        _assert_row(dataset.tables[kind.parent.name], kind.parent.name, parent)
        place = int((table[PARENT] <= parent).sum())
        beside = int((table[PARENT] == parent).sum())
    else:
        place = beside = table.height
    if not kind.many and beside:
        raise ValueError(f"There may be one record of {entity} only")
    names = [name for name in values if kind.field(name)]
    record: dict[str, list[int] | list[int | None] | list[str | None]] = {ROW: [place], PARENT: [parent]}
    record.update({each.name: [values.get(each.name) or None if each.name in names else None] for each in kind.fields})
    one = pl.DataFrame(record, schema={name: table.schema[name] for name in columns_of(kind)})
    tables = {entity: _numbered(pl.concat([table[:place], one, table[place:]]))}
    for child in dataset.edition.children(kind):
        below = dataset.tables[child.name]
        if below.height:
            moved = pl.col(PARENT) + (pl.col(PARENT) >= place).cast(pl.Int64)
            tables[child.name] = below.with_columns(moved.alias(PARENT))
    return Changed(dataset.with_tables(tables), Touched(added={entity: [place]}))


def without_record(dataset: Dataset, entity: str, row: int) -> Changed:
    """The data set without one record and all records below it.

    Raises KeyError for an unknown entity and IndexError for a row that is not there.
    """
    kind = dataset.edition.entity(entity)
    _assert_row(dataset.tables[entity], entity, row)
    tables: dict[str, pl.DataFrame] = {}
    removed = rows_below(dataset, entity, row)
    for each in _with_descendants(dataset.edition, kind):
        table = dataset.tables[each.name]
        gone = pl.Series(removed.get(each.name, []), dtype=pl.Int64)
        left = table.filter(~pl.col(ROW).is_in(gone.implode()))
        above = removed.get(each.parent.name, []) if each.parent else []
        if above and each.name != entity:
            passed = pl.Series(above, dtype=pl.Int64).search_sorted(left[PARENT]).cast(pl.Int64)
            left = left.with_columns((pl.col(PARENT) - passed).alias(PARENT))
        if left.height != table.height or above:
            tables[each.name] = _numbered(left)
    return Changed(dataset.with_tables(tables), Touched(removed=removed))


def rows_below(dataset: Dataset, entity: str, row: int) -> dict[str, list[int]]:
    """The row itself and the rows of all records below it, by entity; entities without any left out."""
    kind = dataset.edition.entity(entity)
    found = {entity: [row]}
    for each in _with_descendants(dataset.edition, kind)[1:]:
        assert each.parent is not None
        above = found.get(each.parent.name)
        if above:
            table = dataset.tables[each.name]
            rows = table.filter(pl.col(PARENT).is_in(above))[ROW].to_list()
            if rows:
                found[each.name] = rows
    return found


def _with_descendants(edition: Edition, entity: Entity) -> list[Entity]:
    """An entity and all below it, parents before children."""
    names = {entity.name}
    found = [edition.entity(entity.name)]
    for each in edition.entities:
        if each.parent is not None and each.parent.name in names:
            names.add(each.name)
            found.append(each)
    return found


def _numbered(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW))


def _assert_row(table: pl.DataFrame, entity: str, row: int) -> None:
    if not 0 <= row < table.height:
        raise IndexError(f"{entity} has no row {row}")
