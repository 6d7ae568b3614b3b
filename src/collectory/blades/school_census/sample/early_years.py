"""Children in nursery years: hours, and what goes with them."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import day, numbers, stream, where, yes_or_no
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
    three = nursery & (pupils.age == 3)
    born_from, born_to = day(edition.three_born_from), day(edition.three_born_to)
    extended = three & (pupils.born >= born_from) & (pupils.born <= born_to) & (lots.random(size) < 0.45)
    paid = nursery & (lots.random(size) < 0.3)
    premium = three & (lots.random(size) < 0.15)
    hours = np.where(extended, 30, 15) + np.where(paid, 3, 0)
    return {
        "FundedHours": where(nursery, "15"),
        "ExtendedHours": where(extended, "15"),
        "HoursAtSetting": where(nursery, numbers(hours)),
        "ThirtyHourCode": eligibility_codes(seed, extended),
        "EligibilityCode": eligibility_codes(seed, extended),
        "DAFIndicator": yes_or_no(three & (lots.random(size) < 0.03), three),
        "EYPPR": where(three, where(premium, "Y", "N")),
        "EYPPBF": where(premium, "RE"),
    }


def funding_bases(pupils: Pupils) -> pl.DataFrame:
    """Why children of two have funded hours."""
    funded = (pupils.year < 0) & (pupils.age == 2) & pupils.school.takes_early_years
    row = np.flatnonzero(funded)
    return table(pupils.edition, "FundingBasisItem", {"FundingBasis": "ECO"}, len(row), row)
