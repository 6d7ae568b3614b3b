"""A return as a set of CSV files, one for each entity, with keys between them and a data dictionary.

The files open in a spreadsheet (UTF-8 with a mark that says so, text in quotes, formulas made harmless) and read
back as the same return. Where a blade numbers records within their parents, the files are those that councils'
systems write: the keys of the records above, then the fields.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import IO

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset
from collectory.engine.writing.data_package import DATA_PACKAGE, README, data_package, readme, with_hashes
from collectory.engine.writing.linked_tables import is_numbered, linked_tables
from collectory.engine.writing.spreadsheets import guarded

WRITTEN = (2000, 1, 1, 0, 0, 0)
"""The time that files in an archive bear: always the same, so that the same return gives the same bytes."""


def key_column(edition: Edition, entity: Entity) -> str:
    """The column that numbers an entity's records, in its own file and in those of the records below."""
    return _unlike_fields(edition, f"{entity.name}ID")


def source_column(edition: Edition) -> str:
    """The column with the native ID of the source."""
    return _unlike_fields(edition, "NativeID")


def _unlike_fields(edition: Edition, name: str) -> str:
    fields = {field.name.lower() for entity in edition.entities for field in entity.fields}
    while name.lower() in fields:
        name = f"_{name}"
    return name


def write_csv_set(dataset: Dataset) -> bytes:
    """The zip archive of the set. The same return always gives the same bytes."""
    buffer = io.BytesIO()
    write_csv_set_to(dataset, buffer)
    return buffer.getvalue()


def write_csv_set_to(dataset: Dataset, file: IO[bytes]) -> None:
    """The same into an open file."""
    write_archive(csv_files(dataset), file)


def csv_files(dataset: Dataset) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the files of the set, what describes them first."""
    tables = dict(_table_files(dataset))
    package = with_hashes(data_package(dataset, key_column, source_column), tables)
    yield README, readme(dataset).encode()
    yield DATA_PACKAGE, json.dumps(package, ensure_ascii=False, indent=2).encode() + b"\n"
    yield from tables.items()


def _table_files(dataset: Dataset) -> Iterator[tuple[str, bytes]]:
    if is_numbered(dataset.edition):
        for name, table in linked_tables(dataset).items():
            yield f"{name}.csv", _written(table.select(guarded(pl.col(pl.String)), pl.col(pl.Int64)), table.columns)
        return
    for entity in dataset.edition.entities:
        yield f"{entity.name}.csv", _csv(dataset, entity)


def write_archive(files: Iterator[tuple[str, bytes]], file: IO[bytes]) -> None:
    """Put files into a zip archive, as they come."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def _csv(dataset: Dataset, entity: Entity) -> bytes:
    edition = dataset.edition
    columns = [pl.col(ROW).alias(key_column(edition, entity))]
    if entity.parent is not None:
        columns.append(pl.col(PARENT).alias(key_column(edition, entity.parent)))
    source = pl.lit(dataset.source or None, pl.String)
    columns.append(guarded(source).alias(source_column(edition)))
    columns.extend(guarded(pl.col(field.name)).alias(field.name) for field in entity.fields)
    table = dataset.tables[entity.name].select(columns)
    return _written(table, table.columns)


def _written(table: pl.DataFrame, columns: list[str]) -> bytes:
    buffer = io.BytesIO()
    table.select(columns).write_csv(buffer, include_bom=True, quote_style="non_numeric", line_terminator="\r\n")
    return buffer.getvalue()
