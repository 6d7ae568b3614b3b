"""What kind of school a made-up source is: read off its establishment number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from collectory.blade import Edition

from .draws import Ints

DEFAULT_SOURCE = "8554001"
YEARS = {-3: "E2", -2: "N1", -1: "N2", 0: "R", **{number: str(number) for number in range(1, 15)}}

NURSERY = {-2: 0.2, -1: 1.0}
BABIES = {-3: 0.05}
"""Children under two, for whom nursery schools have hours since autumn 2024."""
PRIMARY = {-1: 0.6, **dict.fromkeys(range(7), 1.0)}
THIRD_YEAR, LARGE = 0.02, 400
"""The part of a year group that stays a third year in the sixth form, in schools that are large enough."""
SECONDARY = {**dict.fromkeys(range(7, 12), 1.0), 12: 0.55, 13: 0.45}
MIDDLE = dict.fromkeys(range(5, 9), 1.0)

NUMBER_RANGES = {
    "NS": ((1000, 1099), (1800, 1899)),
    "PR": ((1100, 1799),),
    "PS": ((2000, 3999), (5200, 5299)),
    "MP": ((5940, 5949),),
    "MS": ((5900, 5939),),
    "SS": ((4000, 4999), (5400, 5499), (6900, 6999)),
    "SP": ((5950, 5999), (7000, 7999)),
    "AT": ((6000, 6899),),
}
"""Middle schools share the numbers of primary or secondary schools; here some of those are kept for them."""


@dataclass(frozen=True)
class Kind:
    """What goes with a phase."""

    school_type: str
    governance: str
    intake: str
    title: str
    weights: Mapping[int, float]


KINDS = {
    "NS": Kind("50", "CO", "COMP", "Nursery School", NURSERY),
    "PS": Kind("18", "CO", "COMP", "Primary School", PRIMARY),
    "MP": Kind("06", "CO", "COMP", "Middle School", MIDDLE),
    "MS": Kind("07", "CO", "COMP", "Middle School", MIDDLE),
    "SS": Kind("49", "CA", "COMP", "Academy", SECONDARY),
    "AT": Kind("49", "CA", "COMP", "All-through Academy", PRIMARY | SECONDARY),
    "SP": Kind("52", "CO", "SPEC", "School", {**dict.fromkeys(range(3), 0.4), **dict.fromkeys(range(3, 12), 1.0)}),
    "PR": Kind("54", "CO", "COMP", "Pupil Referral Unit", {7: 0.3, 8: 0.7, 9: 1.0, 10: 1.5, 11: 1.5}),
}


@dataclass(frozen=True)
class School:
    """A made-up school.

    roll   pupils on roll in each year (nursery years are negative, Reception is 0)
    """

    authority: str
    number: str
    phase: str
    kind: Kind
    roll: Mapping[int, int]
    edition: Edition

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted(self.roll))

    @property
    def taught(self) -> tuple[int, ...]:
        """The years that a school of this kind has, pupils or not."""
        return tuple(sorted(self.kind.weights))

    @property
    def has_sixth_form(self) -> bool:
        return self.phase in ("SS", "AT") and max(self.roll) >= 12

    @property
    def is_primary(self) -> bool:
        return self.phase in ("PS", "AT")

    @property
    def takes_early_years(self) -> bool:
        return self.phase in ("NS", "PS", "AT", "SP", "PR")

    def year_of_each(self) -> Ints:
        """The year of every pupil on roll."""
        return np.repeat(np.array(self.years), np.array([self.roll[year] for year in self.years])).astype(np.int64)


def phase_of(number: str) -> str:
    """The phase that an establishment number suggests; secondary where it suggests none."""
    for phase, ranges in NUMBER_RANGES.items():
        if any(first <= int(number) <= last for first, last in ranges):
            return phase
    return "SS"


def school_of(edition: Edition, source: str, pupils: int) -> School:
    """The school with this native ID and so many pupils.

    Raises ValueError for a source that is not seven digits, or fewer than one pupil.
    """
    source = source or DEFAULT_SOURCE
    if len(source) != 7 or not source.isascii() or not source.isdigit():
        raise ValueError(f"A school is known by seven digits, such as {DEFAULT_SOURCE}, not {source}")
    if pupils < 1:
        raise ValueError("A sample has at least one pupil")
    phase = phase_of(source[3:])
    weights = KINDS[phase].weights
    a_year_before = edition.age_date.replace(year=edition.age_date.year - 1)
    if phase == "NS" and edition.funded_born_to >= a_year_before:
        weights = BABIES | {**weights}
    if max(weights) == 13 and pupils >= LARGE:
        weights = {**weights, 14: THIRD_YEAR}
    return School(source[:3], source[3:], phase, KINDS[phase], roll_of(weights, pupils), edition)


def roll_of(weights: Mapping[int, float], pupils: int) -> dict[int, int]:
    """Pupils of each year. Every year of the school has one; a very small school has fewer years."""
    years = sorted(weights)
    if pupils < len(years):
        first = (len(years) - pupils) // 2
        infants = sum(0 <= year <= 2 for year in years[first : first + pupils])
        # One infant alone is asked about whether they took a lunch or not.
        first += infants == 1 and first + pupils < len(years)
        return dict.fromkeys(years[first : first + pupils], 1)
    total = sum(weights.values())
    wanted = {year: weights[year] / total * pupils for year in years}
    roll = {year: max(1, int(wanted[year])) for year in years}
    while (missing := pupils - sum(roll.values())) != 0:
        step = 1 if missing > 0 else -1
        candidates = [year for year in years if roll[year] > 1] if step < 0 else years
        # Whoever is furthest from the wanted number gives or takes the next pupil.
        roll[max(candidates, key=lambda year: step * (wanted[year] - roll[year]))] += step
    return roll
