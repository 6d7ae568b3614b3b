"""The days on which a school is open, near enough: weekdays outside holidays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from .draws import Days, Ints, Lots, days_between


def easter(year: int) -> date:
    """Easter Sunday (the Gregorian rule, in Gauss's form with its exceptions)."""
    century, golden = year // 100, year % 19
    moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon -= (moon // 28) * (1 - (moon // 28) * (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    to_sunday = moon - weekday
    month = 3 + (to_sunday + 40) // 44
    return date(year, month, to_sunday + 28 - 31 * (month // 4))


def monday(on_or_before: date) -> date:
    """The Monday of that day's week."""
    return on_or_before - timedelta(days=on_or_before.weekday())


def holidays(first_year: int, last_year: int) -> Days:
    """Days without school in these calendar years."""
    found: list[date] = []
    for year in range(first_year, last_year + 1):
        sunday = easter(year)
        spans = [
            (date(year, 1, 1), date(year, 1, 3)),
            (monday(date(year, 2, 18)), monday(date(year, 2, 18)) + timedelta(days=4)),
            (sunday - timedelta(days=2), sunday + timedelta(days=12)),
            (monday(date(year, 5, 7)), monday(date(year, 5, 7))),
            (monday(date(year, 5, 31)), monday(date(year, 5, 31)) + timedelta(days=4)),
            (date(year, 7, 22), date(year, 9, 1)),
            (monday(date(year, 10, 28)), monday(date(year, 10, 28)) + timedelta(days=4)),
            (date(year, 12, 20), date(year, 12, 31)),
        ]
        for first, last in spans:
            found.extend(first + timedelta(days=step) for step in range((last - first).days + 1))
    return np.array(found, dtype="datetime64[D]")


class SchoolDays:
    """The school days of some years."""

    def __init__(self, first_year: int, last_year: int) -> None:
        self._calendar = np.busdaycalendar(holidays=holidays(first_year, last_year))

    def count(self, first: Days, last: Days) -> Ints:
        """School days from `first` to `last`, both included; 0 where they are the wrong way round."""
        counted = np.busday_count(first, last + np.timedelta64(1, "D"), busdaycal=self._calendar)
        return np.maximum(counted, 0).astype(np.int64)

    def on_or_after(self, value: Days) -> Days:
        """The next school day, or the day itself."""
        return np.busday_offset(value, 0, roll="forward", busdaycal=self._calendar)

    def on_or_before(self, value: Days) -> Days:
        """The school day before, or the day itself."""
        return np.busday_offset(value, 0, roll="backward", busdaycal=self._calendar)

    def between(self, lots: Lots, first: Days, last: Days) -> Days:
        """A school day from `first` to `last`."""
        return np.maximum(self.on_or_before(days_between(lots, first, last)), self.on_or_after(first))
