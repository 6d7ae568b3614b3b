"""Planned hours of students of 16 or over, this year and last, and how they go with learning aims."""

from __future__ import annotations

import polars as pl

from collectory.blade import (
    ERROR,
    QUERY,
    Case,
    Edition,
    Entity,
    Record,
    ReturnView,
    Rule,
    When,
    case,
    return_rule,
    rule,
)

from ..entities.leavers import leaver, leaver_learning_aim, leaver_programme_aim
from ..entities.on_roll import learning_aim, programme_aim, pupil_on_roll
from .scope import PUPILS, SIXTH_FORM_PHASES, phases

SOURCE = "DfE rules 2018/19"
BROMCOM = "Bromcom 2023/24"
AIMS_IN_PROGRAMMES = When(terms=("AUT",), since="2021-3")
STUDENTS = phases(*SIXTH_FORM_PHASES)
SIXTH_FORMS = "secondary and all-through schools and referral units"

FUNDED_BY_HOURS = "Students of 16 or over are funded by the band of hours that they are planned to be taught."
HOURS_FIX = "Enter in your own system the hours that are planned for the whole year."
AIMS_FIX = "Correct the hours, or the programmes and aims, in your own system."
T_LEVEL = "31"
STUDY_PROGRAMMES = ["01", "30"]

THIS_YEAR = ("QualHrs", "Non_qualHrs")
LAST_YEAR = ("QualHrsPreviousYear", "Non_qualHrsPreviousYear")
T_LEVEL_HOURS = ("TLevelQualHrs", "TLevelNon_qualHrs")

WITH_AIMS = ((pupil_on_roll, programme_aim, learning_aim), (leaver, leaver_programme_aim, leaver_learning_aim))
"""Pupils on roll and leavers, with the tables of their programmes and aims."""


def hours(pupil: Record, names: tuple[str, str]) -> pl.Expr:
    """The sum of two kinds of hours, where a missing one is none; null where one cannot be read."""
    first, second = (pl.when(pupil.blank(name)).then(0).otherwise(pupil.value(name)) for name in names)
    return first + second


def studying(pupil: Entity, programme: Entity, aim: Entity, kind: str = "01", **values: str | None) -> Case:
    """A case of a pupil with one programme and one aim of a kind; `pupil` is the table that the pupil is in."""
    aims = [{"ProgType": kind, aim.name: [{"ProgType": kind}]}]
    return Case({pupil.name: [{**values, programme.name: aims}]})


def not_studying(pupil: Entity, **values: str | None) -> Case:
    """A case of a pupil without any programme or aim."""
    return Case({pupil.name: [dict(values)]})


@rule(
    "1889",
    ERROR,
    on=PUPILS,
    when=AIMS_IN_PROGRAMMES,
    reads=LAST_YEAR,
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="The planned hours of last year come to more than {edition.planned_hours_most:,}.",
    why=FUNDED_BY_HOURS,
    fix=HOURS_FIX,
    fails=[case(QualHrsPreviousYear="3900", Non_qualHrsPreviousYear="101"), case(QualHrsPreviousYear="4001")],
    passes=[case(), case(QualHrsPreviousYear="3900", Non_qualHrsPreviousYear="100")],
    certainty="A",
    source=BROMCOM,
)
def last_year_within_limit(pupil: Record, edition: Edition) -> pl.Expr:
    return hours(pupil, LAST_YEAR) <= edition.planned_hours_most


def few_hours_last_year(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """1893Q; of leavers, where an aim ended by the end of last year."""
    short = {"QualHrsPreviousYear": "30", "Non_qualHrsPreviousYear": "9"}

    @rule(
        "1893Q",
        QUERY,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=LAST_YEAR,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="Please check: the planned hours of last year come to less than {edition.planned_hours_least}.",
        why=FUNDED_BY_HOURS,
        fix="Enter the hours of the whole year, not those of a week.",
        note="reason",
        note_help="Say why the student was taught for so few hours; one note for the whole return will do.",
        fails=[studying(pupil, programme, aim, **short), studying(pupil, programme, aim, QualHrsPreviousYear="0")],
        passes=[
            studying(pupil, programme, aim),
            studying(pupil, programme, aim, QualHrsPreviousYear="30", Non_qualHrsPreviousYear="10"),
            *([not_studying(pupil, **short)] if pupil is leaver else []),
        ],
        certainty="A",
        source="Bromcom 2024/25",
    )
    def enough(student: Record, edition: Edition) -> pl.Expr:
        few = ~student.blank(*LAST_YEAR) & (hours(student, LAST_YEAR) < edition.planned_hours_least)
        if pupil is leaver:
            few = few & student.any(aim, lambda each: each.LearningActualEndDate < edition.academic_year_from)
        return ~few

    return enough


def t_level_has_hours(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """1894: a T Level aim of this year."""
    of_last_year = {"ProgType": T_LEVEL, "LearningStartDate": "2020-09-07"}
    begun = [{aim.name: [{"ProgType": T_LEVEL, "LearningStartDate": "2021-09-06"}]}]

    @rule(
        "1894",
        ERROR,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=T_LEVEL_HOURS,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has begun a T Level this year but has no planned T Level hours.",
        why=FUNDED_BY_HOURS,
        fix=HOURS_FIX,
        fails=[
            Case({pupil.name: [{programme.name: begun}]}),
            Case({pupil.name: [{"TLevelQualHrs": "0", programme.name: begun}]}),
            Case({pupil.name: [{programme.name: [{aim.name: [{"ProgType": T_LEVEL, "LearningStartDate": None}]}]}]}),
        ],
        passes=[
            Case({pupil.name: [{"TLevelQualHrs": "700", programme.name: begun}]}),
            Case({pupil.name: [{programme.name: [{aim.name: [of_last_year]}]}]}),
            studying(pupil, programme, aim),
        ],
        certainty="A",
        source=BROMCOM,
    )
    def given(student: Record, edition: Edition) -> pl.Expr:
        def of_this_year(each: Record) -> pl.Expr:
            started = each.blank("LearningStartDate") | (each.LearningStartDate >= edition.academic_year_from)
            return (each.ProgType == T_LEVEL) & started

        return ~student.any(aim, of_this_year) | (hours(student, T_LEVEL_HOURS) != 0)

    return given


def t_level_hours_have_aim(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """1895: T Level hours go with a T Level."""

    @rule(
        "1895",
        ERROR,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=T_LEVEL_HOURS,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has planned T Level hours but no T Level among the learning aims.",
        why=FUNDED_BY_HOURS,
        fix=AIMS_FIX,
        fails=[studying(pupil, programme, aim, TLevelQualHrs="700"), not_studying(pupil, TLevelNon_qualHrs="7")],
        passes=[
            studying(pupil, programme, aim, T_LEVEL, TLevelQualHrs="700"),
            studying(pupil, programme, aim, TLevelQualHrs="0"),
            studying(pupil, programme, aim),
        ],
        certainty="A",
        source=BROMCOM,
    )
    def has_aim(student: Record, edition: Edition) -> pl.Expr:
        return ~(hours(student, T_LEVEL_HOURS) > 0) | student.any(aim, lambda each: each.ProgType == T_LEVEL)

    return has_aim


def both_hours_have_programmes(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """1896: hours of both kinds go with programmes of both kinds."""
    both = {"TLevelQualHrs": "700", "QualHrs": "100"}
    t_level = {"ProgType": T_LEVEL, aim.name: [{"ProgType": T_LEVEL}]}

    @rule(
        "1896",
        ERROR,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=(*THIS_YEAR, *T_LEVEL_HOURS),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has T Level hours and other hours, but not both a T Level and a study programme.",
        why=FUNDED_BY_HOURS,
        fix=AIMS_FIX,
        silenced_by=("1895",),
        fails=[studying(pupil, programme, aim, T_LEVEL, **both)],
        passes=[
            Case({pupil.name: [{**both, programme.name: [t_level, {"ProgType": "30"}]}]}),
            studying(pupil, programme, aim, T_LEVEL, TLevelQualHrs="700", QualHrs="0"),
            studying(pupil, programme, aim, QualHrs="600"),
        ],
        certainty="A",
        source=BROMCOM,
    )
    def has_both(student: Record, edition: Edition) -> pl.Expr:
        mixed = (hours(student, T_LEVEL_HOURS) > 0) & (hours(student, THIS_YEAR) > 0)
        on_t_level = student.any(programme, lambda each: each.ProgType == T_LEVEL)
        return ~mixed | (on_t_level & student.any(programme, lambda each: each.ProgType.is_in(STUDY_PROGRAMMES)))

    return has_both


def hours_have_aim(pupil: Entity, programme: Entity, aim: Entity) -> Rule:
    """1993: hours of a study programme go with a learning aim of one."""

    @rule(
        "1993",
        ERROR,
        on=pupil,
        when=AIMS_IN_PROGRAMMES,
        reads=THIS_YEAR,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has planned hours but no learning aim of a study programme.",
        why=FUNDED_BY_HOURS,
        fix=AIMS_FIX,
        silenced_by=("2870",),
        fails=[not_studying(pupil, QualHrs="600"), studying(pupil, programme, aim, T_LEVEL, Non_qualHrs="20")],
        passes=[
            studying(pupil, programme, aim, QualHrs="600"),
            Case({pupil.name: [{"QualHrs": "600", programme.name: [{aim.name: [{"ProgType": None}]}]}]}),
            not_studying(pupil, QualHrs="0"),
        ],
        certainty="A",
        source=f"{SOURCE}; {BROMCOM}",
    )
    def has_aim(student: Record, edition: Edition) -> pl.Expr:
        studied = student.any(aim, lambda each: each.blank("ProgType") | (each.ProgType != T_LEVEL))
        return ~(hours(student, THIS_YEAR) > 0) | studied

    return has_aim


of_both = [
    made(*tables)
    for made in (
        few_hours_last_year,
        t_level_has_hours,
        t_level_hours_have_aim,
        both_hours_have_programmes,
        hours_have_aim,
    )
    for tables in WITH_AIMS
]


@rule(
    "1992",
    ERROR,
    on=pupil_on_roll,
    when=AIMS_IN_PROGRAMMES,
    reads=("QualHrs",),
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="The student has learning aims this year but no planned learning hours.",
    why=FUNDED_BY_HOURS,
    fix=HOURS_FIX,
    fails=[
        case(ProgrammeAim=[{"LearningAim": [{}]}]),
        case(QualHrs="0", ProgrammeAim=[{"LearningAim": [{"LearningActualEndDate": "2021-09-30"}]}]),
    ],
    passes=[
        case(QualHrs="600", ProgrammeAim=[{"LearningAim": [{}]}]),
        case(),
        case(ProgrammeAim=[{"LearningAim": [{"LearningActualEndDate": "2021-07-20"}]}]),
        case(ProgrammeAim=[{"LearningAim": [{"ProgType": T_LEVEL}]}]),
    ],
    certainty="B",
    source=SOURCE,
)
def aims_have_hours(pupil: Record, edition: Edition) -> pl.Expr:
    def of_this_year(aim: Record) -> pl.Expr:
        going_on = aim.blank("LearningActualEndDate") | (aim.LearningActualEndDate >= edition.academic_year_from)
        return going_on & (aim.blank("ProgType") | (aim.ProgType != T_LEVEL))

    planned = pupil.present("QualHrs") & (pupil.QualHrs != 0)
    return planned | ~pupil.any(learning_aim, of_this_year)


@rule(
    "1997",
    ERROR,
    on=PUPILS,
    when=AIMS_IN_PROGRAMMES,
    reads=THIS_YEAR,
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="The planned hours come to more than {edition.planned_hours_most:,}.",
    why=FUNDED_BY_HOURS,
    fix=HOURS_FIX,
    fails=[case(QualHrs="3900", Non_qualHrs="101"), case(QualHrs="4001")],
    passes=[case(), case(QualHrs="3900", Non_qualHrs="100")],
    certainty="A",
    source=f"{SOURCE}; {BROMCOM}",
)
def within_limit(pupil: Record, edition: Edition) -> pl.Expr:
    return hours(pupil, THIS_YEAR) <= edition.planned_hours_most


@rule(
    "1998Q",
    QUERY,
    on=PUPILS,
    when=AIMS_IN_PROGRAMMES,
    reads=THIS_YEAR,
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="Please check: the student has planned hours of enrichment or support, but no learning hours.",
    why=FUNDED_BY_HOURS,
    fix=HOURS_FIX,
    note="reason",
    note_help="Say why no learning hours are planned; the student's funding depends on it.",
    silenced_by=("1992",),
    fails=[case(Non_qualHrs="60"), case(Non_qualHrs="60", QualHrs="0")],
    passes=[case(), case(Non_qualHrs="60", QualHrs="500"), case(Non_qualHrs="0")],
    certainty="B",
    source=SOURCE,
)
def learning_beside_enrichment(pupil: Record, edition: Edition) -> pl.Expr:
    return ~(pupil.Non_qualHrs > 0) | (pupil.present("QualHrs") & (pupil.QualHrs != 0))


def students(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils on roll have planned learning hours."""
    return whole.count(pupil_on_roll, lambda pupil: pupil.QualHrs > 0)


@return_rule(
    "1999Q",
    QUERY,
    when=AIMS_IN_PROGRAMMES,
    figures={"students": students},
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="Please check: none of {students} students has planned hours of enrichment or support.",
    why=FUNDED_BY_HOURS,
    fix="Enter the hours of tutorials, enrichment and support that are planned for the whole year.",
    note="reason",
    note_help="Say why there are none; the school's funding depends on it.",
    fails=[case(PupilOnRoll=[{"QualHrs": "600"}, {"QualHrs": "600", "Non_qualHrs": "0"}, {}])],
    passes=[case(PupilOnRoll=[{"QualHrs": "600"}, {"QualHrs": "600", "Non_qualHrs": "20"}]), case(PupilOnRoll=[{}])],
    certainty="B",
    source=SOURCE,
)
def someone_has_enrichment(whole: ReturnView, edition: Edition) -> pl.Expr:
    enriched = whole.count(pupil_on_roll, lambda pupil: pupil.Non_qualHrs > 0)
    return (students(whole, edition) == 0) | (enriched > 0)
