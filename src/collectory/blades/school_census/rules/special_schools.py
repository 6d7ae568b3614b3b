"""Special schools: the places, ages and needs that they are approved for, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.on_roll import pupil_on_roll
from ..entities.school import provision, school, special_school
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))
SPECIAL = phases("SP")
IN_WORDS = "special schools"
APPROVED = "The local authority approves what a special school may take, and places are funded by it."
APPROVED_FIX = "Enter what the school is approved for in your own system."
SPECIAL_SCHOOL = {"School": {"Phase": "SP", "SchoolType": "52", "Intake": "SPEC"}}
BOARDING = ["B", "6", "7"]
HALF = 0.5


def boards(pupil: Record) -> pl.Expr:
    """Whether a pupil boards."""
    return pupil.Boarder.is_in(BOARDING)


@rule(
    "280",
    ERROR,
    on=school,
    when=SPRING,
    reads=("Phase", "SpecialSchool.Accommodation"),
    applies=SPECIAL,
    applies_in_words=IN_WORDS,
    message="It is not said whether the school is mainly for day pupils, mainly for boarders, or in a hospital.",
    why=APPROVED,
    fix="Enter D, B or H.",
    fails=[Case(SPECIAL_SCHOOL), Case({**SPECIAL_SCHOOL, "SpecialSchool": [{"Accommodation": None}]})],
    passes=[Case({**SPECIAL_SCHOOL, "SpecialSchool": [{}]}), case()],
    certainty="A-",
    source=f"{SOURCE}; Follett",
)
def organisation_given(record: Record, edition: Edition) -> pl.Expr:
    return record.any(special_school, lambda each: each.present("Accommodation"))


def share_of(whole: ReturnView, *, boarding: bool) -> pl.Expr:
    """The share of the roll that boards, or that does not."""
    return whole.share(pupil_on_roll, lambda pupil: boards(pupil) == boarding)


def mostly_others(number: str, code: str, message: str, *, boarding: bool) -> Rule:
    """290Q, 300Q: most pupils are of the other kind than the school is said to be for."""
    others, own = ("B", "N") if boarding else ("N", "B")

    @return_rule(
        number,
        QUERY,
        when=SPRING,
        reads=("SpecialSchool.Accommodation",),
        figures={"share": lambda whole, edition: share_of(whole, boarding=boarding)},
        applies=SPECIAL,
        applies_in_words=IN_WORDS,
        message=message,
        why=APPROVED,
        fix="Correct the organisation of the school, or which pupils board.",
        note="confirmation",
        note_help="Confirm the organisation of the school.",
        fails=[
            Case({**SPECIAL_SCHOOL, "SpecialSchool": [{"Accommodation": code}], "PupilOnRoll": [{"Boarder": others}]})
        ],
        passes=[
            Case({**SPECIAL_SCHOOL, "SpecialSchool": [{"Accommodation": code}], "PupilOnRoll": [{"Boarder": own}]}),
            Case({**SPECIAL_SCHOOL, "SpecialSchool": [{"Accommodation": "H"}], "PupilOnRoll": [{"Boarder": others}]}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def few(whole: ReturnView, edition: Edition) -> pl.Expr:
        return (whole.one(special_school).Accommodation != code) | (share_of(whole, boarding=boarding) <= HALF)

    return few


organisation_fits = [
    mostly_others("290Q", "D", "Please check: {share:.0%} of the pupils of this day school board.", boarding=True),
    mostly_others(
        "300Q", "B", "Please check: {share:.0%} of the pupils of this boarding school are day pupils.", boarding=False
    ),
]


def places_given(number: str, name: str, words: str) -> Rule:
    """310, 320: how many places are approved; hospitals have none for boarders."""
    boarding = name == "MaxBoarders"

    @rule(
        number,
        ERROR,
        on=special_school,
        when=SPRING,
        reads=(name, "Accommodation"),
        applies=SPECIAL,
        applies_in_words=IN_WORDS,
        message=f"The number of approved places for {words} is missing"
        + (", or it is given by a hospital school, which has none." if boarding else "."),
        why=APPROVED,
        fix=APPROVED_FIX,
        fails=[
            Case({**SPECIAL_SCHOOL, name: None}),
            *([Case({**SPECIAL_SCHOOL, "Accommodation": "H"})] if boarding else []),
        ],
        passes=[Case(SPECIAL_SCHOOL), Case({**SPECIAL_SCHOOL, name: None, "Accommodation": "H"})],
        certainty="B",
        source=SOURCE,
    )
    def given(record: Record, edition: Edition) -> pl.Expr:
        missing = record.Accommodation.is_in(["D", "B"]) & record.blank(name)
        return ~(missing | ((record.Accommodation == "H") & record.present(name))) if boarding else ~missing

    return given


places = [places_given("310", "MaxDayPupils", "day pupils"), places_given("320", "MaxBoarders", "boarders")]


def within_places(number: str, name: str, words: str, *, boarding: bool) -> Rule:
    """330Q, 340Q: no more pupils than places."""

    def pupils(record: Record, edition: Edition) -> pl.Expr:
        return record.of_return(
            lambda whole: whole.count(pupil_on_roll, lambda pupil: boards(pupil) == boarding),
        )

    @rule(
        number,
        QUERY,
        on=special_school,
        when=SPRING,
        reads=(name,),
        figures={"pupils": pupils},
        applies=SPECIAL,
        applies_in_words=IN_WORDS,
        message=f"Please check: the school has {{pupils}} {words}, more than it is approved for.",
        why=APPROVED,
        fix="Correct the places, or which pupils board.",
        note="confirmation",
        note_help="Confirm that the school takes more pupils than it is approved for.",
        fails=[Case({**SPECIAL_SCHOOL, name: "0", "PupilOnRoll": [{"Boarder": "7" if boarding else "N"}]})],
        passes=[
            Case({**SPECIAL_SCHOOL, name: "1", "PupilOnRoll": [{"Boarder": "7" if boarding else "N"}]}),
            Case({**SPECIAL_SCHOOL, name: None, "PupilOnRoll": [{}]}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def enough(record: Record, edition: Edition) -> pl.Expr:
        return pupils(record, edition) <= record.value(name)

    return enough


enough_places = [
    within_places("330Q", "MaxDayPupils", "day pupils", boarding=False),
    within_places("340Q", "MaxBoarders", "boarders", boarding=True),
]


def ages(both: str, order: str, limits: str, least: str, most: str, words: str, code: str) -> tuple[Rule, Rule, Rule]:
    """350 to 400: the ages that a school is approved for, of boys or of girls."""

    def of_sex(record: Record, edition: Edition) -> pl.Expr:
        def is_one(pupil: Record) -> pl.Expr:
            return pupil.Sex == code

        return record.of_return(lambda whole: whole.count(pupil_on_roll, is_one))

    pupil = {"PupilOnRoll": [{"Sex": code}]}

    @rule(
        limits,
        ERROR,
        on=special_school,
        when=SPRING,
        reads=(least, most),
        figures={"pupils": of_sex},
        applies=SPECIAL,
        applies_in_words=IN_WORDS,
        message=f"The school has {{pupils}} {words}, but the ages that it is approved for are missing or not between "
        "{edition.special_age_least} and {edition.special_age_most}.",
        why=APPROVED,
        fix=APPROVED_FIX,
        fails=[
            Case({**SPECIAL_SCHOOL, **pupil, least: None, most: None}),
            Case({**SPECIAL_SCHOOL, **pupil, most: "28"}),
            Case({**SPECIAL_SCHOOL, **pupil, least: "two"}),
            Case({**SPECIAL_SCHOOL, **pupil, least: None}),
        ],
        passes=[Case({**SPECIAL_SCHOOL, **pupil}), Case({**SPECIAL_SCHOOL, least: None, most: None})],
        certainty="C",
        source=SOURCE,
    )
    def in_limits(record: Record, edition: Edition) -> pl.Expr:
        inside = [
            record.value(name).is_between(edition.special_age_least, edition.special_age_most).fill_null(False)
            for name in (least, most)
        ]
        return (of_sex(record, edition) == 0) | pl.all_horizontal(inside)

    @rule(
        both,
        ERROR,
        on=special_school,
        when=SPRING,
        reads=(least, most),
        applies=SPECIAL,
        applies_in_words=IN_WORDS,
        message=f"Only one of the two ages that the school is approved for is given, for {words}.",
        why=APPROVED,
        fix=APPROVED_FIX,
        fails=[Case({**SPECIAL_SCHOOL, least: None}), Case({**SPECIAL_SCHOOL, most: None})],
        passes=[Case(SPECIAL_SCHOOL), Case({**SPECIAL_SCHOOL, least: None, most: None})],
        certainty="B",
        source=SOURCE,
    )
    def both_or_none(record: Record, edition: Edition) -> pl.Expr:
        return record.present(least) == record.present(most)

    @rule(
        order,
        ERROR,
        on=special_school,
        when=SPRING,
        reads=(least, most),
        applies=SPECIAL,
        applies_in_words=IN_WORDS,
        message=f"The highest age that the school is approved for is below the lowest, for {words}.",
        why=APPROVED,
        fix=APPROVED_FIX,
        fails=[Case({**SPECIAL_SCHOOL, least: "16", most: "5"})],
        passes=[Case(SPECIAL_SCHOOL), Case({**SPECIAL_SCHOOL, least: None})],
        certainty="B",
        source=SOURCE,
    )
    def in_order(record: Record, edition: Edition) -> pl.Expr:
        return record.value(least) <= record.value(most)

    return in_limits, both_or_none, in_order


approved_ages = [
    *ages("370", "390", "350", "MinMaleAge", "MaxMaleAge", "boys", "M"),
    *ages("380", "400", "360", "MinFemaleAge", "MaxFemaleAge", "girls", "F"),
]


@rule(
    "410",
    ERROR,
    on=special_school,
    when=SPRING,
    reads=("Accommodation",),
    applies=SPECIAL,
    applies_in_words=IN_WORDS,
    message="It is not said for which needs the school is approved.",
    why=APPROVED,
    fix=APPROVED_FIX,
    fails=[Case(SPECIAL_SCHOOL)],
    passes=[Case({**SPECIAL_SCHOOL, "Provision": [{}]}), case()],
    certainty="B",
    source=SOURCE,
)
def needs_given(record: Record, edition: Edition) -> pl.Expr:
    return record.any(provision)


@return_rule(
    "5005",
    ERROR,
    when=SPRING,
    reads=("School.Phase",),
    applies=not_phases("SP"),
    applies_in_words="all schools but special schools",
    message="The return says what a special school is approved for, but this is not a special school.",
    why=APPROVED,
    fix="Take this part out of the return, or correct the school's phase.",
    fails=[case(SpecialSchool=[{}])],
    passes=[case(), Case({**SPECIAL_SCHOOL, "SpecialSchool": [{}]})],
    certainty="B",
    source=SOURCE,
)
def special_schools_only(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(special_school) + whole.count(provision) == 0
