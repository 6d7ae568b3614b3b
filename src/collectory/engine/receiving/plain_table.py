"""The bytes of a CSV file that a spreadsheet may have saved again, as a table of text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass

import polars as pl

from collectory.engine.receiving.damage import Damage, Fault, Repair

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes"}
SEP_LINE = re.compile(r'^"?sep=(.)"?[^\S\r\n]*(?:\r\n|\n|\r)', re.IGNORECASE)
QUOTED = re.compile(r'"(?:[^"]|"")*"')
UNQUOTED_OF_OURS = re.compile(r"[0-9,\r\n]*")
NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252 (ANSI)"}


@dataclass
class PlainTable:
    """A table of text, empty cells null, with `row` the number under which a spreadsheet shows each line.

    as_written  nobody has saved the file again since it was exported
    changed     it is no longer what the bytes say
    encoding    what it was read as
    """

    name: str
    frame: pl.DataFrame
    row: pl.Series
    as_written: bool = False
    changed: bool = False
    encoding: str = "utf-8-sig"


def plain_table(name: str, content: bytes, damage: Damage, *, untouched: bool = False) -> PlainTable | None:
    """Read a CSV file however a spreadsheet wrote it, and say what was put right; None where it cannot be read.

    `untouched` is for a file that is known by its hash to be as it was exported.
    """
    text, encoding = _decoded(name, content, damage)
    if text is None:
        return None
    as_written = untouched or is_as_written(text)
    marked = SEP_LINE.match(text)
    separator = marked.group(1) if marked else _separator(text)
    rows = _rows(name, text[marked.end() :] if marked else text, separator, damage)
    if rows is None:
        return None
    old_endings = "\n" not in text and "\r" in text
    changed = encoding != "utf-8-sig" or separator != "," or old_endings
    if old_endings:
        damage.repairs.append(Repair("endings", name, "Its lines ended as those of old Macintosh computers do."))
    if encoding != "utf-8-sig":
        damage.repairs.append(Repair("encoding", name, f"It was in {NAMES[encoding]} and is read as that."))
    if separator != ",":
        spoken = SEPARATORS.get(separator, f"“{separator}”")
        damage.repairs.append(Repair("separator", name, f"Its columns were separated by {spoken} in place of commas."))
    table = _table(name, rows, damage)
    if table is None:
        return None
    table.as_written, table.encoding, table.changed = as_written, encoding, table.changed or changed or bool(marked)
    return table


def is_as_written(text: str) -> bool:
    """Whether a file is written as exports are: every text in quotes, also the names of columns. Spreadsheets write
    none, or leave them off at what they took for a number or date."""
    return text.startswith('"') and UNQUOTED_OF_OURS.fullmatch(QUOTED.sub("", text)) is not None


def _decoded(name: str, content: bytes, damage: Damage) -> tuple[str | None, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            damage.refuse(Fault("encoding", name, "It begins as UTF-16 and is cut off, or holds what is no text."))
            return None, ""
    if b"\0" in content:
        row = content[: content.index(b"\0")].count(b"\n") + 1
        damage.refuse(Fault("encoding", name, "It holds what is no text; it is not a CSV file, or damaged.", row=row))
        return None, ""
    try:
        return content.decode("utf-8-sig"), "utf-8-sig"
    except UnicodeDecodeError as problem:
        try:
            return content.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            row = content[: problem.start].count(b"\n") + 1
            damage.refuse(Fault("encoding", name, "It is neither in UTF-8 nor in Windows-1252.", row=row))
            return None, ""


def _separator(text: str) -> str:
    """What stands most often between the names of the columns."""
    first = QUOTED.sub("", re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0])
    return max(SEPARATORS, key=first.count)


def _rows(name: str, text: str, separator: str, damage: Damage) -> list[list[str]] | None:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows.extend(reader)
    except csv.Error:
        damage.refuse(Fault("quotes", name, "A quotation mark is not closed, or closed too early.", row=len(rows) + 1))
        return None
    return rows


def _table(name: str, rows: list[list[str]], damage: Damage) -> PlainTable | None:
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    if not filled:
        damage.refuse(Fault("empty", name, "It is empty; a table without records still has a line with its columns."))
        return None
    head = [cell.strip() for cell in filled[0][1]]
    width = len(head)
    while width and not head[width - 1]:
        width -= 1
    names = head[:width]
    if "" in names or len(set(names)) < width:
        at = names.index("") if "" in names else next(i for i, each in enumerate(names) if each in names[:i])
        said = "has no name" if not names[at] else "stands twice"
        damage.refuse(
            Fault(
                "columns", name, f"The {_ordinal(at + 1)} column {said}.", names[at] or f"number {at + 1}", filled[0][0]
            )
        )
        return None
    if not _fits(name, filled[1:], names, damage):
        return None
    changed = False
    if len(head) > width or any(len(row) > width for _, row in filled[1:]):
        changed = True
        extra = max(len(row) for _, row in filled) - width
        message = f"{_counted(extra, 'empty column', 'empty columns')} at the end left out."
        damage.repairs.append(Repair("empty-columns", name, message, count=extra))
    if len(filled) < len(rows):
        changed = True
        number = len(rows) - len(filled)
        message = f"{_counted(number, 'empty row', 'empty rows')} left out."
        damage.repairs.append(Repair("empty-rows", name, message, count=number))
    columns = {
        each: pl.Series([row[at] or None if at < len(row) else None for _, row in filled[1:]], dtype=pl.String)
        for at, each in enumerate(names)
    }
    return PlainTable(
        name, pl.DataFrame(columns), pl.Series([number for number, _ in filled[1:]], dtype=pl.Int64), changed=changed
    )


def _fits(name: str, rows: list[tuple[int, list[str]]], names: list[str], damage: Damage) -> bool:
    """Whether each row has a value for each column and none beyond; short rows are whole where only the last columns,
    which are empty, are missing, as some spreadsheets write them."""
    before = damage.all_faults
    for number, row in rows:
        beyond = next((at for at in range(len(names), len(row)) if row[at].strip()), None)
        if beyond is not None:
            damage.refuse(
                Fault(
                    "columns",
                    name,
                    f"It has more values than the {len(names)} columns have names: a value holds the separator, or "
                    "cells were moved to the right.",
                    f"number {beyond + 1}",
                    number,
                )
            )
        elif len(row) < len(names) and len(row) > 1 and not row[-1].strip():
            continue
        elif len(row) < len(names):
            damage.refuse(
                Fault(
                    "columns",
                    name,
                    f"It ends after {len(row)} of {len(names)} values: the file is cut off, or a line was broken.",
                    names[len(row)],
                    number,
                )
            )
    return damage.all_faults == before


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
