"""Alternative provision: pupils of referral units, and placements that a school arranges."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Entity, Record, Rule, When, case, rule

from ..entities.leavers import leaver, leaver_school_arranged_ap_detail
from ..entities.on_roll import ap_provision_detail, pupil_on_roll, school_arranged_ap_detail
from .scope import phases

SINCE_AUTUMN_2022 = When(since="2022-3")
SINGLE = ["C", "F", "O"]
"""Enrolment of pupils who are registered at no other school."""

UNIT_OR_SPECIAL = phases("PR", "SP")
PLACEMENTS = "Pupils outside of mainstream schools are easily lost from sight; the return shows where they are and why."
PLACEMENT_FIX = "Enter the school that the pupil came from, with its URN, and the reason for the placement."


@rule(
    "3131",
    ERROR,
    on=pupil_on_roll,
    when=SINCE_AUTUMN_2022,
    reads=("EnrolStatus",),
    applies=phases("PR"),
    applies_in_words="referral units and alternative provision",
    message="It is not said which school the pupil came from and why.",
    why=PLACEMENTS,
    fix=PLACEMENT_FIX,
    fails=[case(School={"Phase": "PR"}), case(EnrolStatus="F", School={"Phase": "PR"})],
    passes=[
        case(APProvisionDetail=[{}], School={"Phase": "PR"}),
        case(EnrolStatus="M", School={"Phase": "PR"}),
        case(),
    ],
    certainty="A-",
    source="SCOMIS bulletins 2023",
)
def placement_known(pupil: Record, edition: Edition) -> pl.Expr:
    return ~pupil.EnrolStatus.is_in(SINGLE) | pupil.any(ap_provision_detail)


def detail_given(number: str, name: str, message: str) -> Rule:
    """2360, 2361: what is said about the placement of a pupil who is registered nowhere else."""

    @rule(
        number,
        ERROR,
        on=ap_provision_detail,
        when=SINCE_AUTUMN_2022,
        reads=(name, "PupilOnRoll.EnrolStatus"),
        applies=UNIT_OR_SPECIAL,
        applies_in_words="referral units, alternative provision and special schools",
        message=message,
        why=PLACEMENTS,
        fix=PLACEMENT_FIX,
        fails=[Case({name: None, "School": {"Phase": "PR"}})],
        passes=[
            Case({"School": {"Phase": "PR"}}),
            Case({name: None, "School": {"Phase": "PR"}, "PupilOnRoll": {"EnrolStatus": "M"}}),
            Case({name: None}),
        ],
        certainty="B",
        source="SCOMIS bulletins 2023",
    )
    def given(detail: Record, edition: Edition) -> pl.Expr:
        return detail.present(name) | ~detail.up(pupil_on_roll).EnrolStatus.is_in(SINGLE)

    return given


previous_school = detail_given("2360", "PrevURN", "The URN of the school that the pupil came from is missing.")
reason_for_placement = detail_given("2361", "APReason", "The reason for the placement is missing.")


def placements_go_together(pupil: Entity, placement: Entity) -> Rule:
    """2392: of several placements at the same time each is part-time."""

    def going_on(each: Record) -> pl.Expr:
        return each.blank("LeavingDate")

    @rule(
        "2392",
        ERROR,
        on=pupil,
        when=When(since="2022-1"),
        figures={"placements": lambda student, edition: student.count(placement, going_on)},
        message="The pupil is in {placements} placements at the same time, of which one is full-time.",
        why=PLACEMENTS,
        fix="Close the placement that has ended, or set the placements to part-time.",
        fails=[Case({placement.name: [{"APAttendancePattern": "FT"}, {"URN": "123459"}]})],
        passes=[
            Case({placement.name: [{"APAttendancePattern": "PT"}, {"URN": "123459", "APAttendancePattern": "PT"}]}),
            Case({placement.name: [{"APAttendancePattern": "FT", "LeavingDate": "2021-11-30"}, {"URN": "123459"}]}),
            Case({placement.name: [{"APAttendancePattern": "FT"}]}),
            Case({}),
        ],
        certainty="A-",
        source="ScholarPack 2022/23",
    )
    def part_time(student: Record, edition: Edition) -> pl.Expr:
        full = student.any(placement, lambda each: going_on(each) & (each.APAttendancePattern == "FT"))
        return (student.count(placement, going_on) <= 1) | ~full

    return part_time


placements_on_roll = placements_go_together(pupil_on_roll, school_arranged_ap_detail)
placements_left = placements_go_together(leaver, leaver_school_arranged_ap_detail)
