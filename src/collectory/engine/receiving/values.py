"""Values that a spreadsheet changed when it saved a file, put back as the export had them.

What was changed shows in the file as a whole: where one date still stands as exports write it, no spreadsheet has been
at the dates, and a wrong one beside it is the school's own; so with zeros at the beginning. Such values are left for
the rules to find. What could have been more than one thing is a fault, never a guess.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from collectory.blade import Boolean, Code, Date, DateTime, Decimal, Edition, Field, Integer, Text
from collectory.engine.receiving import dates
from collectory.engine.receiving.damage import Damage, Doubt, Fault, Repair
from collectory.engine.receiving.meanings import Meanings
from collectory.engine.receiving.plain_table import PlainTable

POWER = r"^-?\d+(?:[.,]\d+)?[Ee]\+\d+$"
POWER_PARTS = re.compile(r"(-?)(\d+)(?:[.,](\d+))?[Ee]\+(\d+)")
FAILED = r"^#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|#+)$"
POINT_NOUGHT = r"^\d+[.,]0+$"
LEADING_ZERO = r"^0\d+$"
DIGITS = r"^[1-9]\d*$"
DAY_AND_MONTH = r"(?i)^\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$"
WITHOUT_SECONDS = r" \d{1,2}:\d{2}$|^\d{5}\.\d+$"
LOST_LETTER = r"\p{L}\?|\?\p{L}"
MISREAD = re.compile("[ÂÃÄÅ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
MOST_ZEROS = 6

Mend = Callable[[str], "str | None"]
"""Gives the value that a damaged one was, or None where it cannot be told."""


@dataclass(frozen=True)
class Evidence:
    """What a file shows about what was done to it."""

    dates_changed: bool
    zeros_lost: bool
    truth_changed: bool


def order_of_dates(tables: list[PlainTable], meanings: Meanings) -> dates.Order:
    """What the dates of all files that were saved again show about the order of day and month."""
    known = {dt.datetime.combine(each, dt.time()) for each in _own_dates(meanings.edition)}
    order = dates.Order()
    for table in tables:
        if not table.as_written:
            for name in _columns(table, meanings, (Date, DateTime)):
                texts = table.frame[name].drop_nulls()
                order += dates.order_shown(texts, known, _year(meanings.edition))
    return order


def mend(table: PlainTable, meanings: Meanings, order: dates.Order, damage: Damage) -> None:
    """Put back the values of a table that was saved again; what cannot be put back is noted as a fault."""
    if table.as_written:
        return
    evidence = _evidence(table, meanings)
    for name in table.frame.columns:
        column = _Column(table, name, meanings, damage)
        column.refuse(FAILED, "failed", "A formula or a link of the spreadsheet has failed here; the value is lost.")
        column.put_back(POWER, _from_power, "numbers", POWERS, LOST_DIGITS)
        _by_kind(column, evidence, order)


POWERS = "{count} such as {before} written out again as {after}."
LOST_DIGITS = (
    "The spreadsheet rounded a long number to {value}, or took another text for a number; what it was is lost."
)


def _by_kind(column: _Column, evidence: Evidence, order: dates.Order) -> None:
    kind = column.field.kind if column.field is not None else None
    match kind:
        case Date() | DateTime():
            if evidence.dates_changed:
                _mend_dates(column, kind, order)
        case Boolean():
            if evidence.truth_changed:
                yes, no = column.meanings.yes or kind.true[0], column.meanings.no or kind.false[0]
                column.put_back("^(?:TRUE|FALSE)$", lambda text: yes if text == "TRUE" else no, "yes-no", TRUTH)
        case Decimal():
            column.put_back(r"^-?\d+,\d+$", lambda text: text.replace(",", "."), "decimals", DECIMALS)
        case Integer():
            column.put_back(POINT_NOUGHT, _whole, "numbers", WHOLE)
        case Code():
            _mend_codes(column, evidence)
        case Text():
            _mend_text(column, kind, evidence)
        case None:
            column.put_back(POINT_NOUGHT, _whole, "numbers", WHOLE)


TRUTH = "{count} written as {before} in capitals, as spreadsheets do; read as {after}."
DECIMALS = "{count} with a comma for the decimal point, such as {before}; read as {after}."
WHOLE = "{count} such as {before} read as {after}."
DATES = "{count} changed by a spreadsheet, such as {before}; read as {after}."
ZEROS = "{count} had lost zeros at the beginning, such as {before}; read as {after}."
LETTERS = "{count} with letters read in a wrong encoding; put right."
NOT_A_DATE = "{value} is no date, or does not show whether the day or the month comes first."
A_DATE = "{value} was something else, which the spreadsheet took for a date."
ONE_OF_SEVERAL = "{value} has lost zeros at the beginning, and more than one value may be meant."
LETTER_LOST = "A letter was lost: the file was saved without the letters that other languages have."


def _mend_dates(column: _Column, kind: Date | DateTime, order: dates.Order) -> None:
    meanings, year = column.meanings, _year(column.meanings.edition)

    def back(text: str) -> str | None:
        moment = dates.moment_of(text, order, year)
        if moment is None:
            return None
        return meanings.date(moment.date()) if isinstance(kind, Date) else meanings.datetime(moment)

    if isinstance(kind, DateTime):
        column.doubt(WITHOUT_SECONDS, "seconds may have been lost")
    column.put_back_where(dates.is_of_spreadsheet, back, "dates", DATES, NOT_A_DATE)


def _mend_codes(column: _Column, evidence: Evidence) -> None:
    assert column.field is not None
    codes = column.meanings.edition.codeset(column.field) or {}
    column.put_back_where(
        lambda text: text not in codes and re.search(POINT_NOUGHT, text) is not None,
        _whole,
        "numbers",
        WHOLE,
    )
    if evidence.zeros_lost:

        def zeros(text: str) -> str | None:
            found = [code for code in _with_zeros(text) if code in codes]
            return found[0] if len(found) == 1 else None if found else text

        column.put_back_where(
            lambda text: text not in codes and text.isdecimal(), zeros, "zeros", ZEROS, ONE_OF_SEVERAL
        )
    column.refuse_where(
        lambda text: text not in codes and re.search(DAY_AND_MONTH, text) is not None,
        "took-for-date",
        A_DATE,
    )


def _mend_text(column: _Column, kind: Text, evidence: Evidence) -> None:
    if kind.form is not None:
        form = re.compile(kind.form)
        column.put_back_where(
            lambda text: not form.search(text) and re.search(POINT_NOUGHT, text) is not None,
            _whole,
            "numbers",
            WHOLE,
        )
        if evidence.zeros_lost:
            column.put_back_where(
                lambda text: text.isdecimal() and not form.search(text),
                lambda text: next((each for each in _with_zeros(text) if form.search(each)), text),
                "zeros",
                ZEROS,
            )
    column.refuse(DAY_AND_MONTH, "took-for-date", A_DATE)
    column.put_back_where(lambda text: MISREAD.search(text) is not None, _read_rightly, "letters", LETTERS)
    if column.table.encoding == "cp1252":
        column.refuse(LOST_LETTER, "letter-lost", LETTER_LOST)
    elif column.cells.drop_nulls().str.contains(LOST_LETTER).any():
        column.doubt(LOST_LETTER, "a question mark stands in the middle of a word, where a letter may have been lost")
    if evidence.zeros_lost and (kind.form is None or _may_begin_with_nought(column, kind.form)):
        column.doubt(DIGITS, "values of digits only may have had zeros at the beginning")


def _may_begin_with_nought(column: _Column, form: str) -> bool:
    """Whether a value of the form could be one with a zero less."""
    return any(text.isdecimal() and re.search(form, f"0{text}") for text in column.cells.drop_nulls().unique())


class _Column:
    """A column of a table at work."""

    def __init__(self, table: PlainTable, name: str, meanings: Meanings, damage: Damage) -> None:
        self.table, self.name, self.meanings, self.damage = table, name, meanings, damage
        self.field: Field | None = meanings.field(table.name.removesuffix(".csv"), name)

    @property
    def cells(self) -> pl.Series:
        return self.table.frame[self.name]

    def refuse(self, pattern: str, code: str, message: str) -> None:
        """Note each value of a form as a fault."""
        self._refuse_rows(self.cells.str.contains(pattern).fill_null(False).arg_true().to_list(), code, message)

    def refuse_where(self, damaged: Callable[[str], bool], code: str, message: str) -> None:
        self._refuse_rows(self._rows_where(damaged), code, message)

    def put_back(self, pattern: str, back: Mend, code: str, said: str, lost: str = "") -> None:
        """Put back each value of a form; what cannot be is a fault with the words `lost`, if any, or left."""
        rows = self.cells.str.contains(pattern).fill_null(False).arg_true().to_list()
        self._put_back(rows, back, code, said, lost)

    def put_back_where(self, damaged: Callable[[str], bool], back: Mend, code: str, said: str, lost: str = "") -> None:
        self._put_back(self._rows_where(damaged), back, code, said, lost)

    def doubt(self, pattern: str, message: str) -> None:
        """Note that values of a form may have been others."""
        count = int(self.cells.str.contains(pattern).fill_null(False).sum())
        if count:
            self.damage.doubts.append(Doubt(self.table.name, self.name, count, message))

    def _rows_where(self, damaged: Callable[[str], bool]) -> list[int]:
        """Each different value is asked once: a column of a census has few."""
        cells = self.cells
        found = [text for text in cells.drop_nulls().unique() if damaged(text)]
        return cells.is_in(found).fill_null(False).arg_true().to_list() if found else []

    def _put_back(self, rows: list[int], back: Mend, code: str, said: str, lost: str) -> None:
        if not rows:
            return
        cells = self.cells
        meant = {text: back(text) for text in cells.gather(rows).unique()}
        changed = [row for row in rows if meant[cells[row]] not in (None, cells[row])]
        if lost:
            self._refuse_rows([row for row in rows if meant[cells[row]] is None], code, lost)
        if not changed:
            return
        first = changed[0]
        before, after = cells[first], meant[cells[first]] or ""
        put = pl.Series([meant[text] for text in cells.gather(changed)], dtype=pl.String)
        self.table.frame = self.table.frame.with_columns(cells.scatter(changed, put))
        self.table.changed = True
        count = f"{len(changed):,} value" if len(changed) == 1 else f"{len(changed):,} values"
        message = said.format(count=count, before=before, after=after)
        row = int(self.table.row[first])
        self.damage.repairs.append(Repair(code, self.table.name, message, self.name, len(changed), row, before, after))

    def _refuse_rows(self, rows: list[int], code: str, message: str) -> None:
        for row in rows:
            value = self.cells[row]
            said = message.format(value=f"“{value[:40]}”")
            self.damage.refuse(Fault(code, self.table.name, said, self.name, int(self.table.row[row]), value))


def _evidence(table: PlainTable, meanings: Meanings) -> Evidence:
    """What a file shows. Where a spreadsheet has been at all values of a sort, none is left as exports write it."""
    days = [table.frame[name].drop_nulls().unique() for name in _columns(table, meanings, (Date, DateTime))]
    truth = [table.frame[name].drop_nulls().unique() for name in _columns(table, meanings, (Boolean,))]
    untouched = {meanings.yes or "true", meanings.no or "false", "true", "false"}
    zeros = any(table.frame[name].str.contains(LEADING_ZERO).any() for name in table.frame.columns)
    return Evidence(
        dates_changed=not any(dates.is_of_export(text) for texts in days for text in texts),
        zeros_lost=not zeros,
        truth_changed=not any(text in untouched for texts in truth for text in texts),
    )


def _columns(table: PlainTable, meanings: Meanings, kinds: tuple[type, ...]) -> list[str]:
    file = table.name.removesuffix(".csv")
    found = {name: meanings.field(file, name) for name in table.frame.columns}
    return [name for name, each in found.items() if each is not None and isinstance(each.kind, kinds)]


def _own_dates(edition: Edition) -> list[dt.date]:
    return [each for each in edition.parameters.values() if isinstance(each, dt.date)]


def _year(edition: Edition) -> int:
    return int(edition.year)


def _from_power(text: str) -> str | None:
    """The number that a text such as 1.234567E+06 is, where all its digits are there."""
    found = POWER_PARTS.fullmatch(text)
    assert found is not None
    sign, whole, rest, power = found[1], found[2], found[3] or "", int(found[4])
    # A number with fewer decimals than its power was rounded, or may have been. One such as 7.00E+02 was "7E2".
    if len(rest) < power or power > 18 or rest[power:].strip("0") or not rest.strip("0"):
        return None
    return f"{sign}{whole}{rest[:power]}"


def _whole(text: str) -> str:
    return re.split("[.,]", text)[0]


def _with_zeros(text: str) -> list[str]:
    return ["0" * count + text for count in range(1, MOST_ZEROS + 1)]


def _read_rightly(text: str) -> str | None:
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
