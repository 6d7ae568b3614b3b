"""Admission appeals, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Entity, Record, Rule, When, rule

from ..entities.school import infant_appeals, primary_appeals, school, secondary_appeals
from .scope import phases
from .year_groups import IN_ORDER, order_of

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",), since="2017-1")
OWN_ADMISSIONS = ["VA", "FO", "CA"]
"""Governance of schools that decide on admissions themselves; the local authority reports those of the others."""

COUNTS = ("Lodged", "Withdrawn", "Heard", "Upheld", "Rejected")
PUBLISHED = "Appeals are published by kind of school."
COUNTS_FIX = "Correct the counts of appeals in your own system."


def add_up(number: str, entity: Entity, parts: tuple[str, str], whole: str, message: str) -> Rule:
    """Two counts that make up a third."""

    @rule(
        number,
        ERROR,
        on=entity,
        when=SPRING,
        reads=(*parts, whole),
        message=message,
        why=PUBLISHED,
        fix=COUNTS_FIX,
        fails=[Case({whole: "20"})],
        passes=[Case({}), Case({whole: None})],
        certainty="B",
        source=SOURCE,
    )
    def holds(appeals: Record, edition: Edition) -> pl.Expr:
        return appeals.value(parts[0]) + appeals.value(parts[1]) == appeals.value(whole)

    return holds


sums = [
    rule_of_sum
    for first, second, entity, kind in (
        ("560", "570", primary_appeals, "Primary"),
        ("561", "571", secondary_appeals, "Secondary"),
        ("630", "640", infant_appeals, "Infant class"),
    )
    for rule_of_sum in (
        add_up(
            first,
            entity,
            ("Withdrawn", "Heard"),
            "Lodged",
            f"{kind} appeals: those withdrawn and heard do not make up those lodged.",
        ),
        add_up(
            second,
            entity,
            ("Upheld", "Rejected"),
            "Heard",
            f"{kind} appeals: those upheld and rejected do not make up those heard.",
        ),
    )
]


def infants_among_all(number: str, name: str, word: str) -> Rule:
    """580 to 620: appeals for infant classes are among those for primary places."""

    @rule(
        number,
        ERROR,
        on=infant_appeals,
        when=SPRING,
        reads=(name, f"PrimaryAdmissionsAppeals.{name}"),
        applies=phases("PS", "AT"),
        applies_in_words="primary and all-through schools",
        message=f"More appeals were {word} for infant classes than for all primary years.",
        why=PUBLISHED,
        fix=COUNTS_FIX,
        fails=[Case({name: "9", "School": {"Phase": "PS"}, "PrimaryAdmissionsAppeals": [{}]})],
        passes=[
            Case({"School": {"Phase": "PS"}, "PrimaryAdmissionsAppeals": [{}]}),
            Case({name: "9", "School": {"Phase": "PS"}}),
            Case({name: None, "School": {"Phase": "PS"}, "PrimaryAdmissionsAppeals": [{}]}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def holds(appeals: Record, edition: Edition) -> pl.Expr:
        overall: pl.Expr = getattr(appeals.one(primary_appeals), name)
        return appeals.value(name) <= overall

    return holds


infants = [
    infants_among_all(number, name, name.lower())
    for number, name in zip(("580", "590", "600", "610", "620"), COUNTS, strict=True)
]


def expected(number: str, entity: Entity, words: str, asked_of: tuple[str, ...], first: str, last: str) -> Rule:
    """564Q to 566Q: a school that decides on admissions itself and takes pupils of these years has appeals."""
    usual = {"Phase": asked_of[0], "LowestNCyear": first, "HighestNCyear": last, "Governance": "CA"}

    @rule(
        number,
        QUERY,
        on=school,
        when=SPRING,
        reads=("Governance", "LowestNCyear", "HighestNCyear"),
        applies=phases(*asked_of),
        applies_in_words="mainstream schools with these years",
        message=f"Please check: the school decides on its admissions itself, but reports no {words} appeal.",
        why=PUBLISHED,
        fix="Enter the appeals of the last school year.",
        note="confirmation",
        note_help="Confirm that there was no appeal.",
        fails=[Case(usual), Case({**usual, entity.name: [dict.fromkeys(COUNTS, "0")]})],
        passes=[Case({**usual, entity.name: [{}]}), Case({**usual, "Governance": "CO"})],
        certainty="B-",
        source=SOURCE,
    )
    def holds(record: Record, edition: Edition) -> pl.Expr:
        lowest, highest = order_of(record.LowestNCyear), order_of(record.HighestNCyear)
        teaches = (lowest <= IN_ORDER.index(last)) & (highest >= IN_ORDER.index(first))
        own = record.Governance.is_in(OWN_ADMISSIONS)
        some = record.any(entity, lambda each: pl.any_horizontal(each.value(name) > 0 for name in COUNTS))
        return ~(teaches & own) | some

    return holds


expectations = [
    expected("564Q", primary_appeals, "primary", ("PS", "MP", "AT"), "R", "6"),
    expected("565Q", secondary_appeals, "secondary", ("SS", "MS", "AT"), "7", "13"),
    expected("566Q", infant_appeals, "infant class", ("PS", "AT"), "R", "2"),
]


def not_wanted(number: str, entity: Entity, of: str, *, wanted: tuple[str, ...] = (), silent: str = "") -> Rule:
    """Appeals of a school whose governance or phase has none to report."""
    by_phase = bool(wanted)

    @rule(
        number,
        ERROR,
        on=entity,
        when=SPRING,
        reads=("Lodged", "School.Phase" if by_phase else "School.Governance"),
        message=f"Appeals for {of} are given by a school of a phase that has none."
        if by_phase
        else f"Appeals for {of} are given, but the local authority decides on admissions to this school.",
        why=PUBLISHED,
        fix="Take the appeals out of the return, or correct the school's phase or governance.",
        silenced_by=(silent,) if silent else (),
        fails=[Case({"School": {"Phase": "SP"} if by_phase else {"Phase": "AT", "Governance": "CO"}})],
        passes=[
            Case({"School": {"Phase": "AT", "Governance": "CA"}}),
            Case({**dict.fromkeys(COUNTS), "School": {"Phase": "SP", "Governance": "CO"}}),
        ],
        certainty="B",
        source=SOURCE,
    )
    def holds(appeals: Record, edition: Edition) -> pl.Expr:
        if by_phase:
            fits = appeals.one(school).Phase.is_in(list(wanted))
        else:
            fits = appeals.one(school).Governance.is_in(OWN_ADMISSIONS)
        return appeals.blank(*COUNTS) | fits

    return holds


MAINSTREAM = ("PS", "MP", "MS", "SS", "AT")
unwanted = [
    not_wanted("5014", primary_appeals, "primary years", wanted=MAINSTREAM),
    not_wanted("5013", primary_appeals, "primary years", silent="5014"),
    not_wanted("5126", secondary_appeals, "secondary years", wanted=MAINSTREAM),
    not_wanted("5125", secondary_appeals, "secondary years", silent="5126"),
    not_wanted("5019", infant_appeals, "infant classes", wanted=("PS", "AT")),
    not_wanted("5018", infant_appeals, "infant classes"),
]
