"""Small lists of qualifications and subject codes, made up of what the students of samples study."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from ..lists import QUALIFICATIONS, SUBJECTS
from .post_16 import A_LEVELS, RESITS, VOCATIONAL

ENDED = ("50012345", "2017-08-31", "vocational", "1")
"""A qualification that is no longer awarded, and that no sample has."""


def made_up_lists() -> dict[str, bytes]:
    """Each list of the blade as a CSV file, by its name."""
    kinds = ((A_LEVELS, "academic", "2"), (VOCATIONAL, "vocational", "2"), (RESITS, "academic", ""))
    rows = [(each.number, "", kind, years) for subjects, kind, years in kinds for each in subjects]
    subjects = sorted({each.classification for subjects, _, _ in kinds for each in subjects})
    return {
        QUALIFICATIONS: _written([("QN", "CertificationEndDate", "Kind", "AcademicYears"), *rows, ENDED]),
        SUBJECTS: _written([("SCC",), *((code,) for code in subjects)]),
    }


def _written(rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
