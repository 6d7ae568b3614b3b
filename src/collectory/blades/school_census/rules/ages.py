"""Ages in whole years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from collectory.blade import Edition, Record


def age_on(born: pl.Expr, day: date | pl.Expr) -> pl.Expr:
    """Whole years from a date of birth to a day; null where one is missing. The birthday itself counts."""
    month_and_day = born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
    if isinstance(day, date):
        years = day.year - born.dt.year()
        not_yet = month_and_day > day.month * 100 + day.day
    else:
        years = day.dt.year() - born.dt.year()
        not_yet = month_and_day > day.dt.month().cast(pl.Int32) * 100 + day.dt.day()
    return years - not_yet.cast(pl.Int32)


def school_age(pupil: Record, edition: Edition) -> pl.Expr:
    """The age that the census means where it says nothing else: on 31 August before the school year."""
    return pupil.once(age_on(pupil.DOB, edition.age_date))


def born(age: int, month: int = 3, day: int = 1) -> Callable[[Edition], str]:
    """For cases of rules: the date of birth of a pupil who is of this school age in whichever edition."""

    def written(edition: Edition) -> str:
        year = edition.age_date.year - age - (1 if month > 8 else 0)
        return date(year, month, day).isoformat()

    return written
