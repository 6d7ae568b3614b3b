"""The form on screen: three tabs, as authorities know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from collectory.blade import Edition, Form, Heading, Item, Tab

from .lines import (
    ENDED,
    FIRST_PLACED,
    FIRST_STATEMENTS,
    LEFT,
    LONG_LIST,
    MOVES,
    NO_STATEMENT,
    PLACED,
    SHORT_LIST,
    STATEMENTS,
    Line,
    Placements,
)

COLLECTION = "SEN2"


def given(edition: Edition, source: str) -> Mapping[str, Mapping[str, str]]:
    """What nobody keys: the header, and the authority's number."""
    header = {"Collection": COLLECTION, "Year": edition.year, "SourceLevel": "L"}
    return {"Header": {**header, "LEA": source}, "LALevel": {"LACode": source}} if source else {"Header": header}


def items(
    entity: str, lines: tuple[Line, ...], total_of: tuple[str, ...] = (), same_as: tuple[str, ...] = ()
) -> tuple[Item, ...]:
    """The items of lines; a line whose wording changed gives one for each wording."""
    made: list[Item] = []
    for line in lines:
        mark = f"{line.mark}." if len(line.mark) == 1 else line.mark
        one = Item(entity, line.field, line.reference, line.wording, mark, "", total_of, same_as, when=line.when)
        if line.later:
            made.append(replace(one, when=SHORT_LIST))
            one = replace(one, label=line.later, when=LONG_LIST)
        made.append(one)
    return tuple(made)


def age_items(entity: str, lines: tuple[Line, ...]) -> tuple[Item, ...]:
    """Four ages and their total."""
    *parts, total = lines
    return (
        *items(entity, tuple(parts)),
        *items(entity, (total,), total_of=tuple(line.field for line in parts)),
    )


def placement_lines(entity: str, asked: Placements, everyone: str) -> tuple[Heading | Item, ...]:
    """The lines of a question about placements; `everyone` is the total that they are broken down from."""
    schools = tuple(line.field for line in asked.schools)
    elsewhere = tuple(line.field for line in asked.elsewhere)
    return (
        Heading("On the roll of (count children whose statement is under appeal too):", mark="i", level=2),
        *items(entity, asked.schools),
        *items(entity, (asked.at_school,), total_of=schools),
        Heading("Educated other than in school:", mark="iii", level=2),
        *items(entity, asked.elsewhere),
        *items(entity, (asked.everyone,), total_of=(asked.at_school.field, *elsewhere), same_as=(everyone,)),
    )


la_level = Tab(
    "la-level-data",
    "LA level data",
    (
        Item("LALevel", "LACode", label="Local Authority code", given=True),
        Item(
            "LALevel",
            "CompletionTime",
            label="Completion time",
            hint="How long it took to fill in this form, to the nearest hour.",
        ),
        Item("LALevel", "ContactForename", label="Contact forename"),
        Item("LALevel", "ContactSurname", label="Contact surname"),
        Item("LALevel", "Telephone", label="Telephone number", hint="With the area (STD) code."),
        Item("LALevel", "Email", label="E-mail address"),
    ),
    heading="LA level data",
    help="Which authority the return is from, and whom the department may ask about it.",
)

part_1 = Tab(
    "part-1",
    "Part 1",
    (
        Heading(
            "For how many children did the authority maintain a statement of special educational needs, under the "
            "Education Act 1996, on {edition.census_day:day}? Ages are those on "
            "{edition.age_date:day}.",
            mark="1.1",
        ),
        *age_items("Part1", STATEMENTS),
        Heading("Of the children in 1.1, how many are:", mark="1.2"),
        *placement_lines("Part1", PLACED, "TotAll"),
    ),
    heading="Part 1: Children with statements maintained by the authority on {edition.census_day:day}",
    help="The position on census day.",
)

part_2 = Tab(
    "part-2",
    "Part 2",
    (
        Heading(
            "For how many children was a statement of special educational needs, under the Education Act 1996, made "
            "for the first time during the {edition.flow_year} calendar year? Ages are those on "
            "{edition.age_date:day}.",
            mark="2.1",
        ),
        *age_items("Part2", FIRST_STATEMENTS),
        Heading("Of the children in 2.1, how many were:", mark="2.2"),
        *placement_lines("Part2", FIRST_PLACED, "NewAll"),
        Heading(
            "How many children were assessed during the {edition.flow_year} calendar year without a statement "
            "being made?",
            mark="2.3",
        ),
        *items("Part2", NO_STATEMENT),
        Heading(
            "How many children with a statement moved, during the {edition.flow_year} calendar year:",
            mark="2.4",
        ),
        *items("Part2", MOVES),
        Heading(
            "For how many children of compulsory school age was the statement reviewed and discontinued during the "
            "{edition.flow_year} calendar year, because:",
            mark="2.5",
        ),
        *items("Part2", ENDED),
        Heading(
            "For how many young people of 16 or over did the statement end during the {edition.flow_year} calendar "
            "year because they left school?",
            mark="2.6",
        ),
        *items("Part2", LEFT),
    ),
    heading="Part 2: Assessments and placements by the authority during the {edition.flow_year} calendar year",
    help="The calendar year that ended on 31 December {edition.flow_year}.",
)

form = Form((la_level, part_1, part_2), given=given, source="LALevel.LACode")
