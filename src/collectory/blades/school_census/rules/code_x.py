"""Attendance code X (not required to attend) and the age of the pupil.

The published wording accepts the code of pupils of school age only; a supplier reads it the other way round. The
published one is asked here, with its ages as parameters.
"""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Edition, Record, Rule, When, rule

from .ages import age_on, born
from .attendance import COUNTED, NOT_NURSERY, PERIODS, SECOND_HALF, Period, given
from .scope import not_phases

SINCE = "2022-3"
NOT_REQUIRED = {"AttendanceReason": "X"}


def code_x_goes_with_age(period: Period) -> Rule:
    """2491 of the period, 2492 of the second half of the summer term."""
    second = period.half is SECOND_HALF

    @rule(
        "2492" if second else "2491",
        ERROR,
        on=period.detail,
        when=When(terms=period.half.when.terms, since=SINCE),
        reads=("AttendanceReason", f"{period.pupil.name}.DOB"),
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"Code X is used in {period.half.words} for a pupil who was not {{edition.code_x_age_least}} to "
        "{edition.code_x_age_most} years old on {edition.attendance_age_date:%d %B %Y}.",
        why=COUNTED,
        fix="Correct the code in the registers, or the pupil's date of birth.",
        fails=[given(period, codes=(NOT_REQUIRED,), DOB=born(17)), given(period, codes=(NOT_REQUIRED,), DOB=born(2))],
        passes=[
            given(period, codes=(NOT_REQUIRED,)),
            given(period, codes=({},), DOB=born(17)),
            given(period, codes=(NOT_REQUIRED,), DOB=None),
        ],
        certainty="B-",
        source="Arbor 2022/23",
    )
    def of_age(detail: Record, edition: Edition) -> pl.Expr:
        age = detail.up(period.pupil).value(lambda pupil: pupil.once(age_on(pupil.DOB, edition.attendance_age_date)))
        return (detail.AttendanceReason != "X") | age.is_between(edition.code_x_age_least, edition.code_x_age_most)

    return of_age


ages_of_code_x = [code_x_goes_with_age(period) for period in PERIODS]
