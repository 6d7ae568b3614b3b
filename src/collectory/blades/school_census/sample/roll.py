"""Who is and was at the school: pupils on roll and leavers, with the dates that all else hangs on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from collectory.blade import Edition

from .draws import Days, Ints, Lots, Mask, age_on, day, days, exactly, stream
from .people import births
from .school_days import SchoolDays
from .schools import School

FAR = np.datetime64("2100-01-01", "D")
MOVED_SHARE = 0.018
YEAR_11_LEAVERS_SHARE = 0.45
SIXTH_FORM_LEAVERS_SHARE = 0.9


@dataclass(frozen=True)
class Pupils:
    """Pupils on roll or leavers; one element for each pupil.

    year     year group (Reception is 0), of leavers the year that they left
    born, entered, left   dates; `left` lies far ahead for pupils on roll
    studied  leavers of the sixth form: who took learning aims (autumn) or had a bursary (spring and summer)
    """

    school: School
    calendar: SchoolDays
    year: Ints
    born: Days
    entered: Days
    left: Days
    studied: Mask

    def __len__(self) -> int:
        return len(self.year)

    @property
    def edition(self) -> Edition:
        return self.school.edition

    @property
    def age(self) -> Ints:
        """Age on 31 August before the school year."""
        return age_on(self.born, day(self.edition.age_date))

    @property
    def age_in_attendance(self) -> Ints:
        """Age on 31 August before the school year in which the attendance fell."""
        return age_on(self.born, day(self.edition.attendance_age_date))

    def in_order(self, order: Ints) -> Pupils:
        """The same pupils in another order."""
        return replace(
            self,
            year=self.year[order],
            born=self.born[order],
            entered=self.entered[order],
            left=self.left[order],
            studied=self.studied[order],
        )

    def first_days(self, value: date) -> Days:
        """A day or the day of entry, whichever is later."""
        return np.maximum(days(value, len(self)), self.entered)

    def last_days(self, value: date) -> Days:
        """A day or the day of leaving, whichever is earlier."""
        return np.minimum(days(value, len(self)), self.left)


def on_roll(seed: int, school: School) -> Pupils:
    """The pupils on roll, in the order of their years."""
    edition = school.edition
    lots = stream(seed, "roll")
    calendar = calendar_of(edition)
    year = school.year_of_each()
    size = len(year)
    # A few are taught a year below their age.
    held_back = exactly(lots, (year >= 2) & (year <= 10), size // 300)
    born = births(lots, year + 4 + held_back, day(edition.age_date))
    entered = _entries(lots, school, calendar, year, edition.age_date.year)
    entered = _not_mostly_new(school, calendar, year, entered)
    return Pupils(school, calendar, year, born, entered, np.full(size, FAR), np.zeros(size, dtype=bool))


def leavers(seed: int, school: School) -> Pupils:
    """The pupils who left before census day and belong in the return."""
    edition = school.edition
    lots = stream(seed, "leavers")
    calendar = calendar_of(edition)
    autumn = edition.attendance_age_date < edition.age_date
    years = [] if school.phase == "NS" else [year for year in school.years if 0 <= year <= 10]
    among = np.array(years or ([10] if school.phase != "NS" else []), dtype=np.int64)
    size = sum(school.roll.values())
    moved = lots.choice(among, max(1, round(size * MOVED_SHARE))) if len(among) else among
    ended = _ended_school(school, size) if autumn else np.array([], dtype=np.int64)
    studied = _ended_sixth_form(school) if autumn else _left_sixth_form(school)
    year = np.concatenate([moved, ended, studied]).astype(np.int64)
    count = len(year)
    school_year = edition.attendance_age_date.year
    born = births(lots, year + 4, day(edition.attendance_age_date))
    entered = _entries(lots, school, calendar, year, school_year)
    entered = np.minimum(entered, calendar.on_or_before(days(edition.term_start, count) - np.timedelta64(21, "D")))
    last_day = edition.term_start if autumn else edition.reference_date
    left = calendar.between(
        lots,
        calendar.on_or_after(np.maximum(days(edition.previous_term_start, count), entered)),
        calendar.on_or_before(days(last_day, count) - np.timedelta64(1, "D")),
    )
    at_the_end = (np.arange(count) >= len(moved)) & autumn
    end_of_year = calendar.on_or_before(days(edition.term_start, count) - np.timedelta64(1, "D"))
    left = np.where(at_the_end, end_of_year, left)
    return Pupils(school, calendar, year, born, entered, left, np.arange(count) >= len(moved) + len(ended))


def calendar_of(edition: Edition) -> SchoolDays:
    """The school days that an edition may speak of."""
    return SchoolDays(edition.age_date.year - 17, edition.age_date.year + 2)


def _ended_school(school: School, size: int) -> Ints:
    """Those who reached the end of a primary school, or of year 11, in the summer."""
    last = max((year for year in school.years if year <= 11), default=0)
    if last not in (6, 11):
        return np.array([], dtype=np.int64)
    share = YEAR_11_LEAVERS_SHARE if school.has_sixth_form else 1.0
    return np.full(max(1, round(school.roll[last] * share)), last)


def _ended_sixth_form(school: School) -> Ints:
    """Those who left the sixth form in the summer: mostly after year 13."""
    if not school.has_sixth_form:
        return np.array([], dtype=np.int64)
    finished = max(1, round(school.roll.get(13, 1) * SIXTH_FORM_LEAVERS_SHARE))
    return np.concatenate([np.full(finished, 13), np.full(round(school.roll.get(12, 0) * 0.1), 12)])


def _left_sixth_form(school: School) -> Ints:
    """Those who left year 12 in the course of the year."""
    if not school.has_sixth_form:
        return np.array([], dtype=np.int64)
    return np.full(max(1, round(school.roll.get(12, 0) * 0.05)), 12)


def _entries(lots: Lots, school: School, calendar: SchoolDays, year: Ints, school_year: int) -> Days:
    """When each pupil joined: most with their year group, some at any time since."""
    size = len(year)
    lowest = school.taught[0]
    joined_at = np.where((year >= 7) & (lowest < 7) & (lots.random(size) < 0.4), 7, lowest)
    joined_at = np.where((year == 0) & (lowest < 0) & (lots.random(size) < 0.4), 0, joined_at)
    joined_at = np.where((year > 0) & (lowest < 0) & (lots.random(size) < 0.5), 0, joined_at)
    joined_at = np.where((year >= 12) & (lots.random(size) < 0.25), 12, joined_at)
    joined_at = np.minimum(joined_at, year)
    with_the_others = _first_of_september(calendar, school_year - (year - joined_at))
    latest = calendar.on_or_before(days(school.edition.reference_date, size) - np.timedelta64(7, "D"))
    any_time = calendar.between(lots, with_the_others, np.maximum(latest, with_the_others))
    return np.where(lots.random(size) < 0.12, any_time, with_the_others)


def _not_mostly_new(school: School, calendar: SchoolDays, year: Ints, entered: Days) -> Days:
    """The same, where more than half of a few pupils would be new this term with some of them here from the lowest year
    on."""
    new = entered >= day(school.edition.term_start)
    lowest = school.taught[0]
    movable = np.flatnonzero(new & (year > lowest))[: max(0, int(new.sum()) - len(year) // 2)]
    with_the_lowest = _first_of_september(calendar, school.edition.age_date.year - (year - lowest))
    entered[movable] = with_the_lowest[movable]
    return entered


def _first_of_september(calendar: SchoolDays, year: Ints) -> Days:
    september = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + np.timedelta64(8, "M")
    return calendar.on_or_after(september.astype("datetime64[D]"))
