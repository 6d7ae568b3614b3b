"""Bursaries of students of 16 to 19."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Edition, Record, When, case, rule

from ..entities.leavers import leaver_support_item
from ..entities.on_roll import learner_support_item, pupil_on_roll
from .ages import born, school_age
from .scope import PUPILS

SOURCE = "DfE rules 2018/19"
SPRING_AND_SUMMER = When(terms=("SPR", "SUM"))
BURSARIES = (learner_support_item, leaver_support_item)
PAID = "Bursaries are paid for by the department, which follows who receives them."
BORN = ("PupilOnRoll.DOB", "PupilNoLongerOnRoll.DOB")


def age(bursary: Record, edition: Edition) -> pl.Expr:
    """The student's age on 31 August before the school year."""
    return bursary.up(*PUPILS).value(lambda pupil: school_age(pupil, edition))


@rule(
    "1864",
    ERROR,
    on=learner_support_item,
    when=SPRING_AND_SUMMER,
    reads=("SupportCode", "PupilOnRoll.EnrolStatus"),
    message="A bursary is reported by the pupil's main school, not by the second one.",
    why=PAID,
    fix="Take the bursary out of the return, or correct the enrolment status.",
    fails=[case(PupilOnRoll={"EnrolStatus": "S"})],
    passes=[case(), case(PupilOnRoll={"EnrolStatus": "M"})],
    certainty="B",
    source=SOURCE,
)
def by_main_school(bursary: Record, edition: Edition) -> pl.Expr:
    return bursary.blank("SupportCode") | (bursary.up(pupil_on_roll).EnrolStatus != "S")


@rule(
    "1866",
    ERROR,
    on=BURSARIES,
    when=SPRING_AND_SUMMER,
    reads=("SupportCode",),
    message="The bursary is given more than once for the student.",
    why=PAID,
    fix="Enter each kind of bursary once.",
    fails=[case(LearnerSupportItem=[{}, {}]), case(LeaverLearnerSupportItem=[{}, {}])],
    passes=[case(LearnerSupportItem=[{}, {"SupportCode": "55"}])],
    certainty="B",
    source=SOURCE,
)
def each_once(bursary: Record, edition: Edition) -> pl.Expr:
    return bursary.first_of("SupportCode")


@rule(
    "1867",
    ERROR,
    on=BURSARIES,
    when=SPRING_AND_SUMMER,
    reads=("SupportCode", *BORN),
    message="The pupil is too young for a bursary: not yet 16 on {edition.age_date:%d %B %Y}.",
    why=PAID,
    fix="Take the bursary out of the return, or correct the date of birth.",
    fails=[case(), case(LeaverLearnerSupportItem=[{}])],
    passes=[case(PupilOnRoll={"DOB": born(17)}), case(PupilOnRoll={"DOB": None})],
    certainty="B",
    source=SOURCE,
)
def old_enough(bursary: Record, edition: Edition) -> pl.Expr:
    return bursary.blank("SupportCode") | (age(bursary, edition) >= 16)


@rule(
    "1868",
    ERROR,
    on=BURSARIES,
    when=SPRING_AND_SUMMER,
    reads=("SupportCode", *BORN),
    message="The student is too old for a bursary: 20 or over on {edition.age_date:%d %B %Y}.",
    why=PAID,
    fix="Take the bursary out of the return, or correct the date of birth.",
    fails=[case(PupilOnRoll={"DOB": born(21)})],
    passes=[case(PupilOnRoll={"DOB": born(17)}), case(PupilOnRoll={"DOB": None})],
    certainty="B",
    source=SOURCE,
)
def young_enough(bursary: Record, edition: Edition) -> pl.Expr:
    return bursary.blank("SupportCode") | (age(bursary, edition) < 20)
