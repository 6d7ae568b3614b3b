"""Child protection plans and their reviews."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, case, rule

from ..entities import child, enquiry, episode, protection_plan, review
from ..typical import day
from .days import FIX_DATE, in_year, runs_on


def is_conference(each: Record) -> pl.Expr:
    """Whether an enquiry led to a conference: its date is there, and none is not said to be unnecessary."""
    return each.present("DateOfInitialCPC") & ~each.ICPCnotRequired.fill_null(False)


@rule(
    "2885",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CINdetails.DateOfInitialCPC"),
    figures={
        "Conferences of the episode's enquiries": lambda record, edition: record.up(episode).value(
            lambda one: one.listed(enquiry, lambda each: each.sent("DateOfInitialCPC"))
        )
    },
    message="The protection plan does not start on the day of an initial conference.",
    why="A protection plan starts at the conference that decides on it.",
    fix="Correct the start of the plan or the date of the conference, or enter the conference.",
    source="csc-validator-be-cin knows ICPCnotRequired only as 1, not as true.",
    fails=[
        case(),
        case(CINdetails={"DateOfInitialCPC": lambda e: day(e, 149)}),
        case(Section47=[{"ICPCnotRequired": "false", "DateOfInitialCPC": lambda e: day(e, 151)}]),
        case(Section47=[{"ICPCnotRequired": "true", "DateOfInitialCPC": lambda e: day(e, 150)}]),
        case(
            Section47=[{"ICPCnotRequired": "false", "DateOfInitialCPC": lambda e: day(e, 151)}],
            CINdetails={"DateOfInitialCPC": lambda e: day(e, 150)},
        ),
    ],
    passes=[
        case(CINdetails={"DateOfInitialCPC": lambda e: day(e, 150)}),
        case(Section47=[{"ICPCnotRequired": "false", "DateOfInitialCPC": lambda e: day(e, 150)}]),
        case(CPPstartDate=lambda e: day(e, -1)),
    ],
)
def plan_starts_at_a_conference(record: Record, edition: Edition) -> pl.Expr:
    start = record.CPPstartDate
    matching = record.others(
        enquiry, lambda other: is_conference(other) & (other.DateOfInitialCPC == start), within=episode
    )
    any_conference = record.up(episode).value(lambda one: one.any(enquiry, is_conference))
    at_episode = (record.up(episode).DateOfInitialCPC == start).fill_null(False)
    return ~in_year(start, edition) | pl.when(any_conference).then(matching > 0).otherwise(at_episode)


def begins_in_the_year(each: Record, edition: Edition) -> pl.Expr:
    return in_year(each.CPPstartDate, edition).fill_null(False)


@rule(
    "2885",
    ERROR,
    on=enquiry,
    reads=("DateOfInitialCPC",),
    message="No protection plan of the episode starts on the day of an initial conference.",
    why="A protection plan starts at the conference that decides on it.",
    fix="Correct the date of the conference or the start of the plan.",
    source="Flagged where no conference of the episode's enquiries is the day on which a plan of the episode starts.",
    fails=[case(ICPCnotRequired="false", DateOfInitialCPC=lambda e: day(e, 151), ChildProtectionPlans=[{}])],
    passes=[
        case(ICPCnotRequired="false", DateOfInitialCPC=lambda e: day(e, 150), ChildProtectionPlans=[{}]),
        case(ICPCnotRequired="false", DateOfInitialCPC=lambda e: day(e, 151)),
        case(
            Section47=[
                {"ICPCnotRequired": "false", "DateOfInitialCPC": lambda e: day(e, 150)},
                {"ICPCnotRequired": "false", "DateOfInitialCPC": lambda e: day(e, 151)},
            ],
            ChildProtectionPlans=[{}],
        ),
    ],
)
def a_plan_starts_at_one_of_the_conferences(record: Record, edition: Edition) -> pl.Expr:
    def starts_plans(each: Record) -> pl.Expr:
        return is_conference(each) & (
            each.others(
                protection_plan,
                lambda plan: begins_in_the_year(plan, edition) & (plan.CPPstartDate == each.DateOfInitialCPC),
                within=episode,
            )
            > 0
        )

    plans = record.up(episode).value(
        lambda one: one.any(protection_plan, lambda plan: begins_in_the_year(plan, edition))
    )
    met = record.up(episode).value(lambda one: one.any(enquiry, starts_plans))
    return ~is_conference(record) | ~plans | met


@rule(
    "2885",
    ERROR,
    on=episode,
    reads=("DateOfInitialCPC",),
    message="A protection plan of the episode does not start on the day of the initial conference.",
    why="A protection plan starts at the conference that decides on it.",
    fix="Correct the date of the conference or the start of the plan.",
    source="Flagged where no conference of an enquiry is there, and the episode has a date of its own.",
    fails=[case(CINdetails={"DateOfInitialCPC": lambda e: day(e, 151)}, ChildProtectionPlans=[{}])],
    passes=[
        case(CINdetails={"DateOfInitialCPC": lambda e: day(e, 150)}, ChildProtectionPlans=[{}]),
        case(
            CINdetails={"DateOfInitialCPC": lambda e: day(e, 151)},
            Section47=[{"ICPCnotRequired": "false", "DateOfInitialCPC": lambda e: day(e, 150)}],
            ChildProtectionPlans=[{}],
        ),
    ],
)
def plans_start_at_the_conference_of_the_episode(record: Record, edition: Edition) -> pl.Expr:
    def begins_on_another_day(plan: Record) -> pl.Expr:
        return begins_in_the_year(plan, edition) & (plan.CPPstartDate != plan.up(episode).DateOfInitialCPC)

    return record.any(enquiry, is_conference) | ~record.any(protection_plan, begins_on_another_day)


@rule(
    "8720",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate",),
    message="The start of the protection plan is missing or after {edition.reference_date:day}.",
    why="Plans are counted by when they start.",
    fix=FIX_DATE,
    fails=[case(CPPstartDate=None), case(CPPstartDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(CPPstartDate=lambda e: e.reference_date.isoformat())],
)
def plan_starts_by_the_reference_date(record: Record, edition: Edition) -> pl.Expr:
    by_then = (record.CPPstartDate <= edition.reference_date).fill_null(True)
    return record.present("CPPstartDate") & by_then


@rule(
    "8840",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="The protection plan starts and ends on the same day.",
    why="A plan lasts until the first review at least; a plan of one day is a slip of the keyboard.",
    fix=FIX_DATE,
    fails=[case(CPPendDate=lambda e: day(e, 150))],
    passes=[case(), case(CPPendDate=lambda e: day(e, 151))],
)
def plan_of_more_than_a_day(record: Record, edition: Edition) -> pl.Expr:
    return record.CPPstartDate != record.CPPendDate


@rule(
    "8925",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="The protection plan ends before it starts.",
    why="The length of plans is worked out from the two dates.",
    fix=FIX_DATE,
    fails=[case(CPPendDate=lambda e: day(e, 149))],
    passes=[case(), case(CPPendDate=lambda e: day(e, 150))],
)
def plan_ends_after_its_start(record: Record, edition: Edition) -> pl.Expr:
    return record.CPPendDate >= record.CPPstartDate


@rule(
    "8930",
    ERROR,
    on=protection_plan,
    reads=("CPPendDate",),
    message="The protection plan ends outside the census year.",
    why="Plans that ended earlier are no part of this return; later ends are for next year's.",
    fix=FIX_DATE,
    fails=[case(CPPendDate=lambda e: day(e, -1)), case(CPPendDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(CPPendDate=lambda e: day(e, 200))],
)
def plan_ends_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    return in_year(record.CPPendDate, edition)


@rule(
    "8935",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="The child has more than one open protection plan.",
    why="A child has one protection plan at a time.",
    fix="Enter the end of the earlier plan, or take out the one entered twice.",
    source="Counted over all episodes of the child. csc-validator-be-cin misses two open plans within one episode.",
    fails=[
        case(ChildProtectionPlans=[{}, {}]),
        case(CINdetails=[{"ChildProtectionPlans": [{}]}, {"ChildProtectionPlans": [{}]}]),
    ],
    passes=[case(), case(ChildProtectionPlans=[{}, {"CPPendDate": lambda e: day(e, 200)}])],
)
def one_open_plan(record: Record, edition: Edition) -> pl.Expr:
    others = record.others(protection_plan, lambda other: other.blank("CPPendDate"), within=child)
    return record.present("CPPendDate") | (others == 0)


@rule(
    "8940",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="The protection plan overlaps another one of the child.",
    why="A child has one protection plan at a time.",
    fix="Correct the dates, or take out the one entered twice.",
    source="csc-validator-be-cin never compares plans that have the same number in different episodes.",
    fails=[
        case(ChildProtectionPlans=[{}, {"CPPstartDate": lambda e: day(e, 200)}]),
        case(
            CINdetails=[
                {"ChildProtectionPlans": [{"CPPendDate": lambda e: day(e, 200)}]},
                {"ChildProtectionPlans": [{"CPPstartDate": lambda e: day(e, 200)}]},
            ]
        ),
    ],
    passes=[
        case(),
        case(ChildProtectionPlans=[{"CPPendDate": lambda e: day(e, 200)}, {"CPPstartDate": lambda e: day(e, 201)}]),
    ],
)
def plans_do_not_overlap(record: Record, edition: Edition) -> pl.Expr:
    def begins_in(one: Record, other: Record) -> pl.Expr:
        last = pl.lit(edition.reference_date, pl.Date)
        return runs_on(one.CPPstartDate, other.CPPstartDate, other.CPPendDate, last).fill_null(False)

    overlaps = record.others(
        protection_plan, lambda other: begins_in(record, other) | begins_in(other, record), within=child
    )
    return overlaps == 0


@rule(
    "8841",
    ERROR,
    on=review,
    reads=("CPPreviewDate", "ChildProtectionPlans.CPPstartDate"),
    message="The review is on or before the day on which the protection plan starts.",
    why="A plan is reviewed after it has run for some time; the initial conference is no review.",
    fix=FIX_DATE,
    source="All reviews of a plan are read; csc-validator-be-cin reads the first only.",
    fails=[
        case(CPPreviewDate=lambda e: day(e, 150)),
        case(Reviews=[{}, {"CPPreviewDate": lambda e: day(e, 149)}]),
    ],
    passes=[case(), case(CPPreviewDate=lambda e: day(e, 151))],
)
def reviewed_after_the_start(record: Record, edition: Edition) -> pl.Expr:
    return record.CPPreviewDate > record.up(protection_plan).CPPstartDate


@rule(
    "8842Q",
    QUERY,
    on=review,
    reads=("CPPreviewDate",),
    message="Please check: there is a review without a date.",
    why="Reviews are counted by their dates.",
    fix="Enter the date of the review, or leave the review out.",
    note="reason",
    note_help="Say why the date of the review is not known.",
    fails=[case(CPPreviewDate=None)],
    passes=[case()],
)
def review_has_a_date(record: Record, edition: Edition) -> pl.Expr:
    return record.present("CPPreviewDate")
