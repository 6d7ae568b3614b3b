"""What rules ask about days."""

from __future__ import annotations

import polars as pl

from collectory.blade import Edition

FIX_DATE = "Correct the date in your own system, or on screen here."


def in_year(day: pl.Expr, edition: Edition) -> pl.Expr:
    """Whether a day lies in the census year, its first and last day included."""
    return day.is_between(edition.period_from, edition.reference_date)


def runs_on(day: pl.Expr, start: pl.Expr, end: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Whether a day lies between start and end, both included; where there is no end, until `last`."""
    return day.is_between(start, pl.coalesce(end, last))


def runs_before(day: pl.Expr, start: pl.Expr, end: pl.Expr, edition: Edition) -> pl.Expr:
    """The same with the end left out; where there is no end, until the reference date, that day included."""
    return (day >= start) & (
        pl.when(end.is_not_null()).then(day < end).otherwise(day <= pl.lit(edition.reference_date))
    )


def no_weekend(day: pl.Expr) -> pl.Expr:
    return day.dt.weekday() <= 5
