"""Tables for spreadsheets, in which text stays text.

A spreadsheet works out what begins as a formula does, even from a CSV file. Such values get an apostrophe in
front, which a reader takes off again; values that already look so get one more, so that nothing is ambiguous.
Plain negative numbers stay as they are.
"""

from __future__ import annotations

import io
from typing import IO

import polars as pl

ROWS_OF_A_SHEET = 1_048_576
LONGEST_CELL = 32_767

FORMULA = r"^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])"
NEGATIVE_NUMBER = r"^-[0-9]+(?:\.[0-9]+)?$"


def guarded(text: pl.Expr) -> pl.Expr:
    """Text that no spreadsheet takes for a formula; null stays null."""
    return pl.when(~_looks_like_formula(text)).then(text).otherwise(pl.lit("'") + text)


def unguarded(text: pl.Expr) -> pl.Expr:
    """The text that `guarded` was given."""
    without = text.str.slice(1)
    return pl.when(text.str.starts_with("'") & _looks_like_formula(without)).then(without).otherwise(text)


def _looks_like_formula(text: pl.Expr) -> pl.Expr:
    return text.str.contains(FORMULA) & ~text.str.contains(NEGATIVE_NUMBER)


def table_as_csv(table: pl.DataFrame) -> bytes:
    """A table as CSV that a spreadsheet opens safely: UTF-8 with a mark, text in quotes, formulas made harmless."""
    text = table.select(guarded(pl.all().cast(pl.String)))
    buffer = io.BytesIO()
    text.write_csv(buffer, include_bom=True, quote_style="non_numeric", line_terminator="\r\n")
    return buffer.getvalue()


def table_as_xlsx(table: pl.DataFrame, title: str, file: IO[bytes], rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> None:
    """Write a table into an open file as an Excel workbook.

    All cells are text, so that identifiers keep their zeros and nothing is worked out. The first row stays in
    sight, columns are as wide as what is in them, and a table of more rows than a sheet can hold goes on in the
    next. Texts that are longer than a cell can hold end in "…".
    """
    import xlsxwriter

    text = table.select(_cell(pl.col(name).cast(pl.String)).alias(name) for name in table.columns)
    widths = [_width(text[name]) for name in text.columns]
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"num_format": "@", "valign": "top"})
        step = rows_of_a_sheet - 1
        for number, start in enumerate(range(0, max(1, text.height), step), start=1):
            sheet = book.add_worksheet(title[:28] if number == 1 else f"{title[:24]} {number}")
            sheet.freeze_panes(1, 0)
            part = text.slice(start, step)
            if text.width:
                sheet.autofilter(0, 0, part.height, text.width - 1)
            for at, name in enumerate(text.columns):
                sheet.set_column(at, at, widths[at], plain)
                sheet.write_string(0, at, name, head)
            for down, row in enumerate(part.iter_rows(), start=1):
                for at, value in enumerate(row):
                    if value is not None:
                        sheet.write_string(down, at, value, plain)


def _cell(text: pl.Expr) -> pl.Expr:
    too_long = text.str.len_chars() > LONGEST_CELL
    return pl.when(too_long).then(text.str.slice(0, LONGEST_CELL - 1) + "…").when(text != "").then(text)


def _width(column: pl.Series) -> int:
    longest = column.str.len_chars().max()
    return min(max(int(longest) if isinstance(longest, int) else 0, len(column.name), 8), 80) + 2
