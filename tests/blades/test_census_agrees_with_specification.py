"""Rules, catalogue and the table of rules that they are written from agree on numbers, priorities and terms.

`census_rules.csv` has the facts of the table: number, priority, level (only where it is that of the return), terms,
certainty. Every difference between the table and an edition stands, with its reason, in the last table of
docs/decisions/school-census-choices.md.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from collectory.blade import Edition, When
from collectory.blades.school_census import blade
from collectory.engine.checking.compile import compiled
from collectory.engine.writing.catalogue import catalogue

CHOICES = Path(__file__).parents[2] / "docs/decisions/school-census-choices.md"
SPAN = re.compile(r"(every term|autumn|spring|summer)(?: since (\d{4}-\d))?(?: until (\d{4}-\d))?")
TERMS = {"autumn": "AUT", "spring": "SPR", "summer": "SUM"}
GUESSES = {"D"}

editions = pytest.mark.parametrize("edition", blade.editions, ids=lambda each: each.key)


@dataclass(frozen=True)
class Fact:
    """A row of the table of rules."""

    rule: str
    priority: str
    level: str
    terms: tuple[str, ...]
    certainty: str


@cache
def facts() -> dict[str, Fact]:
    with (Path(__file__).parent / "census_rules.csv").open(encoding="utf-8") as lines:
        rows = [Fact(**{**row, "terms": tuple(row["terms"].split())}) for row in csv.DictReader(lines)]
    return {each.rule: each for each in rows}


@cache
def differences() -> dict[str, When | None]:
    """When a rule is asked that is asked otherwise than the table says; None for never."""
    found: dict[str, When | None] = {}
    for line in CHOICES.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 3 or not cells[0][:1].isdigit():
            continue
        rules, asked, reason = cells
        assert reason, f"{rules} differ without a reason"
        for number in rules.split():
            assert number not in found, f"{number} stands twice"
            found[number] = None if asked == "never" else when(asked)
    return found


def when(words: str) -> When:
    """The editions that "spring since 2019-1, every term since 2024-2" means."""
    made: list[When] = []
    for span in words.split(", "):
        match = SPAN.fullmatch(span)
        assert match, f"{span} is not understood"
        term, since, until = match.groups()
        made.append(When((TERMS[term],) if term in TERMS else (), since or "", until or ""))
    first, *others = made
    for other in others:
        first = first | other
    return first


def by_the_table(fact: Fact, edition: Edition) -> bool:
    return edition.term in fact.terms


def expected(fact: Fact, edition: Edition) -> bool:
    if fact.rule not in differences():
        return by_the_table(fact, edition)
    asked = differences()[fact.rule]
    return asked is not None and asked.includes(edition.term, edition.when)


def numbers(edition: Edition) -> set[str]:
    """The published numbers that an edition asks. (Rules that follow from a field alone are named after it.)"""
    left_out = compiled(edition).left_out
    return {each.number for each in edition.rules if each.number[:1].isdigit() or each.number.startswith("TonT")} - set(
        left_out
    )


@editions
def test_an_edition_asks_the_rules_of_the_table(edition: Edition) -> None:
    table = {fact.rule for fact in facts().values() if expected(fact, edition)}
    asked = numbers(edition)
    assert (sorted(asked - table), sorted(table - asked)) == ([], [])


@editions
def test_priorities_and_levels_are_those_of_the_table(edition: Edition) -> None:
    known = facts()
    wrong = [
        (each.number, each.priority, each.level)
        for each in edition.rules
        if each.number in known
        and (
            each.priority != known[each.number].priority
            or (known[each.number].level and each.level != known[each.number].level)
        )
    ]
    assert wrong == []


@editions
def test_the_catalogue_lists_the_same_rules(edition: Edition) -> None:
    listed = {
        (row["rule"], row["priority"])
        for row in catalogue(edition)
        if row["rule"][:1].isdigit() or row["rule"].startswith("TonT")
    }
    assert listed == {(number, facts()[number].priority) for number in numbers(edition)}


def test_every_listed_difference_is_one() -> None:
    assert set(differences()) <= set(facts())
    same = [
        number
        for number in differences()
        if all(expected(facts()[number], each) == by_the_table(facts()[number], each) for each in blade.editions)
    ]
    assert same == []


def test_no_rule_is_made_up_or_a_guess() -> None:
    asked = {number for edition in blade.editions for number in numbers(edition)}
    assert asked <= set(facts())
    assert {number for number in asked if facts()[number].certainty in GUESSES} == set()
    # All that are sure are asked in some edition, or have a reason why not.
    left_out = {fact.rule for fact in facts().values() if fact.certainty[:1] in ("A", "B")} - asked
    assert left_out <= set(differences())
    assert len(asked) > 370
