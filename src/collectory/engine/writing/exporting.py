"""Exports: what a source, an agent or an analyst takes away of a return, as one zip archive."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Literal, get_args

from collectory.engine.dataset import Dataset
from collectory.engine.writing.csv_set import WRITTEN, csv_files, write_archive
from collectory.engine.writing.extract import extract_files
from collectory.engine.writing.parquet import tables_to_parquet
from collectory.engine.writing.xml import xml_pieces

Form = Literal["csv", "xml", "parquet"]
FORMS: tuple[Form, ...] = get_args(Form)
"""Forms that hold all that a return holds."""

ExportForm = Form | Literal["extract"]
"""An extract, in the layout of the old system, leaves out what that has no place for."""

CURRENT = "Current-Blade-Export.zip"


def export_name(source: str) -> str:
    """The file name that says whose export it is, such as 8554001_Collect-Blade-Export.zip; the plain
    `CURRENT` where the native ID is missing or is no plain number or word."""
    return f"{source}_Collect-Blade-Export.zip" if re.fullmatch(r"[0-9A-Za-z]{1,20}", source) else CURRENT


def write_export(dataset: Dataset, form: ExportForm, file: IO[bytes]) -> None:
    """Write the archive of an export into an open file: CSV files with their dictionary, one XML document, Parquet
    files, or the CSV files of an extract. Raises what `write_xml` does for XML, and NoExtract."""
    if form == "xml":
        _write_xml_archive(dataset, file)
    else:
        write_archive(export_files(dataset, form), file)


def export_files(dataset: Dataset, form: Literal["csv", "parquet", "extract"]) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the files of an export. Raises NoExtract."""
    if form == "csv":
        yield from csv_files(dataset)
    elif form == "extract":
        yield from extract_files(dataset)
    else:
        yield from ((f"{name}.parquet", content) for name, content in tables_to_parquet(dataset).items())


def export_bytes(dataset: Dataset, form: ExportForm) -> bytes:
    """The same archive as bytes."""
    buffer = io.BytesIO()
    write_export(dataset, form, buffer)
    return buffer.getvalue()


def _write_xml_archive(dataset: Dataset, file: IO[bytes]) -> None:
    name = f"{dataset.source}_{dataset.edition.key}.xml" if export_name(dataset.source) != CURRENT else "return.xml"
    entry = zipfile.ZipInfo(name, WRITTEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        archive.open(entry, "w", force_zip64=True) as document,
    ):
        for piece in xml_pieces(dataset):
            document.write(piece)
