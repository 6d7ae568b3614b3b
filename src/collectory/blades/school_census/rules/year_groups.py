"""National curriculum years."""

from __future__ import annotations

import polars as pl

from collectory.blade import Edition, Record

from .ages import school_age

NURSERY = ("E1", "E2", "N1", "N2")
INFANTS = ("R", "1", "2")
IN_ORDER = (*NURSERY, "R", *(str(year) for year in range(1, 15)))


def order_of(year: pl.Expr) -> pl.Expr:
    """Where a year group stands among all; null for X (no curriculum years) and for what is no year group."""
    return year.replace_strict({code: n for n, code in enumerate(IN_ORDER)}, default=None, return_dtype=pl.Int64)


def year_order(pupil: Record) -> pl.Expr:
    """Where a pupil's year group stands among all; see order_of."""
    return pupil.once(order_of(pupil.NCyearActual))


def in_reception_or_above(pupil: Record) -> pl.Expr:
    """Whether a pupil's year group is Reception or a later one; false for X."""
    return pupil.once((year_order(pupil) >= IN_ORDER.index("R")).fill_null(False))


def in_nursery(year: pl.Expr) -> pl.Expr:
    """Whether a year group is before Reception."""
    return year.is_in(list(NURSERY))


def is_infant(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether a pupil is in Reception, year 1 or 2, or follows no years and is four to six years old."""
    by_age = (pupil.NCyearActual == "X") & school_age(pupil, edition).is_between(4, 6)
    return pupil.once(pupil.NCyearActual.is_in(list(INFANTS)) | by_age)
