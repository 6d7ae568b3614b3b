"""A form as a spreadsheet to fill in: a sheet for each tab, a row for each line, a cell for each value."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectory.blade import Edition, Heading, Integer, Tab
from collectory.engine.dataset import Dataset
from collectory.engine.keying import form_of

if TYPE_CHECKING:
    import xlsxwriter

ABOUT = "About"
EDITION_CELL = (1, 1)
COLUMNS = ("Item", "Question", "Value", "Field")
FIRST_ROW = 4
"""Where the lines of a tab begin, counted from 0; the headings of the columns stand above."""

WIDEST_TITLE = 31
HOW_TO = (
    "Fill in the column Value of each sheet and leave everything else as it is: rows that are moved, added or taken "
    "out are refused by name when the file is loaded.",
    "Totals are not worked out for you. Enter 0 where there are none; an empty cell is no answer.",
)


@dataclass(frozen=True)
class Row:
    """A row of a sheet: its first two cells, and for a line that takes a value, entity and field."""

    item: str
    question: str
    cell: tuple[str, str] | None = None
    level: int = 0

    @property
    def field(self) -> str:
        """The text that tells the row in the last column."""
        return ".".join(self.cell) if self.cell else ""


def sheet_name(tab: Tab) -> str:
    """The name of a tab's sheet; a spreadsheet takes no more characters, and not all."""
    return "".join(letter for letter in tab.title if letter not in "[]:*?/\\'")[:WIDEST_TITLE]


def rows_of(tab: Tab) -> tuple[Row, ...]:
    """The rows of a tab's sheet, from FIRST_ROW on."""
    rows: list[Row] = []
    for line in tab.lines:
        if isinstance(line, Heading):
            rows.append(Row(line.mark, line.text, level=line.level))
            continue
        wording = f"{line.mark} {line.label}".strip()
        rows.append(
            Row(line.reference, f"{wording} – {line.hint}" if line.hint else wording, (line.entity, line.field))
        )
    return tuple(rows)


def write_template(edition: Edition, dataset: Dataset | None = None, source: str = "") -> bytes:
    """The form of an edition as an XLSX file, with the values of a return in it where one is given.

    `source` is the native ID to put where the form shows it. Raises ValueError for an edition without a form.
    """
    import xlsxwriter  # not needed where nothing is written

    form = form_of(edition)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": edition.title})
    about = book.add_worksheet(ABOUT)
    about.set_column(0, 0, 14)
    about.set_column(1, 1, 100)
    strong, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    about.write_string(0, 0, edition.title, strong)
    about.write_string(EDITION_CELL[0], 0, "Edition")
    about.write_string(*EDITION_CELL, edition.key)
    for number, sentence in enumerate(HOW_TO):
        about.write_string(3 + number, 1, sentence, wrapped)
    about.protect()
    given = form.given(edition, source) if source else {}
    for tab in form.tabs:
        _sheet(book, tab, edition, dataset, given)
    book.worksheets()[1].activate()
    book.close()
    return buffer.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    tab: Tab,
    edition: Edition,
    dataset: Dataset | None,
    given: Mapping[str, Mapping[str, str]],
) -> None:
    sheet = book.add_worksheet(sheet_name(tab))
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 80)
    sheet.set_column(2, 2, 16)
    sheet.set_column(3, 3, 26)
    strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    faint = book.add_format({"font_color": "#505a5f", "valign": "top"})
    box = {"border": 1, "valign": "top"}
    number = book.add_format({**box, "locked": False, "num_format": "0", "align": "right"})
    text = book.add_format({**box, "locked": False, "num_format": "@"})
    fixed = book.add_format({**box, "num_format": "@", "font_color": "#505a5f"})
    sheet.write_string(0, 0, tab.heading or tab.title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, HOW_TO[0])
    sheet.write_row(FIRST_ROW - 1, 0, COLUMNS, strong)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for at, row in enumerate(rows_of(tab), FIRST_ROW):
        sheet.write_string(at, 0, row.item, strong if row.level else wrapped)
        sheet.write_string(at, 1, row.question, strong if row.level else wrapped)
        if row.cell is None:
            continue
        sheet.write_string(at, 3, row.field, faint)
        entity, field = row.cell
        kind = edition.entity(entity).field(field).kind
        item = next(each for each in tab.items if (each.entity, each.field) == row.cell)
        form_of_cell = fixed if item.given else number if isinstance(kind, Integer) else text
        value = given.get(entity, {}).get(field) or _value(dataset, entity, field)
        if value is None:
            sheet.write_blank(at, 2, None, form_of_cell)
        elif isinstance(kind, Integer) and value.isdecimal() and value.isascii() and len(value) < 15:
            sheet.write_number(at, 2, int(value), form_of_cell)
        else:
            sheet.write_string(at, 2, value, form_of_cell)
        if isinstance(kind, Integer) and kind.most is not None:
            sheet.data_validation(
                at,
                2,
                at,
                2,
                {
                    "validate": "integer",
                    "criteria": "between",
                    "minimum": kind.least or 0,
                    "maximum": kind.most,
                    "error_type": "warning",
                    "error_title": item.name[:32],
                    "error_message": f"This should be {kind.describe()}.",
                },
            )
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _value(dataset: Dataset | None, entity: str, field: str) -> str | None:
    if dataset is None or not dataset.tables[entity].height:
        return None
    value = dataset.tables[entity][field][0]
    return None if value is None else str(value)
