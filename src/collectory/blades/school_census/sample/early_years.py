"""Children in nursery years: hours, and what goes with them."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import Mask, day, numbers, stream, where, yes_or_no
from .identifiers import eligibility_codes
from .roll import Pupils
from .tables import Columns, table


def early_years(seed: int, pupils: Pupils) -> Columns:
    """Hours and what goes with them, of children in nursery years."""
    if not pupils.school.takes_early_years or not (pupils.year < 0).any():
        return {}
    lots = stream(seed, "early years")
    edition, size = pupils.edition, len(pupils)
    nursery = pupils.year < 0
    _, expanded = under_three(seed, pupils)
    three = nursery & (pupils.age == 3)
    born_from, born_to = day(edition.three_born_from), day(edition.three_born_to)
    extended = three & (pupils.born >= born_from) & (pupils.born <= born_to) & (lots.random(size) < 0.45)
    paid = nursery & (lots.random(size) < 0.3)
    premium = three & (lots.random(size) < 0.15)
    hours = np.where(extended, 30, 15) + np.where(paid, 3, 0)
    entitled = extended | expanded
    return {
        "FundedHours": where(nursery & (pupils.age >= 2), where(expanded, "0", "15")),
        "ExtendedHours": where(extended, "15"),
        "ExpandedHours": where(expanded, "15"),
        "HoursAtSetting": where(nursery, numbers(hours)),
        "ThirtyHourCode": eligibility_codes(seed, entitled),
        "EligibilityCode": eligibility_codes(seed, entitled),
        "DAFIndicator": yes_or_no(three & (lots.random(size) < 0.03), three),
        "EYPPR": where(three, where(premium, "Y", "N")),
        "EYPPBF": where(premium, "RE"),
    }


def under_three(seed: int, pupils: Pupils) -> tuple[Mask, Mask]:
    """Children of two with funded hours, and those of one or two with the expanded hours that working parents have
    since 2024."""
    nursery = (pupils.year < 0) & pupils.school.takes_early_years
    two = nursery & (pupils.age == 2)
    if not pupils.edition.entity("PupilOnRoll").has_field("ExpandedHours"):
        return two, np.zeros(len(pupils), dtype=bool)
    working = stream(seed, "expanded hours").random(len(pupils)) < 0.4
    expanded = nursery & ((pupils.age < 2) | (two & working & (pupils.born > day(pupils.edition.three_born_to))))
    return two & ~expanded, expanded


def funding_bases(seed: int, pupils: Pupils) -> pl.DataFrame:
    """Why children of two have funded hours."""
    row = np.flatnonzero(under_three(seed, pupils)[0])
    return table(pupils.edition, "FundingBasisItem", {"FundingBasis": "ECO"}, len(row), row)
