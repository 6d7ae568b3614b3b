"""Reading a form that was filled in as the spreadsheet that `write_template` makes."""

from __future__ import annotations

import datetime
import io
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from collectory.blade import Edition, Tab
from collectory.engine.dataset import Dataset
from collectory.engine.keying import Keyed, form_of, keyed
from collectory.engine.reading.archive import files_of_archive, is_archive
from collectory.engine.reading.recognise import refusal_of_source
from collectory.engine.refusal import FileRefused, Refusal
from collectory.engine.registry import editions
from collectory.engine.writing.template import ABOUT, EDITION_CELL, FIRST_ROW, Row, rows_of, sheet_name

LARGEST = 64 << 20
"""Bytes, unpacked; a form has some hundred rows."""

DOWNLOAD = (
    "Download the spreadsheet of this collection again, copy your values into it, and load that. Nothing was loaded."
)
FIELD_COLUMN = 3
VALUE_COLUMN = 2

Cells = list[list[Any]]


def read_template(data: bytes, edition: Edition | None = None, source: str | None = None) -> Dataset | Refusal:
    """The return in a filled spreadsheet; `edition` and `source` as in `read_xml`.

    Rows that are missing, moved, repeated or reworded are refused by name. Gives the data set, or why the file is
    refused. Raises ValueError for an edition without a form.
    """
    outcome = read_template_with_words(data, edition, source)
    return outcome if isinstance(outcome, Refusal) else outcome.dataset


def is_template(data: bytes, edition: Edition | None = None) -> bool:
    """Whether a file is a workbook that should be read as a form: of an edition that has one, or one of ours."""
    if not is_archive(data) or b"[Content_Types].xml" not in data:
        return False
    if edition is not None:
        return edition.form is not None
    try:
        return ABOUT in _sheets(data)
    except FileRefused:
        return False


def read_template_with_words(data: bytes, edition: Edition | None = None, source: str | None = None) -> Keyed | Refusal:
    """The same, with what was understood of each value and what is wrong with it."""
    try:
        return _read(data, edition, source)
    except FileRefused as refused:
        return refused.refusal


def _read(data: bytes, edition: Edition | None, source: str | None) -> Keyed | Refusal:
    if edition is not None:
        form_of(edition)
    sheets = _sheets(data)
    edition = _edition(sheets, edition)
    form = form_of(edition)
    values: dict[str, str | None] = {}
    for tab in form.tabs:
        cells = sheets.get(sheet_name(tab))
        if cells is None:
            raise FileRefused(_not_ours(f"The sheet {sheet_name(tab)} is missing."))
        values.update(_values(tab, cells))
    known = {ABOUT, *(sheet_name(tab) for tab in form.tabs)}
    for name, cells in sheets.items():
        if name not in known and any(_text(cell) for row in cells for cell in row):
            raise FileRefused(_not_ours(f"It has a sheet {name[:40]} that the form does not have."))
    stated = (values.get(form.source) or "").strip()
    if source is not None and stated and stated != source:
        raise FileRefused(refusal_of_source(stated, source))
    return keyed(values, edition, source or "")


def _sheets(data: bytes) -> dict[str, Cells]:
    """The cells of all sheets. Raises FileRefused."""
    import python_calamine  # not needed where no workbook is read

    files_of_archive(data, largest=LARGEST)  # refuses what is damaged or swollen
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (python_calamine.CalamineError, OSError, ValueError):
        raise FileRefused(_not_ours("It cannot be read as an Excel workbook.")) from None


def _edition(sheets: dict[str, Cells], edition: Edition | None) -> Edition:
    row, column = EDITION_CELL
    about = sheets.get(ABOUT, [])
    stated = _text(about[row][column]) if len(about) > row and len(about[row]) > column else None
    found = editions().get(stated or "") or (edition if edition is not None and stated == edition.key else None)
    if found is None or found.form is None:
        raise FileRefused(_not_ours(f"The sheet {ABOUT} does not say which form it is."))
    if edition is not None and found.key != edition.key:
        raise FileRefused(
            Refusal(
                "wrong-year",
                "The spreadsheet is for another collection",
                f"Its sheet {ABOUT} says {found.title}; this is {edition.title}.",
                "Download the spreadsheet of this collection, fill it in, and load that. Nothing was loaded.",
            )
        )
    return found


def _values(tab: Tab, cells: Cells) -> Iterator[tuple[str, str | None]]:
    """The values of a sheet by "Entity.Field". Raises FileRefused."""
    sheet = sheet_name(tab)
    rows = rows_of(tab)
    _check_rows(tab, sheet, rows, cells)
    for at, row in enumerate(rows, FIRST_ROW):
        shown = [_text(cell) or "" for cell in cells[at]] if at < len(cells) else []
        shown += [""] * (FIELD_COLUMN + 1 - len(shown))
        if [" ".join(text.split()) for text in shown[:VALUE_COLUMN]] != [
            " ".join(text.split()) for text in (row.item, row.question)
        ]:
            raise FileRefused(
                _wrong_rows(sheet, f"Row {at + 1} should be {_called(tab, row)}; its wording is another.")
            )
        if row.cell is None and shown[VALUE_COLUMN]:
            raise FileRefused(_outside(sheet, at, VALUE_COLUMN))
        if row.cell is not None:
            yield row.field, shown[VALUE_COLUMN] or None
    for at, line in enumerate(cells[FIRST_ROW:], FIRST_ROW):
        for column, cell in enumerate(line):
            beyond = column > FIELD_COLUMN or at >= FIRST_ROW + len(rows)
            if beyond and _text(cell):
                raise FileRefused(_outside(sheet, at, column))


def _check_rows(tab: Tab, sheet: str, rows: Sequence[Row], cells: Cells) -> None:
    """Refuse by name the rows that are missing, stand twice or stand elsewhere."""
    expected = {row.field: at for at, row in enumerate(rows, FIRST_ROW) if row.cell}
    called = {row.field: _called(tab, row) for row in rows if row.cell}
    found: dict[str, int] = {}
    for at, line in enumerate(cells[FIRST_ROW:], FIRST_ROW):
        name = _text(line[FIELD_COLUMN]) if len(line) > FIELD_COLUMN else None
        if not name:
            continue
        if name not in expected:
            raise FileRefused(_wrong_rows(sheet, f"Row {at + 1} is not of this form."))
        if name in found:
            raise FileRefused(
                _wrong_rows(sheet, f"{called[name]} stands twice, in rows {found[name] + 1} and {at + 1}.")
            )
        found[name] = at
    missing = [called[name] for name in expected if name not in found]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise FileRefused(_wrong_rows(sheet, f"{_listed(missing)} {verb} missing."))
    moved = (
        _out_of_order(list(found), list(expected)) or [name for name, at in found.items() if at != expected[name]][:1]
    )
    if moved:
        places = [f"{called[n]} stands in row {found[n] + 1} and belongs in row {expected[n] + 1}" for n in moved]
        raise FileRefused(_wrong_rows(sheet, f"{_listed(places)}."))


def _out_of_order(found: Sequence[str], expected: Sequence[str]) -> list[str]:
    """The fewest names that have to be moved to bring `found` into the order of `expected`."""
    place = {name: number for number, name in enumerate(expected)}
    ends: list[int] = []
    chain: list[tuple[int, int]] = []  # for each name: length of the longest run that ends with it, and its place
    for name in found:
        length = bisect_left(ends, place[name])
        ends[length : length + 1] = [place[name]]
        chain.append((length, place[name]))
    kept: set[int] = set()
    wanted, below = len(ends) - 1, len(expected)
    for length, number in reversed(chain):
        if length == wanted and number < below:
            kept.add(number)
            wanted, below = wanted - 1, number
    return [name for name in found if place[name] not in kept]


def _called(tab: Tab, row: Row) -> str:
    """What a row is called in a sentence."""
    if row.cell is None:
        return f"the heading “{row.question[:60]}”"
    item = next(item for item in tab.items if (item.entity, item.field) == row.cell)
    return f"{item.name} ({item.label[:60]})"


def _text(cell: Any) -> str | None:
    """What a cell shows, as text."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return str(cell)


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names[:5]) + (f"; and {len(names) - 5} more" if len(names) > 5 else "")


def _wrong_rows(sheet: str, what: str) -> Refusal:
    return Refusal(
        "wrong-rows", "The rows of the spreadsheet are not those of the form", f"Sheet {sheet}: {what}", DOWNLOAD
    )


def _outside(sheet: str, row: int, column: int) -> Refusal:
    letter = chr(ord("A") + column) if column < 26 else f"column {column + 1}, row "
    return Refusal(
        "wrong-rows",
        "There is something beside the form",
        f"Sheet {sheet}: cell {letter}{row + 1} holds something, and no value belongs there.",
        "Move it to the column Value of its row, or clear the cell, and load the file again. Nothing was loaded.",
    )


def _not_ours(what: str) -> Refusal:
    return Refusal("wrong-table", "The spreadsheet is not that of the form", what, DOWNLOAD)
