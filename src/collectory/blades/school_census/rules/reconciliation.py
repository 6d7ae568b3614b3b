"""Where the pupils were at the selected time who were in no class, in spring; and free meals taken."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.on_roll import fsm_period, pupil_on_roll
from ..entities.school import pupil_reconciliation, school, school_class
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))
MAINSTREAM = ("PS", "MP", "MS", "SS", "AT")
OLDER = ("MS", "SS", "AT")
IN_WORDS = "mainstream schools but nursery schools"
ELSEWHERE = ("PartTimeNotIn", "PrivateStudy", "AtOtherSchool", "WorkExperience", "FEcollege")
SIZES = "Class sizes can be relied on only if every pupil on roll is counted once, in a class or away."


def away_given(number: str, name: str, words: str, asked: tuple[str, ...] = MAINSTREAM) -> Rule:
    """920 to 957: how many were away, and why."""

    @rule(
        number,
        ERROR,
        on=pupil_reconciliation,
        when=SPRING,
        reads=(name,),
        applies=phases(*asked),
        applies_in_words=IN_WORDS if asked == MAINSTREAM else "secondary and all-through schools",
        message=f"The number of {words} is missing.",
        why=SIZES,
        fix="Enter the number, 0 for none.",
        fails=[Case({name: None})],
        passes=[Case({}), Case({name: None, "School": {"Phase": "SP"}})],
        certainty="B",
        source=SOURCE,
    )
    def given(away: Record, edition: Edition) -> pl.Expr:
        return away.present(name)

    return given


all_given = [
    away_given("920", "PartTimeNotIn", "part-time pupils who were not in school"),
    away_given("940", "PrivateStudy", "pupils on private study"),
    away_given("950", "AtOtherSchool", "pupils at another school"),
    away_given("953", "WorkExperience", "pupils on work experience", OLDER),
    away_given("957", "FEcollege", "pupils at a college", OLDER),
]


@return_rule(
    "9999",
    ERROR,
    key="9999.PupilReconciliation",
    when=SPRING,
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="The return does not say how many pupils were away from classes: the pupil reconciliation is missing.",
    why=SIZES,
    fix="Create the return again in your own system with the pupil reconciliation in it; its numbers may all be 0.",
    fails=[case(PupilOnRoll=[{}])],
    passes=[case(PupilReconciliation=[{}]), case(School={"Phase": "SP"})],
    certainty="A-",
    source="SCOMIS bulletins 2023",
)
def reconciliation_there(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(pupil_reconciliation) > 0


@rule(
    "930",
    ERROR,
    on=pupil_reconciliation,
    when=SPRING,
    reads=("PartTimeNotIn",),
    figures={"registered": lambda away, edition: away.of_return(part_time)},
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="More part-time pupils were away than there are part-time pupils on roll ({registered}).",
    why=SIZES,
    fix="Correct the number, or the pupils who are part-time.",
    fails=[case(PartTimeNotIn="1", PupilOnRoll=[{}])],
    passes=[case(PupilOnRoll=[{}]), case(PartTimeNotIn="1", PupilOnRoll=[{"PartTime": "true"}])],
    certainty="B",
    source=SOURCE,
)
def part_timers_away(away: Record, edition: Edition) -> pl.Expr:
    return away.PartTimeNotIn <= away.of_return(part_time)


def part_time(whole: ReturnView) -> pl.Expr:
    """How many pupils on roll are part-time."""
    return whole.count(pupil_on_roll, lambda pupil: pupil.PartTime)


def in_class(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils of the school were in its classes."""
    return whole.sum(school_class, lambda each: each.HomePupils)


def away(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils of the school were in none, by the five counts."""

    def all_counts(record: Record) -> pl.Expr:
        return pl.sum_horizontal(record.value(name) for name in ELSEWHERE)

    return whole.sum(pupil_reconciliation, all_counts)


@return_rule(
    "1000",
    ERROR,
    when=SPRING,
    figures={
        "classes": in_class,
        "away": away,
        "roll": lambda whole, edition: whole.count(pupil_on_roll),
    },
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="{classes} pupils in classes and {away} away do not make up the {roll} on roll.",
    why=SIZES,
    fix="Look for pupils who are in two classes or in none, and for pupils of other schools who were counted as your "
    "own. This may not come out before census day.",
    silenced_by=("5160",),
    fails=[case(PupilOnRoll=[{}, {}], Class=[{}])],
    passes=[
        case(PupilOnRoll=[{}], Class=[{}]),
        case(PupilOnRoll=[{}, {}], Class=[{}], PupilReconciliation={"PrivateStudy": "1"}),
        case(PupilOnRoll=[{}], Class=[]),
    ],
    certainty="A-",
    source=f"{SOURCE}; Arbor; ScholarPack",
)
def everyone_counted(whole: ReturnView, edition: Edition) -> pl.Expr:
    counted = in_class(whole, edition) + away(whole, edition)
    return counted == whole.count(pupil_on_roll)


def not_in_class(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The share of the roll that was in no class."""
    roll = whole.count(pupil_on_roll)
    return (roll - in_class(whole, edition)) / pl.when(roll > 0).then(roll)


@return_rule(
    "1010Q",
    QUERY,
    when=SPRING,
    figures={"share": not_in_class},
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="Please check: {share:.0%} of the pupils were in no class at the selected time "
    "({edition.not_in_class_share:.0%} or more).",
    why=SIZES,
    fix="Enter the classes that are missing.",
    note="confirmation",
    note_help="Confirm that so many pupils were away, and say where.",
    silenced_by=("5160",),
    fails=[case(PupilOnRoll=[{}, {}], Class=[{}])],
    passes=[case(PupilOnRoll=[{}], Class=[{}]), case(PupilOnRoll=[{}, {}], Class=[])],
    certainty="B",
    source=SOURCE,
)
def most_in_class(whole: ReturnView, edition: Edition) -> pl.Expr:
    return not_in_class(whole, edition) < edition.not_in_class_share


@rule(
    "5023",
    ERROR,
    on=pupil_reconciliation,
    when=SPRING,
    reads=ELSEWHERE,
    applies=not_phases(*MAINSTREAM),
    applies_in_words="nursery and special schools and referral units",
    message="Counts of pupils away are given; schools of this phase do not report them.",
    why="They belong to the classes, which are published for mainstream schools.",
    fix="Take the counts out of the return, or correct the school's phase.",
    fails=[case(School={"Phase": "SP"})],
    passes=[case(), case(**dict.fromkeys(ELSEWHERE), School={"Phase": "SP"})],
    certainty="B",
    source=SOURCE,
)
def no_counts_elsewhere(away: Record, edition: Edition) -> pl.Expr:
    return away.blank(*ELSEWHERE)


def older_pupils_only(number: str, name: str, words: str) -> Rule:
    """5026, 5027: what only older pupils can be away for."""

    @rule(
        number,
        ERROR,
        on=pupil_reconciliation,
        when=SPRING,
        reads=(name, "School.Phase"),
        applies=phases("PS", "MP"),
        applies_in_words="primary schools and middle schools deemed primary",
        message=f"Pupils {words} are reported by a school whose pupils are too young.",
        why=SIZES,
        fix="Correct the count, or the school's phase.",
        fails=[Case({name: "1", "School": {"Phase": "PS"}})],
        passes=[Case({name: "1"}), Case({"School": {"Phase": "PS"}}), Case({name: None, "School": {"Phase": "PS"}})],
        certainty="B",
        source=SOURCE,
    )
    def none(away: Record, edition: Edition) -> pl.Expr:
        return away.value(name) == 0

    return none


older_only = [
    older_pupils_only("5026", "WorkExperience", "on work experience"),
    older_pupils_only("5027", "FEcollege", "at a college"),
]


def entitled(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils on roll are entitled to free meals on census day."""

    def going_on(period: Record) -> pl.Expr:
        begun = period.FSMstartDate <= edition.reference_date
        return begun & (period.blank("FSMendDate") | (period.FSMendDate >= edition.reference_date))

    return whole.count(pupil_on_roll, lambda pupil: pupil.any(fsm_period, going_on))


@rule(
    "1320Q",
    QUERY,
    on=school,
    when=SPRING,
    reads=("FreeMealsTaken",),
    figures={"entitled": lambda record, edition: record.of_return(lambda whole: entitled(whole, edition))},
    message="Please check: more free meals were taken than there are pupils entitled to them ({entitled}).",
    why="Meals that infants have free without being entitled are counted elsewhere.",
    fix="Count again, without infants who only have the meal that all infants have.",
    note="reason",
    note_help="Say why more meals were taken than pupils are entitled.",
    fails=[case(FreeMealsTaken="2", PupilOnRoll=[{"FSMperiod": [{}]}]), case(PupilOnRoll=[{}])],
    passes=[case(FreeMealsTaken="1", PupilOnRoll=[{"FSMperiod": [{}]}]), case(FreeMealsTaken="0")],
    certainty="A-",
    source=f"{SOURCE}; ScholarPack; Arbor",
)
def meals_of_entitled(record: Record, edition: Edition) -> pl.Expr:
    return record.FreeMealsTaken <= record.of_return(lambda whole: entitled(whole, edition))
