"""Planned hours of students of 16 or over, this year and last, and how they go with learning aims."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.leavers import leaver
from ..entities.on_roll import pupil_on_roll
from .case_days import day_of
from .scope import PUPILS
from .studies import (
    AIMS_IN_PROGRAMMES,
    AUTUMN,
    OF_LEAVERS,
    ON_ROLL,
    SIXTH_FORMS,
    STUDENTS,
    STUDIES,
    STUDIES_ON_ROLL,
    Studies,
)

SOURCE = "DfE rules 2018/19"
BROMCOM = "Bromcom 2023/24"

FUNDED_BY_HOURS = "Students of 16 or over are funded by the band of hours that they are planned to be taught."
HOURS_FIX = "Enter in your own system the hours that are planned for the whole year."
AIMS_FIX = "Correct the hours, or the programmes and aims, in your own system."
T_LEVEL = "31"
STUDY_PROGRAMMES = ["01", "30"]

THIS_YEAR = ("QualHrs", "Non_qualHrs")
LAST_YEAR = ("QualHrsPreviousYear", "Non_qualHrsPreviousYear")
T_LEVEL_HOURS = ("TLevelQualHrs", "TLevelNon_qualHrs")


def hours(pupil: Record, names: tuple[str, str]) -> pl.Expr:
    """The sum of two kinds of hours, where a missing one is none; null where one cannot be read."""
    first, second = (pl.when(pupil.blank(name)).then(0).otherwise(pupil.value(name)) for name in names)
    return first + second


def of_study_programme(aim: Record) -> pl.Expr:
    """Whether an aim is none of a T Level. Before there were kinds of programmes, all aims were of study programmes."""
    return aim.blank("ProgType") | (aim.ProgType != T_LEVEL) if aim.has("ProgType") else pl.lit(True)


def within_limit(number: str, names: tuple[str, str], of_last_year: str, when: When, source: str) -> Rule:
    """1889 of last year's hours, 1997 of this year's."""
    first, second = names

    @rule(
        number,
        ERROR,
        on=PUPILS,
        when=when,
        reads=names,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message=f"The planned hours{of_last_year} come to more than {{edition.planned_hours_most:,}}.",
        why=FUNDED_BY_HOURS,
        fix=HOURS_FIX,
        fails=[Case({first: "3900", second: "101"}), Case({first: "4001"})],
        passes=[Case({}), Case({first: "3900", second: "100"})],
        certainty="A",
        source=source,
    )
    def within(pupil: Record, edition: Edition) -> pl.Expr:
        return hours(pupil, names) <= edition.planned_hours_most

    return within


limits = [
    within_limit("1889", LAST_YEAR, " of last year", AIMS_IN_PROGRAMMES, BROMCOM),
    within_limit("1997", THIS_YEAR, "", AUTUMN, f"{SOURCE}; {BROMCOM}"),
]


def few_hours_last_year(studies: Studies) -> Rule:
    """1893Q; of leavers, where an aim ended by the end of last year."""
    short = {"QualHrsPreviousYear": "30", "Non_qualHrsPreviousYear": "9"}
    enough_hours = {**short, "Non_qualHrsPreviousYear": "10"}

    @rule(
        "1893Q",
        QUERY,
        on=studies.pupil,
        when=studies.when,
        reads=LAST_YEAR,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="Please check: the planned hours of last year come to fewer than {edition.planned_hours_least}.",
        why=FUNDED_BY_HOURS,
        fix="Enter the hours of the whole year, not those of a week.",
        note="reason",
        note_help="Say why the student was taught for so few hours; one note for the whole return will do.",
        fails=[studies.case({}, **short), studies.case({}, QualHrsPreviousYear="0")],
        passes=[
            studies.case({}),
            studies.case({}, **enough_hours),
            *([studies.case(**short)] if studies.pupil is leaver else []),
        ],
        certainty="A",
        source="Bromcom 2024/25",
    )
    def enough(student: Record, edition: Edition) -> pl.Expr:
        few = ~student.blank(*LAST_YEAR) & (hours(student, LAST_YEAR) < edition.planned_hours_least)
        if studies.pupil is leaver:
            few = few & student.any(studies.aim, lambda each: each.LearningActualEndDate < edition.academic_year_from)
        return ~few

    return enough


def t_level_has_hours(studies: Studies) -> Rule:
    """1894: a T Level aim of this year."""
    begun = {"ProgType": T_LEVEL, "LearningStartDate": day_of("academic_year_from", 36)}
    begun_last_year = {"ProgType": T_LEVEL, "LearningStartDate": day_of("academic_year_from", -300)}

    @rule(
        "1894",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=T_LEVEL_HOURS,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has begun a T Level this year but has no planned T Level hours.",
        why=FUNDED_BY_HOURS,
        fix=HOURS_FIX,
        fails=[
            studies.case(begun),
            studies.case(begun, TLevelQualHrs="0"),
            studies.case({**begun, "LearningStartDate": None}),
        ],
        passes=[studies.case(begun, TLevelQualHrs="700"), studies.case(begun_last_year), studies.case({})],
        certainty="A",
        source=BROMCOM,
    )
    def given(student: Record, edition: Edition) -> pl.Expr:
        def of_this_year(each: Record) -> pl.Expr:
            started = each.blank("LearningStartDate") | (each.LearningStartDate >= edition.academic_year_from)
            return (each.ProgType == T_LEVEL) & started

        return ~student.any(studies.aim, of_this_year) | (hours(student, T_LEVEL_HOURS) != 0)

    return given


def t_level_hours_have_aim(studies: Studies) -> Rule:
    """1895: T Level hours go with a T Level."""

    @rule(
        "1895",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=T_LEVEL_HOURS,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has planned T Level hours but no T Level among the learning aims.",
        why=FUNDED_BY_HOURS,
        fix=AIMS_FIX,
        fails=[studies.case({}, TLevelQualHrs="700"), studies.case(TLevelNon_qualHrs="7")],
        passes=[
            studies.case({"ProgType": T_LEVEL}, TLevelQualHrs="700"),
            studies.case({}, TLevelQualHrs="0"),
            studies.case({}),
        ],
        certainty="A",
        source=BROMCOM,
    )
    def has_aim(student: Record, edition: Edition) -> pl.Expr:
        return ~(hours(student, T_LEVEL_HOURS) > 0) | student.any(studies.aim, lambda each: each.ProgType == T_LEVEL)

    return has_aim


def both_hours_have_programmes(studies: Studies) -> Rule:
    """1896: hours of both kinds go with programmes of both kinds."""
    both = {"TLevelQualHrs": "700", "QualHrs": "100"}
    two_programmes = [
        {"ProgType": T_LEVEL, studies.aim.name: [{"ProgType": T_LEVEL}]},
        {"ProgType": STUDY_PROGRAMMES[1]},
    ]

    @rule(
        "1896",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=(*THIS_YEAR, *T_LEVEL_HOURS),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has T Level hours and other hours, but not both a T Level and a study programme.",
        why=FUNDED_BY_HOURS,
        fix=AIMS_FIX,
        fails=[studies.case({"ProgType": T_LEVEL}, **both), studies.case({}, **both)],
        passes=[
            Case({studies.pupil.name: [{**both, studies.outer.name: two_programmes}]}),
            studies.case({"ProgType": T_LEVEL}, TLevelQualHrs="700", QualHrs="0"),
            studies.case({}, QualHrs="600"),
        ],
        certainty="A",
        source=BROMCOM,
    )
    def has_both(student: Record, edition: Edition) -> pl.Expr:
        mixed = (hours(student, T_LEVEL_HOURS) > 0) & (hours(student, THIS_YEAR) > 0)
        on_t_level = student.any(studies.outer, lambda each: each.ProgType == T_LEVEL)
        return ~mixed | (on_t_level & student.any(studies.outer, lambda each: each.ProgType.is_in(STUDY_PROGRAMMES)))

    return has_both


of_t_levels_and_last_year = [
    made(studies)
    for made in (few_hours_last_year, t_level_has_hours, t_level_hours_have_aim, both_hours_have_programmes)
    for studies in (ON_ROLL, OF_LEAVERS)
]


def hours_have_aim(studies: Studies) -> Rule:
    """1993: hours of a study programme go with a learning aim of one."""
    of_t_level = [studies.case({"ProgType": T_LEVEL}, Non_qualHrs="20")] if studies.in_programmes else []
    of_no_kind = [studies.case({"ProgType": None}, QualHrs="600")] if studies.in_programmes else []

    @rule(
        "1993",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=THIS_YEAR,
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has planned hours but no learning aim of a study programme.",
        why=FUNDED_BY_HOURS,
        fix=AIMS_FIX,
        fails=[studies.case(QualHrs="600"), *of_t_level],
        passes=[studies.case({}, QualHrs="600"), studies.case(QualHrs="0"), *of_no_kind],
        certainty="A",
        source=f"{SOURCE}; {BROMCOM}",
    )
    def has_aim(student: Record, edition: Edition) -> pl.Expr:
        return ~(hours(student, THIS_YEAR) > 0) | student.any(studies.aim, of_study_programme)

    return has_aim


def aims_have_hours(studies: Studies) -> Rule:
    """1992: aims that go on this year, of a study programme, have planned hours."""
    ended = {"LearningActualEndDate": day_of("academic_year_from", -10)}
    ended_this_year = {"LearningActualEndDate": day_of("academic_year_from", 60)}

    @rule(
        "1992",
        ERROR,
        on=studies.pupil,
        when=studies.when,
        reads=("QualHrs",),
        applies=STUDENTS,
        applies_in_words=SIXTH_FORMS,
        message="The student has learning aims this year but no planned learning hours.",
        why=FUNDED_BY_HOURS,
        fix=HOURS_FIX,
        fails=[studies.case({}), studies.case(ended_this_year, QualHrs="0")],
        passes=[
            studies.case({}, QualHrs="600"),
            studies.case(),
            studies.case(ended),
            *([studies.case({"ProgType": T_LEVEL})] if studies.in_programmes else []),
        ],
        certainty="B",
        source=SOURCE,
    )
    def have_hours(pupil: Record, edition: Edition) -> pl.Expr:
        def of_this_year(aim: Record) -> pl.Expr:
            going_on = aim.blank("LearningActualEndDate") | (aim.LearningActualEndDate >= edition.academic_year_from)
            return going_on & of_study_programme(aim)

        planned = pupil.present("QualHrs") & (pupil.QualHrs != 0)
        return planned | ~pupil.any(studies.aim, of_this_year)

    return have_hours


of_this_years_hours = [
    *(hours_have_aim(studies) for studies in STUDIES),
    *(aims_have_hours(studies) for studies in STUDIES_ON_ROLL),
]


@rule(
    "1998Q",
    QUERY,
    on=PUPILS,
    when=AUTUMN,
    reads=THIS_YEAR,
    applies=STUDENTS,
    applies_in_words=SIXTH_FORMS,
    message="Please check: the student has planned hours of enrichment or support, but no learning hours.",
    why=FUNDED_BY_HOURS,
    fix=HOURS_FIX,
    note="reason",
    note_help="Say why no learning hours are planned; the student's funding depends on it.",
    fails=[case(Non_qualHrs="60"), case(Non_qualHrs="60", QualHrs="0"), ON_ROLL.case({}, Non_qualHrs="60")],
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
    when=AUTUMN,
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
