"""What changed between two states of a return, worked out from the data alone.

Records are recognised by their natural key, below the record that they lie under; records of one key by their
order. What is left on both sides then is paired by the fields that name a record, or, where exactly one is left
on each side below a record, with each other: so that a corrected key is a change and no new record.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.blade import Entity
from collectory.engine.checking.findings import keys_of
from collectory.engine.dataset import PARENT, ROW, Dataset, empty_table, under_names_of

CHANGES: dict[str, Any] = {
    "change": pl.String,
    "entity": pl.String,
    "key": pl.List(pl.String),
    "field": pl.String,
    "old": pl.String,
    "new": pl.String,
    "old_record": pl.Int64,
    "new_record": pl.Int64,
}

OLD, NEW, ABOVE, TURN = "_old", "_new", "_above", "_turn"


def compare(old: Dataset, new: Dataset, *, values: bool = False) -> pl.DataFrame:
    """What changed from one state of a return to another, of the same or another edition.

    One row for each record that is there only now ("added") or only before ("removed"), and one for each value
    that differs ("changed"): change, entity, key (natural keys from the outermost record on; of the old record
    where there is one), field (null for whole records), old, new (null where missing), old_record and new_record
    (rows, null where there is none). With `values`, added and removed records have a row for each of their values
    too. Tables and fields that only one of the editions has are left out; a field that was renamed is the same field.
    """
    pairs: dict[str, pl.DataFrame] = {}
    frames: list[pl.DataFrame] = [pl.DataFrame(schema=CHANGES)]
    for entity in new.edition.entities:
        if not old.edition.has_entity(entity.name):
            continue
        before = _table_before(entity, old)
        now = new.tables[entity.name]
        pairs[entity.name] = _paired(entity, old, new, pairs)
        fields = [field.name for field in entity.fields if field.name in before.columns]
        frames.append(_changes(entity, old, new, pairs[entity.name], before, now, fields, values))
    return pl.concat(frames)


def _table_before(entity: Entity, old: Dataset) -> pl.DataFrame:
    """The old table of an entity of the new edition, with the new names of its fields."""
    table = old.tables.get(entity.name, empty_table(entity))
    return under_names_of(entity, table, old.edition.entity(entity.name))


def paired_rows(old: Dataset, new: Dataset) -> dict[str, pl.DataFrame]:
    """For each entity, which row of the old table (`old`) is which of the new one (`new`); null for none."""
    pairs: dict[str, pl.DataFrame] = {}
    for entity in new.edition.entities:
        if old.edition.has_entity(entity.name):
            pairs[entity.name] = _paired(entity, old, new, pairs)
    return {name: frame.rename({OLD: "old", NEW: "new"}) for name, frame in pairs.items()}


def _paired(entity: Entity, old: Dataset, new: Dataset, pairs: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows of both tables side by side, `_old` and `_new`; null where a record has no counterpart."""
    left, right = _with_parent(entity, old, new, pairs)
    keys = [name for name in new.key_of(entity) if name in left.columns]
    names = [name for name in entity.named_by if name in left.columns and name in right.columns]
    by_key = [ABOVE, *keys]
    if keys and names:
        # Records without any key are told apart by their names, as findings are.
        left, right = _with_names_for_keys(left, keys, names), _with_names_for_keys(right, keys, names)
        by_key.append("_name")
    found = [_joined(left, right, by_key)]
    for chosen in ([ABOVE, *names] if names else [], [ABOVE] if entity.parent is not None else []):
        if chosen:
            found.append(_joined_alone(_rest(left, found, OLD), _rest(right, found, NEW), chosen))
    lonely = [
        _rest(left, found, OLD).select(pl.col(ROW).alias(OLD), pl.lit(None, pl.Int64).alias(NEW)),
        _rest(right, found, NEW).select(pl.lit(None, pl.Int64).alias(OLD), pl.col(ROW).alias(NEW)),
    ]
    return pl.concat([*found, *lonely])


def _with_parent(
    entity: Entity, old: Dataset, new: Dataset, pairs: dict[str, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables with `_above`, the same for records under the same record: its old row, or minus its new row."""
    left = _table_before(entity, old)
    right = new.tables[entity.name]
    if entity.parent is None:
        return left.with_columns(pl.lit(0, pl.Int64).alias(ABOVE)), right.with_columns(pl.lit(0, pl.Int64).alias(ABOVE))
    above = pairs[entity.parent.name].filter(pl.col(NEW).is_not_null())
    number = above.select(pl.col(NEW).alias(PARENT), pl.coalesce(pl.col(OLD), -1 - pl.col(NEW)).alias(ABOVE))
    return (
        left.with_columns(pl.col(PARENT).alias(ABOVE)),
        right.join(number, on=PARENT, how="left", maintain_order="left"),
    )


def _with_names_for_keys(table: pl.DataFrame, keys: list[str], names: list[str]) -> pl.DataFrame:
    nameless = pl.all_horizontal(pl.col(name).is_null() for name in keys)
    name = pl.concat_str(names, separator="\x1f", ignore_nulls=True)
    return table.with_columns(pl.when(nameless).then(name).alias("_name"))


def _joined(left: pl.DataFrame, right: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Rows with the same values in `by`, the first with the first, the second with the second."""
    turn = pl.int_range(pl.len()).over(by).alias(TURN)
    return (
        left.with_columns(turn)
        .select(TURN, *by, pl.col(ROW).alias(OLD))
        .join(
            right.with_columns(turn).select(TURN, *by, pl.col(ROW).alias(NEW)),
            on=[TURN, *by],
            how="inner",
            nulls_equal=True,
            maintain_order="left",
        )
        .select(OLD, NEW)
    )


def _joined_alone(left: pl.DataFrame, right: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Rows with the same values in `by`, as far as those are there and each side has one row of them only."""
    there = pl.all_horizontal(pl.col(name).is_not_null() for name in by)
    alone = pl.len().over(by) == 1
    return _joined(left.filter(there).filter(alone), right.filter(there).filter(alone), by)


def _rest(table: pl.DataFrame, found: list[pl.DataFrame], side: str) -> pl.DataFrame:
    for each in found:
        table = table.join(each, left_on=ROW, right_on=side, how="anti")
    return table


def _changes(
    entity: Entity,
    old: Dataset,
    new: Dataset,
    pairs: pl.DataFrame,
    before: pl.DataFrame,
    now: pl.DataFrame,
    fields: list[str],
    values: bool,
) -> pl.DataFrame:
    """The rows of `compare` for one entity, in the order of the new table, removed records last."""
    pairs = pairs.sort(NEW, OLD, nulls_last=True)
    added = pairs.filter(pl.col(OLD).is_null())
    removed = pairs.filter(pl.col(NEW).is_null())
    same = pairs.filter(pl.col(OLD).is_not_null() & pl.col(NEW).is_not_null())
    frames = [_values("changed", same, before, now, fields)]
    for change, rows in (("added", added), ("removed", removed)):
        frames.append(_rows(change, rows, None, pl.lit(None), pl.lit(None)))
        if values:
            frames.append(_values(change, rows, before, now, fields))
    changes = pl.concat(frames)
    if not changes.height:
        return pl.DataFrame(schema=CHANGES)
    order = {field.name: number for number, field in enumerate(entity.fields)}
    changes = changes.sort(
        NEW, OLD, pl.col("field").replace_strict(order, default=-1, return_dtype=pl.Int64), nulls_last=True
    ).with_row_index("_at")
    known = pl.col(OLD).is_not_null()
    by_old, by_new = changes.filter(known), changes.filter(~known)
    keyed = pl.concat(
        [
            by_old.with_columns(keys_of(old, entity.name, by_old[OLD]).alias("key")),
            by_new.with_columns(keys_of(new, entity.name, by_new[NEW]).alias("key")),
        ]
    )
    return (
        keyed.with_columns(pl.lit(entity.name).alias("entity"))
        .sort("_at")
        .rename({OLD: "old_record", NEW: "new_record"})
        .select(pl.col(name).cast(dtype) for name, dtype in CHANGES.items())
    )


def _values(
    change: str, pairs: pl.DataFrame, before: pl.DataFrame, now: pl.DataFrame, fields: list[str]
) -> pl.DataFrame:
    """A row for each value that differs between the paired rows."""
    frames = [_rows(change, pairs.clear(), None, pl.lit(None), pl.lit(None))]
    for name in fields:
        sides = pairs.with_columns(
            before[name].gather(pairs[OLD]).alias("old"), now[name].gather(pairs[NEW]).alias("new")
        ).filter(pl.col("old").ne_missing(pl.col("new")))
        if sides.height:
            frames.append(_rows(change, sides, name, pl.col("old"), pl.col("new")))
    return pl.concat(frames)


def _rows(change: str, pairs: pl.DataFrame, field: str | None, old: pl.Expr, new: pl.Expr) -> pl.DataFrame:
    return pairs.select(
        pl.lit(change).alias("change"),
        pl.lit(field, pl.String).alias("field"),
        old.cast(pl.String).alias("old"),
        new.cast(pl.String).alias("new"),
        OLD,
        NEW,
    )
