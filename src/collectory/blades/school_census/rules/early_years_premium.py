"""The early years pupil premium, and why two-year-olds are funded: spring, and since summer 2024 other terms."""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, When, case, rule

from ..entities.on_roll import funding_basis_item, pupil_on_roll
from ..entities.school import school
from .ages import school_age
from .case_days import day_of
from .early_years import about, asked_of_hours, child, is_four, under_three
from .free_meals import has_free_meals
from .scope import EARLY_YEARS_PHASES, phases
from .year_groups import in_nursery, in_reception_or_above

PREMIUM = When(terms=("SPR",), since="2019-1") | When(since="2024-2")
TWO_YEAR_OLDS = funding_basis_item.when
FIX = "Correct the answer in your own system."
BASIS_NOTE = "Say why the basis of the premium is right for this child."
SOURCE = "DfE rules 2018/19"


def in_nursery_provision(pupil: Record) -> pl.Expr:
    """Whether a child is in a nursery school, a nursery class or a nursery year."""
    nursery_school = (pupil.one(school).Phase == "NS").fill_null(False)
    nursery_class = (pupil.TypeOfClass == "N").fill_null(False)
    return nursery_school | nursery_class | in_nursery(pupil.NCyearActual)


def may_have_premium(pupil: Record, edition: Edition) -> pl.Expr:
    """Three, or four and in nursery."""
    return (school_age(pupil, edition) == 3) | (is_four(pupil, edition) & in_nursery_provision(pupil))


@about(
    "1843",
    ("EYPPBF", "EYPPR"),
    "A child who receives the early years pupil premium has no basis for it.",
    "Enter the basis: RE for the family's income, RO for another reason, RB for both, RU if it is not known.",
    [child(3, EYPPR="Y"), child(3, EYPPR="Y", EYPPBF="EE")],
    [child(3, EYPPR="Y", EYPPBF="RU"), child(3, EYPPR="N")],
    when=PREMIUM,
)
def basis_given(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.EYPPR != "Y") | pupil.present("EYPPBF")


@about(
    "1844",
    ("EYPPBF", "EYPPR"),
    "A basis for the early years pupil premium is given for a child who does not receive it.",
    "Take the basis out of the return, or say that the child receives the premium.",
    [child(3, EYPPR="N", EYPPBF="RE"), child(3, EYPPBF="RE")],
    [child(3, EYPPR="Y", EYPPBF="RE")],
    when=PREMIUM,
)
def basis_with_premium(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.blank("EYPPBF") | (pupil.EYPPR == "Y").fill_null(False)


@about(
    "1846",
    ("EYPPR", "DOB"),
    "It is missing whether a three-year-old receives the early years pupil premium.",
    FIX,
    [child(3)],
    [child(3, EYPPR="N"), child(2)],
    when=PREMIUM,
    applies=asked_of_hours,
)
def premium_at_three(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("EYPPR") | (school_age(pupil, edition) != 3)


@about(
    "1847",
    ("EYPPR", "DOB", "TypeOfClass"),
    "It is missing whether a four-year-old in nursery provision receives the early years pupil premium.",
    FIX,
    [child(4, TypeOfClass="N")],
    [child(4, TypeOfClass="N", EYPPR="N"), child(4, NCyearActual="R", TypeOfClass="O")],
    when=PREMIUM,
    applies=asked_of_hours,
)
def premium_at_four(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("EYPPR") | ~(is_four(pupil, edition) & in_nursery_provision(pupil))


@about(
    "1848",
    ("EYPPR", "DOB", "NCyearActual"),
    "It is missing whether a four-year-old in a nursery year receives the early years pupil premium.",
    FIX,
    [child(4)],
    [child(4, EYPPR="Y"), child(4, NCyearActual="R")],
    when=PREMIUM,
    applies=asked_of_hours,
)
def premium_in_nursery_year(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("EYPPR") | ~(is_four(pupil, edition) & in_nursery(pupil.NCyearActual))


@about(
    "1861",
    ("EYPPR", "DOB", "NCyearActual"),
    "The early years pupil premium is given for a child who is not of the age for it, or not in nursery provision.",
    "Take the answer out of the return.",
    [child(3, EYPPR="N", DOB=day_of("premium_born_to", 1)), child(5, EYPPR="Y")],
    [child(3, EYPPR="Y"), child(3, EYPPR="Y", DOB=day_of("premium_born_to")), child(4, EYPPR="N"), child(5)],
    when=PREMIUM,
)
def premium_only_at_age(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.blank("EYPPR") | may_have_premium(pupil, edition) | under_three(pupil, edition)


@about(
    "1862",
    ("EYPPR", "DOB", "NCyearActual"),
    "The early years pupil premium is given for a four-year-old in Reception or above.",
    "Take the answer out of the return, or correct the year group.",
    [child(4, EYPPR="Y", NCyearActual="R")],
    [child(4, EYPPR="Y", NCyearActual="N2"), child(4, NCyearActual="R")],
    when=PREMIUM,
)
def no_premium_in_reception(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.blank("EYPPR") | ~is_four(pupil, edition) | ~in_reception_or_above(pupil)


def cases(values: list[dict[str, Any]]) -> list[Case]:
    """Cases from their values."""
    return [Case(each) for each in values]


@rule(
    "1849Q",
    QUERY,
    on=pupil_on_roll,
    when=PREMIUM,
    applies=phases(*EARLY_YEARS_PHASES),
    applies_in_words="schools that may have children under five",
    reads=("EYPPBF", "EYPPR", "PLAA"),
    message="Please check: the child left care, but the basis of the premium does not say so.",
    why="A child who left care has the premium for that reason, whatever the family's income.",
    fix="Set the basis to RO (another reason) or RB (both).",
    note="reason",
    note_help=BASIS_NOTE,
    fails=cases([child(3, EYPPR="Y", EYPPBF="RE", PLAA="A")]),
    passes=cases([child(3, EYPPR="Y", EYPPBF="RO", PLAA="A"), child(3, EYPPR="Y", EYPPBF="RE"), {}]),
    certainty="B",
    source=SOURCE,
)
def basis_of_care(pupil: Record, edition: Edition) -> pl.Expr:
    from_care = pupil.PLAA.is_in(["A", "G", "R", "C", "O"])
    asked = school_age(pupil, edition).is_between(3, 4) & (pupil.EYPPR == "Y") & from_care
    return ~asked | pupil.EYPPBF.is_in(["RO", "RB"])


@rule(
    "1853Q",
    QUERY,
    on=pupil_on_roll,
    when=PREMIUM,
    applies=phases(*EARLY_YEARS_PHASES),
    applies_in_words="schools that may have children under five",
    reads=("EYPPBF", "EYPPR"),
    message="Please check: the child has free school meals, but the basis of the premium is not the family's income.",
    why="Free school meals and the premium for low income rest on the same benefits.",
    fix="Set the basis to RE (income) or RB (both).",
    note="reason",
    note_help=BASIS_NOTE,
    fails=cases([child(3, EYPPR="Y", EYPPBF="RO", FSMperiod=[{}])]),
    passes=cases([child(3, EYPPR="Y", EYPPBF="RB", FSMperiod=[{}]), child(3, EYPPR="Y", EYPPBF="RO"), {}]),
    certainty="B",
    source=SOURCE,
)
def basis_of_income(pupil: Record, edition: Edition) -> pl.Expr:
    asked = school_age(pupil, edition).is_between(3, 4) & (pupil.EYPPR == "Y") & has_free_meals(pupil)
    return ~asked | pupil.EYPPBF.is_in(["RE", "RB"])


@about(
    "3200",
    ("DOB", "FundedHours"),
    "A basis for funding at two is given for a child who is not two or has no funded hours.",
    "Take the basis out of the return, or correct the date of birth or the hours.",
    [child(3, FundedHours="15", FundingBasisItem=[{}])],
    [child(2, FundedHours="15", FundingBasisItem=[{}]), child(3, FundedHours="15")],
    when=TWO_YEAR_OLDS,
)
def basis_at_two_only(pupil: Record, edition: Edition) -> pl.Expr:
    in_scope = (school_age(pupil, edition) == 2) & (pupil.FundedHours > 0).fill_null(False)
    return ~pupil.any(funding_basis_item) | in_scope


@rule(
    "3210",
    ERROR,
    on=funding_basis_item,
    when=TWO_YEAR_OLDS,
    reads=("FundingBasis",),
    message="The same basis for funding at two stands twice for the child.",
    why="Every reason counts once.",
    fix="Remove one of the two.",
    fails=[case(FundingBasisItem=[{"FundingBasis": "ECO"}, {"FundingBasis": "ECO"}])],
    passes=[case(), case(FundingBasisItem=[{"FundingBasis": "ECO"}, {"FundingBasis": "HSD"}])],
    certainty="B",
    source=SOURCE,
)
def basis_once(item: Record, edition: Edition) -> pl.Expr:
    return item.siblings("FundingBasis") <= 1


@about(
    "5235",
    ("DOB", "FundedHours"),
    "A two-year-old with funded hours has no basis for the funding, or one without hours has one.",
    "Enter why the child is funded: ECO for the family's income, HSD for needs or disability, LAA for care.",
    [child(2, FundedHours="15"), child(2, FundedHours="0", FundingBasisItem=[{}])],
    [child(2, FundedHours="15", FundingBasisItem=[{}]), child(2, FundedHours="0"), child(3, FundedHours="15")],
    when=TWO_YEAR_OLDS,
)
def basis_with_hours(pupil: Record, edition: Edition) -> pl.Expr:
    funded = (pupil.FundedHours > 0).fill_null(False)
    valid = pupil.any(funding_basis_item, lambda item: item.valid("FundingBasis"))
    missing = (school_age(pupil, edition) == 2) & funded & ~valid
    return ~missing & (funded | ~pupil.any(funding_basis_item))
