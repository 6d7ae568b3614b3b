"""Factors identified at the end of an assessment."""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, Rule, When, case, rule

from ..entities import assessment, episode, factor
from ..typical import day

WHY = "Factors show what lies behind children's needs; they are published for the whole country."
FACTORS = {"AssessmentFactors": lambda record, edition: record.listed(factor, lambda one: one.sent("AssessmentFactor"))}


def given(*codes: str, **values: Any) -> Case:
    return case(AssessmentFactorsList=[{"AssessmentFactor": code} for code in codes], **values)


def has(record: Record, code: str) -> pl.Expr:
    return record.any(factor, lambda one: one.sent("AssessmentFactor") == code)


@rule(
    "8614",
    ERROR,
    on=assessment,
    reads=("AssessmentAuthorisationDate",),
    figures=FACTORS,
    message="Factors are given, but the assessment is not finished.",
    why="Factors are known at the end of an assessment.",
    fix="Enter the date on which the assessment was authorised, or take out the factors.",
    source="csc-validator-be-cin has this rule, but stops at it and reports nothing.",
    fails=[given("1A", AssessmentAuthorisationDate=None)],
    passes=[given("1A"), case(AssessmentAuthorisationDate=None)],
)
def no_factors_before_the_end(record: Record, edition: Edition) -> pl.Expr:
    return record.present("AssessmentAuthorisationDate") | ~record.any(factor)


@rule(
    "8869",
    ERROR,
    on=assessment,
    figures=FACTORS,
    message="Factor 21 (none identified) stands beside others.",
    why=WHY,
    fix="Take out 21, or the other factors.",
    source="csc-validator-be-cin has this rule, but never reports it.",
    fails=[given("21", "1A"), given("1A", "2B", "21")],
    passes=[given("21"), given("1A", "2B"), given("21", "21"), case()],
)
def none_identified_stands_alone(record: Record, edition: Edition) -> pl.Expr:
    return ~(has(record, "21") & record.any(factor, lambda one: one.sent("AssessmentFactor") != "21"))


@rule(
    "8898",
    ERROR,
    on=assessment,
    figures=FACTORS,
    message="A factor stands more than once at the assessment.",
    why=WHY,
    fix="Take out the repeated one.",
    source="csc-validator-be-cin has this rule, but stops at it and reports nothing.",
    fails=[given("1A", "1A"), given("2B", "1A", "2B")],
    passes=[given("1A", "2B"), case()],
)
def factors_stand_once(record: Record, edition: Edition) -> pl.Expr:
    return record.count(factor, lambda one: one.present("AssessmentFactor")) == record.distinct(
        factor, lambda one: one.sent("AssessmentFactor")
    )


@rule(
    "8897Q",
    QUERY,
    on=assessment,
    reads=("AssessmentAuthorisationDate",),
    figures=FACTORS,
    message="Please check: the assessment ended in the year, but its factors are missing or not all of them are codes "
    "of the collection.",
    why=WHY,
    fix="Enter the factors; 21 where none were identified.",
    note="reason",
    note_help="Say why no factors were recorded. csc-validator-be-cin has this rule, but stops at it, and takes "
    "factors of other episodes for those of the assessment.",
    fails=[case(), given("1A", "XX"), given("1D")],
    passes=[given("1A", "18A"), given("21"), case(AssessmentAuthorisationDate=lambda e: day(e, -1))],
)
def finished_assessments_have_factors(record: Record, edition: Edition) -> pl.Expr:
    wrong = record.any(factor, lambda one: ~one.valid("AssessmentFactor"))
    return (record.AssessmentAuthorisationDate < edition.period_from) | (
        record.blank("AssessmentAuthorisationDate") | (record.any(factor) & ~wrong)
    )


@rule(
    "8873Q",
    QUERY,
    on=assessment,
    reads=("CINdetails.ReasonForClosure", "CINdetails.CINclosureDate"),
    figures=FACTORS,
    message="Please check: the only assessment identified no factors, but the episode was not closed after it (RC8 or "
    "RC9).",
    why="Where nothing was identified, the case usually ends with the assessment.",
    fix="Correct the factors, or close the episode with RC8 or RC9.",
    note="reason",
    note_help="Say why the child was helped though no factors were identified.",
    fails=[given("21"), given("21", CINdetails={"ReasonForClosure": "RC7"})],
    passes=[
        case(),
        given("1A"),
        given("21", CINdetails={"ReasonForClosure": "RC8"}),
        case(Assessments=[{"AssessmentFactorsList": [{"AssessmentFactor": "21"}]}, {}]),
    ],
)
def closed_where_nothing_identified(record: Record, edition: Edition) -> pl.Expr:
    above = record.up(episode)
    closed = above.ReasonForClosure.is_in(["RC8", "RC9"]).fill_null(False)
    return ~has(record, "21") | (above.value(lambda one: one.count(assessment)) != 1) | closed


def _old_factor(number: str, code: str, instead: str) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        return ~has(record, code)

    return rule(
        number,
        QUERY,
        on=assessment,
        figures=FACTORS,
        message=f"Please check: factor {code} is used, which was replaced by {instead}.",
        why=WHY,
        fix=f"Enter {instead} instead.",
        note="reason",
        note_help="Say why the old code is right. csc-validator-be-cin has this rule, but never reports it.",
        when=When(since="2025"),
        fails=[given(code), given("1A", code)],
        passes=[case(), given(f"{code[:2]}B")],
    )(holds)


old_factors = (_old_factor("8945Q", "18A", "18B or 18C"), _old_factor("8950Q", "19A", "19B or 19C"))
