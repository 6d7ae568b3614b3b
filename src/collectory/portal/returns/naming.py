"""Who a record is, in the words its school uses: names and natural keys, for many records at once.

Names and keys are for pages and downloads; they never stand in addresses, logs or messages.
"""

from __future__ import annotations

import polars as pl

from collectory.blade import Entity
from collectory.engine.dataset import PARENT
from collectory.portal.returns import reading
from collectory.portal.returns.models import Revision

WHOLE_RETURN = "The whole return"
SCHEMA = {"who": pl.String, "key": pl.String, "what": pl.String}


def _joined(columns: list[pl.Series], separator: str, count: int) -> pl.Series:
    """Texts of several columns made one, missing ones left out; "" where all are missing."""
    if not columns:
        return pl.Series([""], dtype=pl.String).new_from_index(0, count)
    frame = pl.DataFrame([column.alias(str(number)) for number, column in enumerate(columns)])
    return frame.select(pl.concat_str(pl.all(), separator=separator, ignore_nulls=True)).to_series()


def _columns(table: pl.DataFrame, entity: Entity, names: tuple[str, ...], rows: pl.Series) -> list[pl.Series]:
    return [table[name].gather(rows) for name in names if entity.has_field(name)]


def named(revision: Revision, entity: Entity, rows: pl.Series) -> pl.DataFrame:
    """For each row of an entity's table, in order: who, key, what.

    who   the name of the outermost record that has one ("Osei, Amina"), else the outermost entity's label
    key   the natural key of that record ("" where the outermost entity has none)
    what  for a record below it, its own label and key ("Special educational need 2"), else ""
    """
    chain = [entity, *entity.ancestors()]
    count = len(rows)
    at, rows_of = rows, {entity.name: rows}
    for each in chain[:-1]:
        at = reading.table(revision, each)[PARENT].gather(at)
        assert each.parent is not None
        rows_of[each.parent.name] = at
    subject = next((each for each in reversed(chain) if each.named_by), chain[-1])
    table, at = reading.table(revision, subject), rows_of[subject.name]
    names = _joined(_columns(table, subject, subject.named_by, at), ", ", count)
    keys = _joined(_columns(table, subject, subject.key, at), " ", count) if subject.many else None
    own = _joined(_columns(reading.table(revision, entity), entity, entity.key, rows), " ", count)
    label = pl.lit(entity.label)
    frame = pl.DataFrame({"names": names, "keys": keys if keys is not None else _joined([], "", count), "own": own})
    return frame.select(
        who=pl.when(pl.col("names") != "").then("names").otherwise(pl.lit(subject.label)),
        key="keys",
        what=pl.lit("")
        if entity.name == subject.name
        else pl.when(pl.col("own") != "").then(pl.concat_str(label, pl.lit(" "), "own")).otherwise(label),
    )


def subjects(revision: Revision) -> pl.DataFrame:
    """Who each finding of a revision is about: finding, who, key, what, and `search` in lower case."""

    def make() -> pl.DataFrame:
        found = reading.findings(revision).select("finding", "entity", "record")
        edition = reading.edition_of(revision.data_return)
        frames = []
        about = found.filter(pl.col("record").is_not_null())
        for (name,), part in about.group_by("entity", maintain_order=True):
            names = named(revision, edition.entity(str(name)), part["record"])
            frames.append(part.select("finding").hstack(names))
        rest = found.filter(pl.col("record").is_null()).select(
            "finding", who=pl.lit(WHOLE_RETURN), key=pl.lit(""), what=pl.lit("")
        )
        whole = pl.concat([rest, *frames]).sort("finding")
        return whole.with_columns(search=pl.concat_str("who", pl.lit(" "), "key").str.to_lowercase())

    tables = tuple(sorted(revision.tables.items()))
    return reading.remembered(("subjects", revision.findings, tables), make)
