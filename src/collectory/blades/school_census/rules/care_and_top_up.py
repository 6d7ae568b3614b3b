"""Top-up funding, and pupils who left care."""

from __future__ import annotations

from datetime import date

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.on_roll import pupil_on_roll

SPRING = When(terms=("SPR",))
AUTUMN_AND_SUMMER = When(terms=("AUT", "SUM"))
RESIDENCE_ORDERS_ENDED = date(2014, 4, 22)
SOURCE = "DfE rules 2018/19"
PREMIUM = "Schools receive a premium for pupils who left care through adoption or an order."
HIGH_NEEDS = "Top-up funding is how the authority pays for pupils with high needs."


def required(number: str, name: str, message: str, why: str, fix: str) -> tuple[Rule, Rule]:
    """A field that every pupil needs in spring, and in other terms where most pupils of the return have it.

    The rules name spring alone, the structure all terms. So a return without the item passes in autumn and summer,
    while a gap in a return that has it does not.
    """

    def of(when: When, passes: list[dict[str, object]], spring: bool) -> Rule:
        @rule(
            number,
            ERROR,
            on=pupil_on_roll,
            when=when,
            reads=(name,),
            message=message,
            why=why,
            fix=fix,
            fails=[case(PupilOnRoll=[{name: None}, {}, {}])],
            passes=[Case(values) for values in passes],
            certainty="B",
            source=SOURCE,
        )
        def given(pupil: Record, edition: Edition) -> pl.Expr:
            there = pupil.present(name) | ~pupil.has_group("PupilCharacteristics")
            if spring:
                return there
            share = pupil.of_return(lambda whole: whole.share(pupil_on_roll, lambda each: each.present(name)))
            # Several items are not asked of a pupil whose main school is another.
            return there | (share <= 0.5) | (pupil.EnrolStatus == "S")

        return given

    elsewhere: dict[str, object] = {"PupilOnRoll": [{name: None, "EnrolStatus": "S"}, {}, {}]}
    return of(SPRING, [{}], True), of(AUTUMN_AND_SUMMER, [{}, {name: None}, elsewhere], False)


top_up_given = required(
    "1869",
    "TopUpFunding",
    "It is missing whether the school receives top-up funding for the pupil.",
    HIGH_NEEDS,
    "Enter true or false in your own system; false for most pupils.",
)
care_given = required(
    "1871",
    "PLAA",
    "It is missing whether and how the pupil left care.",
    PREMIUM,
    "Save a value in your own system; N, not declared, is right for most pupils.",
)


@return_rule(
    "1872Q",
    QUERY,
    when=SPRING,
    figures={"share": lambda whole, edition: (_formerly_in_care(whole) * 100).round(1)},
    message="Please check: {share} per cent of the pupils on roll left care through adoption or an order, more than "
    "{edition.formerly_in_care_share:.0%}.",
    why=PREMIUM,
    fix="Set pupils for whom nothing was declared to N in your own system.",
    note="statement",
    note_help="State that more than this share of the pupils are adopted from care or left it through an order.",
    fails=[case(PupilOnRoll=[{"PLAA": "A"}, {}])],
    passes=[case(PupilOnRoll=[{}]), case(PupilOnRoll=[])],
    certainty="B",
    source=SOURCE,
)
def formerly_in_care(whole: ReturnView, edition: Edition) -> pl.Expr:
    return _formerly_in_care(whole) <= edition.formerly_in_care_share


def _formerly_in_care(whole: ReturnView) -> pl.Expr:
    return whole.share(pupil_on_roll, lambda pupil: pupil.PLAA.is_in(["A", "G", "R", "C", "O"]))


@rule(
    "1874",
    ERROR,
    on=pupil_on_roll,
    when=SPRING,
    reads=("PLAA", "DOB"),
    message="A pupil born since residence orders ended, on 22 April 2014, cannot have left care through one.",
    why=PREMIUM,
    fix="Use the code for a child arrangements order (C).",
    fails=[case(PLAA="R", DOB="2014-04-22")],
    passes=[case(PLAA="R", DOB="2014-04-21"), case(PLAA="C", DOB="2015-01-01"), case(PLAA="R", DOB=None)],
    certainty="A",
    source="Bromcom 2023/24",
)
def no_late_residence_order(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.PLAA != "R") | (pupil.DOB < RESIDENCE_ORDERS_ENDED)


@rule(
    "1990Q",
    QUERY,
    on=pupil_on_roll,
    when=SPRING,
    reads=("TopUpFunding", "SENprovision"),
    message="Please check: the pupil has top-up funding and no education, health and care plan.",
    why=HIGH_NEEDS,
    fix="Correct the top-up funding or the SEN provision.",
    note="confirmation",
    note_help="Confirm that the authority pays top-up funding for this pupil.",
    fails=[case(TopUpFunding="true", SENprovision="K")],
    passes=[case(), case(TopUpFunding="true", SENprovision="E"), case(TopUpFunding="true", SENprovision=None)],
    certainty="B",
    source=SOURCE,
)
def top_up_with_plan(pupil: Record, edition: Edition) -> pl.Expr:
    return ~pupil.TopUpFunding | pupil.SENprovision.is_in(["E", "S"])
