"""Reading a return from whatever people have: XML, an export of CSV or Parquet files, each in an archive or not, and
for editions with a form, the values of its items as JSON or CSV and the filled spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from collectory.blade import Edition
from collectory.engine.dataset import Dataset
from collectory.engine.reading.archive import files_of_archive, is_archive
from collectory.engine.reading.csv_set import is_csv, read_csv_set
from collectory.engine.reading.extract import is_extract, read_extract
from collectory.engine.reading.keyed import is_keyed, read_keyed
from collectory.engine.reading.template import is_template, read_template
from collectory.engine.reading.xml import LARGEST, read_xml
from collectory.engine.refusal import FileRefused, Refusal

HEAD = 512
UPLOAD_XML = "Upload the XML file that your own system makes, or an export as it is."


def read_return(
    data: bytes, edition: Edition | None = None, source: str | None = None, *, parquet: bool = False
) -> Dataset | Refusal:
    """Read a return from the bytes of a file: XML, a zip archive with one XML, or an export of CSV files; with
    `parquet` (for files of the person's own disk, never for uploads) also one of Parquet files.

    Of an edition with a form also a filled spreadsheet, and the values of its items as JSON or CSV (`read_keyed`);
    those do not say which edition they are of. `edition` and `source` as in `read_xml`. Gives the data set, or why
    the file is refused.
    """
    if not is_archive(data):
        if edition is not None and edition.form is not None and is_keyed(data):
            return read_keyed(data, edition, source)
        return read_xml(data, edition, source)
    if is_template(data, edition):
        return read_template(data, edition, source)
    try:
        return _read_files(files_of_archive(data), edition, source, parquet)
    except FileRefused as refused:
        return refused.refusal


def read_path(path: Path, edition: Edition | None = None, source: str | None = None) -> Dataset | Refusal:
    """Read a return from a file, or from the folder of an export. Raises OSError for what cannot be opened."""
    if path.is_dir():
        files = {each.name: each for each in sorted(path.iterdir()) if each.is_file() and each.name[0] != "."}
        if not any(is_csv(name) or name.endswith(".parquet") for name in files):
            return _nothing_to_read("The folder")
        try:
            return _read_files({name: each.read_bytes() for name, each in files.items()}, edition, source, True)
        except FileRefused as refused:
            return refused.refusal
    too_large = path.stat().st_size > LARGEST
    with path.open("rb") as file:
        data = b"" if too_large else file.read(LARGEST + 1)  # a pipe does not say how much is to come
    if too_large or len(data) > LARGEST:
        return Refusal("too-large", "The file is too large", "It is over 2 GB, larger than any return.", UPLOAD_XML)
    return read_return(data, edition, source, parquet=True)


def read_path_before(path: Path, edition: Edition) -> Dataset | Refusal:
    """Read the return that one of `edition` is compared with: of whichever edition it says that it is.

    Keyed values do not say; they are taken for the edition before, or for one of the same where none is known.
    """
    if edition.form is not None and not path.is_dir():
        with path.open("rb") as file:
            head = file.read(HEAD)
        if is_keyed(head):
            return read_path(path, edition.before or edition)
    return read_path(path)


def _read_files(
    files: Mapping[str, bytes], edition: Edition | None, source: str | None, parquet: bool
) -> Dataset | Refusal:
    if "[Content_Types].xml" in files:
        return Refusal(
            "not-xml",
            "The file is an Office document, such as an Excel workbook",
            "A return is one XML file, or the CSV files of an export.",
            UPLOAD_XML,
        )
    documents = [name for name in files if name.lower().endswith(".xml")]
    if is_extract(files, edition):
        return read_extract(files, edition, source)
    if any(is_csv(name) for name in files):
        return read_csv_set(files, edition, source)
    if any(name.endswith(".parquet") for name in files):
        from collectory.engine.reading.parquet import no_parquet, read_parquet_set

        return read_parquet_set(files, edition, source) if parquet else no_parquet()
    if len(documents) == 1:
        return read_xml(files[documents[0]], edition, source)
    if documents:
        return Refusal(
            "zip",
            "The archive has more than one XML file",
            f"It has {len(documents)}, and a return is one.",
            "Unpack it and upload the file of this return.",
        )
    return _nothing_to_read("The archive")


def _nothing_to_read(what: str) -> Refusal:
    return Refusal(
        "zip",
        f"{what} holds no return",
        "There is neither an XML file nor the CSV files of an export in it.",
        UPLOAD_XML,
    )
