"""Pupil referral units and alternative provision: what only they are asked, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Record, Rule, When, case, rule

from ..entities.on_roll import pupil_on_roll
from ..entities.school import school
from .scope import phases

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))
UNITS = "referral units and alternative provision"
MOTHERS = "The department follows where pupils with children of their own can go on learning."


def said_by_units(number: str, name: str, words: str) -> Rule:
    """540, 542: what only referral units are asked."""

    @rule(
        number,
        ERROR,
        on=school,
        when=SPRING,
        reads=(name, "Phase"),
        applies=phases("PR"),
        applies_in_words=UNITS,
        message=f"It is not said whether the unit {words}.",
        why=MOTHERS,
        fix="Enter true or false.",
        fails=[Case({"Phase": "PR"})],
        passes=[Case({}), Case({"Phase": "PR", name: "false"})],
        certainty="B",
        source=SOURCE,
    )
    def given(record: Record, edition: Edition) -> pl.Expr:
        return record.present(name) | ~record.has_group("SchoolCharacteristics")

    return given


said = [
    said_by_units("540", "ChildMothers", "takes pupils who are mothers"),
    said_by_units("542", "ChildcarePlaces", "has places for their children"),
]


@rule(
    "541",
    ERROR,
    on=school,
    when=SPRING,
    reads=("TeenMotherPlaces", "ChildMothers"),
    applies=phases("PR"),
    applies_in_words=UNITS,
    message="The number of places for pupils who are mothers is missing.",
    why=MOTHERS,
    fix="Enter the number, 0 for none.",
    fails=[case(Phase="PR", ChildMothers="true")],
    passes=[
        case(Phase="PR", ChildMothers="true", TeenMotherPlaces="6"),
        case(Phase="PR", ChildMothers="false"),
        case(Phase="PR"),
        case(ChildMothers="true"),
    ],
    certainty="C",
    source=SOURCE,
)
def places_for_mothers_given(record: Record, edition: Edition) -> pl.Expr:
    asked = pl.lit(True) if edition.mother_places_of_every_unit else record.ChildMothers
    return record.present("TeenMotherPlaces") | ~asked


@rule(
    "2690",
    ERROR,
    on=pupil_on_roll,
    when=SPRING,
    reads=("UnitContactTimePupil",),
    applies=phases("PR"),
    applies_in_words=UNITS,
    message="The pupil's contact hours in the unit are missing.",
    why="They show how much of the week pupils of a unit are taught.",
    fix="Enter the hours a week.",
    fails=[case(School={"Phase": "PR"})],
    passes=[case(), case(UnitContactTimePupil="25", School={"Phase": "PR"})],
    certainty="B",
    source=SOURCE,
)
def contact_hours_given(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("UnitContactTimePupil") | ~pupil.has_group("PupilCharacteristics")
