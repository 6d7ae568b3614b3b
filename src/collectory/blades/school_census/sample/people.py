"""Made-up people: names that go with a background, families, dates of birth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from .draws import Days, Ints, Lots, Mask, codes, days_between, evenly, exactly, stream, where, words
from .names import BACKGROUNDS, ENGLISH, Background

LONGEST_NAME = 35
MONTHS_APART = 10


@dataclass(frozen=True)
class People:
    """Who the pupils are. `home` numbers their homes; brothers and sisters share one."""

    female: Mask
    born: Days
    surname: pl.Series
    forename: pl.Series
    middle: pl.Series
    preferred: pl.Series
    former: pl.Series
    language: pl.Series
    ethnicity: pl.Series
    home: Ints

    def taken(self, rows: Ints) -> People:
        """Some of the people, in this order."""

        def of(series: pl.Series) -> pl.Series:
            return series.gather(pl.Series(rows))

        return People(
            self.female[rows],
            self.born[rows],
            of(self.surname),
            of(self.forename),
            of(self.middle),
            of(self.preferred),
            of(self.former),
            of(self.language),
            of(self.ethnicity),
            self.home[rows],
        )

    def by_name(self) -> Ints:
        """The order of a register: surnames, then forenames."""
        frame = pl.DataFrame({"surname": self.surname, "forename": self.forename, "born": self.born})
        return frame.select(pl.arg_sort_by("surname", "forename", "born")).to_series().to_numpy().astype(np.int64)

    @property
    def sex(self) -> pl.Series:
        return where(self.female, "F", "M")


def births(lots: Lots, ages: Ints, at: np.datetime64) -> Days:
    """Dates of birth of people of these ages at the end of a month."""
    next_month = (at + np.timedelta64(1, "D")).astype("datetime64[M]")
    first = (next_month - 12 * (ages + 1)).astype("datetime64[D]")
    last = (next_month - 12 * ages).astype("datetime64[D]") - np.timedelta64(1, "D")
    return days_between(lots, first, last)


def people(seed: int, born: Days) -> People:
    """As many people as there are dates of birth, no two alike in name, sex and date of birth."""
    count = len(born)
    lots = stream(seed, "people")
    female = exactly(lots, np.ones(count, dtype=bool), round(count * 0.49))
    background = evenly(lots, [each.share for each in BACKGROUNDS], count)
    home = np.arange(count)
    leader = _brothers_and_sisters(lots, born)
    background, home = background[leader], home[leader]
    surname = _surnames(lots, background).gather(pl.Series(leader))
    forename = _distinct(lots, surname, born, female, background)
    former = where(exactly(lots, np.ones(count, dtype=bool), count // 80), _surnames(lots, background))
    preferred = where(exactly(lots, np.ones(count, dtype=bool), count // 40), _surnames(lots, background), surname)
    return People(
        female,
        born,
        surname,
        forename,
        _middle_names(lots, background, female),
        where(lots.random(count) < 0.3, preferred, where((preferred != surname).to_numpy(), preferred)),
        former,
        _by_background(background, lambda each, size: codes(lots, each.languages, size)).gather(pl.Series(leader)),
        _by_background(background, lambda each, size: codes(lots, each.ethnicities, size)).gather(pl.Series(leader)),
        home,
    )


def _brothers_and_sisters(lots: Lots, born: Days) -> Ints:
    """For each the person whose home and surname they share: mostly themselves."""
    count = len(born)
    leader = np.arange(count)
    followers = np.flatnonzero(lots.random(count) < 0.16)
    chosen = lots.integers(0, count, len(followers))
    apart = np.abs((born[followers] - born[chosen]).astype(np.int64)) > MONTHS_APART * 30
    keep = apart & ~np.isin(chosen, followers)
    leader[followers[keep]] = chosen[keep]
    return leader


def _by_background(background: Ints, draw: Callable[[Background, int], pl.Series]) -> pl.Series:
    """What is drawn for the people of each background, put where they stand."""
    order = np.argsort(background, kind="stable")
    parts = [draw(each, int((background == number).sum())) for number, each in enumerate(BACKGROUNDS)]
    back = np.empty(len(background), dtype=np.int64)
    back[order] = np.arange(len(background))
    return pl.concat(parts).gather(pl.Series(back))


def _surnames(lots: Lots, background: Ints) -> pl.Series:
    def draw(each: Background, size: int) -> pl.Series:
        one = words(each.surnames, _favouring_first(lots, len(each.surnames), size))
        if each is not ENGLISH:
            return one
        other = words(each.surnames, lots.integers(0, len(each.surnames), size))
        double = lots.random(size) < 0.05
        both = pl.DataFrame({"one": one, "other": other}).select(pl.concat_str("one", "other", separator="-"))
        fits = (both.to_series().str.len_chars() <= LONGEST_NAME).to_numpy() & (one != other).to_numpy()
        return where(double & fits, both.to_series(), one)

    return _by_background(background, draw)


def _forenames(lots: Lots, background: Ints, female: Mask) -> pl.Series:
    def draw(girls: bool) -> pl.Series:
        return _by_background(
            background,
            lambda each, size: words(
                each.girls if girls else each.boys,
                _favouring_first(lots, len(each.girls if girls else each.boys), size),
            ),
        )

    return where(female, draw(True), draw(False))


def _middle_names(lots: Lots, background: Ints, female: Mask) -> pl.Series:
    first, second = _forenames(lots, background, female), _forenames(lots, background, female)
    several = lots.random(len(female))
    both = pl.DataFrame({"first": first, "second": second}).select(pl.concat_str("first", "second", separator=" "))
    fits = (both.to_series().str.len_chars() <= LONGEST_NAME).to_numpy()
    return where(several < 0.08, where(fits, both.to_series(), first), where(several < 0.6, first))


def _distinct(lots: Lots, surname: pl.Series, born: Days, female: Mask, background: Ints) -> pl.Series:
    """Forenames such that no two people have the same names, sex and date of birth."""
    forename = _forenames(lots, background, female)
    for _ in range(50):
        frame = pl.DataFrame({"surname": surname, "forename": forename, "born": born, "female": female})
        again = ~frame.select(pl.struct(pl.all()).is_first_distinct()).to_series().to_numpy()
        if not again.any():
            break
        forename = where(again, _forenames(lots, background, female), forename)
    return forename


def _favouring_first(lots: Lots, names: int, size: int) -> Ints:
    """Positions in a list that stands in order of how common its names are."""
    return np.minimum((lots.random(size) ** 1.4 * names).astype(np.int64), names - 1)
