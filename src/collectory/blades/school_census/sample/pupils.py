"""What a return says about each pupil on roll: characteristics, status, needs, meals and home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .draws import (
    Ints,
    Lots,
    Mask,
    age_on,
    codes,
    dates,
    day,
    exactly,
    numbers,
    spread,
    stream,
    where,
    words,
    yes_or_no,
)
from .early_years import early_years
from .people import People
from .roll import Pupils
from .schools import YEARS
from .tables import Columns, table

FEW = 3
"""Pupils from which on a made-up school can be without any query: two cannot all be usual."""
RESIDENCE_ORDERS_ENDED = np.datetime64("2014-04-22", "D")


@dataclass(frozen=True)
class Characteristics:
    """What other modules of a pupil's record depend on."""

    support: Mask
    plan: Mask
    enrolment: pl.Series
    free_meals: Mask

    @property
    def provision(self) -> pl.Series:
        """SEN provision as it is written."""
        return where(self.plan, "E", where(self.support, "K", "N"))


def characteristics(seed: int, pupils: Pupils) -> Characteristics:
    """Needs, registration and meals, in plausible shares."""
    lots = stream(seed, "characteristics")
    size, year, phase = len(pupils), pupils.year, pupils.school.phase
    everyone = np.ones(size, dtype=bool)
    if phase == "SP":
        plan = spread(lots, everyone, year, size - size // 20)
        support = ~plan
    elif phase == "PR":
        plan = spread(lots, everyone, year, size // 12)
        support = spread(lots, ~plan, year, round(size * 0.35))
    else:
        plan = spread(lots, everyone, year, round(size * 0.035) if size >= 29 else size // 25)
        support = spread(lots, ~plan, year, round(size * 0.12) if size >= 9 else size // 3)
    in_two_schools = exactly(lots, (year >= 1) & (year <= 11), int(size * 0.02))
    main = exactly(lots, in_two_schools, (int(in_two_schools.sum()) + 1) // 2)
    return Characteristics(
        support,
        plan,
        where(in_two_schools, where(main, "M", "S"), "C"),
        spread(lots, (year >= 0) | (phase == "NS"), year, round(size * 0.2) if size >= 3 else 0),
    )


def pupils_on_roll(seed: int, pupils: Pupils, people: People, traits: Characteristics, *more: Columns) -> pl.DataFrame:
    """The table of pupils on roll; `more` are columns that other subjects fill."""
    edition, school, size = pupils.edition, pupils.school, len(pupils)
    lots = stream(seed, "pupils on roll")
    year = pupils.year
    nobody = np.zeros(size, dtype=bool)
    infants = (year >= 0) & (year <= 2)
    lunches = spread(lots, infants, year, min(round(infants.sum() * 0.86), max(int(infants.sum()) - 1, 1)))
    service = exactly(lots, ~traits.free_meals & (year >= 0), size // 100)
    special = traits.support | traits.plan
    in_unit = exactly(lots, special, int(special.sum()) // 12)
    resourced = exactly(lots, special & ~in_unit, int(special.sum()) // 15)
    has_flags = special if school.phase not in ("SP", "PR") else nobody
    early = early_years(seed, pupils)
    columns: Columns = {
        **named(people),
        **early,
        "PreferredSurname": people.preferred,
        "Ethnicity": _not_all_white(people.ethnicity),
        "SchoolLunchTaken": yes_or_no(lunches, infants),
        "YSSA": _youth_support(lots, pupils),
        "Language": _languages(lots, people.language, size),
        "ServiceChild": where(service, "Y", codes(lots, {"N": 985, "U": 10, "R": 5}, size)),
        "TopUpFunding": yes_or_no(traits.plan & (lots.random(size) < 0.6)),
        "PLAA": _formerly_in_care(lots, pupils),
        "YoungCarer": codes(lots, {"N": 992, "P": 5, "S": 3}, size),
        "EnrolStatus": traits.enrolment,
        "TypeOfClass": where(year < 0, "N", where(year <= 7, "O")) if school.is_primary else None,
        "EntryDate": dates(pupils.entered),
        "PartTime": _part_time(lots, pupils, early),
        "Boarder": "N",
        "NCyearActual": year_codes(year),
        "SENprovision": traits.provision,
        "SENunitIndicator": yes_or_no(in_unit, has_flags),
        "ResourcedProvisionIndicator": yes_or_no(resourced, has_flags),
        "UnitContactTimePupil": numbers(lots.integers(20, 26, size)) if school.phase == "PR" else None,
    }
    for each in more:
        columns = {**columns, **each}
    return table(edition, "PupilOnRoll", columns, size)


def named(people: People) -> Columns:
    """Names, sex and date of birth."""
    return {
        "Surname": people.surname,
        "Forename": people.forename,
        "MiddleNames": people.middle,
        "FormerSurname": people.former,
        "Gender": people.sex,
        "Sex": people.sex,
        "DOB": dates(people.born),
    }


def year_codes(year: Ints) -> pl.Series:
    """Year groups as they are written."""
    first = min(YEARS)
    return words(list(YEARS.values()), year - first)


def needs_learner_number(pupils: Pupils) -> Mask:
    """From a year before the age at which the rules ask for it, as schools do."""
    if pupils.school.phase in ("NS", "PS"):
        return np.zeros(len(pupils), dtype=bool)
    at = np.minimum(pupils.left, day(pupils.edition.reference_date))
    return age_on(pupils.born, at) >= pupils.edition.uln_age - 1


def _languages(lots: Lots, language: pl.Series, size: int) -> pl.Series:
    unknown = exactly(lots, np.ones(size, dtype=bool), size // 150)
    return where(unknown, codes(lots, {"NOT": 3, "REF": 1, "OTB": 2}, size), language)


def _youth_support(lots: Lots, pupils: Pupils) -> pl.Series | None:
    if pupils.school.phase in ("NS", "PS"):
        return None
    asked = (pupils.age >= pupils.edition.youth_support_age) & (pupils.age <= pupils.edition.youth_support_age_to)
    answers = codes(lots, {"YES": 70, "NO": 6, "UNS": 14, "SNR": 10}, len(pupils))
    first = asked & (np.cumsum(asked) == 1)
    return where(asked, where(first, "YES", answers))


def _formerly_in_care(lots: Lots, pupils: Pupils) -> pl.Series:
    size = len(pupils)
    left_care = exactly(lots, pupils.year >= 0, size // 80)
    how = codes(lots, {"A": 5, "G": 4, "C": 1}, size)
    earlier = codes(lots, {"A": 5, "G": 3, "R": 2}, size)
    return where(left_care, where(pupils.born < RESIDENCE_ORDERS_ENDED, earlier, how), "N")


def _part_time(lots: Lots, pupils: Pupils, early: Columns) -> pl.Series:
    """Only children in nursery years who come for their funded hours alone."""
    funded = early.get("FundedHours")
    if funded is None:
        return where(pupils.year < 0, "false", "false")
    assert isinstance(funded, pl.Series)
    at_setting = early["HoursAtSetting"]
    assert isinstance(at_setting, pl.Series)
    alone = (at_setting == funded).fill_null(False).to_numpy()
    several = exactly(lots, alone, len(pupils) // 4)
    return yes_or_no(alone & several)


def _not_all_white(ethnicity: pl.Series) -> pl.Series:
    """The same with one pupil of a mixed background where chance gave a few pupils none."""
    if len(ethnicity) < FEW or not ethnicity.str.starts_with("W").all():
        return ethnicity
    return ethnicity.scatter(len(ethnicity) - 1, "MWBC")
