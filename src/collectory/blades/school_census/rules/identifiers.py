"""Who a pupil is: UPN, learner number, name and date of birth.

A number that looks at two fields (UPN and former UPN) is written once as a function of the field's name; rules
that share a number become parts of one rule.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, Rule, case, rule

from ..entities.leavers import leaver
from ..entities.on_roll import pupil_on_roll
from ..entities.school import school
from .ages import age_on, born, school_age
from .check_digits import character, has_right_letter, is_learner_number, learner_digits, upn_digits
from .scope import OLDER_PHASES, PUPILS, phases

MATCHING = (
    "The UPN is how the department follows a pupil from school to school. A wrong one makes two pupils into one, "
    "or one into two, in attainment and funding."
)
RETYPE = (
    "Compare the UPN with the one in the transfer file from the pupil's last school or on the department's Get UPN "
    "service, and correct it in your own system. If the pupil never had one, let your system issue it."
)
LEARNING = (
    "The learner number ties exams and courses from the age of 14 to the person who took them, in school and after."
)
LEARNING_FIX = "Look the pupil up on the Learning Records Service and enter the learner number as it stands there."

upn_missing = Rule(
    key="1500",
    number="1500",
    priority=ERROR,
    level="item",
    message="The pupil has no UPN.",
    parts=(),  # the test itself follows from the field
    fails=(case(UPN=None),),
    passes=(case(), case(UPN="X85520002100A")),
    certainty="A",
    source="DfE rules 2018/19; Bromcom 2024",
)


def upn_rule(
    number: str, message: str, wrong: str, right: str, holds: Callable[[Record, str, Edition], pl.Expr]
) -> tuple[Rule, Rule]:
    """A rule about the shape of a UPN, asked of the UPN and of the former UPN."""

    def of(name: str, title: str) -> Rule:
        def of_field(pupil: Record, edition: Edition) -> pl.Expr:
            return holds(pupil, name, edition)

        return rule(
            number,
            ERROR,
            on=PUPILS,
            reads=(name,),
            message=message.replace("the UPN", f"the {title}").replace("The UPN", f"The {title}"),
            why=MATCHING,
            fix=RETYPE,
            fails=[Case({name: wrong})],
            passes=[Case({name: right}), Case({name: None})],
            certainty="A",
            source="DfE rules 2018/19; UPN guide",
        )(of_field)

    return of("UPN", "UPN"), of("FormerUPN", "former UPN")


upn_check_letter = upn_rule(
    "1510",
    "The first letter of the UPN is not the check letter that its other characters call for.",
    "R247962919251",
    "X85520002100A",
    lambda pupil, name, edition: has_right_letter(pupil.sent(name), pupil.once(upn_digits(pupil.sent(name)))),
)

upn_authority = upn_rule(
    "1530",
    "Characters 2 to 4 of the UPN are not the number of a local authority that has issued UPNs.",
    "C123400121001",
    "F837400121001",
    lambda pupil, name, edition: pupil.sent(name).str.slice(1, 3).is_in(sorted(edition.upn_authorities)),
)

upn_middle = upn_rule(
    "1540",
    "Characters 5 to 12 of the UPN are not all digits.",
    "F8554O0121001",
    "F855400121001",
    lambda pupil, name, edition: pupil.sent(name).str.slice(4, 8).str.contains(r"^[0-9]{8}$"),
)

upn_last = upn_rule(
    "1550",
    "The UPN does not end, after 12 characters, in one digit or one of the letters of a temporary UPN.",
    "F85540012100I",
    "H85540012101C",
    lambda pupil, name, edition: (
        (pupil.sent(name).str.len_chars() == 13) & character(pupil.sent(name), 13).str.contains(r"^[0-9A-HJ-NP-RT-Z]$")
    ),
)


@rule(
    "1520",
    ERROR,
    on=PUPILS,
    reads=("UPN",),
    message="Another record of this return has the same UPN.",
    why="Two records under one UPN are taken for one pupil, so that one of them is lost.",
    fix="Search your own system for the UPN. Correct the number of one pupil, or merge the two records. A pupil who "
    "left and came back stands among the pupils on roll only.",
    fails=[
        case(PupilOnRoll=[{}, {}]),
        case(PupilNoLongerOnRoll=[{"UPN": "F855400121001"}]),
    ],
    passes=[case(PupilNoLongerOnRoll=[{}]), case(PupilOnRoll=[{"UPN": None}, {"UPN": None}])],
    certainty="A",
    source="DfE rules 2018/19",
)
def upn_unique(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.occurrences("UPN", among=PUPILS) <= 1


@rule(
    "1570",
    ERROR,
    on=pupil_on_roll,
    reads=("UniqueLearnerNumber", "DOB", "Header.ReferenceDate"),
    applies=phases(*OLDER_PHASES),
    applies_in_words="schools with pupils of secondary age",
    message="The pupil is {edition.uln_age} or over on census day and has no unique learner number.",
    why=LEARNING,
    fix=LEARNING_FIX,
    fails=[case(UniqueLearnerNumber=None), case(UniqueLearnerNumber=None, DOB=born(17))],
    passes=[
        case(UniqueLearnerNumber=None, DOB=born(11)),
        case(UniqueLearnerNumber=None, School={"Phase": "PS"}),
        case(UniqueLearnerNumber=None, DOB=None),
    ],
    certainty="A",
    source="DfE rules 2018/19",
)
def learner_number_at_fourteen(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("UniqueLearnerNumber") | (
        pupil.once(age_on(pupil.DOB, edition.reference_date)) < edition.uln_age
    )


@rule(
    "1573",
    ERROR,
    on=leaver,
    reads=("UniqueLearnerNumber", "DOB", "LeavingDate"),
    applies=phases(*OLDER_PHASES),
    applies_in_words="schools with pupils of secondary age",
    message="The pupil was {edition.uln_age} or over on leaving and has no unique learner number.",
    why=LEARNING,
    fix=LEARNING_FIX,
    fails=[case(UniqueLearnerNumber=None, DOB=born(17))],
    passes=[
        case(UniqueLearnerNumber=None, DOB=born(10)),
        case(UniqueLearnerNumber=None, LeavingDate=None),
    ],
    certainty="B",
    source="DfE rules 2018/19",
)
def learner_number_on_leaving(pupil: Record, edition: Edition) -> pl.Expr:
    age = pupil.once(age_on(pupil.DOB, pupil.LeavingDate))
    return pupil.present("UniqueLearnerNumber") | (age < edition.uln_age)


@rule(
    "1575",
    ERROR,
    on=PUPILS,
    reads=("UniqueLearnerNumber",),
    message="This is not a unique learner number: it must have ten digits, of which the last is a check digit.",
    why=LEARNING,
    fix=LEARNING_FIX,
    fails=[
        case(UniqueLearnerNumber="1000000042"),
        case(UniqueLearnerNumber="123456789"),
        case(UniqueLearnerNumber="1000000060"),
        case(UniqueLearnerNumber="9999999999"),
        case(UniqueLearnerNumber="0234567899"),
    ],
    passes=[case(UniqueLearnerNumber="1234567899"), case(UniqueLearnerNumber=None)],
    certainty="A",
    source="DfE rules 2018/19; ILR specification",
)
def learner_number_valid(pupil: Record, edition: Edition) -> pl.Expr:
    return is_learner_number(pupil.UniqueLearnerNumber, pupil.once(learner_digits(pupil.UniqueLearnerNumber)))


@rule(
    "1578",
    ERROR,
    on=PUPILS,
    reads=("UniqueLearnerNumber",),
    message="Another record of this return has the same unique learner number.",
    why=LEARNING,
    fix=f"Two pupils cannot share a number. {LEARNING_FIX}",
    fails=[
        case(PupilOnRoll=[{}, {"UPN": "V855400121002"}]),
        case(PupilNoLongerOnRoll=[{"UniqueLearnerNumber": "1000000043"}]),
    ],
    passes=[case(PupilNoLongerOnRoll=[{}])],
    certainty="B",
    source="DfE rules 2018/19",
)
def learner_number_unique(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.occurrences("UniqueLearnerNumber", among=PUPILS) <= 1


AGES_OF_SCHOOL_TYPES = {
    codes: (youngest, oldest)
    for codes, youngest, oldest in (
        ("50 51", 2, 7),
        ("01 16", 2, 9),
        ("02", 2, 10),
        ("03 18", 2, 11),
        ("04", 2, 13),
        ("42", 2, 8),
        ("17", 7, 12),
        ("43", 7, 11),
        ("05", 8, 13),
        ("06 07", 9, 14),
        ("45", 9, 13),
        ("08", 10, 14),
        ("41", 10, 15),
        ("46", 10, 17),
        ("09", 12, 17),
        ("10", 12, 19),
        ("11 29", 13, 17),
        ("12 30 31", 13, 20),
        ("21 27 28 48", 11, 17),
        ("22 36 37 38 39 47", 11, 20),
        ("25", 11, 14),
        ("26", 11, 15),
        ("32 33 44", 14, 20),
        ("49", 3, 19),
    )
}
"""Youngest and oldest age on 31 August before the school year, both usual; special schools, units and
all-through schools take any."""

YOUNGEST = {code: ages[0] for codes, ages in AGES_OF_SCHOOL_TYPES.items() for code in codes.split()}
OLDEST = {code: ages[1] for codes, ages in AGES_OF_SCHOOL_TYPES.items() for code in codes.split()}


YOUNGEST_OF_ALL = min(YOUNGEST.values())


def usual_ages(pupil: Record) -> tuple[pl.Expr, pl.Expr]:
    """The youngest and the oldest age that the type of the school normally has; null for types that take any."""

    def age(ages: dict[str, int]) -> pl.Expr:
        return pupil.of_return(
            lambda whole: whole.one(school).SchoolType.replace_strict(ages, default=None, return_dtype=pl.Int64)
        )

    return age(YOUNGEST), age(OLDEST)


def age_fits_school_type(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether the pupil's age is usual for the type of school; null for types that take any age."""
    youngest, oldest = usual_ages(pupil)
    age = school_age(pupil, edition)
    # Since 2024 schools that begin at two may have younger children, who have hours of early education.
    baby = (age < YOUNGEST_OF_ALL) & (youngest == YOUNGEST_OF_ALL) & pupil.DOB.le(edition.funded_born_to)
    return pupil.once(age.is_between(youngest, oldest) | baby)


@rule(
    "1601Q",
    QUERY,
    on=pupil_on_roll,
    reads=("DOB", "School.SchoolType"),
    message="Please check the date of birth: the pupil's age is unusual for this type of school.",
    why="A wrong date of birth puts a pupil into the wrong age group for everything that is counted by age.",
    fix="Correct the date of birth, or the school type. If both are right, say so in a note.",
    note="reason",
    note_help="Confirm the date of birth; where the pupil is well outside of the range, say why they are here.",
    fails=[case(DOB=born(1, 12)), case(DOB=born(21, 12))],
    passes=[
        case(),
        case(DOB=born(1, 12), School={"SchoolType": "52", "Phase": "SP"}),
        case(DOB=None),
    ],
    certainty="A-",
    source="DfE rules 2018/19; Follett ranges",
)
def age_usual_for_school(pupil: Record, edition: Edition) -> pl.Expr:
    return age_fits_school_type(pupil, edition)


@rule(
    "1620Q",
    QUERY,
    on=PUPILS,
    reads=("Surname", "Forename", "Sex", "DOB"),
    message="Please check: another record of this return has the same name, sex and date of birth.",
    why="It is most often one pupil who was entered twice, and who would be counted twice.",
    fix="Merge the two records in your own system. If they are two children, say so in a note.",
    note="reason",
    note_help="Say how the two children are known apart, for instance that they live at different addresses.",
    fails=[case(PupilOnRoll=[{}, {"UPN": "V855400121002"}])],
    passes=[
        case(PupilOnRoll=[{}, {"Forename": "Eve"}]),
        case(PupilOnRoll=[{}, {"Sex": "M"}]),
        case(PupilOnRoll=[{"DOB": None}, {"DOB": None}]),
        case(PupilNoLongerOnRoll=[{}]),
    ],
    certainty="B",
    source="DfE rules 2018/19",
)
def same_person(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.occurrences("Surname", "Forename", "Sex", "DOB", among=PUPILS) <= 1
