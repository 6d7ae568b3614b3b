"""Data sets from plain tables: frames and lists of rows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from collectory.blade import Boolean, Date, Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, Rows, columns_of, completed
from collectory.engine.implied import keys_above, with_lists_as_records, with_records_above, without_other_editions
from collectory.engine.registry import edition as edition_of

GIVEN = "_given"
MIDNIGHT = datetime.time(0)


def dataset_of_tables(tables: Mapping[str, Rows], edition: Edition | str) -> Dataset:
    """See Dataset.from_tables."""
    if isinstance(edition, str):
        edition = edition_of(edition)
    unknown = [name for name in tables if not edition.has_entity(name)]
    if unknown:
        known = ", ".join(each.name for each in edition.entities)
        raise ValueError(f"{edition.key} has no table {', '.join(unknown)}. It has: {known}")
    frames: dict[str, pl.DataFrame] = {}
    for name, rows in tables.items():
        frame = rows if isinstance(rows, pl.DataFrame) else _frame(edition.entity(name), rows)
        frames[name] = without_other_editions(edition, name, frame)
    frames = with_records_above(edition, with_lists_as_records(edition, frames))
    made: dict[str, pl.DataFrame] = {}
    moved: dict[str, pl.Series] = {}
    for entity in edition.entities:
        if entity.name in frames:
            table = _table(entity, frames[entity.name], made, moved)
            if not table[GIVEN].is_sorted():
                moved[entity.name] = table[GIVEN].arg_sort().cast(pl.Int64)
            made[entity.name] = table.drop(GIVEN)
    plain = {name: table.select(columns_of(edition.entity(name))) for name, table in made.items()}
    return Dataset(edition, completed(edition, plain))


def _table(
    entity: Entity, frame: pl.DataFrame, made: Mapping[str, pl.DataFrame], moved: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """The table of an entity, with the rows as they were given in a further column.

    `moved` says, for tables above whose rows had to change places, where each row as given went. An entity whose
    records are numbered has that column too, counted where it is not given.
    """
    parent_keys = keys_above(entity)
    number = entity.number_column
    by_row = PARENT in frame.columns  # else the record above is found in its table as it is now
    allowed = {ROW, PARENT, number, *parent_keys, *(field.name for field in entity.fields)}
    strange = [name for name in frame.columns if name not in allowed]
    if strange:
        raise ValueError(f"The table {entity.name} has no column {', '.join(strange)}")
    frame = frame.with_columns(_text(entity, name, frame.schema[name]) for name in frame.columns)
    if entity.parent is None:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(PARENT))
    elif PARENT in frame.columns:
        frame = frame.with_columns(pl.col(PARENT).cast(pl.Int64))
    else:
        frame = _with_parents(entity, frame, made, parent_keys)
    height = made[entity.parent.name].height if entity.parent and entity.parent.name in made else 0
    if entity.parent is not None and frame.height:
        outside = (frame[PARENT].is_null() | ~frame[PARENT].is_between(0, height - 1)).arg_true()
        if len(outside):
            raise ValueError(
                f"Record {outside[0] + 1} of the table {entity.name} belongs to no row of {entity.parent.name} "
                f"({len(outside):,} such in all)"
            )
    if entity.parent is not None and entity.parent.name in moved and by_row:
        frame = frame.with_columns(moved[entity.parent.name].gather(frame[PARENT]).alias(PARENT))
    missing = [field.name for field in entity.fields if field.name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing).with_row_index(GIVEN)
    if entity.parent is not None:
        frame = frame.sort(PARENT, maintain_order=True)
    if number and number not in frame.columns:
        counted = pl.int_range(1, pl.len() + 1).over(PARENT) if entity.parent else pl.int_range(1, pl.len() + 1)
        frame = frame.with_columns(counted.cast(pl.String).alias(number))
    return frame.drop(ROW, strict=False).with_row_index(ROW).cast({ROW: pl.Int64})


def _frame(entity: Entity, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row if name != ROW))
    columns: dict[str, Any] = {ROW: range(len(rows))}  # rows without any value are rows too
    columns |= {name: [_written(entity, name, row.get(name)) for row in rows] for name in names}
    schema = {name: pl.Int64 if name in (ROW, PARENT) else pl.String for name in columns}
    return pl.DataFrame(columns, schema=schema)


def _written(entity: Entity, name: str, value: Any) -> Any:
    if value is None or name in (ROW, PARENT):
        return value
    if value != value:  # what other programs put for a missing number  # noqa: PLR0124
        return None
    if isinstance(value, bool):
        kind = entity.field(name).kind if entity.has_field(name) else None
        true, false = (kind.true[0], kind.false[0]) if isinstance(kind, Boolean) else ("true", "false")
        return true if value else false
    if isinstance(value, datetime.datetime):
        if value.time() == MIDNIGHT and _is_day(entity, name):
            return value.date().isoformat()
        return value.isoformat(timespec="seconds")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _text(entity: Entity, name: str, dtype: pl.DataType) -> pl.Expr:
    if name in (ROW, PARENT):
        return pl.col(name)
    column = pl.col(name)
    if dtype == pl.Boolean:
        kind = entity.field(name).kind if entity.has_field(name) else None
        true, false = (kind.true[0], kind.false[0]) if isinstance(kind, Boolean) else ("true", "false")
        return pl.when(column).then(pl.lit(true)).when(~column).then(pl.lit(false)).alias(name)
    if isinstance(dtype, pl.Datetime):
        written = column.dt.strftime("%Y-%m-%dT%H:%M:%S")
        if not _is_day(entity, name):
            return written
        return pl.when(column.dt.time() == MIDNIGHT).then(column.dt.strftime("%Y-%m-%d")).otherwise(written).alias(name)
    if dtype.is_float():
        column = column.fill_nan(None)
        whole = column.cast(pl.Int64, strict=False)
        return pl.when(whole == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String)).alias(name)
    text = column.cast(pl.String)
    return pl.when(text != "").then(text).alias(name)


def _is_day(entity: Entity, name: str) -> bool:
    """Whether a column holds days, which other programs keep as moments at midnight."""
    return entity.has_field(name) and isinstance(entity.field(name).kind, Date)


def _with_parents(
    entity: Entity,
    frame: pl.DataFrame,
    made: Mapping[str, pl.DataFrame],
    keys: Sequence[str],
) -> pl.DataFrame:
    """Find the record above by the key columns given, or take the only one there is."""
    assert entity.parent is not None
    if not frame.height:  # a list of no rows names no columns
        return frame.with_columns(pl.lit(None, pl.Int64).alias(PARENT))
    above = made.get(entity.parent.name)
    if above is None or not above.height:
        raise ValueError(f"The table {entity.name} has rows, but {entity.parent.name} has none")
    given = [name for name in keys if name in frame.columns]
    if not given:
        if above.height > 1:
            needed = ", ".join(keys) or PARENT
            raise ValueError(f"The table {entity.name} needs a column {needed} or {PARENT}, to say whose each row is")
        return frame.with_columns(pl.lit(0, pl.Int64).alias(PARENT))
    with_keys = above.select(ROW, PARENT, *(name for name in given if name in above.columns))
    nearest: Entity | None = entity.parent
    while nearest is not None and nearest.parent is not None and nearest.parent.name in made:
        further = made[nearest.parent.name]
        wanted = [name for name in given if name not in with_keys.columns and name in further.columns]
        lookup = further.select(pl.col(ROW).alias(PARENT), pl.col(PARENT).alias("_next"), *wanted)
        with_keys = with_keys.join(lookup, on=PARENT, how="left").drop(PARENT).rename({"_next": PARENT})
        nearest = nearest.parent
    on = [name for name in given if name in with_keys.columns]
    first = with_keys.unique(subset=on, keep="first", maintain_order=True).select(*on, pl.col(ROW).alias(PARENT))
    joined = frame.join(first, on=on, how="left", nulls_equal=True, maintain_order="left")
    return joined.drop(given)
