"""A made-up collection, to show that the engine knows no blade: what a town's library lends.

It has what is awkward to write: shared wrappers, values that may stand three times, records whose own element
carries the value, records below records in the middle of the fields, and fields named as a key column would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from collectory.blade import (
    ERROR,
    QUERY,
    Blade,
    Boolean,
    Code,
    CodeSet,
    Date,
    DateTime,
    Decimal,
    Edition,
    Entity,
    Field,
    Header,
    Integer,
    Text,
    case,
    group,
    repeated,
    return_rule,
    rule,
)
from collectory.engine import Dataset, read_tables

header = Entity(
    "Header",
    "Header",
    [
        *group(
            "Details",
            Field("Collection", label="Collection"),
            Field("Year", label="Year"),
            Field("Made", DateTime(), "Made at"),
        ),
        Field("Town", label="Town number"),
    ],
    many=False,
    label="Header",
)
library = Entity(
    "Library",
    "Library",
    [Field("Rooms", Integer(most=500), "Rooms"), Field("Budget", Decimal(2, least=None), "Budget")],
    many=False,
    label="Library",
)
reader = Entity(
    "Reader",
    "Readers/AdultReaders/Reader",
    [
        *group(
            "Identity",
            Field("Ticket", Text(form=r"^[A-Z]\d{3}$", form_in_words="a letter and three digits"), "Ticket",
                  required=True, rule="10"),
            Field("Surname", Text(longest=40), "Surname"),
            Field("Born", Date(), "Date of birth"),
        ),
        Field("NativeID", Text(), "Old number"),
        *group("Card", Field("Colour", Code("Colour"), "Card colour"), Field("Lost", Boolean(), "Card lost")),
        *group("Card/Refusals", *repeated(3, Field("Reason", Text(), "Reason"))),
        Field("Remark", Text(), "Remark"),
    ],
    key=("Ticket",),
    named_by=("Surname",),
    label="Reader",
    plural="Readers",
)  # fmt: skip
loan = Entity(
    "Loan",
    "Card/Loans/Loan",
    [Field("Book", Text(), "Book"), Field("Until", Date(), "Due back"), Field("LoanID", Text(), "Slip number")],
    parent=reader,
    key=("Book",),
    label="Loan",
    plural="Loans",
    after="Colour",
)
renewal = Entity("Renewal", "Renewals/Renewal", [Field("On", Date(), "Renewed on")], parent=loan, label="Renewal")
desk = Entity("Desk", "Desk", [Field("Seat", Text(), "Seat")], parent=reader, many=False, label="Desk", after="Remark")
interest = Entity(
    "Interest", "Interest", [Field("Subject", Text(), "Subject", element=".")], parent=reader, label="Interest"
)
child = Entity(
    "Child", "Readers/YoungReaders/Reader", [Field("Ticket", Text(), "Ticket"), Field("Age", Integer(), "Age")],
    key=("Ticket",), label="Young reader", plural="Young readers",
)  # fmt: skip


@rule(
    "20",
    ERROR,
    on=loan,
    reads=("Until", "Reader.Born"),
    message="A loan falls due before the reader was born.",
    why="Nobody borrows before birth.",
    fix="Correct the date.",
    fails=[case(Until="1900-01-01")],
    passes=[case(Until="2021-01-01")],
)
def due_after_birth(record: Any, edition: Edition) -> pl.Expr:
    return record.Until >= record.up(reader).Born


@rule(
    "30",
    QUERY,
    on=reader,
    reads=("Lost",),
    message="The card is lost.",
    why="Lost cards are misused.",
    fix="Give out another card.",
    note="confirmation",
    note_help="Say that it is so.",
    fails=[case(Lost="true")],
    passes=[case(Lost="false")],
)
def card_not_lost(record: Any, edition: Edition) -> pl.Expr:
    return ~record.Lost


@return_rule(
    "40",
    QUERY,
    message="There are {readers} readers.",
    figures={"readers": lambda whole, edition: whole.count(reader)},
    why="Few libraries have more than three readers.",
    fix="Count again.",
    fails=[case(Reader=[{}, {}, {}, {}])],
    passes=[case(Reader=[{}])],
)
def few_readers(whole: Any, edition: Edition) -> pl.Expr:
    return whole.count(reader) <= 3


TYPICAL: Mapping[str, Mapping[str, str]] = {
    "Header": {"Collection": "LIB", "Year": "2021", "Town": "0123"},
    "Reader": {"Ticket": "A001", "Born": "1980-02-03", "Colour": "R"},
    "Loan": {"Book": "Atlas", "Until": "2021-11-01"},
}

blade = Blade(
    name="library",
    title="Library survey",
    root="Survey",
    header=Header("Header/Details/Collection", "LIB", year="Header/Details/Year", source=("Header/Town",)),
    entities=(header, library, reader, loan, renewal, desk, interest, child),
    codesets={"Colour": CodeSet("Colour", {"R": "Red", "G": "Green"})},
    rules=(due_after_birth, card_not_lost, few_readers),
    typical=lambda edition: TYPICAL,
)
edition = Edition(blade, "library-2021", "Library survey 2021", year="2021", when="2021")
blade.add_editions(edition)


def small_return(**tables: list[dict[str, Any]]) -> Dataset:
    """A return of the library, with a header; other tables as given."""
    return read_tables({"Header": [dict(TYPICAL["Header"])], **tables}, edition)


def typical_return() -> Dataset:
    """Two readers, three loans, a renewal: with accents, an ampersand and a repeated value."""
    return small_return(
        Library=[{"Rooms": "3", "Budget": "-12.50"}],
        Reader=[
            {"Ticket": "A001", "Surname": "O'Brien & Søn", "Born": "1980-02-03", "Colour": "R", "Lost": "true",
             "Reason1": "late", "Reason3": "noise <loud>", "Remark": "=1+1"},
            {"Ticket": "B002", "Born": "not known", "NativeID": "007"},
        ],
        Loan=[
            {"_parent": 0, "Book": "Atlas", "Until": "2021-11-01", "LoanID": "1"},
            {"_parent": 0, "Book": "Zoë's garden", "Until": "1970-01-01"},
            {"_parent": 1, "Book": "Atlas"},
        ],
        Renewal=[{"_parent": 1, "On": "2021-10-01"}],
        Interest=[{"_parent": 1, "Subject": "maps"}, {"_parent": 1, "Subject": None}],
        Desk=[{"_parent": 0, "Seat": "12"}],
        Child=[{"Ticket": "C003", "Age": "7"}],
    )  # fmt: skip
