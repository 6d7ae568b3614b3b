"""Rules that begin after the last edition that Collectory runs are proved in an edition made for the purpose."""

from datetime import date

import pytest

from collectory.blade import Edition
from collectory.blades.school_census import blade
from collectory.blades.school_census.editions import edition
from collectory.engine.cases import broken_cases_of


@pytest.fixture(scope="module")
def autumn_2022() -> Edition:
    return edition(
        blade,
        2022,
        "AUT",
        reference_date=date(2022, 10, 6),
        previous_reference_date=date(2022, 5, 19),
        term_start=date(2022, 8, 1),
        previous_term_start=date(2022, 4, 18),
        attendance_from=date(2022, 4, 18),
        attendance_to=date(2022, 5, 29),
        second_half_from=date(2022, 5, 30),
        second_half_to=date(2022, 7, 31),
        exclusions_from=date(2022, 1, 1),
        exclusions_to=date(2022, 7, 31),
        aims_from=date(2021, 8, 1),
    )


@pytest.mark.parametrize("key", ["2360", "2361", "2392", "3131"])
def test_placements(autumn_2022: Edition, key: str) -> None:
    assert list(broken_cases_of(autumn_2022, autumn_2022.rule(key))) == []
