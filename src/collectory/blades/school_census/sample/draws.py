"""Drawing lots: seeded, and a stream of its own for each subject.

A subject that draws more or less than before leaves all other subjects as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]
Mask = NDArray[np.bool_]
Lots = np.random.Generator


def stream(seed: int, subject: str) -> Lots:
    """The stream of one subject; the same for the same seed."""
    return np.random.default_rng([seed & 0xFFFF_FFFF_FFFF, *subject.encode()])


def exactly(lots: Lots, eligible: Mask, count: int) -> Mask:
    """A mask of `count` of the eligible (of all of them where there are fewer)."""
    chosen = np.zeros(len(eligible), dtype=bool)
    among = np.flatnonzero(eligible)
    chosen[lots.permutation(among)[: max(0, min(count, len(among)))]] = True
    return chosen


def spread(lots: Lots, eligible: Mask, group: Ints, count: int) -> Mask:
    """A mask of `count` of the eligible, as even over the groups as can be."""
    chosen = np.zeros(len(eligible), dtype=bool)
    among = np.flatnonzero(eligible)
    count = max(0, min(count, len(among)))
    if count:
        ordered = among[np.lexsort((lots.random(len(among)), group[among]))]
        places = (np.arange(count) + 0.5) * len(ordered) / count
        chosen[ordered[places.astype(np.int64)]] = True
    return chosen


def weighted(lots: Lots, weights: Sequence[float], size: int) -> Ints:
    """Positions drawn with these weights."""
    shares = np.asarray(weights, dtype=float)
    return lots.choice(len(shares), size=size, p=shares / shares.sum()).astype(np.int64)


def evenly(lots: Lots, weights: Sequence[float], size: int) -> Ints:
    """Positions with these weights in random order, each as often as its weight says (to the next whole number)."""
    shares = np.cumsum(np.asarray(weights, dtype=float))
    places = (np.arange(size) + lots.random()) / max(size, 1) * shares[-1]
    return lots.permutation(np.searchsorted(shares, places, side="right").clip(max=len(shares) - 1))


def words(values: Sequence[str], places: Ints) -> pl.Series:
    """The values at these positions."""
    return pl.Series(list(values), dtype=pl.String).gather(pl.Series(places))


def codes(lots: Lots, weights: Mapping[str, float], size: int) -> pl.Series:
    """Codes drawn with their weights."""
    return words(list(weights), weighted(lots, list(weights.values()), size))


def where(mask: Mask, yes: pl.Series | str | None, no: pl.Series | str | None = None) -> pl.Series:
    """One text where the mask is true, another where it is not."""
    frame = pl.DataFrame({"mask": mask})
    for name, value in (("yes", yes), ("no", no)):
        frame = frame.with_columns((value if isinstance(value, pl.Series) else pl.lit(value, pl.String)).alias(name))
    return frame.select(pl.when("mask").then("yes").otherwise("no").alias("made")).to_series()


def days_between(lots: Lots, first: Days, last: Days) -> Days:
    """A day from `first` to `last`, both included; `first` where they are the wrong way round."""
    width = np.maximum((last - first).astype(np.int64), 0)
    return first + (lots.random(len(first)) * (width + 1)).astype(np.int64).astype("timedelta64[D]")


def day(value: date) -> np.datetime64:
    """The same day for numpy."""
    return np.datetime64(value, "D")


def days(value: date, size: int) -> Days:
    """The same day many times."""
    return np.full(size, day(value))


def age_on(born: Days, at: Days | np.datetime64) -> Ints:
    """Age in whole years."""
    at = np.broadcast_to(np.asarray(at, dtype="datetime64[D]"), born.shape)
    months = (at.astype("datetime64[M]") - born.astype("datetime64[M]")).astype(np.int64)
    before = _day_of_month(at) < _day_of_month(born)
    return (months - before) // 12


def _day_of_month(value: Days) -> Ints:
    return (value - value.astype("datetime64[M]")).astype(np.int64)


def dates(values: Days, there: Mask | None = None) -> pl.Series:
    """Days as they are written, null where they are missing or not `there`."""
    series = pl.Series(values.astype("datetime64[D]")).cast(pl.Date).dt.to_string("%Y-%m-%d")
    return series if there is None else where(there, series)


def numbers(values: Ints, there: Mask | None = None) -> pl.Series:
    """Whole numbers as they are written, null where they are not `there`."""
    series = pl.Series(values).cast(pl.String)
    return series if there is None else where(there, series)


def yes_or_no(values: Mask, there: Mask | None = None) -> pl.Series:
    """Booleans as they are written, null where they are not `there`."""
    series = where(values, "true", "false")
    return series if there is None else where(there, series)
