"""The files of an export out of the archive that came, whatever it is called and however often it was packed."""

from __future__ import annotations

from collections.abc import Mapping

from collectory.engine.reading.archive import files_of_archive, is_archive
from collectory.engine.reading.csv_set import is_csv
from collectory.engine.receiving.damage import Damage, Repair
from collectory.engine.refusal import FileRefused, Refusal

LARGEST_NESTED = 1 << 29
EXPORT_AGAIN = "Use Export to file, choose CSV, and send the archive as it is."
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")


def files_of_export(data: bytes, damage: Damage) -> Mapping[str, bytes]:
    """The files of an export by name. An archive that holds nothing but another one is opened once more, which is said.

    Raises FileRefused for what is no archive of CSV files, or none that is sound and safe.
    """
    if not is_archive(data):
        raise FileRefused(_no_archive(data))
    files = files_of_archive(data)
    if len(files) == 1:
        name, content = next(iter(files.items()))
        if is_archive(content) and not _is_workbook(name, content):
            files = files_of_archive(content, largest=LARGEST_NESTED)
            damage.repairs.append(
                Repair("nested", name, f"The archive held nothing but another one, {name[:60]}, which was opened.")
            )
    if "[Content_Types].xml" in files:
        raise FileRefused(_workbook("The file"))
    for name, content in files.items():
        if _is_workbook(name, content):
            raise FileRefused(_workbook(name[-60:]))
        if is_archive(content):
            raise FileRefused(
                Refusal("zip", "There are archives in the archive", f"{name[-60:]} is one.", EXPORT_AGAIN)
            )
    if any(is_csv(name) for name in files):
        return files
    if any(name.lower().endswith(".xml") for name in files):
        raise FileRefused(_xml())
    raise FileRefused(Refusal("zip", "The archive holds no export", "There is no CSV file in it.", EXPORT_AGAIN))


def _no_archive(data: bytes) -> Refusal:
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data:
        return Refusal("empty", "The file is empty", "There is nothing in it.", EXPORT_AGAIN)
    if head.startswith(b"<"):
        return _xml()
    if data[:4] == b"\xd0\xcf\x11\xe0":
        return _workbook("The file")
    return Refusal(
        "zip",
        "The file is not a zip archive",
        "An export is a zip archive of CSV files. A single CSV file, or another kind of archive, is not enough.",
        EXPORT_AGAIN,
    )


def _is_workbook(name: str, content: bytes) -> bool:
    return name.lower().endswith(WORKBOOKS) or content[:4] == b"\xd0\xcf\x11\xe0"


def _workbook(what: str) -> Refusal:
    return Refusal(
        "wrong-table",
        "A spreadsheet was sent in place of the export",
        f"{what} is a spreadsheet.",
        EXPORT_AGAIN,
    )


def _xml() -> Refusal:
    return Refusal(
        "wrong-table",
        "The file is XML, and the export as CSV is asked for",
        "XML as your own system makes it does not show what was changed after it was loaded.",
        EXPORT_AGAIN,
    )
