"""The country of the demonstration has cases in several states, made by the services that the pages use."""

from __future__ import annotations

from collections import Counter

import pytest

from collectory.portal.cases.models import Case
from collectory.portal.demonstration import cases, claims, country, probable, returns
from collectory.portal.probable.models import Match

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_countrys_cases_are_in_several_states() -> None:
    collection = country.set_up()
    claimed = {school for one in claims.CLAIMS for school in (one.school, one.of)}
    returns.fill(collection, only=lambda native_id: native_id in claimed)
    assert probable.look_for(collection)
    slips = {frozenset({one.school, one.of}) for one in claims.CLAIMS if one.slip}
    matched = Match.objects.values_list("one_return__organisation__native_id", "other_return__organisation__native_id")
    assert {frozenset(pair) for pair in matched} == slips
    assert not probable.look_for(collection), "what is done stays done"
    assert cases.settle_some(collection) == len(cases.PLANS), Case.objects.values_list("kind", "verdict")
    found = Counter(Case.objects.values_list("state", flat=True))
    assert set(found) == {"open", "proposed", "disagreed", "agreed", "decided", "settled"}
    assert cases.settle_some(collection) == 0, "what is done stays done"
