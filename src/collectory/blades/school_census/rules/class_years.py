"""What goes with the year group of a class at the selected time: nursery or not, and the activity."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, Rule, case, rule

from ..entities.school import school_class
from .classes import CLASS_FIX, IN_WORDS, MAINSTREAM, SOURCE, SPRING
from .scope import phases

PRIMARY = {"Phase": "PS"}
WHAT_THEY_ARE = "Classes of primary years are published by what they are."
MIXED = "M"


def type_of_year(number: str, code: str, others: str, message: str) -> Rule:
    """1150Q, 1155Q: a class of a type has a year group of the type; classes of mixed years may be of either."""
    nursery = code == "N"

    @rule(
        number,
        QUERY,
        on=school_class,
        when=SPRING,
        reads=("ClassType", "YearGroup"),
        applies=phases(*MAINSTREAM),
        applies_in_words=IN_WORDS,
        message=message,
        why=WHAT_THEY_ARE,
        fix=CLASS_FIX,
        note="confirmation",
        note_help="Confirm the type and the year group of the class.",
        silenced_by=("5036",),
        fails=[case(ClassType=code, YearGroup="R" if nursery else "N2", School=PRIMARY)],
        passes=[
            case(ClassType=code, YearGroup="N2" if nursery else "R", School=PRIMARY),
            case(ClassType=code, YearGroup=MIXED, School=PRIMARY),
            case(ClassType=others, YearGroup="R" if nursery else "N2", School=PRIMARY),
            case(ClassType=code, YearGroup=None, School=PRIMARY),
        ],
        certainty="C",
        source=SOURCE,
    )
    def agrees(each: Record, edition: Edition) -> pl.Expr:
        of_nursery = each.YearGroup.is_in(list(edition.nursery_class_years))
        return (each.ClassType != code) | (each.YearGroup == MIXED) | (of_nursery if nursery else ~of_nursery)

    return agrees


types_of_years = [
    type_of_year(
        "1150Q", "N", "O", "Please check: a nursery class is shown with a year group that is not a nursery year."
    ),
    type_of_year("1155Q", "O", "N", "Please check: a class of a nursery year group is not shown as a nursery class."),
]


@rule(
    "1235",
    ERROR,
    on=school_class,
    when=SPRING,
    reads=("ClassActivity", "YearGroup", "KeyStage"),
    applies=phases(*MAINSTREAM),
    applies_in_words=IN_WORDS,
    message="The class is in Reception or key stage 1, but its activity is not an academic one.",
    why="The size of infant classes is limited while they are taught, and the activity shows whether they were.",
    fix="Enter the subject or the general primary work that the class was doing at the selected time.",
    silenced_by=("5038",),
    fails=[
        case(YearGroup="R", KeyStage="F", ClassType="O", ClassActivity="OT", School=PRIMARY),
        case(YearGroup="2", KeyStage="1", ClassType="O", ClassActivity="OT", School=PRIMARY),
    ],
    passes=[
        case(YearGroup="R", KeyStage="F", ClassType="O", ClassActivity="GP", School=PRIMARY),
        case(YearGroup="3", KeyStage="2", ClassType="O", ClassActivity="OT", School=PRIMARY),
        case(YearGroup="R", KeyStage="F", ClassType="O", ClassActivity=None, School=PRIMARY),
        case(YearGroup="R", KeyStage="F", ClassType="O", ClassActivity="?", School=PRIMARY),
    ],
    certainty="C",
    source=SOURCE,
)
def academic_activity(each: Record, edition: Edition) -> pl.Expr:
    infants = (each.YearGroup == "R") | (each.KeyStage == "1")
    return ~(infants & each.ClassActivity.is_in(list(edition.activities_not_academic)))
