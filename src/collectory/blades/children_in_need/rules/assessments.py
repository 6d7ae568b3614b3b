"""Assessments: their dates, and how those of an episode follow each other."""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, case, rule

from ..entities import assessment, enquiry, episode
from ..typical import day
from .days import FIX_DATE, in_year, runs_on

OPEN: dict[str, Any] = {"AssessmentAuthorisationDate": None}


@rule(
    "8608",
    ERROR,
    on=assessment,
    reads=("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="The assessment ends before it starts.",
    why="The length of assessments is worked out from the two dates.",
    fix=FIX_DATE,
    fails=[case(AssessmentAuthorisationDate=lambda e: day(e, 32))],
    passes=[case(), case(AssessmentAuthorisationDate=lambda e: day(e, 33))],
)
def assessment_ends_after_its_start(record: Record, edition: Edition) -> pl.Expr:
    return record.AssessmentAuthorisationDate >= record.AssessmentActualStartDate


@rule(
    "8670Q",
    QUERY,
    on=assessment,
    reads=("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="Please check: the assessment has been open for more than 45 working days; it started before "
    "{edition.assessment_open_since:day}.",
    why="Assessments should end within 45 working days; an open one is often one whose end was not entered.",
    fix="Enter the date on which the assessment was authorised.",
    note="reason",
    note_help="Say why the assessment took longer. Counted are working days in England before the reference date; "
    "csc-validator-be-cin counts one day fewer.",
    fails=[case(AssessmentAuthorisationDate=None)],
    passes=[
        case(),
        case(AssessmentAuthorisationDate=None, AssessmentActualStartDate=lambda e: e.assessment_open_since.isoformat()),
    ],
)
def assessment_ends_in_time(record: Record, edition: Edition) -> pl.Expr:
    return record.present("AssessmentAuthorisationDate") | (
        record.AssessmentActualStartDate >= edition.assessment_open_since
    )


@rule(
    "8696",
    ERROR,
    on=assessment,
    reads=("AssessmentAuthorisationDate",),
    message="The assessment ends outside the census year.",
    why="Assessments are counted in the year in which they end.",
    fix=FIX_DATE,
    fails=[
        case(AssessmentAuthorisationDate=lambda e: day(e, -1)),
        case(AssessmentAuthorisationDate=lambda e: f"{e.year}-04-01"),
    ],
    passes=[case(), case(AssessmentAuthorisationDate=None)],
)
def assessment_ends_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    return in_year(record.AssessmentAuthorisationDate, edition)


@rule(
    "8736",
    ERROR,
    on=assessment,
    reads=("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="The assessment is open, and its start is missing or not in the census year.",
    why="No assessment stays open for a year; one that began earlier has ended, or its start is wrong.",
    fix="Enter the date on which it was authorised, or correct its start.",
    fails=[
        case(AssessmentAuthorisationDate=None, AssessmentActualStartDate=None),
        case(AssessmentAuthorisationDate=None, AssessmentActualStartDate=lambda e: day(e, -1)),
    ],
    passes=[case(), case(AssessmentAuthorisationDate=None)],
)
def open_assessment_began_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    start = record.AssessmentActualStartDate
    began = record.present("AssessmentActualStartDate") & in_year(start, edition).fill_null(True)
    return record.present("AssessmentAuthorisationDate") | began


@rule(
    "8863Q",
    QUERY,
    on=assessment,
    reads=("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="Please check: the assessment overlaps another one of the episode.",
    why="A second assessment begins when the first has ended; overlapping ones are often one entered twice.",
    fix="Correct the dates, or take out the one entered twice.",
    note="reason",
    note_help="Say why two assessments were made at the same time. Two with the same dates are asked about too "
    "(csc-validator-be-cin takes them for one).",
    fails=[
        case(Assessments=[{}, {"AssessmentActualStartDate": lambda e: day(e, 80), **OPEN}]),
        case(Assessments=[{}, {}]),
        case(Assessments=[OPEN, {"AssessmentActualStartDate": lambda e: day(e, 200), **OPEN}]),
    ],
    passes=[case(), case(Assessments=[{}, {"AssessmentActualStartDate": lambda e: day(e, 81), **OPEN}])],
)
def assessments_do_not_overlap(record: Record, edition: Edition) -> pl.Expr:
    def begins_in(one: Record, other: Record) -> pl.Expr:
        return runs_on(
            one.AssessmentActualStartDate,
            other.AssessmentActualStartDate,
            other.AssessmentAuthorisationDate,
            pl.lit(edition.reference_date, pl.Date),
        ).fill_null(False)

    overlaps = record.others(
        assessment, lambda other: begins_in(record, other) | begins_in(other, record), within=episode
    )
    return overlaps == 0


@rule(
    "8867",
    ERROR,
    on=assessment,
    reads=("AssessmentAuthorisationDate", "CINdetails.CINclosureDate"),
    message="The episode is closed, but the assessment is not finished.",
    why="A closed case has nothing open.",
    fix="Enter the date on which the assessment was authorised, or take out the closure.",
    fails=[case(AssessmentAuthorisationDate=None, CINdetails={"CINclosureDate": "2024-05-01"})],
    passes=[case(CINdetails={"CINclosureDate": "2024-05-01"}), case(AssessmentAuthorisationDate=None)],
)
def assessment_finished_where_closed(record: Record, edition: Edition) -> pl.Expr:
    closed = record.up(episode).value(lambda one: one.present("CINclosureDate"))
    return ~closed | record.present("AssessmentAuthorisationDate")


@rule(
    "8896",
    ERROR,
    on=assessment,
    reads=("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    message="The episode has more than one open assessment.",
    why="A second assessment begins when the first has ended.",
    fix="Enter when the earlier one was authorised, or take out the one entered twice.",
    source="All assessments of the episode are flagged, finished ones too, as the specification has it.",
    fails=[case(Assessments=[OPEN, OPEN]), case(Assessments=[{}, OPEN, OPEN])],
    passes=[case(), case(Assessments=[{}, OPEN])],
)
def one_open_assessment(record: Record, edition: Edition) -> pl.Expr:
    unfinished = record.up(episode).value(
        lambda one: one.count(assessment, lambda each: each.blank("AssessmentAuthorisationDate"))
    )
    return unfinished <= 1


@rule(
    "2991Q",
    QUERY,
    on=enquiry,
    reads=("S47ActualStartDate",),
    message="Please check: there is a section 47 enquiry, but the episode has no assessment.",
    why="An enquiry is made with an assessment.",
    fix="Add the assessment, or move the enquiry to the episode that it belongs to.",
    note="reason",
    note_help="Say why there was no assessment.",
    fails=[case()],
    passes=[case(Assessments=[{}])],
)
def assessment_where_enquiry(record: Record, edition: Edition) -> pl.Expr:
    return record.up(episode).value(lambda one: one.any(assessment))
