"""The school year 2021/22: its terms with their dates, and what differs from the thresholds."""

from __future__ import annotations

from datetime import date
from typing import Any

from .dates import TermDates

# Parameters in which every term of this year differs from THRESHOLDS.
DIFFERENCES: dict[str, Any] = {}

TERMS = (
    TermDates(
        2021,
        "AUT",
        {
            "reference_date": date(2021, 10, 7),
            "previous_reference_date": date(2021, 5, 20),
            "term_start": date(2021, 8, 1),
            "previous_term_start": date(2021, 4, 5),
            "attendance_from": date(2021, 4, 5),
            "attendance_to": date(2021, 5, 30),
            "second_half_from": date(2021, 5, 31),
            "second_half_to": date(2021, 7, 31),
            "exclusions_from": date(2021, 1, 1),
            "exclusions_to": date(2021, 7, 31),
            "aims_from": date(2020, 8, 1),
        },
    ),
    TermDates(
        2022,
        "SPR",
        {
            "reference_date": date(2022, 1, 20),
            "previous_reference_date": date(2021, 10, 7),
            "term_start": date(2022, 1, 1),
            "previous_term_start": date(2021, 8, 1),
            "attendance_from": date(2021, 8, 1),
            "attendance_to": date(2021, 12, 31),
            "exclusions_from": date(2021, 4, 5),
            "exclusions_to": date(2021, 12, 31),
        },
    ),
    TermDates(
        2022,
        "SUM",
        {
            "reference_date": date(2022, 5, 19),
            "previous_reference_date": date(2022, 1, 20),
            "term_start": date(2022, 4, 18),
            "previous_term_start": date(2022, 1, 1),
            "attendance_from": date(2022, 1, 1),
            "attendance_to": date(2022, 4, 17),
            "exclusions_from": date(2021, 8, 1),
            "exclusions_to": date(2022, 4, 17),
        },
    ),
)
