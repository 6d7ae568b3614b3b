"""Rules of years that Collectory runs no edition of are proved in editions made for the purpose."""

from datetime import date
from functools import cache
from typing import Any

import pytest

from collectory.blade import Edition
from collectory.blades.school_census import blade
from collectory.blades.school_census.editions import edition
from collectory.engine.cases import broken_cases_of
from collectory.engine.checking.check import check
from collectory.engine.tables import dataset_of_tables


@cache
def autumn(year: int, **given: Any) -> Edition:
    return edition(
        blade,
        year,
        "AUT",
        reference_date=date(year, 10, 6),
        previous_reference_date=date(year, 5, 19),
        term_start=date(year, 8, 1),
        previous_term_start=date(year, 4, 18),
        attendance_from=date(year, 4, 18),
        attendance_to=date(year, 5, 29),
        second_half_from=date(year, 5, 30),
        second_half_to=date(year, 7, 31),
        exclusions_from=date(year, 1, 1),
        exclusions_to=date(year, 7, 31),
        aims_from=date(year - 1, 8, 1),
        **given,
    )


@cache
def spring(year: int, **given: Any) -> Edition:
    return edition(
        blade,
        year,
        "SPR",
        reference_date=date(year, 1, 19),
        previous_reference_date=date(year - 1, 10, 6),
        term_start=date(year, 1, 1),
        previous_term_start=date(year - 1, 8, 1),
        attendance_from=date(year - 1, 8, 1),
        attendance_to=date(year - 1, 12, 31),
        exclusions_from=date(year - 1, 4, 18),
        exclusions_to=date(year - 1, 12, 31),
        **given,
    )


@pytest.mark.parametrize(
    ("made", "key"),
    [
        (spring(2016), "1752Q"),
        (autumn(2016), "2611"),
        (autumn(2016), "5140"),
        (spring(2018), "5140"),
    ],
    ids=lambda each: each.key if isinstance(each, Edition) else each,
)
def test_rules_of_other_years(made: Edition, key: str) -> None:
    assert list(broken_cases_of(made, made.rule(key))) == []


@pytest.mark.parametrize("key", ["1752Q", "2611", "5140"])
def test_ended_rules_are_in_no_edition(key: str) -> None:
    assert [each.key for each in blade.editions if any(rule.key == key for rule in each.rules)] == []


def found(made: Edition, rule: str, school: dict[str, str], pupil: dict[str, str]) -> int:
    """How often a rule fails of a typical school and pupil with these changes."""
    typical = blade.typical(made)
    rows = {name: [dict(typical[name])] for name in ("Header", "School", "PupilOnRoll")}
    rows["School"][0].update(school)
    rows["PupilOnRoll"][0].update(pupil)
    return int((check(dataset_of_tables(rows, made), only={rule}).found["rule_key"] == rule).sum())


def test_doubtful_scopes_are_parameters() -> None:
    """541 and 2712: whom they ask is not known for sure, and a collector's edition may say otherwise."""
    unit = {"Phase": "PR", "ChildMothers": "false"}
    assert found(spring(2022), "541", unit, {}) == 0
    assert found(spring(2022, mother_places_of_every_unit=True), "541", unit, {}) == 1
    assert found(autumn(2022), "2712", {}, {"NCyearActual": "12"}) == 0
    assert found(autumn(2022, employment_of_every_student=True), "2712", {}, {"NCyearActual": "12"}) == 1
    assert found(autumn(2022, employment_of_every_student=True), "2712", {}, {"NCyearActual": "11"}) == 0
