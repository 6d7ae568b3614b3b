"""The school year 2020/21: its terms with their dates, and what differs from the thresholds."""

from __future__ import annotations

from datetime import date
from typing import Any

from .dates import TermDates

# Parameters in which every term of this year differs from THRESHOLDS.
DIFFERENCES: dict[str, Any] = {}

TERMS = (
    TermDates(
        2021,
        "SUM",
        {
            "reference_date": date(2021, 5, 20),
            "previous_reference_date": date(2021, 1, 21),
            "term_start": date(2021, 4, 5),
            "previous_term_start": date(2021, 1, 1),
            "attendance_from": date(2021, 1, 1),
            "attendance_to": date(2021, 4, 4),
            "exclusions_from": date(2020, 8, 1),
            "exclusions_to": date(2021, 4, 4),
        },
    ),
)
