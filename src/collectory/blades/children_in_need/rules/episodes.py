"""Referrals, closures, and how the episodes of a child follow each other."""

from __future__ import annotations

import datetime

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Date, Edition, Entity, Record, Rule, case, rule

from ..entities import assessment, child, cin_plan, enquiry, episode, protection_plan
from ..typical import day
from .days import FIX_DATE, in_year

WHY_CLOSED = "A closed case has nothing open and nothing later than its closure."
WHY_REFERRAL = "An episode begins with its referral; what is earlier belongs to another one, or a date is wrong."


@rule(
    "8600",
    ERROR,
    on=episode,
    reads=("CINreferralDate",),
    message="The referral date is missing or after {edition.reference_date:day}.",
    why="Referrals are counted by year.",
    fix=FIX_DATE,
    fails=[case(CINreferralDate=None), case(CINreferralDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(CINreferralDate=lambda e: e.reference_date.isoformat())],
)
def referred_by_the_reference_date(record: Record, edition: Edition) -> pl.Expr:
    by_then = (record.CINreferralDate <= edition.reference_date).fill_null(True)
    return record.present("CINreferralDate") & by_then


@rule(
    "8606",
    ERROR,
    on=episode,
    reads=("CINreferralDate", "ChildIdentifiers.PersonBirthDate", "ChildIdentifiers.ExpectedPersonBirthDate"),
    message="The referral is more than 40 weeks before the birth, or the expected birth, of the child.",
    why="A child cannot be referred before it is conceived; one of the dates is wrong.",
    fix=FIX_DATE,
    fails=[
        case(CINreferralDate="2020-01-01", ChildIdentifiers={"PersonBirthDate": "2020-10-08"}),
        case(
            CINreferralDate="2020-01-01",
            ChildIdentifiers={"PersonBirthDate": None, "ExpectedPersonBirthDate": "2020-10-08"},
        ),
    ],
    passes=[case(), case(CINreferralDate="2020-01-01", ChildIdentifiers={"PersonBirthDate": "2020-10-07"})],
)
def referred_after_conception(record: Record, edition: Edition) -> pl.Expr:
    above = record.up(child)
    earliest = pl.max_horizontal(above.PersonBirthDate, above.ExpectedPersonBirthDate) - datetime.timedelta(days=280)
    return record.CINreferralDate >= earliest


@rule(
    "8610",
    ERROR,
    on=episode,
    reads=("ReferralNFA", "PrimaryNeedCode"),
    message="The primary need is missing.",
    why="Children who are helped are counted by what they need help for.",
    fix="Enter the primary need (N0 to N9), or correct whether further action was taken.",
    fails=[case(PrimaryNeedCode=None), case(PrimaryNeedCode=None, ReferralNFA="0")],
    passes=[case(), case(PrimaryNeedCode=None, ReferralNFA="true")],
)
def need_where_action_followed(record: Record, edition: Edition) -> pl.Expr:
    return record.ReferralNFA | record.present("PrimaryNeedCode")


@rule(
    "8620",
    ERROR,
    on=episode,
    reads=("CINclosureDate",),
    message="The closure date is not in the census year.",
    why="Episodes closed earlier are not part of this return; later closures are for next year's.",
    fix=FIX_DATE,
    fails=[case(CINclosureDate=lambda e: day(e, -1)), case(CINclosureDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(CINclosureDate=lambda e: day(e, 0))],
)
def closed_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    return in_year(record.CINclosureDate, edition)


@rule(
    "8630",
    ERROR,
    on=episode,
    reads=("CINreferralDate", "CINclosureDate"),
    message="The episode is closed before its referral.",
    why=WHY_REFERRAL,
    fix=FIX_DATE,
    fails=[case(CINclosureDate=lambda e: day(e, 29))],
    passes=[case(), case(CINclosureDate=lambda e: day(e, 30))],
)
def closed_after_the_referral(record: Record, edition: Edition) -> pl.Expr:
    return record.CINclosureDate >= record.CINreferralDate


@rule(
    "8805",
    ERROR,
    on=episode,
    reads=("CINclosureDate", "ReasonForClosure"),
    message="The episode is closed, but the reason is missing.",
    why="It shows what becomes of children when help ends.",
    fix="Enter the reason (RC1 to RC9).",
    fails=[case(CINclosureDate=lambda e: day(e, 90))],
    passes=[case(), case(CINclosureDate=lambda e: day(e, 90), ReasonForClosure="RC7")],
)
def closed_for_a_reason(record: Record, edition: Edition) -> pl.Expr:
    return record.blank("CINclosureDate") | record.present("ReasonForClosure")


@rule(
    "8810",
    ERROR,
    on=episode,
    reads=("ReasonForClosure", "CINclosureDate"),
    message="There is a reason for closure, but no closure date.",
    why="Without the date the episode counts as open.",
    fix="Enter the closure date, or take out the reason.",
    fails=[case(ReasonForClosure="RC7")],
    passes=[case(), case(CINclosureDate=lambda e: day(e, 90), ReasonForClosure="RC7")],
)
def closed_on_a_day(record: Record, edition: Edition) -> pl.Expr:
    return record.blank("ReasonForClosure") | record.present("CINclosureDate")


def is_open(each: Record) -> pl.Expr:
    """Whether an episode that went further has no closure date."""
    return (each.blank("CINclosureDate") & ~each.ReferralNFA).fill_null(False)


@rule(
    "8815",
    ERROR,
    on=episode,
    reads=("CINreferralDate", "CINclosureDate"),
    message="The child has more than one open episode.",
    why="A child has one case at a time; the earlier one should have been closed, or they are the same.",
    fix="Close the earlier episode, or put the two together.",
    source="All episodes of the child without a closure date are flagged, also referrals without further action, as "
    "the specification has it.",
    fails=[
        case(CINdetails=[{}, {}]),
        case(CINdetails=[{}, {"ReferralNFA": "0"}]),
        case(CINdetails=[{"ReferralNFA": "true"}, {}, {}]),
    ],
    passes=[
        case(),
        case(CINdetails=[{}, {"ReferralNFA": "true"}]),
        case(CINdetails=[{}, {"CINclosureDate": lambda e: day(e, 40)}]),
    ],
)
def one_open_episode(record: Record, edition: Edition) -> pl.Expr:
    return record.present("CINclosureDate") | (record.up(child).value(lambda one: one.count(episode, is_open)) <= 1)


@rule(
    "8816",
    ERROR,
    on=episode,
    reads=("CINreferralDate", "CINclosureDate"),
    figures={
        "LatestReferral": lambda record, edition: record.up(child).value(
            lambda one: one.most(episode, lambda each: each.CINreferralDate)
        )
    },
    message="The episode is open, but the child has a later one.",
    why="Before a new case begins, the one before is closed.",
    fix="Close this episode, or correct the referral dates.",
    fails=[case(CINdetails=[{}, {"CINreferralDate": lambda e: day(e, 31), "ReferralNFA": "true"}])],
    passes=[case(), case(CINdetails=[{}, {"CINreferralDate": lambda e: day(e, 30), "ReferralNFA": "true"}])],
)
def open_episode_is_the_latest(record: Record, edition: Edition) -> pl.Expr:
    latest = record.up(child).value(lambda one: one.most(episode, lambda each: each.CINreferralDate))
    return ~is_open(record) | (record.CINreferralDate >= latest)


@rule(
    "8816",
    ERROR,
    on=episode,
    reads=("CINreferralDate",),
    message="The child has an earlier episode that is still open.",
    why="Before a new case begins, the one before is closed.",
    fix="Close the earlier episode, or correct the referral dates.",
    fails=[
        case(CINdetails=[{"CINreferralDate": lambda e: day(e, 31), "ReferralNFA": "true"}, {}]),
        case(CINdetails=[{"CINreferralDate": lambda e: day(e, 31)}, {}]),
    ],
    passes=[
        case(
            CINdetails=[
                {"CINclosureDate": lambda e: day(e, 31)},
                {"CINreferralDate": lambda e: day(e, 31), "ReferralNFA": "true"},
            ]
        ),
        case(CINdetails=[{"CINreferralDate": lambda e: day(e, 30), "ReferralNFA": "true"}, {}]),
    ],
)
def latest_episode_follows_closed_ones(record: Record, edition: Edition) -> pl.Expr:
    latest = record.up(child).value(lambda one: one.most(episode, lambda each: each.CINreferralDate))
    is_latest = (record.CINreferralDate == latest) & record.first_of("CINreferralDate")
    earlier = record.others(
        episode, lambda other: is_open(other) & (other.CINreferralDate < record.CINreferralDate), within=child
    )
    return ~is_latest | (earlier == 0)


@rule(
    "8820",
    ERROR,
    on=episode,
    reads=("CINreferralDate", "CINclosureDate"),
    message="The episode overlaps another one of the child.",
    why="A child has one case at a time.",
    fix="Correct the dates, or put the two episodes together.",
    fails=[
        case(CINdetails=[{}, {"CINreferralDate": lambda e: day(e, 31)}]),
        case(
            CINdetails=[
                {"CINclosureDate": lambda e: day(e, 50)},
                {"CINreferralDate": lambda e: day(e, 49), "ReferralNFA": "true"},
            ]
        ),
    ],
    passes=[
        case(),
        case(CINdetails=[{"CINclosureDate": lambda e: day(e, 50)}, {"CINreferralDate": lambda e: day(e, 50)}]),
        case(CINdetails=[{"ReferralNFA": "true"}, {"CINreferralDate": lambda e: day(e, 50)}]),
    ],
)
def episodes_do_not_overlap(record: Record, edition: Edition) -> pl.Expr:
    def begins_in(one: Record, other: Record) -> pl.Expr:
        until = pl.coalesce(
            other.CINclosureDate, pl.when(~other.ReferralNFA).then(pl.lit(edition.reference_date, pl.Date))
        )
        return ((one.CINreferralDate >= other.CINreferralDate) & (one.CINreferralDate < until)).fill_null(False)

    overlaps = record.others(episode, lambda other: begins_in(record, other) | begins_in(other, record), within=child)
    return overlaps == 0


@rule(
    "8825Q",
    QUERY,
    on=episode,
    reads=("ReasonForClosure", "CINclosureDate"),
    message="Please check: the episode was closed after assessment, but it has no assessment.",
    why="RC8 and RC9 say that an assessment led to the closure.",
    fix="Add the assessment, or correct the reason for closure.",
    note="reason",
    note_help="Say where the assessment was made.",
    fails=[case(ReasonForClosure="RC8"), case(ReasonForClosure="RC9")],
    passes=[case(), case(ReasonForClosure="RC8", Assessments=[{}]), case(ReasonForClosure="RC7")],
)
def assessment_where_closed_after_one(record: Record, edition: Edition) -> pl.Expr:
    return ~record.ReasonForClosure.is_in(["RC8", "RC9"]) | record.any(assessment)


@rule(
    "8866",
    ERROR,
    on=episode,
    reads=("ReferralSource", "CINreferralDate"),
    message="The source of the referral is missing or none of the codes of the collection.",
    why="It shows who brings children to the council's attention.",
    fix="Enter the source of the referral, such as 2A for a school.",
    fails=[case(ReferralSource=None), case(ReferralSource="7A"), case(ReferralSource="1")],
    passes=[case(), case(ReferralSource="10"), case(ReferralSource=None, CINreferralDate="2013-03-31")],
)
def source_of_referral_is_known(record: Record, edition: Edition) -> pl.Expr:
    return (record.CINreferralDate < datetime.date(2013, 4, 1)) | record.valid("ReferralSource")


def _not_before_referral(number: str, on: Entity, field: str, message: str) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        return record.value(field) >= record.up(episode).CINreferralDate

    return rule(
        number,
        ERROR,
        on=on,
        reads=(field, "CINdetails.CINreferralDate"),
        message=message,
        why=WHY_REFERRAL,
        fix="Correct the date, or move the record to the episode that it belongs to.",
        fails=[Case({field: "2024-04-30", "CINdetails": {"CINreferralDate": "2024-05-01"}})],
        passes=[
            Case({field: "2024-05-01", "CINdetails": {"CINreferralDate": "2024-05-01"}}),
            Case({field: None}),
        ],
    )(holds)


not_before_referral = (
    _not_before_referral("1103", assessment, "AssessmentActualStartDate", "The assessment starts before the referral."),
    _not_before_referral("1104", enquiry, "DateOfInitialCPC", "The initial conference is before the referral."),
    _not_before_referral("1105", protection_plan, "CPPstartDate", "The protection plan starts before the referral."),
    _not_before_referral("2889", enquiry, "S47ActualStartDate", "The enquiry starts before the referral."),
    _not_before_referral("4015", cin_plan, "CINPlanStartDate", "The CIN plan starts before the referral."),
)


def _not_after_closure(on: Entity, field: str, what: str) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        return record.value(field) <= record.up(episode).CINclosureDate

    on_the_day = {each.name: "2024-05-01" for each in on.fields if isinstance(each.kind, Date)}
    return rule(
        "8565",
        ERROR,
        on=on,
        reads=(field, "CINdetails.CINclosureDate"),
        message=f"{what} is after the closure of the episode.",
        why=WHY_CLOSED,
        fix="Correct the date or the closure date, or move the record to the episode that it belongs to.",
        source="csc-validator-be-cin never reads the end of a protection plan here.",
        fails=[Case({field: "2024-05-02", "CINdetails": {"CINclosureDate": "2024-05-01"}})],
        passes=[case(), Case({**on_the_day, "CINdetails": {"CINclosureDate": "2024-05-01"}})],
    )(holds)


not_after_closure = (
    _not_after_closure(assessment, "AssessmentActualStartDate", "The start of the assessment"),
    _not_after_closure(assessment, "AssessmentAuthorisationDate", "The end of the assessment"),
    _not_after_closure(enquiry, "S47ActualStartDate", "The start of the enquiry"),
    _not_after_closure(enquiry, "DateOfInitialCPC", "The initial conference"),
    _not_after_closure(protection_plan, "CPPendDate", "The end of the protection plan"),
    _not_after_closure(cin_plan, "CINPlanStartDate", "The start of the CIN plan"),
    _not_after_closure(cin_plan, "CINPlanEndDate", "The end of the CIN plan"),
)


@rule(
    "8565",
    ERROR,
    on=episode,
    reads=("DateOfInitialCPC", "CINclosureDate"),
    message="The initial conference is after the closure of the episode.",
    why=WHY_CLOSED,
    fix=FIX_DATE,
    fails=[case(DateOfInitialCPC="2024-05-02", CINclosureDate="2024-05-01")],
    passes=[case(DateOfInitialCPC="2024-05-01", CINclosureDate="2024-05-01")],
)
def conference_before_closure(record: Record, edition: Edition) -> pl.Expr:
    return record.DateOfInitialCPC <= record.CINclosureDate
