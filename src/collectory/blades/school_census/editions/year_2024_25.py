"""The school year 2024/25: its terms with their dates, and what differs from the thresholds."""

from __future__ import annotations

from datetime import date
from typing import Any

from .dates import TermDates

# Parameters in which every term of this year differs from THRESHOLDS.
DIFFERENCES: dict[str, Any] = {"code_of_hours": "eligibility code"}

TERMS = (
    TermDates(
        2024,
        "AUT",
        {
            "reference_date": date(2024, 10, 3),
            "previous_reference_date": date(2024, 5, 16),
            "term_start": date(2024, 8, 1),
            # As rule 1925Q of this year has it; the attendance of the term begins with Easter Monday.
            "previous_term_start": date(2024, 4, 10),
            "attendance_from": date(2024, 4, 1),
            "attendance_to": date(2024, 5, 26),
            "second_half_from": date(2024, 5, 27),
            "second_half_to": date(2024, 7, 31),
            "exclusions_from": date(2024, 1, 1),
            "exclusions_to": date(2024, 7, 31),
            "aims_from": date(2023, 8, 1),
            # Nine months old on 31 August.
            "funded_born_to": date(2023, 11, 30),
            "premium_born_to": date(2023, 11, 30),
        },
    ),
    TermDates(
        2025,
        "SPR",
        {
            "reference_date": date(2025, 1, 16),
            "previous_reference_date": date(2024, 10, 3),
            "term_start": date(2025, 1, 1),
            "previous_term_start": date(2024, 8, 1),
            "attendance_from": date(2024, 8, 1),
            "attendance_to": date(2024, 12, 31),
            "exclusions_from": date(2024, 4, 1),
            "exclusions_to": date(2024, 12, 31),
            # Nine months old on 31 December.
            "funded_born_to": date(2024, 3, 31),
            "premium_born_to": date(2024, 3, 31),
        },
    ),
    TermDates(
        2025,
        "SUM",
        {
            "reference_date": date(2025, 5, 15),
            "previous_reference_date": date(2025, 1, 16),
            "term_start": date(2025, 4, 21),
            "previous_term_start": date(2025, 1, 1),
            "attendance_from": date(2025, 1, 1),
            "attendance_to": date(2025, 4, 20),
            "exclusions_from": date(2024, 8, 1),
            "exclusions_to": date(2025, 4, 20),
            # Nine months old on 31 March.
            "funded_born_to": date(2024, 6, 30),
            "premium_born_to": date(2024, 6, 30),
        },
    ),
)
