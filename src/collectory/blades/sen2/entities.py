"""The tables of the return: each has one record."""

from __future__ import annotations

from collectory.blade import Code, DateTime, Entity, Field, Integer, Text, group

from .lines import PART_1, PART_2, Line

MOST = 999_999
"""No authority has as many children; a larger number is a slip of the keyboard."""

WHY = "Every line is added up over all authorities. An empty line cannot be told from an answer of nought."
FIX = "Enter the number of children as a whole number in ordinary digits; 0 where there are none."

THREE_DIGITS = Text(form=r"^[0-9]{3}$", form_in_words="three digits, such as 302")

header = Entity(
    "Header",
    "Header",
    [
        *group(
            "CollectionDetails",
            Field("Collection", Code("Collection"), "Collection", required=True, help="SEN2."),
            Field(
                "Year",
                Text(form=r"^[0-9]{4}$", form_in_words="a year of four digits, such as 2011"),
                "Year",
                required=True,
                help="The calendar year of census day.",
            ),
        ),
        *group(
            "Source",
            Field("SourceLevel", Code("SourceLevel"), "Made by", help="L: a local authority."),
            Field("LEA", THREE_DIGITS, "Local authority number"),
            Field("SoftwareCode", Text(longest=100), "Software"),
            Field("SerialNo", Text(form=r"^[0-9]{1,3}$", form_in_words="up to three digits"), "Serial number"),
            Field("DateTime", DateTime(), "File created"),
        ),
    ],
    label="File header",
    plural="File header",
    many=False,
    help="What the return says about itself: which collection, which year, which authority.",
)

la_level = Entity(
    "LALevel",
    "LALevel",
    [
        Field("LACode", THREE_DIGITS, "Local Authority code", certainty="C"),
        Field(
            "CompletionTime",
            Integer(0, 9_999),
            "Completion time in hours",
            certainty="C",
            why="It tells the department what the collection costs authorities.",
            fix="Enter whole hours, such as 12.",
        ),
        Field("ContactForename", Text(longest=100), "Contact forename", certainty="C"),
        Field("ContactSurname", Text(longest=100), "Contact surname", certainty="C"),
        Field("Telephone", Text(longest=35), "Telephone number", certainty="C"),
        Field(
            "Email",
            Text(
                form=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", form_in_words="an e-mail address, such as sen.team@example.gov.uk"
            ),
            "E-mail address",
            certainty="C",
            why="The department writes to this address about the return.",
            fix="Enter one complete e-mail address.",
        ),
    ],
    label="LA level data",
    plural="LA level data",
    many=False,
    help="Which authority the return is from, and whom to ask about it.",
)


def count(line: Line) -> Field:
    """The field of a line: a whole number that must be given."""
    name = f"{line.reference} {line.field}"
    return Field(
        line.field,
        Integer(0, MOST),
        name,
        required=True,
        required_message=f"{name} is mandatory",
        numbered=False,
        why=WHY,
        fix=FIX,
        help=_sentence(line.later or line.wording),
        when=line.when,
        certainty=line.certainty,
    )


def _sentence(wording: str) -> str:
    return f"{wording[0].upper()}{wording[1:]}."


part_1 = Entity(
    "Part1",
    "Part1",
    [count(line) for line in PART_1],
    label="Part 1",
    plural="Part 1",
    many=False,
    help="Children with a statement on census day, by age and placement.",
)

part_2 = Entity(
    "Part2",
    "Part2",
    [count(line) for line in PART_2],
    label="Part 2",
    plural="Part 2",
    many=False,
    help="Assessments and placements of the calendar year before census day.",
)

entities = (header, la_level, part_1, part_2)
