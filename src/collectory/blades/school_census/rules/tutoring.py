"""Tutoring that a funding and monitoring mark shows."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Edition, Record, case, rule

from ..entities.leavers import leaver_fam
from ..entities.on_roll import fam


@rule(
    "4012",
    ERROR,
    on=(fam, leaver_fam),
    when=fam.field("LearnFAMHours").when,
    reads=("LearnFAMCode", "LearnFAMHours"),
    message="The pupil was tutored, but the hours are missing, nought or not a number.",
    why="Tutoring is paid for by the hour.",
    fix="Enter the hours so far this school year, to the nearest half hour.",
    fails=[case(LearnFAMHours=None), case(LearnFAMHours="0"), case(LearnFAMHours="some")],
    passes=[case(), case(LearnFAMCode="21", LearnFAMHours=None), case(LearnFAMHours="0.5")],
    certainty="A",
    source="Bromcom 2022-24",
)
def hours_of_tutoring(mark: Record, edition: Edition) -> pl.Expr:
    return (mark.LearnFAMCode != "01") | (mark.LearnFAMHours > 0).fill_null(False)
