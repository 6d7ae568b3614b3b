"""Programmes of students of 16 or over: who has one, and what it consists of."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Record, Rule, case, rule

from ..entities.leavers import leaver, leaver_programme_aim
from ..entities.on_roll import programme_aim, pupil_on_roll
from ..entities.school import school
from .case_days import day_of
from .scope import SIXTH_FORM_PHASES, not_phases
from .studies import (
    AIMS_IN_PROGRAMMES,
    AUTUMN,
    OF_LEAVERS,
    ON_ROLL,
    SIXTH_FORMS,
    STUDENTS,
    STUDIES,
    STUDIES_OF_LEAVERS,
    STUDIES_ON_ROLL,
    Studies,
    in_year_12_or_above,
    studies_of,
)
from .year_groups import IN_ORDER, order_of

SOURCE = "DfE rules 2018/19"

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


def programme_has_aims(studies: Studies) -> Rule:
    """2903: a programme consists of aims."""

    @rule(
        "2903",
        ERROR,
        on=studies.outer,
        when=studies.when,
        reads=("QN", "ProgType", "ProgrammeStartDate"),
        message="The programme has no learning aim.",
        why=FUNDED,
        fix="Give the programme and its aims the same type and overlapping dates, so that your system puts them "
        "together.",
        fails=[Case({studies.outer.name: [{}]})],
        passes=[Case({studies.outer.name: [{studies.aim.name: [{}]}]})],
        certainty="A",
        source="Bromcom 2023/24",
    )
    def has_aims(each: Record, edition: Edition) -> pl.Expr:
        return each.any(studies.aim)

    return has_aims


def none_without_sixth_form(studies: Studies) -> Rule:
    """2705: a school that ends before year 12 has no learning aims."""

    @rule(
        "2705",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=("School.HighestNCyear",),
        figures={"aims": lambda student, edition: student.count(studies.aim)},
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="Learning aims are given, but the school has no year 12.",
        why=FUNDED,
        fix="Take the learning aims out of the return, or correct the highest year group of the school.",
        silenced_by=("230",),
        fails=[Case({**studies.case({}).values, "School": {"HighestNCyear": "11"}})],
        passes=[
            studies.case({}),
            Case({**studies.case({}).values, "School": {"HighestNCyear": "X"}}),
            Case({**studies.case().values, "School": {"HighestNCyear": "11"}}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def sixth_form(student: Record, edition: Edition) -> pl.Expr:
        ends_at_sixteen = order_of(student.one(school).HighestNCyear) < IN_ORDER.index("12")
        return ~(student.any(studies.outer) & ends_at_sixteen)

    return sixth_form


def none_in_other_phases(studies: Studies) -> Rule:
    """5106: schools of other phases send no learning aims."""

    @rule(
        "5106",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=("School.Phase",),
        figures={"aims": lambda student, edition: student.count(studies.aim)},
        applies=not_phases(*SIXTH_FORM_PHASES),
        applies_in_words="all other phases",
        message="Learning aims are given by a school of a phase that does not report them.",
        why="Learning aims are collected of students whom schools with sixth forms are funded for.",
        fix="Take the learning aims out of the return, or correct the school's phase.",
        fails=[Case({**studies.case({}).values, "School": {"Phase": "PS"}})],
        passes=[
            studies.case({}),
            Case({**studies.case().values, "School": {"Phase": "PS"}}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def none(student: Record, edition: Edition) -> pl.Expr:
        return ~student.any(studies.outer)

    return none


of_programmes = [programme_has_aims(studies) for studies in (ON_ROLL, OF_LEAVERS)]
of_schools = [made(studies) for made in (none_without_sixth_form, none_in_other_phases) for studies in STUDIES]


def students_study(studies: Studies) -> Rule:
    """2870: a programme, or before there were programmes an aim, of this year."""
    ended_field = "ProgrammeActualEndDate" if studies.in_programmes else "LearningActualEndDate"
    ended = {ended_field: day_of("academic_year_from", -10)}
    ended_records = [{**ended, studies.aim.name: [{}]}] if studies.in_programmes else [ended]
    student = {"NCyearActual": "12"}

    @rule(
        "2870",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=("NCyearActual", "EnrolStatus"),
        figures={"studies": lambda pupil, edition: pupil.count(studies.outer)},
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The pupil is in year 12 or above but has no programme of study in this school year.",
        why=FUNDED,
        fix="Enter the student's programme and its aims in your own system. A programme does not begin before the "
        "student came into year 12, and does not end before this school year.",
        fails=[
            studies.case(**student),
            Case({studies.pupil.name: [{"NCyearActual": "13", "EnrolStatus": "M", studies.outer.name: ended_records}]}),
        ],
        passes=[
            studies.case({}, **student),
            studies.case(**student, EnrolStatus="S"),
            studies.case(NCyearActual="11"),
            studies.case(NCyearActual="X"),
        ],
        certainty="A",
        source=f"{SOURCE}; Bromcom 2024/25",
    )
    def study(pupil: Record, edition: Edition) -> pl.Expr:
        def of_this_year(each: Record) -> pl.Expr:
            return each.blank(ended_field) | ~(each.value(ended_field) < edition.academic_year_from)

        return ~in_year_12_or_above(pupil, edition) | pupil.any(studies.outer, of_this_year)

    return study


of_students = [students_study(studies) for studies in STUDIES_ON_ROLL]


@rule(
    "2005",
    ERROR,
    on=leaver,
    when=AUTUMN,
    reads=("NCyearLeaving",),
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="The leaver has learning aims, but no year group on leaving.",
    why=FUNDED,
    fix="Enter the year group that the student was in on leaving.",
    fails=[*(studies.case({}) for studies in STUDIES_OF_LEAVERS), case(NCyearLeaving="15")],
    passes=[*(studies.case({}, NCyearLeaving="13") for studies in STUDIES_OF_LEAVERS), case()],
    certainty="B",
    source=SOURCE,
)
def student_left_in_a_year(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("NCyearLeaving") | ~pupil.any(studies_of(leaver, edition).outer)


@rule(
    "2712",
    ERROR,
    on=pupil_on_roll,
    when=AUTUMN,
    reads=("FTEmp", "NCyearActual"),
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="It is not said whether the student is in full-time work.",
    why=FUNDED,
    fix="Enter true or false.",
    fails=[case(FTEmp="perhaps")],
    passes=[case(FTEmp="true"), case(FTEmp="false"), case()],
    certainty="C",
    source=SOURCE,
)
def work_beside_studies_said(pupil: Record, edition: Edition) -> pl.Expr:
    if not edition.employment_of_every_student:
        return pl.lit(True)
    return pupil.present("FTEmp") | ~in_year_12_or_above(pupil, edition)
