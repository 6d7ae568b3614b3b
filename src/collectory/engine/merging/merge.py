"""Returns of many sources put together, one after the other, so that memory does not grow with their number.

Tables are kept beside the archive until all is written: the rows of a return are added to each of them and are then
forgotten. Of a source that sent more than once, the newest counts; that is settled before anything is read.
"""

from __future__ import annotations

import abc
import contextlib
import datetime as dt
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset
from collectory.engine.merging.described import DESCRIPTION, README, merged_package, merged_readme
from collectory.engine.refusal import Refusal
from collectory.engine.writing.csv_set import WRITTEN, key_column, source_column
from collectory.engine.writing.data_package import DATA_PACKAGE
from collectory.engine.writing.spreadsheets import guarded

MergeForm = Literal["csv", "parquet"]
SOURCE_NAME, REVISION, RECEIVED = "SourceName", "Revision", "ReceivedAt"
PIECE = 1 << 20


@dataclass(frozen=True)
class Contribution:
    """One source's return, read when its turn comes.

    source    its native ID; `name` what it is called
    revision  which file or revision it is, in words or a number: it stands in each row
    received  when it came; the newest of a source counts
    read      gives the data set, or why it cannot be read
    """

    source: str
    name: str
    revision: str
    received: dt.datetime
    read: Callable[[], Dataset | Refusal]


@dataclass
class Merged:
    """What was put together: sources, rows by table, older files that a newer one stands for, and those left out."""

    edition: Edition | None = None
    sources: list[Contribution] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    superseded: list[Contribution] = field(default_factory=list)
    left_out: list[tuple[Contribution, Refusal]] = field(default_factory=list)


def newest(contributions: Iterable[Contribution]) -> tuple[list[Contribution], list[Contribution]]:
    """The newest contribution of each source, by native ID, and the older ones."""
    best: dict[str, Contribution] = {}
    older: list[Contribution] = []
    for each in contributions:
        known = best.get(each.source)
        if known is None or each.received > known.received:
            best[each.source] = each
        if known is not None:
            older.append(known if best[each.source] is each else each)
    return [best[source] for source in sorted(best)], older


def merge(
    contributions: Iterable[Contribution],
    form: MergeForm,
    file: IO[bytes],
    *,
    edition: Edition | None = None,
    progress: Callable[[float], None] | None = None,
    folder: Path | None = None,
) -> Merged:
    """Write the archive of the merged data set into an open file.

    All must be of one edition: `edition`, or else that of the first that can be read; others are left out and said so.
    `folder` is where tables are kept meanwhile (the system's own place for such files if not given); it is empty
    afterwards.
    """
    chosen, superseded = newest(contributions)
    merged = Merged(edition, superseded=superseded)
    with tempfile.TemporaryDirectory(dir=folder, prefix="merging-") as place, contextlib.ExitStack() as open_files:
        tables: dict[str, _Table] = {}
        for number, each in enumerate(chosen):
            outcome = each.read()
            if isinstance(outcome, Dataset) and merged.edition is None:
                merged.edition = outcome.edition
            problem = _problem(outcome, each, merged.edition)
            if problem is not None:
                merged.left_out.append((each, problem))
                continue
            assert isinstance(outcome, Dataset) and merged.edition is not None
            if not tables:
                tables = _opened(merged.edition, form, Path(place), open_files)
            for entity in merged.edition.entities:
                tables[entity.name].add(rows_of(outcome, entity, each))
            merged.sources.append(each)
            if progress is not None:
                progress((number + 1) / len(chosen))
        merged.rows = {name: table.rows for name, table in tables.items()}
        open_files.close()
        _pack(merged, form, tables, file)
    return merged


def rows_of(dataset: Dataset, entity: Entity, contribution: Contribution) -> pl.DataFrame:
    """The rows of one table of one return, as they stand in the merged one: whose and which, then keys, then fields."""
    edition = dataset.edition
    columns = [
        pl.lit(contribution.source).alias(source_column(edition)),
        pl.lit(contribution.name).alias(_free(edition, SOURCE_NAME)),
        pl.lit(contribution.revision).alias(_free(edition, REVISION)),
        pl.lit(contribution.received.isoformat(timespec="seconds")).alias(_free(edition, RECEIVED)),
        pl.col(ROW).alias(key_column(edition, entity)),
    ]
    if entity.parent is not None:
        columns.append(pl.col(PARENT).alias(key_column(edition, entity.parent)))
    return dataset.tables[entity.name].select(*columns, *(each.name for each in entity.fields))


def own_columns(edition: Edition) -> list[str]:
    """The columns that say whose a row is and of which file."""
    return [source_column(edition), *(_free(edition, name) for name in (SOURCE_NAME, REVISION, RECEIVED))]


def _free(edition: Edition, name: str) -> str:
    fields = {each.name.lower() for entity in edition.entities for each in entity.fields}
    while name.lower() in fields:
        name = f"_{name}"
    return name


def _problem(outcome: Dataset | Refusal, contribution: Contribution, edition: Edition | None) -> Refusal | None:
    if isinstance(outcome, Refusal):
        return outcome
    if edition is not None and outcome.edition.key != edition.key:
        return Refusal(
            "wrong-collection",
            "The file is of another collection",
            f"It is of {outcome.edition.title}; the others are of {edition.title}.",
            "Merge the files of each collection by themselves.",
        )
    if outcome.source != contribution.source:
        return Refusal(
            "wrong-source",
            "The file is from another organisation",
            f"It states {outcome.source or 'no number'} in place of {contribution.source}.",
            "Look at the file.",
        )
    return None


class _Table(abc.ABC):
    """A table on its way: rows are added, and the whole lies in a file."""

    def __init__(self, name: str) -> None:
        self.name, self.rows = name, 0

    @abc.abstractmethod
    def add(self, rows: pl.DataFrame) -> None: ...


class _CsvTable(_Table):
    def __init__(self, name: str, path: Path, head: pl.DataFrame, open_files: contextlib.ExitStack) -> None:
        super().__init__(name)
        self.path, self.head = path, head
        self.file = open_files.enter_context(path.open("wb"))
        head.write_csv(self.file, include_bom=True, quote_style="non_numeric", line_terminator="\r\n")

    def add(self, rows: pl.DataFrame) -> None:
        self.rows += rows.height
        text = rows.with_columns(guarded(pl.col(pl.String)))
        text.write_csv(self.file, include_header=False, quote_style="non_numeric", line_terminator="\r\n")


class _ParquetTable(_Table):
    def __init__(self, name: str, path: Path, head: pl.DataFrame, open_files: contextlib.ExitStack) -> None:
        super().__init__(name)
        self.path = path
        kinds = {pl.String: pa.string(), pl.Int64: pa.int64()}
        self.schema = pa.schema([(column, kinds[kind]) for column, kind in head.schema.items()])  # type: ignore[index]
        self.file = open_files.enter_context(pq.ParquetWriter(path, self.schema, compression="zstd"))

    def add(self, rows: pl.DataFrame) -> None:
        self.rows += rows.height
        if rows.height:
            self.file.write_table(rows.to_arrow().cast(self.schema))


def _opened(edition: Edition, form: MergeForm, place: Path, open_files: contextlib.ExitStack) -> dict[str, Any]:
    """Every table of the edition, open and empty."""
    made = _CsvTable if form == "csv" else _ParquetTable
    tables = {}
    for entity in edition.entities:
        path = place / f"{entity.name}.{form}"
        tables[entity.name] = made(entity.name, path, _head(edition, entity), open_files)
    return tables


def _head(edition: Edition, entity: Entity) -> pl.DataFrame:
    schema: dict[str, Any] = dict.fromkeys(own_columns(edition), pl.String)
    schema[key_column(edition, entity)] = pl.Int64
    if entity.parent is not None:
        schema[key_column(edition, entity.parent)] = pl.Int64
    schema |= dict.fromkeys((each.name for each in entity.fields), pl.String)
    return pl.DataFrame(schema=schema)


def _pack(merged: Merged, form: MergeForm, tables: dict[str, Any], file: IO[bytes]) -> None:
    """All tables with what describes them, as one archive."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        if merged.edition is not None:
            package = merged_package(merged.edition, form, merged.rows, own_columns(merged.edition))
            archive.writestr(_entry(DATA_PACKAGE), json.dumps(package, ensure_ascii=False, indent=2))
        sources = [
            [each.source, each.name, each.revision, f"{each.received.isoformat(timespec='seconds')}"]
            for each in merged.sources
        ]
        left_out = [(each.source, each.name, str(why)) for each, why in merged.left_out]
        archive.writestr(
            _entry(README), merged_readme(merged.edition, form, merged.rows, len(merged.sources), left_out)
        )
        listed = pl.DataFrame(sources, schema=dict.fromkeys(DESCRIPTION, pl.String), orient="row")
        archive.writestr(_entry("Sources.csv"), listed.select(guarded(pl.all())).write_csv(include_bom=True))
        for table in tables.values():
            entry = _entry(table.path.name)
            if form == "parquet":
                entry.compress_type = zipfile.ZIP_STORED
            with archive.open(entry, "w", force_zip64=True) as packed, table.path.open("rb") as content:
                while piece := content.read(PIECE):
                    packed.write(piece)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WRITTEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
