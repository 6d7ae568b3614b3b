"""The header, and figures of the return as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities import GENDER, SEX, child, disability, enquiry, episode, header, protection_plan
from .days import in_year


@rule(
    "100",
    ERROR,
    on=header,
    reads=("ReferenceDate", "Year"),
    message="The reference date is not 31 March of the year of the return.",
    why="The reference date says which year the return is about; every other date is held against it.",
    fix="Make the file again for the right year.",
    fails=[case(ReferenceDate=None), case(ReferenceDate="2019-03-31"), case(ReferenceDate="31/03/2025")],
    passes=[case()],
)
def reference_date_is_the_last_of_march(record: Record, edition: Edition) -> pl.Expr:
    asked = pl.concat_str(pl.coalesce(record.sent("Year"), pl.lit(edition.year)), pl.lit("-03-31"))
    return record.sent("ReferenceDate").eq_missing(asked)


def conferences(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(episode, lambda each: in_year(each.DateOfInitialCPC, edition)) + whole.count(
        enquiry, lambda each: in_year(each.DateOfInitialCPC, edition)
    )


def plans_started(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(protection_plan, lambda each: in_year(each.CPPstartDate, edition))


@return_rule(
    "2883",
    ERROR,
    figures={"plans": plans_started, "conferences": conferences},
    message="{plans} child protection plans start in the year, but only {conferences} initial conferences were held.",
    why="A protection plan starts at an initial conference, so there are at least as many conferences.",
    fix="Enter the missing conferences (DateOfInitialCPC), or correct the start dates of the plans.",
    fails=[case(CINdetails=[{}], ChildProtectionPlans=[{}])],
    passes=[
        case(CINdetails=[{}]),
        case(
            CINdetails=[{"DateOfInitialCPC": lambda e: e.reference_date.isoformat(), "ChildProtectionPlans": [{}]}],
        ),
    ],
)
def no_more_plans_than_conferences(whole: ReturnView, edition: Edition) -> pl.Expr:
    return plans_started(whole, edition) <= conferences(whole, edition)


def sex_unknown(each: Record) -> pl.Expr:
    name, unknown = ("Sex", "U") if each.has("Sex") else ("GenderCurrent", "0")
    return (each.blank(name) | (each.sent(name) == unknown)) & each.blank("ExpectedPersonBirthDate")


def _few_of_unknown_sex(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.share(child, sex_unknown) <= 0.02


def _unknown_sex(field: str, unknown: str, when: When) -> Callable[[Callable[[Any, Edition], pl.Expr]], Rule]:
    return return_rule(
        "2886Q",
        QUERY,
        figures={"share": lambda whole, edition: whole.share(child, sex_unknown)},
        message="Please check: the sex of {share:.1%} of the children who are born is not known, more than 2%.",
        why="Sex is known of nearly every child who is born; a higher share often means that a column was not filled.",
        fix="Enter the sex of the children, or say why it is not known.",
        note="reason",
        note_help="Say why the sex of so many children is not known.",
        when=when,
        fails=[case(ChildIdentifiers=[{field: unknown}] + [{}] * 48), case(ChildIdentifiers=[{field: None}])],
        passes=[
            case(ChildIdentifiers=[{field: unknown}] + [{}] * 49),
            case(ChildIdentifiers=[{field: unknown, "ExpectedPersonBirthDate": "2024-04-01"}]),
            case(ChildIdentifiers=[]),
        ],
    )


few_of_unknown_sex = _unknown_sex("Sex", "U", SEX)(_few_of_unknown_sex)
few_of_unknown_gender = _unknown_sex("GenderCurrent", "0", GENDER)(_few_of_unknown_sex)


def codes_used(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.figure(
        disability, lambda each: each.sent("Disability").filter(each.sent("Disability") != "NONE").n_unique()
    )


SEVEN = ["MOB", "HAND", "PC", "INC", "COMM", "LD", "HEAR"]


def _with(*codes: str) -> Case:
    below = {"Disabilities": [{"Disability": code} for code in codes]} if codes else {}
    return case(ChildIdentifiers=[{"ChildCharacteristics": [below]}])


@return_rule(
    "2887Q",
    QUERY,
    figures={"codes": codes_used},
    message="Please check: only {codes} different disability codes are used, fewer than eight.",
    why="Among the children of a whole authority nearly all disabilities occur; few codes often mean that a system "
    "gives one code for many.",
    fix="Have the codes of your own system matched to those of the collection.",
    note="reason",
    note_help="Say why so few disabilities occur; in a small authority this may be right. csc-validator-be-cin counts "
    "the records of NONE instead, so it asks where there are few of those.",
    fails=[_with(*SEVEN), _with(*SEVEN, "NONE"), _with("NONE"), _with()],
    passes=[_with(*SEVEN, "VIS")],
)
def more_than_seven_disabilities(whole: ReturnView, edition: Edition) -> pl.Expr:
    return codes_used(whole, edition) > 7


def most_codes_of_a_child(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.figure(
        child,
        lambda each: (each.count(disability, lambda one: one.sent("Disability") != "NONE")).max(),
    ).fill_null(0)


@return_rule(
    "2888Q",
    QUERY,
    message="Please check: no child of the return has more than one disability.",
    why="Some children have several; none with several often means that a system keeps only one.",
    fix="Have all disabilities of a child put into the file.",
    note="reason",
    note_help="Say why no child has more than one. Asked of returns without any disability too, where "
    "csc-validator-be-cin keeps silent.",
    fails=[_with("MOB"), _with("MOB", "NONE"), _with()],
    passes=[_with("MOB", "LD")],
)
def a_child_with_several_disabilities(whole: ReturnView, edition: Edition) -> pl.Expr:
    return most_codes_of_a_child(whole, edition) > 1
