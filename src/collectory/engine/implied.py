"""What plain tables say without saying it: records below given as a list, and records above named by keys alone.

People check a single table at a time. Its rows name by their keys the records that they belong to; where the table
of those was not given at all, it is made of the keys, so that the rows have a place to hang in.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT

LIST_MARKS = "[](){}'\" "


def keys_of(entity: Entity) -> list[str]:
    """The columns by which rows of other tables name a record of an entity."""
    return [*([entity.number_column] if entity.number_column else []), *entity.key]


def keys_above(entity: Entity) -> list[str]:
    """Columns of a table that name a record above, nearest first."""
    names = [name for above in entity.ancestors() for name in keys_of(above) if not entity.has_field(name)]
    return list(dict.fromkeys(names))


def without_other_editions(edition: Edition, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The table without columns that only other editions have, where they hold nothing."""
    known, entity = edition.blade.entity(name), edition.entity(name)
    elsewhere = [column for column in frame.columns if known.has_field(column) and not entity.has_field(column)]
    return frame.drop(column for column in elsewhere if frame[column].null_count() == frame.height)


def with_lists_as_records(edition: Edition, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Tables in which a column that lists the values of records below has become the table of those.

    A list is a list, or a text such as "1A, 2B" or "['1A', '2B']". Where the records are given too, they count.
    """
    made = dict(frames)
    for entity in edition.entities:
        above = made.get(entity.parent.name) if entity.parent else None
        if not entity.list_column or above is None or entity.list_column not in above.columns or not entity.parent:
            continue
        if entity.parent.has_field(entity.list_column):
            continue
        lists = above[entity.list_column]
        made[entity.parent.name] = above.drop(entity.list_column)
        if entity.name in made:
            continue
        text = lists.cast(pl.List(pl.String)).list.join(",") if lists.dtype == pl.List else lists.cast(pl.String)
        one = pl.col("one").str.split(",").list.eval(pl.element().str.strip_chars(LIST_MARKS))
        rows = pl.DataFrame([text.alias("one")]).with_row_index(PARENT).with_columns(one).explode("one")
        rows = rows.filter(pl.col("one").is_not_null() & (pl.col("one") != ""))
        made[entity.name] = rows.select(pl.col(PARENT).cast(pl.Int64), pl.col("one").alias(entity.fields[0].name))
    return made


def with_records_above(edition: Edition, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Tables with those above that were not given, made of the keys in those below.

    Only in editions whose tables are linked by running numbers: elsewhere a missing table is a slip, and is said.
    """
    made = dict(frames)
    if not any(entity.number_column for entity in edition.entities):
        return made
    for entity in reversed(edition.entities):
        if entity.name in frames or (entity.parent is None and not entity.many):
            continue
        wanted = [*keys_of(entity), *keys_above(entity)]
        named = []
        for below in edition.entities:
            frame = made.get(below.name)
            if frame is None or below.parent is None or below.parent.name != entity.name or PARENT in frame.columns:
                continue
            columns = [name for name in wanted if name in frame.columns and not below.has_field(name)]
            own = [name for name in keys_of(entity) if name in columns]
            if columns and (own or not keys_of(entity)):
                named.append(frame.select(pl.col(columns).cast(pl.String)))
        if named:
            made[entity.name] = pl.concat(named, how="diagonal").unique(maintain_order=True)
    return made
