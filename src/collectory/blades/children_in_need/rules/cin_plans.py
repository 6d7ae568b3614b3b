"""CIN plans, and how they stand to protection plans."""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, case, rule

from ..entities import child, cin_plan, episode, protection_plan, review
from ..typical import day
from .days import FIX_DATE, in_year, runs_before, runs_on

OPEN: dict[str, Any] = {"CINPlanEndDate": None}
WHY_ONE = "A child has one plan at a time: a CIN plan ends where a protection plan begins, and the other way round."
FIX_ONE = "End the one plan where the other begins, or correct the dates."


def _ends(plan: Record) -> tuple[pl.Expr, pl.Expr]:
    return plan.CINPlanStartDate, plan.CINPlanEndDate


@rule(
    "4004",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="The episode has more than one open CIN plan.",
    why="A child has one CIN plan at a time.",
    fix="Enter the end of the earlier plan.",
    source="All plans of the episode are flagged, closed ones too, as the specification has it.",
    fails=[case(CINplanDates=[OPEN, OPEN]), case(CINplanDates=[{}, OPEN, OPEN])],
    passes=[case(), case(**OPEN), case(CINplanDates=[{}, OPEN])],
)
def one_open_cin_plan(record: Record, edition: Edition) -> pl.Expr:
    return record.up(episode).value(lambda one: one.count(cin_plan, lambda each: each.blank("CINPlanEndDate"))) <= 1


@rule(
    "4010",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate",),
    message="The start of the CIN plan is missing or after {edition.reference_date:day}.",
    why="Plans are counted by when they start.",
    fix=FIX_DATE,
    fails=[case(CINPlanStartDate=None), case(CINPlanStartDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(CINPlanStartDate=lambda e: e.reference_date.isoformat())],
)
def cin_plan_starts_by_the_reference_date(record: Record, edition: Edition) -> pl.Expr:
    by_then = (record.CINPlanStartDate <= edition.reference_date).fill_null(True)
    return record.present("CINPlanStartDate") & by_then


@rule(
    "4011",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="The CIN plan ends before it starts.",
    why="The length of plans is worked out from the two dates.",
    fix=FIX_DATE,
    fails=[case(CINPlanEndDate=lambda e: day(e, 89))],
    passes=[case(), case(CINPlanEndDate=lambda e: day(e, 90))],
)
def cin_plan_ends_after_its_start(record: Record, edition: Edition) -> pl.Expr:
    return record.CINPlanEndDate >= record.CINPlanStartDate


@rule(
    "4012Q",
    QUERY,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="Please check: the CIN plan starts and ends on the same day.",
    why="A plan of one day is often a slip of the keyboard.",
    fix=FIX_DATE,
    note="reason",
    note_help="Say why the plan ended on the day on which it started.",
    fails=[case(CINPlanEndDate=lambda e: day(e, 90))],
    passes=[case(), case(**OPEN)],
)
def cin_plan_of_more_than_a_day(record: Record, edition: Edition) -> pl.Expr:
    return record.CINPlanStartDate != record.CINPlanEndDate


@rule(
    "4013",
    ERROR,
    on=cin_plan,
    reads=("CINPlanEndDate",),
    message="The CIN plan ends outside the census year.",
    why="Plans that ended earlier are no part of this return; later ends are for next year's.",
    fix=FIX_DATE,
    fails=[case(CINPlanEndDate=lambda e: day(e, -1)), case(CINPlanEndDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(CINPlanEndDate=lambda e: day(e, 0))],
)
def cin_plan_ends_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    return in_year(record.CINPlanEndDate, edition)


@rule(
    "4014",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="The CIN plan overlaps another one of the child.",
    why="A child has one CIN plan at a time.",
    fix="Correct the dates; a plan starts on the day after the one before has ended, at the earliest.",
    fails=[
        case(CINplanDates=[{}, {"CINPlanStartDate": lambda e: day(e, 150)}]),
        case(CINplanDates=[OPEN, {"CINPlanStartDate": lambda e: day(e, 200), **OPEN}]),
        case(
            CINdetails=[
                {"CINplanDates": [{}]},
                {"CINplanDates": [{"CINPlanStartDate": lambda e: day(e, 100)}]},
            ]
        ),
    ],
    passes=[case(), case(CINplanDates=[{}, {"CINPlanStartDate": lambda e: day(e, 151), **OPEN}])],
)
def cin_plans_do_not_overlap(record: Record, edition: Edition) -> pl.Expr:
    def begins_in(one: Record, other: Record) -> pl.Expr:
        last = pl.lit(edition.reference_date, pl.Date)
        return runs_on(one.CINPlanStartDate, *_ends(other), last).fill_null(False)

    overlaps = record.others(cin_plan, lambda other: begins_in(record, other) | begins_in(other, record), within=child)
    return overlaps == 0


@rule(
    "4016",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="The CIN plan starts while a protection plan of the child is open.",
    why=WHY_ONE,
    fix=FIX_ONE,
    fails=[
        case(CINPlanStartDate=lambda e: day(e, 150), ChildProtectionPlans=[{}]),
        case(CINPlanStartDate=lambda e: day(e, 199), ChildProtectionPlans=[{"CPPendDate": lambda e: day(e, 200)}]),
        case(CINPlanStartDate=lambda e: e.reference_date.isoformat(), ChildProtectionPlans=[{}]),
    ],
    passes=[
        case(ChildProtectionPlans=[{}]),
        case(CINPlanStartDate=lambda e: day(e, 200), ChildProtectionPlans=[{"CPPendDate": lambda e: day(e, 200)}]),
    ],
)
def cin_plan_starts_outside_protection_plans(record: Record, edition: Edition) -> pl.Expr:
    start = record.CINPlanStartDate
    inside = record.others(
        protection_plan,
        lambda other: runs_before(start, other.CPPstartDate, other.CPPendDate, edition),
        within=child,
    )
    return inside == 0


@rule(
    "4016",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="A CIN plan of the child starts while the protection plan is open.",
    why=WHY_ONE,
    fix=FIX_ONE,
    fails=[case(ChildProtectionPlans=[{}], CINplanDates=[{"CINPlanStartDate": lambda e: day(e, 150)}])],
    passes=[
        case(ChildProtectionPlans=[{}], CINplanDates=[{}]),
        case(CPPendDate=lambda e: day(e, 200), CINplanDates=[{"CINPlanStartDate": lambda e: day(e, 200)}]),
    ],
)
def no_cin_plan_starts_meanwhile(record: Record, edition: Edition) -> pl.Expr:
    begun = record.others(
        cin_plan,
        lambda other: runs_before(other.CINPlanStartDate, record.CPPstartDate, record.CPPendDate, edition),
        within=child,
    )
    return begun == 0


@rule(
    "4017",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="The protection plan starts while a CIN plan of the child is open.",
    why=WHY_ONE,
    fix=FIX_ONE,
    fails=[
        case(CPPstartDate=lambda e: day(e, 90), CINplanDates=[{}]),
        case(CPPstartDate=lambda e: day(e, 149), CINplanDates=[{}]),
        case(CINplanDates=[OPEN]),
    ],
    passes=[case(CINplanDates=[{}]), case(CPPstartDate=lambda e: day(e, 89), CINplanDates=[{}])],
)
def protection_plan_starts_outside_cin_plans(record: Record, edition: Edition) -> pl.Expr:
    start = record.CPPstartDate
    inside = record.others(cin_plan, lambda other: runs_before(start, *_ends(other), edition), within=child)
    return inside == 0


@rule(
    "4017",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="A protection plan of the child starts while the CIN plan is open.",
    why=WHY_ONE,
    fix=FIX_ONE,
    fails=[
        case(CINplanDates=[{}], ChildProtectionPlans=[{"CPPstartDate": lambda e: day(e, 149)}]),
        case(**OPEN, ChildProtectionPlans=[{}]),
    ],
    passes=[case(CINplanDates=[{}], ChildProtectionPlans=[{}])],
)
def no_protection_plan_starts_meanwhile(record: Record, edition: Edition) -> pl.Expr:
    begun = record.others(
        protection_plan, lambda other: runs_before(other.CPPstartDate, *_ends(record), edition), within=child
    )
    return begun == 0


def is_open_cin_plan(each: Record) -> pl.Expr:
    return each.present("CINPlanStartDate") & each.blank("CINPlanEndDate")


@rule(
    "4001",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="The protection plan is open, and a CIN plan of the episode is too.",
    why=WHY_ONE,
    fix=FIX_ONE,
    fails=[case(CINplanDates=[OPEN])],
    passes=[case(CINplanDates=[{}]), case(CPPendDate=lambda e: day(e, 300), CINplanDates=[OPEN])],
)
def no_open_cin_plan_beside(record: Record, edition: Edition) -> pl.Expr:
    beside = record.others(cin_plan, is_open_cin_plan, within=episode)
    return record.present("CPPendDate") | (beside == 0)


@rule(
    "4001",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="The CIN plan is open, and a protection plan of the episode is too.",
    why=WHY_ONE,
    fix=FIX_ONE,
    fails=[case(**OPEN, ChildProtectionPlans=[{}])],
    passes=[case(ChildProtectionPlans=[{}]), case(**OPEN, ChildProtectionPlans=[{"CPPendDate": "2024-05-01"}])],
)
def no_open_protection_plan_beside(record: Record, edition: Edition) -> pl.Expr:
    beside = record.others(protection_plan, lambda other: other.blank("CPPendDate"), within=episode)
    return ~is_open_cin_plan(record) | (beside == 0)


@rule(
    "4003",
    ERROR,
    on=review,
    reads=("CPPreviewDate", "ChildProtectionPlans.CPPendDate"),
    message="The review of the protection plan was held while a CIN plan of the episode was running.",
    why="A protection plan that was still reviewed had not given way to a CIN plan.",
    fix=FIX_ONE,
    source="Open CIN plans count until the reference date, and all reviews are read; csc-validator-be-cin leaves both "
    "out.",
    fails=[
        case(CPPreviewDate=lambda e: day(e, 90), CINplanDates=[{}]),
        case(CPPreviewDate=lambda e: day(e, 149), CINplanDates=[{}]),
        case(CINplanDates=[OPEN]),
    ],
    passes=[
        case(CINplanDates=[{}]),
        case(CPPreviewDate=lambda e: day(e, 150), CINplanDates=[{}]),
        case(
            CPPreviewDate=lambda e: day(e, 100),
            ChildProtectionPlans={"CPPendDate": lambda e: day(e, 100)},
            CINplanDates=[{}],
        ),
    ],
)
def no_review_while_a_cin_plan_runs(record: Record, edition: Edition) -> pl.Expr:
    return _is_outside_cin_plans(record, edition)


def _is_outside_cin_plans(held: Record, edition: Edition) -> pl.Expr:
    """Whether no CIN plan was running on the day of a review, or the review ended its protection plan."""
    inside = held.others(
        cin_plan, lambda other: runs_before(held.CPPreviewDate, *_ends(other), edition), within=episode
    )
    return _ends_its_plan(held) | (inside == 0)


def _ends_its_plan(held: Record) -> pl.Expr:
    """Whether a review was held on the day on which its protection plan ended."""
    return (held.up(protection_plan).CPPendDate == held.CPPreviewDate).fill_null(False)


@rule(
    "4003",
    ERROR,
    on=protection_plan,
    reads=("CPPstartDate", "CPPendDate"),
    message="A review of the protection plan was held while a CIN plan of the episode was running.",
    why="A protection plan that was still reviewed had not given way to a CIN plan.",
    fix=FIX_ONE,
    fails=[case(CINplanDates=[{}], Reviews=[{"CPPreviewDate": lambda e: day(e, 90)}])],
    passes=[case(CINplanDates=[{}], Reviews=[{"CPPreviewDate": lambda e: day(e, 150)}]), case(CINplanDates=[{}])],
)
def not_reviewed_while_a_cin_plan_runs(record: Record, edition: Edition) -> pl.Expr:
    return ~record.any(review, lambda held: ~_is_outside_cin_plans(held, edition))


@rule(
    "4003",
    ERROR,
    on=cin_plan,
    reads=("CINPlanStartDate", "CINPlanEndDate"),
    message="A protection plan of the episode was reviewed while the CIN plan was running.",
    why="A protection plan that was still reviewed had not given way to a CIN plan.",
    fix=FIX_ONE,
    fails=[case(CINplanDates=[{}], Reviews=[{"CPPreviewDate": lambda e: day(e, 90)}])],
    passes=[case(CINplanDates=[{}], Reviews=[{"CPPreviewDate": lambda e: day(e, 150)}])],
)
def no_review_meanwhile(record: Record, edition: Edition) -> pl.Expr:
    held = record.others(
        review,
        lambda other: runs_before(other.CPPreviewDate, *_ends(record), edition) & ~_ends_its_plan(other),
        within=episode,
    )
    return held == 0
