"""Dates as spreadsheets write them, read without guessing: whether the day or the month comes first must show."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

NUMERIC = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
WORDED = re.compile(
    r"(\d{1,2})[- ](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[- ](\d{4}|\d{2})"
    r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?",
    re.IGNORECASE,
)
SERIAL = re.compile(r"(\d{5})(?:\.(\d+))?")
SWAPPED = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: \d{2}:\d{2}:\d{2})?")
EXTRACT = re.compile(r"\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2}")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EXCEL_DAY_NONE = dt.datetime(1899, 12, 30)
SERIALS = range(3_654, 73_051)  # 1910 to 2099
AHEAD = 20
"""A year of two digits lies at most so many years behind that of the collection, else in the century before."""


@dataclass(frozen=True)
class Order:
    """What the dates of all files show about their order: how many can only be read with the day, or month, first."""

    day_first: int = 0
    month_first: int = 0

    def __add__(self, other: Order) -> Order:
        return Order(self.day_first + other.day_first, self.month_first + other.month_first)

    @property
    def known(self) -> bool:
        """Whether all agree."""
        return (self.day_first == 0) != (self.month_first == 0)


def is_of_export(text: str) -> bool:
    """Whether a text is a date in a form that exports write and that a spreadsheet would have changed, which it does
    not where a T stands before the time."""
    if EXTRACT.fullmatch(text):
        return True
    found = ISO.fullmatch(text)
    return (
        found is not None and int(found[1]) >= 1900 and _made(int(found[1]), int(found[2]), int(found[3])) is not None
    )


def is_of_spreadsheet(text: str) -> bool:
    """Whether a text is a date or moment as spreadsheets write one."""
    if NUMERIC.fullmatch(text) or WORDED.fullmatch(text) or SWAPPED.fullmatch(text):
        return True
    found = SERIAL.fullmatch(text)
    return found is not None and int(found[1]) in SERIALS


def order_shown(texts: Iterable[str], known: set[dt.datetime], year: int) -> Order:
    """What dates show about their order: a first part over 12 is a day, a second one over 12 makes the first a month.
    A date that in one order only is one of the collection's own (`known`) shows it too."""
    day_first = month_first = 0
    for text in texts:
        found = NUMERIC.fullmatch(text)
        if found is None:
            continue
        one, other = int(found[1]), int(found[3])
        day = _made(century(found[4], year), other, one)
        month = _made(century(found[4], year), one, other)
        if (day is None) != (month is None) or ((day in known) != (month in known)):
            if month is None or (day is not None and day in known):
                day_first += 1
            else:
                month_first += 1
    return Order(day_first, month_first)


def century(text: str, year: int) -> int:
    """A year of four digits as it is, one of two digits so that it is not far behind the collection's year."""
    if len(text) == 4:
        return int(text)
    found = year // 100 * 100 + int(text)
    return found - 100 if found > year + AHEAD else found


def moment_of(text: str, order: Order, year: int) -> dt.datetime | None:
    """The day or moment that a spreadsheet's text is; None where there is no such day, or its order is not known."""
    if found := NUMERIC.fullmatch(text):
        one, other = int(found[1]), int(found[3])
        if not order.known and one != other:
            return None
        day, month = (one, other) if order.day_first or not order.known else (other, one)
        return _made(century(found[4], year), month, day, *found.groups()[4:7])
    if found := WORDED.fullmatch(text):
        return _made(century(found[3], year), MONTHS.index(found[2].lower()) + 1, int(found[1]), *found.groups()[3:6])
    if found := SWAPPED.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]), *found.groups()[3:6])
    if found := SERIAL.fullmatch(text):
        seconds = round(float(f"0.{found[2]}") * 86_400) if found[2] else 0
        return EXCEL_DAY_NONE + dt.timedelta(days=int(found[1]), seconds=seconds)
    return None


def _made(year: int, month: int, day: int, *time: str | None) -> dt.datetime | None:
    try:
        hour, minute, second = (*(int(part or 0) for part in time), 0, 0, 0)[:3]
        return dt.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
