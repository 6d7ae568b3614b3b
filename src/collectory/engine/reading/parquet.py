"""Reading a return from an export of Parquet files.

Parquet says in a few bytes what takes gigabytes in memory, and a damaged file can take down the process of a
reader that trusts it. So only files of the person's own disk are read from it, never uploads, and with pyarrow,
which answers damage with an exception.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, columns_of, completed
from collectory.engine.reading.recognise import refusal_of_source
from collectory.engine.refusal import Refusal
from collectory.engine.registry import editions
from collectory.engine.writing.parquet import EDITION_MARK, ENTITY_MARK, as_table

MOST_ROWS = 100_000_000


def read_parquet_set(
    files: Mapping[str, bytes], edition: Edition | None = None, source: str | None = None
) -> Dataset | Refusal:
    """Read a return from the contents of an export's Parquet files, by file name.

    `edition` and `source` as in `read_xml`; without an edition it is the one that the files say. Gives the data
    set, or why the files are refused.
    """
    tables: dict[str, pl.DataFrame] = {}
    for name, content in files.items():
        try:
            file = pq.ParquetFile(pa.BufferReader(content))
            written = file.metadata.metadata or {}
            marks = {mark: written[mark.encode()].decode() for mark in (EDITION_MARK, ENTITY_MARK)}
            stated = editions().get(marks[EDITION_MARK]) if edition is None else edition
            entity = marks[ENTITY_MARK]
            if stated is None or marks[EDITION_MARK] != stated.key or entity in tables:
                return _wrong_parquet(name)
            if file.metadata.num_rows > MOST_ROWS or not stated.has_entity(entity):
                return _wrong_parquet(name)
            frame = _frame(file.read(), stated.entity(entity))
            tables[entity] = as_table(frame, stated.entity(entity))
            edition = stated
        except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError, KeyError):
            return _wrong_parquet(name)
    if edition is None:
        return _wrong_parquet("")
    dataset = Dataset(edition, completed(edition, tables))
    if source is not None and dataset.source != source:
        return refusal_of_source(dataset.source, source)
    return dataset


def _frame(read: pa.Table, entity: Entity) -> pl.DataFrame:
    """The known columns of a table as Polars has them. Raises ValueError, KeyError and ArrowException.

    Polars takes for granted that names and texts are UTF-8, which is made sure of here.
    """
    read.validate(full=True)
    known = [name for name in columns_of(entity) if name in read.column_names]
    types = {name: pa.int64() if name in (ROW, PARENT) else pa.large_string() for name in known}
    return pl.DataFrame([pl.Series(name, pl.from_arrow(read.column(name).cast(types[name]))) for name in known])


def _wrong_parquet(name: str) -> Refusal:
    return Refusal(
        "wrong-table",
        f"The file {name[-60:]} is not of an export",
        "Parquet files of a return come whole from one export of one edition, with nothing else beside them.",
        "Export the return again.",
    )


def no_parquet() -> Refusal:
    """The refusal of Parquet files where only a return's own forms are taken."""
    return Refusal(
        "wrong-table",
        "The archive holds Parquet files",
        "A return is one XML file, or the CSV files of an export. Parquet is for analysis and cannot be uploaded.",
        "Upload the XML file that your own system makes.",
    )
