"""What must hold between the lines.

3050 and 3058Q are the department's numbers and words. The other rules follow from the form and from how many errors
an empty one is known to raise; their numbers are our own and begin with C-.

That each line is filled in, with a whole number, follows from the fields (entities.py).
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import polars as pl

from collectory.blade import ALWAYS, ERROR, QUERY, Case, Edition, Entity, Record, ReturnView, Rule, When, case, rule

from .entities import header, la_level, part_1, part_2
from .lines import (
    FIRST_PLACED,
    FIRST_STATEMENTS,
    LONG_LIST,
    PLACED,
    SHORT_LIST,
    STATEMENTS,
    Line,
    Placements,
)

SEEN = "SEN2 2014 COLLECT guide, figures 11 and 12"
INFERRED = "inferred from the errors of an empty form (SEN2 2014 COLLECT guide, figures 10, 11 and 15)"
ADDS_UP = "Totals and their parts are published side by side; where they differ, one of them is wrong."
COMPARE = "Compare the parts with the total, and correct the one that is wrong. An empty line counts as no answer."


def sum_of(record: Record, names: tuple[str, ...]) -> pl.Expr:
    """The sum of fields; null where one of them is empty or no number."""
    return reduce(add, (record.value(name) for name in names))


def fields(lines: tuple[Line, ...]) -> tuple[str, ...]:
    """The field names of lines."""
    return tuple(line.field for line in lines)


def total(number: str, entity: Entity, whole: str, parts: tuple[str, ...], message: str, **words: Any) -> Rule:
    """A rule that one line is the sum of others. A blank or unreadable one among them fails it."""
    one_too_many = Case({parts[0]: "1", whole: "0", **dict.fromkeys(parts[1:], "0")})
    one_too_few = Case({whole: "1", **dict.fromkeys(parts, "0")})
    blank = [Case({name: None}) for name in (whole, parts[0], parts[-1])]
    about: dict[str, Any] = {"certainty": "B", "source": INFERRED, "when": ALWAYS, **words}

    def adds_up(record: Record, edition: Edition) -> pl.Expr:
        return (record.value(whole) == sum_of(record, parts)).fill_null(False)

    return rule(
        number,
        ERROR,
        on=entity,
        reads=(whole, *parts),
        figures={"Sum of the parts": lambda record, edition: sum_of(record, parts)},
        message=message,
        why=ADDS_UP,
        fix=COMPARE,
        fails=[one_too_many, one_too_few, *blank],
        passes=[case(), Case(dict.fromkeys((whole, *parts), "0"))],
        **about,
    )(adds_up)


def everyone(number: str, entity: Entity, asked: Placements, same_as: str, message: str) -> Rule:
    """A rule that a placement question accounts for all children of the question before it."""
    parts = (asked.at_school.field, *fields(asked.elsewhere))
    whole = asked.everyone.field
    zeros = dict.fromkeys((whole, *parts, same_as), "0")

    def accounted_for(record: Record, edition: Edition) -> pl.Expr:
        adds_up = record.value(whole) == sum_of(record, parts)
        return (adds_up & (record.value(whole) == record.value(same_as))).fill_null(False)

    return rule(
        number,
        ERROR,
        on=entity,
        reads=(whole, *parts, same_as),
        figures={"Sum of the parts": lambda record, edition: sum_of(record, parts)},
        message=message,
        why=ADDS_UP,
        fix=COMPARE,
        fails=[
            Case({**zeros, whole: "1"}),
            Case({**zeros, same_as: "1"}),
            Case({**zeros, whole: "1", same_as: "1"}),
            *(Case({**zeros, name: "1"}) for name in parts),
            *(Case({name: None}) for name in (whole, *parts, same_as)),
        ],
        passes=[case(), Case(zeros), Case({**zeros, whole: "1", same_as: "1", parts[-1]: "1"})],
        certainty="B",
        source=INFERRED,
    )(accounted_for)


def schools(number: str, entity: Entity, asked: Placements, question: str) -> tuple[Rule, ...]:
    """The rule on the total of schools, for the short and for the long list."""

    def of(when: When) -> Rule:
        return total(
            number,
            entity,
            asked.at_school.field,
            asked.schools_of(when),
            f"The total at {question} ii must equal the sum of {question} i a to {{edition.last_placement}}.",
            when=when,
        )

    return of(SHORT_LIST), of(LONG_LIST)


statements_by_age = total(
    "3050",
    part_1,
    "TotAll",
    fields(STATEMENTS[:-1]),
    "The total number of children with statements must equal the sum of the age breakdown.",
    certainty="A",
    source=SEEN,
)

placements = schools("C-1.2ii", part_1, PLACED, "1.2")
all_placed = everyone(
    "C-1.2iv",
    part_1,
    PLACED,
    "TotAll",
    "The overall total at 1.2 iv must equal ii + iii a to d, and the total at 1.1 e.",
)
first_statements_by_age = total(
    "C-2.1e",
    part_2,
    "NewAll",
    fields(FIRST_STATEMENTS[:-1]),
    "The total number of children with a first statement (2.1 e) must equal the sum of the age breakdown.",
)
first_placements = schools("C-2.2ii", part_2, FIRST_PLACED, "2.2")
all_first_placed = everyone(
    "C-2.2iv",
    part_2,
    FIRST_PLACED,
    "NewAll",
    "The overall total at 2.2 iv must equal ii + iii a to d, and the total at 2.1 e.",
)

CHANGE = "Please Check: There is a significant change in the number of pupils with statements since the previous year"
ABOUT_CHANGE: dict[str, Any] = {
    "why": "The number of statements rarely moves by more than a few per cent in a year. A leap is more often a slip "
    "than a fact, and the department asks before it publishes one.",
    "fix": "Compare the total at 1.1 e with last year's return. Correct it, or confirm it with a note.",
    "note": "reason",
    "note_help": "Say what changed: for instance how children are assessed, or which of them are counted.",
    "certainty": "B",
    "source": SEEN,
}


def year_before(whole: ReturnView) -> pl.Expr:
    """The number of statements in the return of the year before."""
    return whole.previous.one(part_1).value(lambda record: record.value("TotAll"))


def year_before_known(whole: ReturnView, edition: Edition) -> pl.Expr:
    """True where there is a number to compare with; missing otherwise, so that the rule says it was not asked."""
    return pl.when(year_before(whole).is_not_null()).then(pl.lit(True))


@rule(
    "3058Q",
    QUERY,
    on=part_1,
    reads=("TotAll",),
    message=CHANGE,
    fails=[case(TotAll=None), case(TotAll="about 1,200")],
    passes=[case(), case(TotAll="0")],
    **ABOUT_CHANGE,
)
def statements_counted(record: Record, edition: Edition) -> pl.Expr:
    # Known of the department's own rule: it is raised by an empty form, whatever there is to compare with.
    return record.TotAll.is_not_null()


@rule(
    "3058Q",
    QUERY,
    on=part_1,
    reads=("TotAll",),
    figures={"Year before": lambda record, edition: record.of_return(year_before)},
    message=CHANGE,
    applies=year_before_known,
    fails=[
        case(TotAll="1321", previous=case(TotAll="1200")),
        case(TotAll="1079", previous=case(TotAll="1200")),
        case(TotAll="151", previous=case(TotAll="100")),
        case(TotAll="51", previous=case(TotAll="0")),
    ],
    passes=[
        case(previous=case()),
        case(TotAll="1320", previous=case(TotAll="1200")),
        case(TotAll="1080", previous=case(TotAll="1200")),
        case(TotAll="150", previous=case(TotAll="100")),
        case(TotAll="5000", previous=case(TotAll=None)),
        case(TotAll="5000"),
    ],
    **ABOUT_CHANGE,
)
def statements_like_last_year(record: Record, edition: Edition) -> pl.Expr:
    before = record.of_return(year_before)
    change = (record.TotAll - before).abs()
    return (change <= before * edition.change_share) | (change <= edition.change_children)


@rule(
    "C-LACode",
    ERROR,
    on=la_level,
    reads=("LACode", "Header.LEA"),
    message="The Local Authority code is not the one in the header of the file.",
    why="One return is one authority's. A file with two codes may have been put together from two.",
    fix="Give the code of your own authority in both places, and load the file again.",
    fails=[case(LACode="301")],
    passes=[case(), case(LACode=None), case(LACode="301", Header={"LEA": None})],
    certainty="C",
    source="Collectory",
)
def one_authority(record: Record, edition: Edition) -> pl.Expr:
    return record.LACode == record.one(header).LEA
