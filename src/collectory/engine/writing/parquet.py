"""Returns as Parquet: one file for each entity, which DuckDB, Spark or a notebook reads as it is."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, Notice, columns_of, completed, empty_table

EDITION_MARK = "collectory.edition"
ENTITY_MARK = "collectory.entity"


def tables_to_parquet(dataset: Dataset) -> dict[str, bytes]:
    """The tables of a return as Parquet files, by entity name; the empty ones too.

    The columns are those of `Dataset`. The same table always gives the same bytes, so that a store that names
    things by their content keeps an unchanged table once.
    """
    return {name: _file(table, dataset.edition, name) for name, table in dataset.tables.items()}


def tables_from_parquet(files: Mapping[str, bytes], edition: Edition, notices: Iterable[Notice] = ()) -> Dataset:
    """The return of which `files` are the tables, by entity name.

    Entities without a file are empty, and fields that a file does not have are missing throughout: a blade may
    have learned new ones since. Columns that the edition does not know are left out for the same reason; they
    stay in the file. Raises ValueError for an entity that the edition does not know and for what is no Parquet.
    """
    unknown = [name for name in files if not edition.has_entity(name)]
    if unknown:
        raise ValueError(f"{edition.key} has no table {', '.join(unknown)}")
    tables = {name: table_from_parquet(content, edition.entity(name)) for name, content in files.items()}
    return Dataset(edition, completed(edition, tables), tuple(notices))


def table_from_parquet(content: bytes, entity: Entity) -> pl.DataFrame:
    """The table of one entity, from a file that `tables_to_parquet` made. Raises ValueError for what is no Parquet
    or has no `_row` and `_parent`."""
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise ValueError(f"The table {entity.name} cannot be read as Parquet") from problem
    return as_table(frame, entity)


def as_table(frame: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """A frame with the columns of an entity's table. Raises ValueError where `_row` or `_parent` is missing."""
    if ROW not in frame.columns or PARENT not in frame.columns:
        raise ValueError(f"The table {entity.name} has no columns {ROW} and {PARENT}")
    expected = empty_table(entity).schema
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(expected[name]).alias(name)
        for name in columns_of(entity)
    )


def _file(table: pl.DataFrame, edition: Edition, entity: str) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", metadata={EDITION_MARK: edition.key, ENTITY_MARK: entity})
    return buffer.getvalue()
