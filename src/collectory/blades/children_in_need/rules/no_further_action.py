"""What must not stand at a referral that led to nothing, or at a case closed after assessment."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Entity, Record, Rule, case, rule

from ..entities import assessment, cin_plan, enquiry, episode, protection_plan
from .days import FIX_DATE

WHY_NFA = "Where no further action was taken, nothing else can have happened in the episode."
FIX_NFA = "Correct whether further action was taken, or move the record to the episode that it belongs to."
WHY_CLOSED = "RC8 and RC9 say that the case ended with the assessment, so nothing followed it."
FIX_CLOSED = "Correct the reason for closure, or move the record to the episode that it belongs to."


@rule(
    "8569Q",
    QUERY,
    on=episode,
    reads=("CINreferralDate", "ReferralNFA"),
    message="Please check: no action followed the referral, which was made before {edition.nfa_not_before:day}.",
    why="A referral without further action of an earlier year is no part of this year's return.",
    fix=FIX_DATE,
    note="reason",
    note_help="Say why the referral is in this year's return. The limit is one working day before 1 April; "
    "csc-validator-be-cin takes none off.",
    fails=[case(ReferralNFA="true", CINreferralDate="2020-03-31")],
    passes=[
        case(),
        case(ReferralNFA="0", CINreferralDate="2020-03-31"),
        case(ReferralNFA="true", CINreferralDate=lambda e: e.nfa_not_before.isoformat()),
    ],
)
def referred_in_the_year_where_nothing_followed(record: Record, edition: Edition) -> pl.Expr:
    return (record.CINreferralDate >= edition.nfa_not_before) | ~record.ReferralNFA


def _nothing_at_nfa(number: str, on: Entity, what: str, *fields: str) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        not_nfa = ~record.up(episode).ReferralNFA
        return record.blank(*fields) | not_nfa if fields else not_nfa

    return rule(
        number,
        ERROR,
        on=on,
        reads=(on.fields[0].name, "CINdetails.ReferralNFA"),
        message=f"There is {what}, but no further action was taken on the referral.",
        why=WHY_NFA,
        fix=FIX_NFA,
        fails=[case(CINdetails={"ReferralNFA": "true"}), case(CINdetails={"ReferralNFA": "1"})],
        passes=[case(), case(CINdetails={"ReferralNFA": "0"})],
    )(holds)


nothing_at_nfa = (
    _nothing_at_nfa("4000", cin_plan, "a CIN plan"),
    _nothing_at_nfa("8832", protection_plan, "a protection plan"),
    _nothing_at_nfa("8831", assessment, "an assessment", "AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    _nothing_at_nfa("8831", enquiry, "a section 47 enquiry", "S47ActualStartDate", "DateOfInitialCPC"),
)


@rule(
    "8831",
    ERROR,
    on=episode,
    reads=("DateOfInitialCPC", "ReferralNFA"),
    message="There is an initial conference, but no further action was taken on the referral.",
    why=WHY_NFA,
    fix=FIX_NFA,
    fails=[case(ReferralNFA="true", DateOfInitialCPC="2024-05-01")],
    passes=[case(), case(ReferralNFA="0", DateOfInitialCPC="2024-05-01"), case(ReferralNFA="true")],
)
def no_conference_at_nfa(record: Record, edition: Edition) -> pl.Expr:
    return record.blank("DateOfInitialCPC") | ~record.ReferralNFA


def _nothing_where_closed(on: Entity, what: str) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        return ~record.up(episode).ReasonForClosure.is_in(["RC8", "RC9"])

    return rule(
        "2990",
        ERROR,
        on=on,
        reads=(on.fields[0].name, "CINdetails.ReasonForClosure"),
        message=f"There is {what} in an episode that was closed after assessment.",
        why=WHY_CLOSED,
        fix=FIX_CLOSED,
        fails=[case(CINdetails={"ReasonForClosure": "RC8"}), case(CINdetails={"ReasonForClosure": "RC9"})],
        passes=[case(), case(CINdetails={"ReasonForClosure": "RC7"})],
    )(holds)


nothing_where_closed = (
    _nothing_where_closed(enquiry, "a section 47 enquiry"),
    _nothing_where_closed(protection_plan, "a protection plan"),
    _nothing_where_closed(cin_plan, "a CIN plan"),
)


@rule(
    "2990",
    ERROR,
    on=episode,
    reads=("DateOfInitialCPC", "ReasonForClosure"),
    message="There is an initial conference in an episode that was closed after assessment.",
    why=WHY_CLOSED,
    fix=FIX_CLOSED,
    fails=[case(ReasonForClosure="RC9", DateOfInitialCPC="2024-05-01")],
    passes=[case(), case(ReasonForClosure="RC9"), case(ReasonForClosure="RC7", DateOfInitialCPC="2024-05-01")],
)
def no_conference_where_closed(record: Record, edition: Edition) -> pl.Expr:
    return record.blank("DateOfInitialCPC") | ~record.ReasonForClosure.is_in(["RC8", "RC9"])
