"""GCSE grades of students of 16 or over in maths and English, and exemptions from going on with them.

Each rule is written once and asked of both subjects.
"""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, Rule, rule

from ..entities.on_roll import pupil_on_roll
from .scope import PUPILS
from .studies import (
    AIMS_IN_PROGRAMMES,
    AUTUMN,
    SIXTH_FORMS,
    STUDENTS,
    STUDIES_ON_ROLL,
    in_year_12_or_above,
    studies_of,
)

SOURCE = "DfE rules 2018/19"
PASSES = ["A*", "A", "B", "C", "9", "8", "7", "6", "5", "4"]
NOT_PASSES = ["D", "E", "F", "G", "U", "3", "2", "1", "NR"]
ACHIEVED = ["1", "2"]
"""Stages: by the end of year 11, or since."""

STAGES = "(by the end of year 11, since, or not achieved)"

CONDITION = (
    "Students who have not passed maths and English must go on with them, or be exempt, or their funding is withheld."
)
GRADE_FIX = "Correct the grade, the stage or the exemption in your own system."


def called(subject: str) -> str:
    """The subject inside a sentence."""
    return "maths" if subject == "Maths" else subject


def grade(subject: str) -> str:
    """The field of the best grade in a subject."""
    return f"{subject}GCSEHighestPriorAttainment"


def stage(subject: str) -> str:
    """The field that says when the grade was achieved."""
    return f"{subject}GCSEPriorAttainmentYear11"


def exemption(subject: str) -> str:
    """The field that says why the student need not go on with the subject."""
    return f"{subject}GCSEFundingExemption"


def studying(**values: str) -> list[Case]:
    """A case of a student in year 12, in each form that studies have had."""
    return [studies.case({}, **{"NCyearActual": "12", **values}) for studies in STUDIES_ON_ROLL]


def known(number: str, name: str, words: str) -> Rule:
    """3000 to 3045: what is asked of every student whom the school is funded for."""

    @rule(
        number,
        ERROR,
        on=pupil_on_roll,
        when=AUTUMN,
        reads=(name, "NCyearActual"),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message=f"The student's {words} is missing.",
        why=CONDITION,
        fix="Enter it in your own system; it is asked of every student in year 12 or above with a programme of study.",
        fails=[*studying(), Case({name: "?", "NCyearActual": "11"})],
        passes=[
            *studying(**{name: "N" if name.endswith("Exemption") else "1"}),
            Case({}),
            Case({"NCyearActual": "12"}),
            *studying(NCyearActual="11"),
            *studying(EnrolStatus="S"),
        ],
        certainty="B",
        source=SOURCE,
    )
    def given(pupil: Record, edition: Edition) -> pl.Expr:
        studies = studies_of(pupil_on_roll, edition)
        return pupil.present(name) | ~(in_year_12_or_above(pupil, edition) & pupil.any(studies.outer))

    return given


def stage_of_grade(subject: str, number: str, *, passed: bool) -> Rule:
    """1635 to 1638: the stage says achieved where the grade is a pass, and only there."""

    @rule(
        number,
        ERROR,
        on=PUPILS,
        when=AUTUMN,
        reads=(grade(subject), stage(subject)),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message=f"The {called(subject)} grade is a pass, but the stage says that it was not achieved."
        if passed
        else f"The {called(subject)} grade is not a pass, but the stage says that it was achieved.",
        why=CONDITION,
        fix=GRADE_FIX,
        fails=[
            Case({grade(subject): "4" if passed else "3", stage(subject): "3" if passed else "1"}),
            Case({grade(subject): "C" if passed else "NR", stage(subject): "3" if passed else "2"}),
        ],
        passes=[
            Case({grade(subject): "4" if passed else "3", stage(subject): "1" if passed else "3"}),
            Case({grade(subject): "4" if passed else "3"}),
            Case({stage(subject): "3" if passed else "1"}),
            Case({grade(subject): "?", stage(subject): "1"}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def agrees(pupil: Record, edition: Edition) -> pl.Expr:
        achieved = pl.when(pupil.valid(stage(subject))).then(pupil.value(stage(subject)).is_in(ACHIEVED))
        if passed:
            return ~pupil.value(grade(subject)).is_in(PASSES) | achieved
        return ~pupil.value(grade(subject)).is_in(NOT_PASSES) | ~achieved

    return agrees


def exempt_with_plan(subject: str, number: str) -> Rule:
    """1633Q, 1634Q: who is exempt for a learning difficulty has a plan."""

    @rule(
        number,
        QUERY,
        on=pupil_on_roll,
        when=AUTUMN,
        reads=(exemption(subject), "SENprovision"),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message=f"Please check: the student is exempt from {called(subject)} for a learning difficulty, but has no "
        "education, health and care plan.",
        why=CONDITION,
        fix="Correct the exemption or the SEN provision.",
        note="reason",
        note_help="Say on what evidence the student is exempt; the student's funding depends on it.",
        fails=[Case({exemption(subject): "L"}), Case({exemption(subject): "L", "SENprovision": "K"})],
        passes=[
            Case({exemption(subject): "L", "SENprovision": "E"}),
            Case({exemption(subject): "N"}),
            Case({exemption(subject): "L", "SENprovision": None}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def has_plan(pupil: Record, edition: Edition) -> pl.Expr:
        return (pupil.value(exemption(subject)) != "L") | pupil.SENprovision.is_in(["E", "S"])

    return has_plan


def not_passed(subject: str, number: str) -> Rule:
    """3020Q, 3030Q: who has not passed goes on with the subject or is exempt."""

    @rule(
        number,
        QUERY,
        on=PUPILS,
        when=AIMS_IN_PROGRAMMES,
        reads=(grade(subject), exemption(subject)),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message=f"Please check: the student has not passed {called(subject)} and is not exempt from going on with it.",
        why=CONDITION,
        fix="Enter the subject as a learning aim, or the exemption.",
        note="reason",
        note_help="Say that the student is taking the subject again and how it shows among the learning aims.",
        fails=[
            Case({grade(subject): "3", exemption(subject): "N"}),
            Case({grade(subject): "NR", exemption(subject): "N"}),
        ],
        passes=[
            Case({grade(subject): "4", exemption(subject): "N"}),
            Case({grade(subject): "3", exemption(subject): "O"}),
            Case({grade(subject): "3"}),
            Case({exemption(subject): "N"}),
        ],
        certainty="A",
        source="Bromcom 2023/24",
    )
    def passed_or_exempt(pupil: Record, edition: Edition) -> pl.Expr:
        return ~pupil.value(grade(subject)).is_in(NOT_PASSES) | (pupil.value(exemption(subject)) != "N")

    return passed_or_exempt


known_of_students = [
    known("3000", grade("Maths"), "best maths grade"),
    known("3005", stage("Maths"), f"stage of the best maths grade {STAGES}"),
    known("3010", grade("English"), "best English grade"),
    known("3015", stage("English"), f"stage of the best English grade {STAGES}"),
    known("3040", exemption("Maths"), "maths exemption (N for none)"),
    known("3045", exemption("English"), "English exemption (N for none)"),
]

stages_of_grades = [
    stage_of_grade("Maths", "1635", passed=False),
    stage_of_grade("Maths", "1636", passed=True),
    stage_of_grade("English", "1637", passed=False),
    stage_of_grade("English", "1638", passed=True),
]

exemptions = [
    exempt_with_plan("English", "1633Q"),
    exempt_with_plan("Maths", "1634Q"),
    not_passed("Maths", "3020Q"),
    not_passed("English", "3030Q"),
]
