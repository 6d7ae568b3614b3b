"""Ethnicity, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, When, case, return_rule, rule

from ..entities.leavers import leaver
from ..entities.on_roll import pupil_on_roll
from .ages import born, school_age
from .scope import PUPILS

SPRING = When(terms=("SPR",))
WHY = "Ethnicity is published for every school and shows whether groups of pupils are treated alike."
SOURCE = "DfE rules 2018/19"
SCHOOL_AGE = 5


@rule(
    "1630",
    ERROR,
    on=PUPILS,
    when=SPRING,
    reads=("Ethnicity", "DOB"),
    message="The ethnicity is missing for a pupil of school age.",
    why=WHY,
    fix="Enter what the parent or pupil stated; REFU says that they refused, NOBT that it is not known yet.",
    fails=[
        case(Ethnicity=None),
        case(Ethnicity="OTHER"),
        case(PupilNoLongerOnRoll=[{"Ethnicity": None}, *({"Ethnicity": "WBRI"} for _ in range(2))]),
    ],
    passes=[case(Ethnicity="REFU"), case(Ethnicity=None, DOB=born(4)), case(Ethnicity=None, DOB=None)],
    certainty="B",
    source=SOURCE,
)
def ethnicity_given(pupil: Record, edition: Edition) -> pl.Expr:
    young = school_age(pupil, edition) < SCHOOL_AGE
    return pupil.present("Ethnicity") | young | ~asked(pupil)


def asked(pupil: Record) -> pl.Expr:
    """Whether the item is asked: of a leaver only where most leavers of the return have it."""
    if not pupil.has("LeavingDate"):
        return pupil.has_group("PupilCharacteristics")
    return pupil.of_return(lambda whole: whole.share(leaver, lambda each: each.present("Ethnicity"))) > 0.5


@return_rule(
    "1640Q",
    QUERY,
    when=SPRING,
    figures={"pupils": lambda whole, edition: whole.count(pupil_on_roll, lambda pupil: pupil.present("Ethnicity"))},
    message="Please check: all {pupils} pupils with an ethnicity are of a white background.",
    why=WHY,
    fix="Correct the ethnicity of pupils for whom a default was entered.",
    note="confirmation",
    note_help="Confirm that all pupils are of a white background.",
    fails=[case(PupilOnRoll=[{"Ethnicity": "WBRI"}, {"Ethnicity": "WIRI"}])],
    passes=[
        case(PupilOnRoll=[{"Ethnicity": "WBRI"}, {"Ethnicity": "BCRB"}]),
        case(PupilOnRoll=[{"Ethnicity": "WBRI"}, {"Ethnicity": "NOBT"}]),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def not_all_white(whole: ReturnView, edition: Edition) -> pl.Expr:
    others = whole.count(pupil_on_roll, lambda pupil: ~pupil.Ethnicity.str.starts_with("W"))
    return (whole.count(pupil_on_roll, lambda pupil: pupil.present("Ethnicity")) == 0) | (others > 0)


@return_rule(
    "1700Q",
    QUERY,
    when=SPRING,
    figures={"share": lambda whole, edition: (_unknown(whole, edition) * 100).round(1)},
    message="Please check: the ethnicity is not yet known of {share} per cent of the pupils of school age, more than "
    "{edition.ethnicity_share:.0%}.",
    why=WHY,
    fix="Ask the families, and enter what they state in your own system.",
    note="confirmation",
    note_help="Confirm that it could not be found out.",
    fails=[case(PupilOnRoll=[{"Ethnicity": "NOBT"}, {}])],
    passes=[
        case(PupilOnRoll=[{}, {}]),
        case(PupilOnRoll=[{"Ethnicity": "NOBT"}, *({} for _ in range(9))]),
        case(PupilOnRoll=[{"Ethnicity": "NOBT", "DOB": born(4)}, {}]),
    ],
    certainty="B",
    source=SOURCE,
)
def ethnicities_known(whole: ReturnView, edition: Edition) -> pl.Expr:
    return _unknown(whole, edition) <= edition.ethnicity_share


def _unknown(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.share(
        pupil_on_roll,
        lambda pupil: pupil.Ethnicity == "NOBT",
        of=lambda pupil: school_age(pupil, edition) >= SCHOOL_AGE,
    )
