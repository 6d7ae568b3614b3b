"""Unique pupil numbers, learner numbers and other numbers, with right check characters."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import Ints, Lots, Mask, stream, where, words

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN_WEIGHTS = np.arange(2, 14)
ULN_WEIGHTS = np.arange(10, 1, -1)
PER_YEAR = 500
"""Pupils of one year that a school gives numbers to, at most; there are three digits for the serial number."""


def digits(values: Ints, places: int) -> Ints:
    """The last digits of numbers, a column for each."""
    return values[:, None] // (10 ** np.arange(places - 1, -1, -1)) % 10


def permanent_upns(values: Ints) -> pl.Series:
    """UPNs from their twelve digits."""
    letters = words(CHECK_LETTERS, (digits(values, 12) * UPN_WEIGHTS).sum(axis=1) % 23)
    return letters + pl.Series(values).cast(pl.String).str.zfill(12)


def temporary_upns(values: Ints, last: Ints) -> pl.Series:
    """Temporary UPNs from eleven digits and the position of the letter at the end."""
    total = (digits(values, 11) * UPN_WEIGHTS[:-1]).sum(axis=1) + last * UPN_WEIGHTS[-1]
    letters = words(CHECK_LETTERS, total % 23)
    return letters + pl.Series(values).cast(pl.String).str.zfill(11) + words(CHECK_LETTERS, last)


def upns(seed: int, authority: str, number: str, issued: Ints, *, home_share: float, temporary: Mask) -> pl.Series:
    """UPNs, no two alike.

    issued      the calendar year in which each pupil started school
    home_share  how many have their number from this school itself; the others come from schools around
    temporary   who has a temporary one, from this school
    """
    lots = stream(seed, "upn")
    cohorts, cohort, sizes = np.unique(issued, return_inverse=True, return_counts=True)
    place = _place_in_cohort(lots, cohort, sizes)
    own = np.minimum(sizes * home_share, PER_YEAR).astype(np.int64)[cohort]
    around = max(24, int(-(-sizes.max() // PER_YEAR))) if len(sizes) else 24
    numbers_around = 2000 + lots.choice(np.delete(np.arange(1900), max(0, int(number) - 2000) % 1900), around, False)
    at_home = place < own
    elsewhere = np.maximum(place - own, 0)
    school = np.where(at_home, int(number), numbers_around[elsewhere % around])
    serial = np.where(at_home, place, elsewhere // around) + 1 + school * 7 % 300
    years = cohorts[cohort] % 100
    text = permanent_upns(((int(authority) * 10_000 + school) * 100 + years) * 1000 + serial)
    few = np.flatnonzero(temporary)
    if len(few):
        latest = int(issued.max()) % 100
        index = np.arange(len(few))
        base = ((int(authority) * 10_000 + int(number)) * 100 + latest) * 100
        made = temporary_upns(base + index // 23 % 100, index % 23)
        text = text.scatter(pl.Series(few), made)
    return text


def _place_in_cohort(lots: Lots, cohort: Ints, sizes: Ints) -> Ints:
    """Positions from 0 within each cohort, in random order."""
    order = np.lexsort((lots.random(len(cohort)), cohort))
    place = np.empty(len(cohort), dtype=np.int64)
    place[order] = np.arange(len(cohort)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place


def ulns(seed: int, needed: Mask) -> pl.Series:
    """Learner numbers for those who need one, no two alike."""
    count = int(needed.sum())
    lots = stream(seed, "uln")
    # One number in eleven has no check digit; draw a good many more than are wanted, and no number twice.
    drawn = lots.permutation(np.unique(lots.integers(100_000_000, 999_999_999, count * 2 + 40)))
    remainder = (digits(drawn, 9) * ULN_WEIGHTS).sum(axis=1) % 11
    good, rest = drawn[remainder != 0][:count], remainder[remainder != 0][:count]
    return _placed(needed, pl.Series(good * 10 + 10 - rest).cast(pl.String))


def eligibility_codes(seed: int, needed: Mask) -> pl.Series:
    """Eleven digits for each, no two alike."""
    count = int(needed.sum())
    drawn = stream(seed, "eligibility").permutation(count * 11 + 1)[:count]
    return _placed(needed, pl.Series(50_000_000_000 + drawn * 97).cast(pl.String))


def urn(authority: str, number: str) -> str:
    """A made-up reference number, always the same for a school."""
    return str(900_000 + (int(authority) * 7919 + int(number) * 13) % 99_991)


def _placed(mask: Mask, texts: pl.Series) -> pl.Series:
    """Texts one after the other where the mask is true, null elsewhere."""
    if not len(texts):
        return pl.Series([None] * len(mask), dtype=pl.String)
    return where(mask, texts.gather(pl.Series(np.minimum(np.cumsum(mask) - 1, len(texts) - 1).clip(0))))
