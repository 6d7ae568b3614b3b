"""Reading a return from a set of CSV files, as `write_csv_set` makes them or as somebody made them alike.

Numbers of records need not be in order or without gaps: a row that somebody deleted in a spreadsheet is simply
gone. Where a blade numbers records within their parents, files with those numbers are read too. Everything else
that does not fit is refused with the name of the file and what to do; nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from collectory.blade import Blade, Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, columns_of, completed
from collectory.engine.implied import keys_above
from collectory.engine.reading.archive import files_of_archive
from collectory.engine.reading.linked_csv import dataset_of_linked, is_linked_by_keys
from collectory.engine.reading.recognise import edition_stated, refusal_of_source
from collectory.engine.refusal import FileRefused, Refusal
from collectory.engine.registry import blades
from collectory.engine.writing.csv_set import key_column, source_column
from collectory.engine.writing.data_package import DATA_PACKAGE, README
from collectory.engine.writing.spreadsheets import unguarded
from collectory.engine.writing.xml import NOT_IN_XML

EXPORT_AGAIN = "Export the return again, or correct the file in a spreadsheet and save it as CSV UTF-8."
BESIDE = {DATA_PACKAGE, README}


def read_csv_set(
    files: bytes | Path | Mapping[str, bytes], edition: Edition | None = None, source: str | None = None
) -> Dataset | Refusal:
    """Read a return from a zip archive of CSV files, from a folder, or from contents by file name.

    `edition` is what the files must be of; without one it is found from the header's file, or else from the data
    dictionary. `source` is the native ID that they must be from. Gives the data set, or why it is refused.
    Raises OSError for a folder that cannot be read.
    """
    try:
        if isinstance(files, bytes):
            files = files_of_archive(files)
        elif isinstance(files, Path):
            files = _files_of_folder(files)
        return _read(files, edition, source)
    except FileRefused as refused:
        return refused.refusal


def is_csv(name: str) -> bool:
    """Whether a file is named as CSV files are."""
    return name.lower().endswith(".csv")


def _files_of_folder(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def _read(files: Mapping[str, bytes], edition: Edition | None, source: str | None) -> Dataset:
    contents = {name[: -len(".csv")]: content for name, content in files.items() if is_csv(name)}
    strange = sorted(name for name in files if not is_csv(name) and name not in BESIDE)
    if strange or not contents:
        raise FileRefused(_no_set(strange))
    frames = {name: frame_of(name, content) for name, content in contents.items()}
    edition = edition_of_set(frames, files.get(DATA_PACKAGE), edition)
    frames = _under_known_names(frames, edition.blade)
    unknown = [name for name in frames if not edition.has_entity(name)]
    if unknown:
        known = ", ".join(f"{each.name}.csv" for each in edition.entities)
        raise FileRefused(
            Refusal(
                "wrong-table",
                f"The file {unknown[0]}.csv is of no table of this collection",
                f"{edition.title} has {known}.",
                "Leave the file out, or give it the name of the table that it holds.",
            )
        )
    if is_linked_by_keys(frames, edition):
        dataset = dataset_of_linked(frames, edition)
        if source is not None and dataset.source != source:
            raise FileRefused(refusal_of_source(dataset.source, source))
        return dataset
    return _tabulated(frames, edition, source)


def _under_known_names(frames: Mapping[str, pl.DataFrame], blade: Blade) -> dict[str, pl.DataFrame]:
    """The tables as a blade names them and their columns: other systems write capitals where they like."""
    tables = {entity.name.lower(): entity for entity in blade.entities}
    named: dict[str, pl.DataFrame] = {}
    for name, frame in frames.items():
        entity = tables.get(name.strip().lower())
        if entity is None:
            named[name] = frame
            continue
        known = [*(field.name for field in entity.fields), *keys_above(entity), entity.number_column]
        known += [below.list_column for below in blade.entities if below.parent is entity]
        spelt = {each.lower(): each for each in known if each}
        columns = {
            column: column if column in spelt.values() else spelt.get(column.strip().lower(), column.strip())
            for column in frame.columns
        }
        if entity.name in named or len(set(columns.values())) < len(columns):
            what = "Two columns have" if entity.name not in named else "Two files have"
            raise FileRefused(broken(entity.name, f"{what} names that differ in capitals only."))
        named[entity.name] = frame.rename(columns)
    return named


def _tabulated(frames: Mapping[str, pl.DataFrame], edition: Edition, source: str | None) -> Dataset:
    tables: dict[str, pl.DataFrame] = {}
    numbers: dict[str, pl.DataFrame] = {}
    natives: dict[str, str] = {}
    for entity in edition.entities:
        frame = frames.get(entity.name)
        if frame is None:
            continue
        own = key_column(edition, entity)
        above = key_column(edition, entity.parent) if entity.parent is not None else None
        _check_columns(edition, entity, frame, {own, above, source_column(edition)})
        if source_column(edition) in frame.columns:
            natives |= dict.fromkeys(frame[source_column(edition)].drop_nulls().unique(), entity.name)
        if above is not None:
            frame = _with_parents(entity, frame, above, tables, numbers)
        else:
            frame = frame.with_columns(pl.lit(None, pl.Int64).alias(PARENT))
        frame = frame.with_row_index(ROW).cast({ROW: pl.Int64})
        if own in frame.columns:
            numbers[entity.name] = _numbers(entity, frame, own)
        missing = [field.name for field in entity.fields if field.name not in frame.columns]
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
        tables[entity.name] = frame.select(columns_of(entity))
    dataset = Dataset(edition, completed(edition, tables))
    for native, name in natives.items():
        if native != dataset.source:
            raise FileRefused(_of_several(f"{name}.csv", native, dataset.source))
    if source is not None and dataset.source != source:
        raise FileRefused(refusal_of_source(dataset.source, source))
    return dataset


def frame_of(name: str, content: bytes) -> pl.DataFrame:
    """The text of a file as a table of text. Raises FileRefused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(broken(name, "It is not in UTF-8, so that letters with accents would be lost.")) from None
    if found := NOT_IN_XML.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FileRefused(broken(name, f"There is a control character at line {line}, which no value may have."))
    if not text.strip():
        raise FileRefused(broken(name, "It is empty; a table without records still has a line with its columns."))
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError:
        raise FileRefused(
            broken(name, "Its lines do not all have the columns of the first, or a quotation mark is not closed.")
        ) from None
    written = unguarded(pl.all())
    return frame.select(pl.when(pl.all() != "").then(written).name.keep())


def _check_columns(edition: Edition, entity: Entity, frame: pl.DataFrame, keys: set[str | None]) -> None:
    strange = [name for name in frame.columns if not entity.has_field(name) and name not in keys]
    if strange:
        raise FileRefused(
            Refusal(
                "wrong-table",
                f"The file {entity.name}.csv has a column that is not known",
                f"{edition.title} has no column {strange[0][:60]} in it. Columns are separated by commas, and their "
                "names are written exactly as in an export.",
                "Correct the name in the first line, or take the column out.",
            )
        )


def _numbers(entity: Entity, frame: pl.DataFrame, own: str) -> pl.DataFrame:
    """Which row a number in the file stands for."""
    if frame[own].null_count() or frame[own].n_unique() < frame.height:
        raise FileRefused(broken(entity.name, f"Two lines have the same number in the column {own}, or one has none."))
    return frame.select(pl.col(own).alias("number"), pl.col(ROW))


def _with_parents(
    entity: Entity,
    frame: pl.DataFrame,
    above: str,
    tables: Mapping[str, pl.DataFrame],
    numbers: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    assert entity.parent is not None
    parent = tables.get(entity.parent.name)
    height = parent.height if parent is not None else 0
    if above in frame.columns and entity.parent.name in numbers:
        found = frame.join(
            numbers[entity.parent.name], left_on=above, right_on="number", how="left", maintain_order="left"
        )
        frame = found.rename({ROW: PARENT})
    elif above not in frame.columns and height == 1:
        frame = frame.with_columns(pl.lit(0, pl.Int64).alias(PARENT))
    elif frame.height:
        raise FileRefused(
            broken(
                entity.name, f"It needs a column {above}, as {entity.parent.name}.csv does, to say whose each line is."
            )
        )
    else:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(PARENT))
    astray = frame[PARENT].is_null().arg_true()
    if len(astray):
        raise FileRefused(
            broken(
                entity.name,
                f"Record {astray[0] + 1} says in {above} that it belongs to a record that is not in "
                f"{entity.parent.name}.csv ({len(astray):,} such in all).",
            )
        )
    return frame.sort(PARENT, maintain_order=True)


def edition_of_set(frames: Mapping[str, pl.DataFrame], package: bytes | None, edition: Edition | None) -> Edition:
    """The edition that the tables of a set are of, by their header or else their data dictionary; with `edition`, it
    must be that one. Raises FileRefused."""
    candidates = [edition.blade] if edition is not None else list(blades().values())
    headers = [(blade, *_stated(_under_known_names(frames, blade), blade)) for blade in candidates]
    if not any(collection for _, collection, _, _ in headers):
        named = edition or _edition_of_package(package)
        if named is not None:
            return named
    return edition_stated(headers, edition)


def _edition_of_package(package: bytes | None) -> Edition | None:
    if package is None:
        return None
    try:
        key = json.loads(package)["collectory"]["edition"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    editions = {edition.key: edition for blade in blades().values() for edition in blade.editions}
    return editions.get(key) if isinstance(key, str) else None


def _stated(frames: Mapping[str, pl.DataFrame], blade: Blade) -> tuple[str, str, str]:
    header = blade.header
    return (
        _value(frames, blade, header.collection),
        _value(frames, blade, header.year),
        _value(frames, blade, header.term),
    )


def _value(frames: Mapping[str, pl.DataFrame], blade: Blade, path: str) -> str:
    """The value that stands at a path of the XML, from the table that holds it."""
    for entity in blade.entities:
        frame = frames.get(entity.name)
        if entity.parent is None and frame is not None and frame.height and path.startswith(f"{entity.path}/"):
            for field in entity.fields:
                if f"{entity.path}/{field.path}" == path and field.name in frame.columns:
                    return (frame[field.name][0] or "").strip()
    return ""


def broken(name: str, message: str) -> Refusal:
    return Refusal("wrong-table", f"The file {name[:60]}.csv cannot be read", message, EXPORT_AGAIN)


def _no_set(strange: list[str]) -> Refusal:
    found = f"There is a file {strange[0][-60:]} among them." if strange else "There is no CSV file among them."
    return Refusal(
        "wrong-table",
        "The files are not a return",
        f"A return is one XML file, or the CSV files of an export with nothing else. {found}",
        "Upload the XML file that your own system makes, or the export as it is.",
    )


def _of_several(name: str, native: str, source: str) -> Refusal:
    says = f"the header says {source}" if source else "the header does not say whose the return is"
    return Refusal(
        "wrong-source",
        "The files are from more than one organisation",
        f"{name} has lines of {native[:20]}; {says}.",
        "Put together only files of one export.",
    )
