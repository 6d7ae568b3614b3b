"""The years of the collection.

Parameters that rules read as `edition.name`:

    period_from, reference_date   first and last day of the census year
    nfa_not_before                one working day before its first day
    assessment_open_since         45 working days before its last day
    enquiry_open_since            15 working days before its last day
    expected_after, expected_before  between which days an expected birth lies, both excluded
    school_age_born_by            the latest birth date of those who should have a UPN
    oldest_born                   25 years before the last day
    upn_authorities               the numbers of authorities that a UPN may name
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from collectory.blade import Blade, Edition

YEARS = (2023, 2024, 2025, 2026)

CONDITIONAL = (
    "Disabilities.Disability.format",
    "CINdetails.ReferralSource.format",
    "AssessmentFactorsList.AssessmentFactor.format",
)
"""Fields whose codes are checked only under the conditions of a published rule (8540, 8866, 8897Q)."""

AUTHORITIES = (
    (1, 5),
    (201, 213),
    (301, 320),
    (330, 336),
    (340, 344),
    (350, 359),
    (370, 373),
    (380, 384),
    (390, 394),
    (420, 420),
    (660, 681),
    (701, 708),
    (800, 803),
    (805, 808),
    (810, 813),
    (815, 816),
    (820, 823),
    (825, 826),
    (830, 831),
    (835, 841),
    (845, 846),
    (850, 852),
    (855, 857),
    (860, 861),
    (865, 896),
    (908, 909),
    (916, 916),
    (919, 919),
    (921, 921),
    (925, 926),
    (928, 929),
    (931, 931),
    (933, 933),
    (935, 938),
    (940, 941),
)


def working_days_before(day: date, count: int) -> date:
    """The day that lies so many working days before another; bank holidays of England are none."""
    import holidays  # knows all countries, and takes as long to load as all the rest

    free = holidays.country_holidays("GB", subdiv="ENG", years=range(day.year - 1, day.year + 1))
    # "forward" makes the count begin before a day that is itself no working day.
    found = np.busday_offset(np.datetime64(day), -count, roll="forward", holidays=sorted(free))
    return found.astype(object)


def authorities(year: int) -> Iterator[str]:
    """The numbers of authorities, and of others who give out UPNs, as three digits."""
    ranges = AUTHORITIES if year < 2024 else (*AUTHORITIES, (942, 943))
    for first, last in ranges:
        yield from (f"{number:03}" for number in range(first, last + 1))


class Parameters(Mapping[str, Any]):
    """The parameters of the census year that ends in this year, worked out when the first of them is asked for.

    Other collections are read and checked without them, and without the calendar of holidays that they need.
    """

    def __init__(self, year: int) -> None:
        self.year = year

    @cached_property
    def _values(self) -> dict[str, Any]:
        year = self.year
        first, last = date(year - 1, 4, 1), date(year, 3, 31)
        return {
            "period_from": first,
            "reference_date": last,
            "nfa_not_before": working_days_before(first, 1),
            "assessment_open_since": working_days_before(last, 45),
            "enquiry_open_since": working_days_before(last, 15),
            "expected_after": last - timedelta(days=30),
            "expected_before": date(year, 12, 31),
            "school_age_born_by": date(year - 6, 8, 31) if year >= 2025 else date(year - 6, 3, 30),
            "oldest_born": date(year - 25, 3, 31),
            "upn_authorities": tuple(authorities(year)),
        }

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def edition(blade: Blade, year: int) -> Edition:
    """The edition of the census year that ends in this year."""
    return Edition(
        blade=blade,
        key=f"children-in-need-{year}",
        title=f"Children in Need {year}",
        year=str(year),
        when=str(year),
        parameters=Parameters(year),
        withdrawn=CONDITIONAL,
    )


def editions(blade: Blade) -> tuple[Edition, ...]:
    """All editions that Collectory knows, oldest first."""
    return tuple(edition(blade, year) for year in YEARS)
