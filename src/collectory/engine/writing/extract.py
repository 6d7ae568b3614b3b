"""A return as an extract, in the CSV layout of the old system."""

from __future__ import annotations

import io
from collections.abc import Iterator

import polars as pl

from collectory.blade import Boolean, Date, DateTime, Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset
from collectory.engine.extracts import NATIVE_ID, SOURCE_ID, ExtractTable, extract_layout
from collectory.engine.writing.spreadsheets import guarded

DAY, MOMENT = "%Y-%b-%d 00:00:00", "%Y-%b-%d %H:%M:%S"
FIRST = "_first"


class NoExtract(ValueError):
    """The edition's blade says nothing about extracts."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(f"{edition.blade.title} has no extract; choose CSV, which any return can be written as")


def extract_files(dataset: Dataset) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the files, one for each table, empty ones too. Raises NoExtract.

    What an extract has no place for is left out: `ExtractLayout.left_out`, records that hold nothing, and of what
    may stand once under its record all but the first.
    """
    layout = extract_layout(dataset.edition)
    if layout is None:
        raise NoExtract(dataset.edition)
    for table in layout.tables.values():
        yield f"{table.name}.csv", _csv(dataset, table)


def _csv(dataset: Dataset, table: ExtractTable) -> bytes:
    lines = _with_held(dataset, table)
    source = guarded(pl.lit(dataset.source or None, pl.String))
    columns = [(pl.col(ROW) + 1).alias(table.key)]
    if table.parent is not None:
        columns.append((_line_above(table) + 1).alias(table.parent.key))
    columns += [source.alias(NATIVE_ID), source.alias(SOURCE_ID)]
    columns += [pl.col(f"{entity}.{field}").alias(column) for (entity, field), column in table.columns.items()]
    columns += [pl.lit(None, pl.String).alias(name) for name in table.marks]
    columns.append(
        (pl.int_range(pl.len()).over(PARENT) + 1 if table.entity.parent else pl.col(ROW) + 1).alias(table.order)
    )
    buffer = io.BytesIO()
    lines.select(columns).write_csv(buffer, include_bom=True, quote_style="non_numeric", line_terminator="\r\n")
    return buffer.getvalue()


def _line_above(table: ExtractTable) -> pl.Expr:
    return pl.col(PARENT) if table.entity.parent is not None else pl.lit(0, pl.Int64)


def _with_held(dataset: Dataset, table: ExtractTable) -> pl.DataFrame:
    """The records of a table's entity, with the values of what stands once under each."""
    assert table.entity is not None
    lines = _written(dataset.tables[table.entity.name], table.entity)
    above = table.entity.parent
    if above is not None and table.parent is not None and above is not table.parent.entity:
        # The record above lies in the line of another one.
        chain = dataset.tables[above.name]
        moved = (
            lines[PARENT]
            .to_frame("at")
            .join(
                _line_of(dataset, above, table.parent, chain),
                left_on="at",
                right_on=ROW,
                how="left",
                maintain_order="left",
            )
        )
        lines = lines.with_columns(moved["line"].alias(PARENT))
    for entity in table.held:
        held = _written(dataset.tables[entity.name], entity)
        first = _line_of(dataset, entity, table, held).join(
            held.drop(PARENT), on=ROW, how="left", maintain_order="left"
        )
        first = first.unique("line", keep="first", maintain_order=True).drop(ROW)
        lines = lines.join(first, left_on=ROW, right_on="line", how="left", maintain_order="left")
    return lines


def _line_of(dataset: Dataset, entity: Entity, table: ExtractTable, frame: pl.DataFrame) -> pl.DataFrame:
    """For each row of a held entity, the line of the table that it stands in."""
    lines = frame.select(ROW, pl.col(PARENT).alias("line"))
    nearest = entity.parent
    while nearest is not None and nearest is not table.entity:
        further = dataset.tables[nearest.name].select(pl.col(ROW).alias("line"), pl.col(PARENT).alias("next"))
        lines = lines.join(further, on="line", how="left", maintain_order="left").select(
            ROW, pl.col("next").alias("line")
        )
        nearest = nearest.parent
    return lines


def _written(frame: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    return frame.select(
        ROW,
        PARENT,
        *(_value(field.kind, pl.col(field.name)).alias(f"{entity.name}.{field.name}") for field in entity.fields),
    )


def _value(kind: object, text: pl.Expr) -> pl.Expr:
    """Dates such as 2021-Oct-07 00:00:00, True and False; everything else, and what is no date, as it was sent."""
    written = text
    if isinstance(kind, Date):
        written = pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False).dt.strftime(DAY), text)
        written = pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}$")).then(written).otherwise(text)
    elif isinstance(kind, DateTime):
        moment = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).dt.strftime(MOMENT)
        written = (
            pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"))
            .then(pl.coalesce(moment, text))
            .otherwise(text)
        )
    elif isinstance(kind, Boolean):
        written = (
            pl.when(text == kind.true[0])
            .then(pl.lit("True"))
            .when(text == kind.false[0])
            .then(pl.lit("False"))
            .otherwise(text)
        )
    return guarded(written)
