"""Each rule flags what it must and passes what it must, in every edition of the census."""

import pytest
from larkshire_rules import rules

from collectory.blades.school_census import blade
from collectory.engine.cases import broken_cases_of


@pytest.mark.parametrize("edition", blade.editions, ids=lambda edition: edition.key)
def test_cases(edition):
    with_ours = edition.with_extra([rules])
    for rule in rules.rules:
        assert list(broken_cases_of(with_ours, with_ours.rule(rule.key))) == []
