"""The school year 2023/24: its last term, with whose returns autumn 2024 is compared, and what differs.

Census days are the third Thursdays of January and May; the summer term begins with Easter Monday. Two-year-olds of
working parents have had hours since April 2024, and the premium and the disability access fund are for them, too.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from .dates import TermDates

# Parameters in which every term of this year differs from THRESHOLDS.
DIFFERENCES: dict[str, Any] = {}

TERMS = (
    TermDates(
        2024,
        "SUM",
        {
            "reference_date": date(2024, 5, 16),
            "previous_reference_date": date(2024, 1, 18),
            "term_start": date(2024, 4, 1),
            "previous_term_start": date(2024, 1, 1),
            "attendance_from": date(2024, 1, 1),
            "attendance_to": date(2024, 3, 31),
            "exclusions_from": date(2023, 8, 1),
            "exclusions_to": date(2024, 3, 31),
            # Two years old on 31 March.
            "funded_born_to": date(2022, 3, 31),
            "premium_born_to": date(2022, 3, 31),
        },
    ),
)
