"""Classes at the selected time, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.school import school, school_class
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))
MAINSTREAM = ("PS", "MP", "MS", "SS", "AT")
IN_WORDS = "mainstream schools but nursery schools"
PRIMARY_PHASES = ["PS", "AT"]
PRIMARY_YEARS = ["E1", "E2", "N1", "N2", "R", "1", "2", "3", "4", "5", "6", "7", "M"]
NURSERY_YEARS = ["E1", "E2", "N1", "N2"]
KEY_STAGES = {
    **dict.fromkeys((*NURSERY_YEARS, "R"), "F"),
    **dict.fromkeys(("1", "2"), "1"),
    **dict.fromkeys(("3", "4", "5", "6"), "2"),
    **dict.fromkeys(("7", "8", "9"), "3"),
}

SIZES = "The size of classes is published, and infant classes may not have more than 30 pupils to a teacher."
CLASS_FIX = "Correct the class in your own system as it was at the selected time of census day."


def asked_of_class(each: Record) -> pl.Expr:
    """Whether type, key stage and activity are asked of a class: up to year 7 of primary and all-through schools."""
    return each.one(school).Phase.is_in(PRIMARY_PHASES) & each.YearGroup.is_in(PRIMARY_YEARS)


def count_given(number: str, name: str, words: str) -> Rule:
    """1090, 1200, 1210: counts that may be nought but not missing."""

    @rule(
        number,
        ERROR,
        on=school_class,
        when=SPRING,
        reads=(name,),
        applies=phases(*MAINSTREAM),
        applies_in_words=IN_WORDS,
        message=f"The number of {words} in the class is missing.",
        why=SIZES,
        fix="Enter the number, 0 for none.",
        fails=[Case({name: None})],
        passes=[Case({}), Case({name: "0"})],
        certainty="B",
        source=SOURCE,
    )
    def given(each: Record, edition: Edition) -> pl.Expr:
        return each.present(name)

    return given


counts = [
    count_given("1090", "NonTeachers", "adults other than teachers"),
    count_given("1200", "HomePupils", "pupils of the school"),
    count_given("1210", "GuestPupils", "pupils of other schools"),
]


@rule(
    "1060",
    ERROR,
    on=school_class,
    when=SPRING,
    reads=("ClassName",),
    message="Another class has the same name.",
    why="The classes cannot be told apart.",
    fix="Give the class another name.",
    fails=[case(Class=[{}, {}])],
    passes=[case(Class=[{}, {"ClassName": "10B English"}]), case()],
    certainty="B",
    source=SOURCE,
)
def names_differ(each: Record, edition: Edition) -> pl.Expr:
    return each.first_of("ClassName")


@rule(
    "1070Q",
    QUERY,
    on=school_class,
    when=SPRING,
    reads=("Teachers",),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="Please check: the number of teachers of the class is missing or is not a number.",
    why=SIZES,
    fix="Enter the number, 0 for none.",
    note="confirmation",
    note_help="Confirm that no teacher was with the class.",
    fails=[case(Teachers=None), case(Teachers="one")],
    passes=[case(), case(Teachers="0")],
    certainty="B",
    source=SOURCE,
)
def teachers_given(each: Record, edition: Edition) -> pl.Expr:
    return each.valid("Teachers")


@rule(
    "1100",
    ERROR,
    on=school_class,
    when=SPRING,
    reads=("Teachers", "NonTeachers"),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="Nobody was with the class, neither a teacher nor another adult.",
    why=SIZES,
    fix=CLASS_FIX,
    fails=[case(Teachers="0", NonTeachers="0")],
    passes=[case(), case(Teachers="0", NonTeachers="1"), case(Teachers="0", NonTeachers=None)],
    certainty="B",
    source=SOURCE,
)
def somebody_there(each: Record, edition: Edition) -> pl.Expr:
    return each.Teachers + each.NonTeachers > 0


@return_rule(
    "1110Q",
    QUERY,
    when=SPRING,
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    figures={"classes": lambda whole, edition: whole.count(school_class)},
    message="Please check: in none of {classes} classes was an adult other than the teacher.",
    why=SIZES,
    fix="Enter the assistants and others who were with the classes.",
    note="confirmation",
    note_help="Confirm that there was no other adult in any class.",
    fails=[case(Class=[{}, {"ClassName": "10B English"}])],
    passes=[case(Class=[{"NonTeachers": "1"}, {"ClassName": "10B English"}]), case(Class=[])],
    certainty="B",
    source=SOURCE,
)
def other_adults_somewhere(whole: ReturnView, edition: Edition) -> pl.Expr:
    others = whole.sum(school_class, lambda each: each.NonTeachers)
    counted = whole.count(school_class, lambda each: each.present("NonTeachers"))
    return (counted == 0) | (others > 0)


def asked_up_to_year_seven(number: str, unwanted: str, name: str, code: str, words: str) -> tuple[Rule, Rule]:
    """1130 and 5036, 1160 and 5037, 1170 and 5038: an item that is asked of these classes and of no other."""

    @rule(
        number,
        ERROR,
        on=school_class,
        when=SPRING,
        reads=(name, "YearGroup", "School.Phase"),
        message=f"The {words} of the class is missing; it is asked up to year 7.",
        why="Classes of primary years are published by what they are.",
        fix=CLASS_FIX,
        fails=[Case({"YearGroup": "2", "School": {"Phase": "PS"}})],
        passes=[Case({}), Case({"YearGroup": "2", name: code, "School": {"Phase": "PS"}})],
        certainty="B",
        source=SOURCE,
    )
    def given(each: Record, edition: Edition) -> pl.Expr:
        return each.present(name) | ~asked_of_class(each)

    @rule(
        unwanted,
        ERROR,
        on=school_class,
        when=SPRING,
        reads=(name, "YearGroup", "School.Phase"),
        applies=phases(*MAINSTREAM),
        applies_in_words=IN_WORDS,
        message=f"The {words} is asked in primary and all-through schools up to year 7; for this class it is not "
        "wanted.",
        why="The census collects no more than it needs.",
        fix="Take the item out of the return, or correct the year group of the class.",
        fails=[Case({name: code}), Case({name: code, "YearGroup": "8", "School": {"Phase": "AT"}})],
        passes=[Case({}), Case({name: code, "YearGroup": "2", "School": {"Phase": "PS"}})],
        certainty="B",
        source=SOURCE,
    )
    def not_given(each: Record, edition: Edition) -> pl.Expr:
        return each.blank(name) | asked_of_class(each)

    return given, not_given


of_primary_years = [
    each
    for item in (
        ("1130", "5036", "ClassType", "O", "type"),
        ("1160", "5037", "KeyStage", "1", "key stage"),
        ("1170", "5038", "ClassActivity", "EN", "activity"),
    )
    for each in asked_up_to_year_seven(*item)
]


@return_rule(
    "1180Q",
    QUERY,
    when=SPRING,
    figures={"classes": lambda whole, edition: whole.count(school_class)},
    message="Please check: all classes that were asked about ({classes} in the return) have the activity other (OT).",
    why="The activity shows what children are taught at the selected time.",
    fix="Enter what each class was doing.",
    note="reason",
    note_help="Say what the classes were doing.",
    fails=[case(Class=[{"ClassActivity": "OT"}, {"ClassName": "10B English", "ClassActivity": "OT"}])],
    passes=[case(Class=[{"ClassActivity": "OT"}, {"ClassName": "B", "ClassActivity": "EN"}]), case(Class=[{}])],
    certainty="B",
    source=SOURCE,
)
def activities_vary(whole: ReturnView, edition: Edition) -> pl.Expr:
    other = whole.count(school_class, lambda each: each.ClassActivity == "OT")
    given = whole.count(school_class, lambda each: each.present("ClassActivity"))
    return (given == 0) | (other < given)


@rule(
    "1190",
    ERROR,
    on=school_class,
    when=SPRING,
    reads=("KeyStage", "YearGroup"),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="The key stage of the class is not the one of its year group.",
    why="Classes of primary years are published by what they are.",
    fix=CLASS_FIX,
    silenced_by=("5037",),
    fails=[case(YearGroup="2", KeyStage="2", School={"Phase": "PS"})],
    passes=[
        case(YearGroup="2", KeyStage="1", School={"Phase": "PS"}),
        case(YearGroup="R", KeyStage="F", School={"Phase": "PS"}),
        case(YearGroup="M", KeyStage="M", School={"Phase": "PS"}),
        case(),
    ],
    certainty="B",
    source=SOURCE,
)
def key_stage_of_year(each: Record, edition: Edition) -> pl.Expr:
    expected = each.YearGroup.replace_strict(KEY_STAGES, default=None, return_dtype=pl.String)
    return each.KeyStage == expected


@rule(
    "1220",
    ERROR,
    on=school_class,
    when=SPRING,
    reads=("HomePupils", "GuestPupils"),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="The class has no pupil.",
    why=SIZES,
    fix="Remove the class, or enter its pupils.",
    fails=[case(HomePupils="0", GuestPupils="0")],
    passes=[case(), case(HomePupils="0", GuestPupils="3"), case(HomePupils="0", GuestPupils=None)],
    certainty="B",
    source=SOURCE,
)
def has_pupils(each: Record, edition: Edition) -> pl.Expr:
    return each.HomePupils + each.GuestPupils > 0


@rule(
    "1240Q",
    QUERY,
    on=school_class,
    when=SPRING,
    reads=("GuestPupils", "HomePupils"),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="Please check: as many or more pupils of other schools were in the class as of this one.",
    why="Guests are counted by their own school; most often the two numbers have been exchanged.",
    fix=CLASS_FIX,
    note="reason",
    note_help="Say why pupils of other schools are taught here.",
    silenced_by=("1220",),
    fails=[case(HomePupils="5", GuestPupils="5")],
    passes=[case(), case(HomePupils="6", GuestPupils="5"), case(HomePupils="0", GuestPupils="0")],
    certainty="B",
    source=SOURCE,
)
def more_own_pupils(each: Record, edition: Edition) -> pl.Expr:
    return each.GuestPupils < each.HomePupils


@return_rule(
    "5032",
    ERROR,
    when=SPRING,
    reads=("School.Phase",),
    figures={"classes": lambda whole, edition: whole.count(school_class)},
    applies=not_phases(*MAINSTREAM),
    applies_in_words="nursery and special schools and referral units",
    message="The return has {classes} classes; schools of this phase do not report them.",
    why="Classes are published for mainstream schools.",
    fix="Take the classes out of the return, or correct the school's phase.",
    fails=[case(Class=[{}], School={"Phase": "SP"})],
    passes=[case(Class=[{}]), case(Class=[], School={"Phase": "SP"})],
    certainty="B",
    source=SOURCE,
)
def no_classes(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(school_class) == 0


@return_rule(
    "5160",
    ERROR,
    when=SPRING,
    reads=("School.Phase",),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="The return has no classes.",
    why=SIZES,
    fix="Create the return again with the classes of the selected time in it.",
    fails=[case()],
    passes=[case(Class=[{}]), case(School={"Phase": "SP"})],
    certainty="B",
    source=SOURCE,
)
def some_class(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(school_class) > 0
