"""Section 47 enquiries and initial conferences."""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, case, rule

from ..entities import child, enquiry, episode
from ..typical import day
from .days import FIX_DATE, in_year, no_weekend, runs_on

REQUIRED: dict[str, Any] = {"ICPCnotRequired": "false"}
WHY_WEEKEND = "Conferences are held on working days; a date at a weekend is usually a slip of the keyboard."


def is_unfinished(each: Record) -> pl.Expr:
    """Whether neither a conference was held nor is none required."""
    return each.blank("DateOfInitialCPC") & ~each.ICPCnotRequired.fill_null(False)


def waits(each: Record) -> pl.Expr:
    """Whether a conference is said to be required, and was not held yet."""
    return (each.blank("DateOfInitialCPC") & ~each.ICPCnotRequired).fill_null(False)


@rule(
    "2884",
    ERROR,
    on=enquiry,
    reads=("DateOfInitialCPC", "CINdetails.DateOfInitialCPC"),
    message="The initial conference is entered both at the enquiry and at an episode of the child.",
    why="A conference entered twice is counted twice.",
    fix="Leave the date at the enquiry. The episode has it only where no enquiry led to the conference, such as for "
    "a child who moved in.",
    source="Two different dates within one episode are flagged too; csc-validator-be-cin compares equal dates only.",
    fails=[
        case(DateOfInitialCPC="2024-05-01", CINdetails={"DateOfInitialCPC": "2024-05-01"}),
        case(DateOfInitialCPC="2024-05-01", CINdetails={"DateOfInitialCPC": "2024-05-02"}),
        case(CINdetails=[{"Section47": [{"DateOfInitialCPC": "2024-05-01"}]}, {"DateOfInitialCPC": "2024-05-01"}]),
    ],
    passes=[
        case(),
        case(DateOfInitialCPC="2024-05-01"),
        case(CINdetails=[{"Section47": [{"DateOfInitialCPC": "2024-05-01"}]}, {"DateOfInitialCPC": "2024-05-02"}]),
    ],
)
def conference_entered_once(record: Record, edition: Edition) -> pl.Expr:
    here = record.up(episode).value(lambda one: one.present("DateOfInitialCPC"))
    elsewhere = record.others(episode, lambda other: record.DateOfInitialCPC == other.DateOfInitialCPC, within=child)
    return record.blank("DateOfInitialCPC") | (~here & (elsewhere == 0))


@rule(
    "8615",
    ERROR,
    on=enquiry,
    reads=("S47ActualStartDate", "DateOfInitialCPC"),
    message="The start of the enquiry is missing, or after the initial conference that it led to.",
    why="The days from enquiry to conference are worked out from the two dates.",
    fix=FIX_DATE,
    fails=[
        case(S47ActualStartDate=None, DateOfInitialCPC="2024-05-01"),
        case(S47ActualStartDate="2024-05-02", DateOfInitialCPC="2024-05-01"),
    ],
    passes=[
        case(),
        case(S47ActualStartDate=None),
        case(S47ActualStartDate="2024-05-01", DateOfInitialCPC="2024-05-01"),
    ],
)
def enquiry_starts_before_its_conference(record: Record, edition: Edition) -> pl.Expr:
    before = (record.S47ActualStartDate <= record.DateOfInitialCPC).fill_null(True)
    return record.blank("DateOfInitialCPC") | (record.present("S47ActualStartDate") & before)


@rule(
    "8675Q",
    QUERY,
    on=enquiry,
    reads=("S47ActualStartDate", "DateOfInitialCPC", "ICPCnotRequired"),
    message="Please check: the enquiry started before {edition.enquiry_open_since:day}, more than 15 working "
    "days ago, and no initial conference was held.",
    why="A conference follows within 15 working days; an open enquiry is often one whose end was not entered.",
    fix="Enter the date of the conference, or that it was not required.",
    note="reason",
    note_help="Say why the conference was held later. Counted are working days in England before the reference date; "
    "csc-validator-be-cin counts one day fewer.",
    fails=[case(**REQUIRED)],
    passes=[
        case(),
        case(**REQUIRED, DateOfInitialCPC="2024-05-01"),
        case(**REQUIRED, S47ActualStartDate=lambda e: e.enquiry_open_since.isoformat()),
    ],
)
def conference_held_in_time(record: Record, edition: Edition) -> pl.Expr:
    return ~waits(record) | (record.S47ActualStartDate >= edition.enquiry_open_since)


@rule(
    "8715",
    ERROR,
    on=enquiry,
    reads=("DateOfInitialCPC",),
    message="The initial conference is outside the census year.",
    why="Conferences are counted in the year in which they are held.",
    fix=FIX_DATE,
    fails=[case(DateOfInitialCPC=lambda e: day(e, -1)), case(DateOfInitialCPC=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(DateOfInitialCPC=lambda e: day(e, 0))],
)
def conference_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    return in_year(record.DateOfInitialCPC, edition)


@rule(
    "8740",
    ERROR,
    on=enquiry,
    reads=("S47ActualStartDate", "DateOfInitialCPC", "ICPCnotRequired"),
    message="The enquiry is not finished, and its start is missing or not in the census year.",
    why="No enquiry stays open for a year; one that began earlier has ended, or its start is wrong.",
    fix="Enter the date of the conference or that it was not required, or correct the start.",
    source="csc-validator-be-cin reads only 0 as false, so files with the word false are never asked.",
    fails=[
        case(**REQUIRED, S47ActualStartDate=lambda e: day(e, -1)),
        case(ICPCnotRequired="0", S47ActualStartDate=None),
    ],
    passes=[case(), case(**REQUIRED), case(S47ActualStartDate=lambda e: day(e, -1))],
)
def open_enquiry_began_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    began = in_year(record.S47ActualStartDate, edition).fill_null(True)
    return ~waits(record) | (record.present("S47ActualStartDate") & began)


@rule(
    "8839",
    ERROR,
    on=enquiry,
    reads=("S47ActualStartDate", "DateOfInitialCPC"),
    message="The episode has more than one open enquiry.",
    why="A second enquiry begins when the first has ended.",
    fix="Enter the date of the conference or that it was not required, or take out the one entered twice.",
    source="All enquiries of the episode without a conference are flagged, also those that need none, as the "
    "specification has it.",
    fails=[
        case(Section47=[REQUIRED, REQUIRED]),
        case(Section47=[REQUIRED, {"ICPCnotRequired": None}]),
        case(Section47=[{}, REQUIRED, REQUIRED]),
    ],
    passes=[case(**REQUIRED), case(Section47=[REQUIRED, {}])],
)
def one_open_enquiry(record: Record, edition: Edition) -> pl.Expr:
    unfinished = record.up(episode).value(lambda one: one.count(enquiry, is_unfinished))
    return record.present("DateOfInitialCPC") | (unfinished <= 1)


@rule(
    "8868",
    ERROR,
    on=enquiry,
    reads=("DateOfInitialCPC", "ICPCnotRequired", "CINdetails.CINclosureDate"),
    message="The episode is closed, but the enquiry has not exactly one of the two: the date of an initial conference, "
    "or that none was required.",
    why="A closed case has nothing open.",
    fix="Enter the date of the conference, or that it was not required.",
    fails=[
        case(**REQUIRED, CINdetails={"CINclosureDate": "2024-05-01"}),
        case(DateOfInitialCPC="2024-05-01", CINdetails={"CINclosureDate": "2024-05-01"}),
    ],
    passes=[
        case(**REQUIRED),
        case(CINdetails={"CINclosureDate": "2024-05-01"}),
        case(**REQUIRED, DateOfInitialCPC="2024-05-01", CINdetails={"CINclosureDate": "2024-05-01"}),
    ],
)
def enquiry_finished_where_closed(record: Record, edition: Edition) -> pl.Expr:
    closed = record.up(episode).value(lambda one: one.present("CINclosureDate"))
    return ~closed | (record.present("DateOfInitialCPC") != record.ICPCnotRequired.fill_null(False))


@rule(
    "8870Q",
    QUERY,
    on=enquiry,
    reads=("InitialCPCtarget",),
    message="Please check: the target date of the initial conference is at a weekend.",
    why=WHY_WEEKEND,
    fix=FIX_DATE,
    note="reason",
    note_help="Say why the target was a day at a weekend. csc-validator-be-cin has this rule, but never reports it.",
    fails=[case(InitialCPCtarget="2024-05-04"), case(InitialCPCtarget="2024-05-05")],
    passes=[case(), case(InitialCPCtarget="2024-05-03"), case(InitialCPCtarget="2024-05-06")],
)
def target_is_no_weekend(record: Record, edition: Edition) -> pl.Expr:
    return no_weekend(record.InitialCPCtarget)


@rule(
    "8875",
    ERROR,
    on=enquiry,
    reads=("DateOfInitialCPC",),
    message="The initial conference is at a weekend.",
    why=WHY_WEEKEND,
    fix=FIX_DATE,
    fails=[case(DateOfInitialCPC="2024-05-04"), case(DateOfInitialCPC="2024-05-05")],
    passes=[case(), case(DateOfInitialCPC="2024-05-03"), case(DateOfInitialCPC="2024-05-06")],
)
def conference_is_no_weekend(record: Record, edition: Edition) -> pl.Expr:
    return no_weekend(record.DateOfInitialCPC)


@rule(
    "8890",
    ERROR,
    on=enquiry,
    reads=("S47ActualStartDate", "DateOfInitialCPC", "ICPCnotRequired"),
    message="The enquiry overlaps another one of the episode.",
    why="A second enquiry begins when the first has ended; overlapping ones are often one entered twice.",
    fix="Correct the dates, or take out the one entered twice.",
    source="Two with the same dates are flagged too; csc-validator-be-cin takes them for one.",
    fails=[
        case(Section47=[REQUIRED, {"S47ActualStartDate": lambda e: day(e, 200)}]),
        case(
            Section47=[
                {"DateOfInitialCPC": lambda e: day(e, 150)},
                {"S47ActualStartDate": lambda e: day(e, 150)},
            ]
        ),
        case(Section47=[REQUIRED, REQUIRED]),
    ],
    passes=[
        case(),
        case(Section47=[{}, {"S47ActualStartDate": lambda e: day(e, 200)}]),
        case(
            Section47=[
                {"DateOfInitialCPC": lambda e: day(e, 150)},
                {"S47ActualStartDate": lambda e: day(e, 151)},
            ]
        ),
    ],
)
def enquiries_do_not_overlap(record: Record, edition: Edition) -> pl.Expr:
    def begins_in(one: Record, other: Record) -> pl.Expr:
        # Where no conference was required, nothing says when the enquiry ended.
        still_open = pl.when(is_unfinished(other)).then(pl.lit(edition.reference_date, pl.Date))
        return runs_on(one.S47ActualStartDate, other.S47ActualStartDate, other.DateOfInitialCPC, still_open).fill_null(
            False
        )

    overlaps = record.others(enquiry, lambda other: begins_in(record, other) | begins_in(other, record), within=episode)
    return overlaps == 0
