"""Places in SEN units and in resourced provision of mainstream schools, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Record, Rule, When, case, rule

from ..entities.on_roll import pupil_on_roll
from ..entities.school import school
from .scope import phases

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))


def place_flag(number: str, name: str, words: str) -> Rule:
    """Whether a pupil with provision has a place in a unit or in resourced provision."""

    @rule(
        number,
        ERROR,
        on=pupil_on_roll,
        when=SPRING,
        reads=(name, "SENprovision"),
        message=f"It is not said whether the pupil has a place in {words}.",
        why="Places in units and resourced provision are funded by the place.",
        fix="Enter true or false. Only units and provision that the local authority recognises count.",
        fails=[case(SENprovision="K"), case(SENprovision="E")],
        passes=[
            case(),
            Case({name: "true", "SENprovision": "E"}),
            case(SENprovision="K", School={"Phase": "SP"}),
            case(SENprovision="K", School={"Phase": "PR"}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def given(pupil: Record, edition: Edition) -> pl.Expr:
        asked = pupil.SENprovision.is_in(["K", "E", "S"]) & ~pupil.one(school).Phase.is_in(["SP", "PR"])
        return pupil.present(name) | ~asked

    return given


def no_place_flag(number: str, name: str, words: str) -> Rule:
    """5049, 5050: special schools and units have no such places within them."""

    @rule(
        number,
        ERROR,
        on=pupil_on_roll,
        when=SPRING,
        reads=(name, "School.Phase"),
        applies=phases("SP", "PR"),
        applies_in_words="special schools and referral units",
        message=f"It is said whether the pupil has a place in {words}; schools of this phase do not say so.",
        why="Places in units and resourced provision are those of mainstream schools.",
        fix="Take the item out of the return, or correct the school's phase.",
        fails=[Case({name: "false", "School": {"Phase": "SP"}})],
        passes=[Case({name: "false"}), Case({"School": {"Phase": "PR"}})],
        certainty="B",
        source=SOURCE,
    )
    def not_given(pupil: Record, edition: Edition) -> pl.Expr:
        return pupil.blank(name)

    return not_given


in_unit = place_flag("2230", "SENunitIndicator", "an SEN unit")
in_resourced_provision = place_flag("2250", "ResourcedProvisionIndicator", "resourced provision")
not_in_unit = no_place_flag("5049", "SENunitIndicator", "an SEN unit")
not_in_resourced_provision = no_place_flag("5050", "ResourcedProvisionIndicator", "resourced provision")
