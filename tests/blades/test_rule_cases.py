"""Every rule of every edition flags its failing records and leaves its passing ones alone."""

import pytest

from collectory.blade import Edition, Rule
from collectory.engine import editions
from collectory.engine.cases import broken_cases_of
from collectory.engine.checking.compile import compiled

CASES = [
    pytest.param(edition, rule, id=f"{edition.key}-{rule.key}")
    for edition in editions().values()
    for rule in edition.rules
    if rule.key not in compiled(edition).left_out
]


@pytest.mark.parametrize(("edition", "rule"), CASES)
def test_cases_come_out_as_they_say(edition: Edition, rule: Rule) -> None:
    assert list(broken_cases_of(edition, rule)) == []


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
