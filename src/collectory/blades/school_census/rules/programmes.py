"""Programmes of students of 16 or over: who has one, and what it consists of."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Entity, Record, Rule, When, case, rule

from ..entities.leavers import leaver, leaver_learning_aim, leaver_programme_aim
from ..entities.on_roll import learning_aim, programme_aim, pupil_on_roll
from ..entities.school import school
from .scope import SIXTH_FORM_PHASES, not_phases, phases
from .year_groups import IN_ORDER, order_of

SOURCE = "DfE rules 2018/19"
AIMS_IN_PROGRAMMES = When(terms=("AUT",), since="2021-3")
STUDENTS = phases(*SIXTH_FORM_PHASES)
SIXTH_FORMS = "secondary and all-through schools and referral units"
WITH_AIMS = ((pupil_on_roll, programme_aim, learning_aim), (leaver, leaver_programme_aim, leaver_learning_aim))
"""Pupils on roll and leavers, with the tables of their programmes and aims."""

WITHDRAWN = "3"
FUNDED = "Students of 16 or over are funded by what they study, and by whether they stay to the end."


@rule(
    "2886",
    ERROR,
    on=(programme_aim, leaver_programme_aim),
    when=AIMS_IN_PROGRAMMES,
    reads=("ProgrammeAimWithdrawalReason", "ProgrammeAimStatus"),
    message="A withdrawal reason is given for a programme that the student has not withdrawn from.",
    why=FUNDED,
    fix="Correct the status of the programme or its withdrawal reason in your own system.",
    fails=[
        case(ProgrammeAimWithdrawalReason="97"),
        case(LeaverProgrammeAim=[{"ProgrammeAimWithdrawalReason": "97", "LeaverLearningAim": [{}]}]),
    ],
    passes=[
        case(),
        case(ProgrammeAimWithdrawalReason="97", ProgrammeAimStatus=WITHDRAWN),
        case(ProgrammeAimWithdrawalReason="97", ProgrammeAimStatus=None),
    ],
    certainty="A",
    source="Bromcom 2023/24",
)
def reason_of_withdrawn_programme_only(programme: Record, edition: Edition) -> pl.Expr:
    return programme.blank("ProgrammeAimWithdrawalReason") | (programme.ProgrammeAimStatus == WITHDRAWN)


def programme_has_aims(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """2903: a programme consists of aims."""

    @rule(
        "2903",
        ERROR,
        on=programme,
        when=AIMS_IN_PROGRAMMES,
        reads=("QN", "ProgType", "ProgrammeStartDate"),
        message="The programme has no learning aim.",
        why=FUNDED,
        fix="Give the programme and its aims the same type and overlapping dates, so that your system puts them "
        "together.",
        fails=[Case({programme.name: [{}]})],
        passes=[Case({programme.name: [{aim.name: [{}]}]})],
        certainty="A",
        source="Bromcom 2023/24",
    )
    def has_aims(each: Record, edition: Edition) -> pl.Expr:
        return each.any(aim)

    return has_aims


def none_without_sixth_form(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """2705: a school that ends before year 12 has no learning aims."""

    @rule(
        "2705",
        ERROR,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=("School.HighestNCyear",),
        figures={"programmes": lambda student, edition: student.count(programme)},
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="Learning aims are given, but the school has no year 12.",
        why=FUNDED,
        fix="Take the learning aims out of the return, or correct the highest year group of the school.",
        fails=[Case({pupil.name: [{programme.name: [{aim.name: [{}]}]}], "School": {"HighestNCyear": "11"}})],
        passes=[
            Case({pupil.name: [{programme.name: [{aim.name: [{}]}]}]}),
            Case({pupil.name: [{programme.name: [{aim.name: [{}]}]}], "School": {"HighestNCyear": "X"}}),
            Case({pupil.name: [{}], "School": {"HighestNCyear": "11"}}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def sixth_form(student: Record, edition: Edition) -> pl.Expr:
        ends_at_sixteen = order_of(student.one(school).HighestNCyear) < IN_ORDER.index("12")
        return ~(student.any(programme) & ends_at_sixteen)

    return sixth_form


def none_in_other_phases(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """5106: schools of other phases send no learning aims."""

    @rule(
        "5106",
        ERROR,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=("School.Phase",),
        figures={"programmes": lambda student, edition: student.count(programme)},
        applies=not_phases(*SIXTH_FORM_PHASES),
        applies_in_words="all other phases",
        message="Learning aims are given by a school of a phase that does not report them.",
        why="Learning aims are collected of students whom schools with sixth forms are funded for.",
        fix="Take the learning aims out of the return, or correct the school's phase.",
        fails=[Case({pupil.name: [{programme.name: [{aim.name: [{}]}]}], "School": {"Phase": "PS"}})],
        passes=[
            Case({pupil.name: [{programme.name: [{aim.name: [{}]}]}]}),
            Case({pupil.name: [{}], "School": {"Phase": "PS"}}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def none(student: Record, edition: Edition) -> pl.Expr:
        return ~student.any(programme)

    return none


of_both = [
    made(*tables)
    for made in (programme_has_aims, none_without_sixth_form, none_in_other_phases)
    for tables in WITH_AIMS
]


@rule(
    "2870",
    ERROR,
    on=pupil_on_roll,
    when=AIMS_IN_PROGRAMMES,
    reads=("NCyearActual", "EnrolStatus"),
    figures={"programmes": lambda pupil, edition: pupil.count(programme_aim)},
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="The pupil is in year 12 or above but has no programme of study in this school year.",
    why=FUNDED,
    fix="Enter the student's programme and its aims in your own system. A programme does not begin before the student "
    "came into year 12, and does not end before this school year.",
    fails=[
        case(NCyearActual="12"),
        case(
            NCyearActual="13",
            EnrolStatus="M",
            ProgrammeAim=[{"ProgrammeActualEndDate": "2021-07-22", "LearningAim": [{}]}],
        ),
    ],
    passes=[
        case(NCyearActual="12", ProgrammeAim=[{"LearningAim": [{}]}]),
        case(NCyearActual="12", EnrolStatus="S"),
        case(NCyearActual="11"),
        case(NCyearActual="X"),
    ],
    certainty="A",
    source=f"{SOURCE}; Bromcom 2024/25",
)
def students_have_programme(pupil: Record, edition: Edition) -> pl.Expr:
    def of_this_year(programme: Record) -> pl.Expr:
        ended = programme.ProgrammeActualEndDate < edition.academic_year_from
        return programme.blank("ProgrammeActualEndDate") | ~ended

    student = pupil.NCyearActual.is_in(["12", "13", "14"]) & pupil.EnrolStatus.is_in(["C", "F", "O", "M"])
    return ~student | pupil.any(programme_aim, of_this_year)


@rule(
    "2005",
    ERROR,
    on=leaver,
    when=AIMS_IN_PROGRAMMES,
    reads=("NCyearLeaving",),
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="The leaver has learning aims, but no year group on leaving.",
    why=FUNDED,
    fix="Enter the year group that the student was in on leaving.",
    fails=[case(LeaverProgrammeAim=[{"LeaverLearningAim": [{}]}]), case(NCyearLeaving="15")],
    passes=[case(NCyearLeaving="13", LeaverProgrammeAim=[{"LeaverLearningAim": [{}]}]), case()],
    certainty="B",
    source=SOURCE,
)
def student_left_in_a_year(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("NCyearLeaving") | ~pupil.any(leaver_programme_aim)
