"""The school year 2018/19, the year of the base rule set: its terms with their dates, and what differs.

Census days are the first Thursday of October and the third Thursdays of January and May. Terms begin in August,
in January and on Easter Monday; the summer term is halved at the spring bank holiday. Suspensions and exclusions
were those of one term, the last but one before the census; since autumn 2019 they are those of two.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from .dates import TermDates

# Parameters in which every term of this year differs from THRESHOLDS.
DIFFERENCES: dict[str, Any] = {}

TERMS = (
    TermDates(
        2018,
        "AUT",
        {
            "reference_date": date(2018, 10, 4),
            "previous_reference_date": date(2018, 5, 17),
            "term_start": date(2018, 8, 1),
            "previous_term_start": date(2018, 4, 2),
            "attendance_from": date(2018, 4, 2),
            "attendance_to": date(2018, 5, 27),
            "second_half_from": date(2018, 5, 28),
            "second_half_to": date(2018, 7, 31),
            "exclusions_from": date(2018, 1, 1),
            "exclusions_to": date(2018, 4, 1),
            "aims_from": date(2017, 8, 1),
            "funded_hours_most_at_four": 25,
        },
    ),
    TermDates(
        2019,
        "SPR",
        {
            "reference_date": date(2019, 1, 17),
            "previous_reference_date": date(2018, 10, 4),
            "term_start": date(2019, 1, 1),
            "previous_term_start": date(2018, 8, 1),
            "attendance_from": date(2018, 8, 1),
            "attendance_to": date(2018, 12, 31),
            "exclusions_from": date(2018, 4, 2),
            "exclusions_to": date(2018, 7, 31),
            "funded_hours_most_at_four": 25,
        },
    ),
    # From 1 April 2019 on four-year-olds are funded for 15 hours, too.
    TermDates(
        2019,
        "SUM",
        {
            "reference_date": date(2019, 5, 16),
            "previous_reference_date": date(2019, 1, 17),
            "term_start": date(2019, 4, 22),
            "previous_term_start": date(2019, 1, 1),
            "attendance_from": date(2019, 1, 1),
            "attendance_to": date(2019, 4, 21),
            "exclusions_from": date(2018, 8, 1),
            "exclusions_to": date(2018, 12, 31),
        },
    ),
)
