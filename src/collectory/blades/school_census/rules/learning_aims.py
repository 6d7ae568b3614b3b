"""Learning aims of students of 16 or over: their numbers, dates, status and reasons."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from collectory.blade import ERROR, Edition, Record, When, case, rule

from ..entities.leavers import leaver_earlier_learning_aim, leaver_learning_aim
from ..entities.on_roll import earlier_learning_aim, learning_aim
from .case_days import day_of

SOURCE = "DfE rules 2018/19"
AUTUMN = When(terms=("AUT",))

ON_ROLL_AIMS = (learning_aim, earlier_learning_aim)
LEAVER_AIMS = (leaver_learning_aim, leaver_earlier_learning_aim)
AIMS = (*ON_ROLL_AIMS, *LEAVER_AIMS)

CONTINUING, WITHDRAWN = "1", "3"
ENDED = ["2", "3", "4"]
"""Completed, withdrawn, transferred."""

FUNDED = "Students of 16 or over are funded by what they study, and by whether they stay to the end."
DATES_FIX = "Correct the dates of the aim in your own system."
STATUS_FIX = "Correct the status of the aim, its end date or its withdrawal reason in your own system."


@rule(
    "2710",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("QN",),
    message="The qualification number does not have eight digits and letters.",
    why=FUNDED,
    fix="Enter the number of the qualification as the register of qualifications writes it, without the slashes.",
    fails=[case(QN="601/4463/7"), case(QN="6014463"), case(LeaverLearningAim=[{"QN": "6014 637"}])],
    passes=[case(), case(QN="1000123X"), case(QN="Z0009876"), case(QN=None)],
    certainty="B-",
    source=SOURCE,
)
def number_of_eight(aim: Record, edition: Edition) -> pl.Expr:
    return aim.QN.str.contains(r"^[0-9A-Za-z]{8}$")


@rule(
    "2701",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningAimWithdrawalReason", "LearningAimStatus"),
    message="A withdrawal reason is given for an aim that the student has not withdrawn from.",
    why=FUNDED,
    fix=STATUS_FIX,
    fails=[case(LearningAimWithdrawalReason="97"), case(LeaverLearningAim=[{"LearningAimWithdrawalReason": "97"}])],
    passes=[
        case(),
        case(LearningAimWithdrawalReason="97", LearningAimStatus=WITHDRAWN),
        case(LearningAimWithdrawalReason="97", LearningAimStatus=None),
    ],
    certainty="B",
    source=SOURCE,
)
def reason_of_withdrawn_only(aim: Record, edition: Edition) -> pl.Expr:
    return aim.blank("LearningAimWithdrawalReason") | (aim.LearningAimStatus == WITHDRAWN)


@rule(
    "2785",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningAimWithdrawalReason", "LearningAimStatus"),
    message="The student withdrew from the aim, but no reason is given.",
    why=FUNDED,
    fix=STATUS_FIX,
    fails=[case(LearningAimStatus=WITHDRAWN), case(LeaverLearningAim=[{"LearningAimStatus": WITHDRAWN}])],
    passes=[case(), case(LearningAimWithdrawalReason="97", LearningAimStatus=WITHDRAWN), case(LearningAimStatus="4")],
    certainty="B",
    source=SOURCE,
)
def withdrawn_have_reason(aim: Record, edition: Edition) -> pl.Expr:
    return (aim.LearningAimStatus != WITHDRAWN) | aim.present("LearningAimWithdrawalReason")


@rule(
    "2735",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningStartDate", "Header.ReferenceDate"),
    message="The aim starts after census day.",
    why=FUNDED,
    fix=f"{DATES_FIX} An aim that has not yet begun belongs in the next census.",
    fails=[
        case(LearningStartDate=day_of("reference_date", 1)),
        case(LeaverLearningAim=[{"LearningStartDate": day_of("reference_date", 30)}]),
    ],
    passes=[case(), case(LearningStartDate=day_of("reference_date"))],
    certainty="B",
    source=SOURCE,
)
def begun_by_census_day(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningStartDate <= edition.reference_date


@rule(
    "2760",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningStartDate", "LearningPlannedEndDate"),
    message="The aim is planned to end before it starts.",
    why=FUNDED,
    fix=DATES_FIX,
    fails=[
        case(LearningPlannedEndDate=day_of("academic_year_from", 35)),
        case(LeaverLearningAim=[{"LearningPlannedEndDate": "2001-01-01"}]),
    ],
    passes=[case(), case(LearningPlannedEndDate=day_of("academic_year_from", 36)), case(LearningStartDate=None)],
    certainty="B",
    source=SOURCE,
)
def planned_to_end_after_start(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningPlannedEndDate >= aim.LearningStartDate


@rule(
    "2761",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningStartDate", "LearningActualEndDate"),
    message="The aim ended before it started.",
    why=FUNDED,
    fix=DATES_FIX,
    fails=[
        case(LearningActualEndDate=day_of("academic_year_from", 35), LearningAimStatus="2"),
        case(LeaverLearningAim=[{"LearningActualEndDate": "2001-01-01"}]),
    ],
    passes=[case(), case(LearningActualEndDate=day_of("academic_year_from", 36), LearningAimStatus="2")],
    certainty="B",
    source=SOURCE,
)
def ended_after_start(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningActualEndDate >= aim.LearningStartDate


def last_planned_end(edition: Edition) -> date:
    """The last day on which an aim may be planned to end."""
    day: date = edition.reference_date
    return day.replace(year=day.year + edition.aim_years)


@rule(
    "2765",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningPlannedEndDate", "Header.ReferenceDate"),
    message="The aim is planned to end more than {edition.aim_years} years after census day.",
    why=FUNDED,
    fix=DATES_FIX,
    fails=[
        case(LearningPlannedEndDate=lambda edition: str(last_planned_end(edition) + timedelta(days=1))),
        case(LeaverLearningAim=[{"LearningPlannedEndDate": "2091-07-22"}]),
    ],
    passes=[case(), case(LearningPlannedEndDate=lambda edition: str(last_planned_end(edition)))],
    certainty="B",
    source=SOURCE,
)
def planned_to_end_within_years(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningPlannedEndDate <= last_planned_end(edition)


@rule(
    "2780",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningActualEndDate", "LearningAimStatus"),
    message="The aim is shown as continuing, but has an end date.",
    why=FUNDED,
    fix=STATUS_FIX,
    silenced_by=("2770",),
    fails=[
        case(LearningActualEndDate=day_of("reference_date", -1)),
        case(LeaverLearningAim=[{"LearningAimStatus": CONTINUING}]),
    ],
    passes=[
        case(),
        case(LearningActualEndDate=day_of("reference_date", -1), LearningAimStatus="4"),
        case(LearningActualEndDate="30 September"),
    ],
    certainty="B",
    source=SOURCE,
)
def continuing_have_no_end(aim: Record, edition: Edition) -> pl.Expr:
    return (aim.LearningAimStatus != CONTINUING) | aim.blank("LearningActualEndDate")


@rule(
    "2790",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningActualEndDate", "LearningAimStatus"),
    message="The aim is shown as ended, but has no end date.",
    why=FUNDED,
    fix=STATUS_FIX,
    fails=[case(LearningAimStatus="2"), case(LeaverLearningAim=[{"LearningActualEndDate": None}])],
    passes=[case(), case(LearningActualEndDate=day_of("reference_date", -1), LearningAimStatus="2")],
    certainty="B",
    source=SOURCE,
)
def ended_have_end(aim: Record, edition: Edition) -> pl.Expr:
    return ~aim.LearningAimStatus.is_in(ENDED) | aim.present("LearningActualEndDate")


@rule(
    "2795",
    ERROR,
    on=LEAVER_AIMS,
    when=AUTUMN,
    reads=("LearningAimStatus", "LearningActualEndDate"),
    message="The student has left, but the aim is shown as continuing.",
    why=FUNDED,
    fix="Close the aim in your own system: completed, withdrawn or transferred, with the day on which it ended.",
    fails=[case(LearningAimStatus=CONTINUING, LearningActualEndDate=None), case(LearningAimStatus=CONTINUING)],
    passes=[case(), case(LearningAimStatus=None)],
    certainty="B",
    source=SOURCE,
)
def leavers_have_ended(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningAimStatus != CONTINUING


@rule(
    "2805",
    ERROR,
    on=AIMS,
    when=AUTUMN,
    reads=("LearningActualEndDate", "Header.ReferenceDate"),
    message="The aim ended after census day.",
    why=FUNDED,
    fix=f"{DATES_FIX} On census day it was still going on.",
    fails=[
        case(LearningActualEndDate=day_of("reference_date", 1), LearningAimStatus="2"),
        case(LeaverLearningAim=[{"LearningActualEndDate": day_of("academic_year_to")}]),
    ],
    passes=[case(), case(LearningActualEndDate=day_of("reference_date"), LearningAimStatus="2")],
    certainty="B",
    source=SOURCE,
)
def ended_by_census_day(aim: Record, edition: Edition) -> pl.Expr:
    return aim.LearningActualEndDate <= edition.reference_date
