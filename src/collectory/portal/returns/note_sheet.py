"""A spreadsheet of findings that came back with notes: read, and compared with what the return holds."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl
import python_calamine

from collectory.engine import Refusal
from collectory.engine.writing.spreadsheets import unguarded
from collectory.portal.returns import reading
from collectory.portal.returns.findings_file import MARK, NEW_NOTE, REFERENCE
from collectory.portal.returns.models import Note, Return
from collectory.portal.returns.services.noting import LONGEST, cleaned

LIMIT_MB = 32
UNPACKED_LIMIT = 1024 * 1024 * 1024
ROW_LIMIT = 1_100_000

_IDENTITY = re.compile(rf"{MARK}([0-9a-f]{{16}})", re.IGNORECASE)

NOT_A_SHEET = Refusal(
    "not-a-spreadsheet",
    "The file is not a spreadsheet that can be read",
    "An Excel workbook (.xlsx) or a CSV file is expected, as it is downloaded here.",
    "Open your file in the spreadsheet program, save it as .xlsx, and upload that.",
)
TOO_LARGE = Refusal(
    "too-large",
    "The spreadsheet is too large",
    f"It is larger than {LIMIT_MB} MB.",
    "Delete the rows without a new note, and upload it again.",
)
NO_FILE = Refusal("no-file", "No file was chosen", "Nothing arrived.", "Choose the spreadsheet and upload it.")
NO_COLUMNS = Refusal(
    "no-columns",
    "The spreadsheet does not have the columns",
    f"The first row should have the columns “{REFERENCE}” and “{NEW_NOTE}”, as in the file that is downloaded here.",
    "Download the list again, copy your notes into it, and upload that.",
)


@dataclass
class Proposal:
    """What an upload of notes would do. `new` is the note by identity of the finding; the others are counts."""

    new: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    gone: int = 0
    unknown: int = 0
    too_long: int = 0


def notes_in(name: str, content: bytes) -> list[tuple[str, str]] | Refusal:
    """The rows of a sheet that have a new note: reference and note, as they stand there."""
    if len(content) > LIMIT_MB * 1024 * 1024:
        return TOO_LARGE
    rows = _workbook(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    if isinstance(rows, Refusal):
        return rows
    heading = next(rows, [])
    names = [one.strip().lower() for one in heading]
    if REFERENCE.lower() not in names or NEW_NOTE.lower() not in names:
        return NO_COLUMNS
    reference, note = names.index(REFERENCE.lower()), names.index(NEW_NOTE.lower())
    found = []
    for row in rows:
        if len(row) > note and row[note].strip():
            found.append((row[reference].strip() if len(row) > reference else "", row[note]))
    return found


def _workbook(content: bytes) -> Iterator[list[str]] | Refusal:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
                return TOO_LARGE
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in book.sheet_names]
    except (python_calamine.CalamineError, zipfile.BadZipFile, ValueError, OSError):
        return NOT_A_SHEET
    # A long list goes on in further sheets, each with the heading again; that row has no reference.
    return ([str(cell) for cell in row] for sheet in sheets for row in sheet[:ROW_LIMIT])


def _csv(content: bytes) -> Iterator[list[str]] | Refusal:
    if b"\0" in content[:4096]:
        return NOT_A_SHEET
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what Excel writes as plain CSV
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return NOT_A_SHEET
    return iter(_unguarded(rows))


def _unguarded(rows: list[list[str]]) -> list[list[str]]:
    """Take off the apostrophes that kept the cells of a CSV from being formulas."""
    flat = pl.Series([cell for row in rows for cell in row], dtype=pl.String)
    plain = iter(pl.select(unguarded(flat)).to_series().to_list())
    return [[next(plain) for _ in row] for row in rows]


def proposal_of(data_return: Return, rows: list[tuple[str, str]]) -> Proposal:
    """What these references and notes would add to the return as it is now."""
    proposal = Proposal()
    known = _identities(data_return)
    held = dict(
        Note.objects.filter(data_return=data_return, scope=Note.Scope.FINDING, withdrawal=None)
        .order_by("pk")
        .values_list("identity", "text")
    )
    refused: set[str] = set()
    for reference, text in rows:
        if text.strip().lower() == NEW_NOTE.lower() and reference.lower() == REFERENCE.lower():
            continue
        found = _IDENTITY.fullmatch(reference)
        if found is None:
            proposal.unknown += 1
            continue
        identity, note = found.group(1).lower(), cleaned(text)
        if identity not in known:
            proposal.gone += 1
        elif len(note) > LONGEST or proposal.new.get(identity, note) != note or identity in refused:
            refused.add(identity)
            proposal.new.pop(identity, None)
            proposal.too_long += 1
        elif not note or held.get(identity) == note:
            proposal.unchanged += 1
        else:
            proposal.new[identity] = note
    return proposal


def _identities(data_return: Return) -> set[str]:
    revision = data_return.current_revision
    return set(reading.findings(revision)["identity"].to_list()) if revision else set()
