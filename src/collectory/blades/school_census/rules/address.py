"""Addresses of pupils, and the postcode of leavers with learning aims."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, Rule, case, rule

from ..entities.leavers import leaver, leaver_address
from ..entities.on_roll import address, pupil_on_roll
from .studies import AUTUMN, STUDENTS, STUDIES_OF_LEAVERS, studies_of

SOURCE = "DfE rules 2018/19"

DWELLING = ("SAON", "PAON")
PLACE = ("Street", "Locality", "Town", "AdministrativeArea", "PostTown")
PARTS = (*DWELLING, *PLACE)
LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "AddressLine5")
UPRN = "UniquePropertyReferenceNumber"

LIVES = "The address shows how far pupils travel and how deprived the place is where they live."
ADDRESS_FIX = "Complete the address in your own system: house and street in one part, the town in another."


postcode_given = Rule(
    key="2340",
    number="2340",
    priority=ERROR,
    level="item",
    message="The postcode is missing or is no postcode.",
    parts=(),  # the tests follow from the field
    why=LIVES,
    fix="Enter the full postcode in your own system.",
    fails=(case(PostCode=None), case(PostCode="LE1")),
    passes=(case(), case(PostCode="le11aa"), case(PostCode=None, AddressLine1=None, AddressLine2=None)),
    certainty="B",
    source=SOURCE,
)


def any_of(record: Record, names: tuple[str, ...]) -> pl.Expr:
    """Whether one of these fields holds something."""
    return ~record.blank(*names)


@rule(
    "2350",
    ERROR,
    on=address,
    reads=("PostCode", "PAON", "Street", "AddressLine1"),
    message="The address has neither a house or street nor a first line.",
    why=LIVES,
    fix=ADDRESS_FIX,
    fails=[
        case(AddressLine1=None, AddressLine2=None),
        case(AddressLine1=None),
        case(AddressLine1=None, AddressLine2=None, Town="Leicester"),
    ],
    passes=[
        case(),
        case(AddressLine1=None, AddressLine2=None, PAON="1", Street="High Street"),
        case(AddressLine1=None, AddressLine2=None, UniquePropertyReferenceNumber="100032030000"),
        case(AddressLine1=None, AddressLine2=None, PostCode=None),
    ],
    certainty="B-",
    source=SOURCE,
)
def enough_address(home: Record, edition: Edition) -> pl.Expr:
    names = ("PostCode", UPRN, *PARTS, *LINES) if home.has(UPRN) else ("PostCode", *PARTS, *LINES)
    known = any_of(home, (*DWELLING, "Street", "AddressLine1"))
    by_number = home.present(UPRN) if home.has(UPRN) else pl.lit(False)
    return known | by_number | home.blank(*names)


@rule(
    "2355Q",
    QUERY,
    on=pupil_on_roll,
    reads=("Surname", "Forename"),
    message="Please check: the pupil has no address.",
    why=LIVES,
    fix=ADDRESS_FIX,
    note="reason",
    note_help="Say why there is none, for instance that the pupil travels or that the address is protected.",
    fails=[
        case(),
        case(Address=[{"PostCode": None, "AddressLine1": None, "AddressLine2": None}]),
    ],
    passes=[
        case(Address=[{}]),
        case(Address=[{"PostCode": None}]),
        case(Address=[{"AddressLine1": None, "AddressLine2": None}]),
    ],
    certainty="B",
    source=SOURCE,
)
def has_address(pupil: Record, edition: Edition) -> pl.Expr:
    def holds_something(home: Record) -> pl.Expr:
        names = ("PostCode", UPRN, *PARTS, *LINES) if home.has(UPRN) else ("PostCode", *PARTS, *LINES)
        return any_of(home, names)

    return pupil.any(address, holds_something)


@rule(
    "2380",
    ERROR,
    on=address,
    reads=("SAON", "PAON", *PLACE),
    message="The address has a house or flat, but no street, locality, town or area.",
    why=LIVES,
    fix=ADDRESS_FIX,
    silenced_by=("2445",),
    fails=[case(AddressLine1=None, AddressLine2=None, PAON="1")],
    passes=[case(), case(AddressLine1=None, AddressLine2=None, PAON="1", Town="Leicester")],
    certainty="B",
    source=SOURCE,
)
def house_stands_somewhere(home: Record, edition: Edition) -> pl.Expr:
    return home.blank(*DWELLING) | any_of(home, PLACE)


@rule(
    "2400",
    ERROR,
    on=address,
    reads=LINES,
    message="Only the first line of the address is filled.",
    why=LIVES,
    fix=ADDRESS_FIX,
    silenced_by=("2445",),
    fails=[case(AddressLine2=None)],
    passes=[case(), case(AddressLine2=None, AddressLine4="Leicester"), case(AddressLine1=None)],
    certainty="B",
    source=SOURCE,
)
def more_than_one_line(home: Record, edition: Edition) -> pl.Expr:
    return home.blank("AddressLine1") | any_of(home, LINES[1:])


@rule(
    "2445",
    ERROR,
    on=address,
    reads=(*PARTS, *LINES),
    message="The address is given in two ways, in parts and in lines.",
    why="It cannot be told which of the two is meant.",
    fix="Keep one of the two in your own system.",
    fails=[case(PAON="1", Street="High Street"), case(Town="Leicester")],
    passes=[case(), case(AddressLine1=None, AddressLine2=None, PAON="1", Street="High Street", Town="Leicester")],
    certainty="B",
    source=SOURCE,
)
def one_form_of_address(home: Record, edition: Edition) -> pl.Expr:
    return home.blank(*PARTS) | home.blank(*LINES)


@rule(
    "2341",
    ERROR,
    on=leaver,
    when=AUTUMN,
    reads=("Surname", "Forename"),
    applies=STUDENTS,
    applies_in_words="schools with a sixth form, and referral units",
    message="The leaver has learning aims, but no postcode.",
    why="Funding of students of 16 or over depends on where they lived.",
    fix="Enter the postcode at which the student lived on leaving.",
    fails=[
        *(studies.case({}) for studies in STUDIES_OF_LEAVERS),
        *(studies.case({}, LeaverAddress=[{"PostCode": None}]) for studies in STUDIES_OF_LEAVERS),
        case(LeaverAddress=[{"PostCode": "nowhere"}]),
    ],
    passes=[
        *(studies.case({}, LeaverAddress=[{}]) for studies in STUDIES_OF_LEAVERS),
        case(),
        *(Case({**studies.case({}).values, "School": {"Phase": "SP"}}) for studies in STUDIES_OF_LEAVERS),
    ],
    certainty="B",
    source=SOURCE,
)
def student_left_a_postcode(pupil: Record, edition: Edition) -> pl.Expr:
    return ~pupil.any(studies_of(leaver, edition).aim) | pupil.any(
        leaver_address, lambda home: home.present("PostCode")
    )


@rule(
    "5130",
    ERROR,
    on=leaver_address,
    when=AUTUMN,
    reads=("PostCode",),
    message="The postcode of a leaver without learning aims is not wanted.",
    why="The census collects no more about people than it needs.",
    fix="Take the address out of the return; your supplier's software should send it for students with aims only.",
    fails=[case()],
    passes=[studies.case({}, LeaverAddress=[{}]) for studies in STUDIES_OF_LEAVERS],
    certainty="B",
    source=SOURCE,
)
def postcode_of_students_only(home: Record, edition: Edition) -> pl.Expr:
    def studied(pupil: Record) -> pl.Expr:
        return pupil.any(studies_of(leaver, edition).aim)

    return home.blank("PostCode") | home.up(leaver).value(studied)
