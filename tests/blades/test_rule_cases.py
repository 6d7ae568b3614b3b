"""Every rule flags its failing records and leaves its passing ones alone.

Each rule is proved in the newest edition that asks it, and in every other in which it is another test: it reads other
fields or codes, or is written otherwise. Days and other long numbers move with the edition and make no other test.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import polars as pl
import pytest

from collectory.blade import Edition, Rule
from collectory.engine import editions
from collectory.engine.cases import broken_cases_of
from collectory.engine.checking.compile import Compiled, CompiledPart, compiled

DERIVED = re.compile(r'col\("([a-z]+:\d+)"\)')
DAYS_AND_YEARS = re.compile(r"\d{4}-\d\d-\d\d|\d{3,}")


@cache
def to_prove() -> dict[str, list[Rule]]:
    """The rules to prove in each edition, by its key."""
    chosen: dict[str, list[Rule]] = defaultdict(list)
    proved: set[tuple[str, str, str]] = set()
    for edition in reversed(editions().values()):
        made = compiled(edition)
        tests: dict[str, list[str]] = defaultdict(list)
        for part in made.parts:
            tests[part.rule.key].append(as_test(made, part))
        for rule in edition.rules:
            test = (edition.blade.name, rule.key, "\n".join(tests[rule.key]))
            if rule.key not in made.left_out and test not in proved:
                proved.add(test)
                chosen[edition.key].append(rule)
    return chosen


def as_test(made: Compiled, part: CompiledPart) -> str:
    """What a part of a rule tests, in words that are the same in editions in which it is the same test."""
    edition = made.edition
    codes = []
    if part.entity and edition.has_entity(part.entity):
        fields = [edition.entity(part.entity).field_meant_by(read.name) for read in part.reads if "." not in read.name]
        codes = [sorted(edition.codeset(field) or ()) for field in fields if field is not None]
    applies = "" if part.applies is None else written(made, part.applies)
    return repr((part.entity, part.place_fields, written(made, part.holds), applies, codes))


def written(made: Compiled, expression: pl.Expr) -> str:
    """An expression as text, with what its derived columns are in place of their names."""

    def unfolded(name: re.Match[str]) -> str:
        derived = made.plan.derived.get(name.group(1))
        if derived is None:
            return name.group(0)
        inner = "" if derived.expression is None else written(made, derived.expression)
        return repr((derived.how, derived.source, derived.of, derived.columns, inner))

    return DAYS_AND_YEARS.sub("…", DERIVED.sub(unfolded, str(expression)))


@pytest.mark.parametrize("key", list(editions()))
def test_cases_come_out_as_they_say(key: str) -> None:
    edition: Edition = editions()[key]
    assert [broken for rule in to_prove()[key] for broken in broken_cases_of(edition, rule)] == []


def test_every_rule_is_proved_somewhere() -> None:
    proved = {(editions()[key].blade.name, rule.key) for key, rules in to_prove().items() for rule in rules}
    asked = {
        (edition.blade.name, rule.key)
        for edition in editions().values()
        for rule in edition.rules
        if rule.key not in compiled(edition).left_out
    }
    assert proved == asked


def test_every_rule_says_why_and_how_to_put_it_right() -> None:
    silent = [
        f"{edition.key} {rule.key}"
        for edition in editions().values()
        for rule in edition.rules
        if not (rule.message and rule.why and rule.fix)
    ]
    assert silent == []


def test_every_query_says_which_note_is_acceptable() -> None:
    silent = [
        f"{edition.key} {rule.key}"
        for edition in editions().values()
        for rule in edition.rules
        if rule.priority == "query" and not rule.note
    ]
    assert silent == []
