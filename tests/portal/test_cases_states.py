"""The life of a case, folded from its events, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from collectory.portal.cases.states import FROM, Happening, NotPossible, Standing, State, can, fold, following

H, S = Happening, State


@dataclass
class E:
    """An event."""

    kind: str
    sides: list[int]
    details: dict[str, Any] = field(default_factory=dict)
    pk: int = 1


OPENED = E(H.OPENED, [1, 2])
CHANGE = {"by": 1, "needs_data": True}
NO_CHANGE = {"by": None, "needs_data": False}


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], S.OPEN),
        ([E(H.PROPOSED, [1], CHANGE)], S.PROPOSED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.AGREED, [2])], S.AGREED),
        ([E(H.PROPOSED, [1], NO_CHANGE), E(H.AGREED, [2])], S.SETTLED),
        ([E(H.PROPOSED, [1, 2], CHANGE)], S.AGREED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.DISAGREED, [2])], S.DISAGREED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.DISAGREED, [2]), E(H.AGREED, [2])], S.AGREED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.DISAGREED, [2]), E(H.PROPOSED, [2], CHANGE)], S.PROPOSED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.AGREED, [2]), E(H.DISAGREED, [2])], S.DISAGREED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.WITHDRAWN, [1])], S.OPEN),
        ([E(H.PROPOSED, [1], CHANGE), E(H.AGREED, [2]), E(H.WITHDRAWN, [2])], S.PROPOSED),
        ([E(H.DECIDED, [], CHANGE)], S.DECIDED),
        ([E(H.DECIDED, [], NO_CHANGE)], S.SETTLED),
        ([E(H.DECIDED, [], CHANGE), E(H.REVOKED, [])], S.OPEN),
        ([E(H.CLOSED, [])], S.CLOSED),
        ([E(H.CLOSED, []), E(H.REOPENED, [1, 2])], S.OPEN),
        ([E(H.REMEMBERED, [], NO_CHANGE)], S.SETTLED),
        ([E(H.REMEMBERED, [], NO_CHANGE), E(H.WITHDRAWN, [2])], S.OPEN),
        ([E(H.SAID, [1])], S.OPEN),
        # A third return joins: it has not answered yet, and what was decided was decided of two.
        ([E(H.PROPOSED, [1], CHANGE), E(H.AGREED, [2]), E(H.JOINED, [3])], S.PROPOSED),
        ([E(H.DECIDED, [], CHANGE), E(H.JOINED, [3])], S.OPEN),
        ([E(H.REMEMBERED, [], NO_CHANGE), E(H.JOINED, [3])], S.OPEN),
        # One of three goes: those who are left decide, unless the proposal was its own or about it.
        ([E(H.JOINED, [3]), E(H.PROPOSED, [1], CHANGE), E(H.AGREED, [2]), E(H.LEFT, [3])], S.AGREED),
        ([E(H.JOINED, [3]), E(H.PROPOSED, [3], CHANGE), E(H.LEFT, [3])], S.OPEN),
        ([E(H.JOINED, [3]), E(H.DECIDED, [], {"by": 3}), E(H.LEFT, [3])], S.OPEN),
        ([E(H.JOINED, [3]), E(H.DECIDED, [], {"by": 1}), E(H.LEFT, [3])], S.DECIDED),
        # Data that leave the clash there end what was said of other children, and nothing else.
        ([E(H.REMEMBERED, [], NO_CHANGE), E(H.CHANGED, [1], {"others": True})], S.OPEN),
        ([E(H.REMEMBERED, [], NO_CHANGE), E(H.CHANGED, [1], {"others": False})], S.SETTLED),
        ([E(H.PROPOSED, [1], CHANGE), E(H.CHANGED, [1], {"others": True})], S.PROPOSED),
    ],
)
def test_what_follows(events: list[E], state: State) -> None:
    assert fold([OPENED, *events]).state is state


@pytest.mark.parametrize(
    ("events", "next_one"),
    [
        ([], E(H.AGREED, [2])),
        ([], E(H.DISAGREED, [2])),
        ([], E(H.WITHDRAWN, [1])),
        ([], E(H.PROPOSED, [7], CHANGE)),  # no side of the case
        ([E(H.PROPOSED, [1], CHANGE)], E(H.AGREED, [1])),  # with oneself
        ([E(H.PROPOSED, [1], CHANGE)], E(H.DISAGREED, [1])),
        ([E(H.PROPOSED, [1], CHANGE)], E(H.WITHDRAWN, [2])),
        ([E(H.PROPOSED, [1], CHANGE), E(H.AGREED, [2])], E(H.AGREED, [2])),
        ([E(H.DECIDED, [], NO_CHANGE)], E(H.DISAGREED, [1])),
        ([E(H.DECIDED, [], CHANGE)], E(H.PROPOSED, [1], CHANGE)),
        ([E(H.CLOSED, [])], E(H.PROPOSED, [1], CHANGE)),
        ([E(H.CLOSED, [])], E(H.DECIDED, [], CHANGE)),
        ([E(H.PROPOSED, [1], NO_CHANGE), E(H.AGREED, [2])], E(H.REVOKED, [])),  # nobody decided it
    ],
)
def test_what_cannot_follow(events: list[E], next_one: E) -> None:
    standing = fold([OPENED, *events])
    assert not can(standing, Happening(next_one.kind), next_one.sides)
    with pytest.raises(NotPossible):
        following(standing, next_one)


def test_what_each_side_has_to_do() -> None:
    standing = fold([OPENED])
    assert [standing.to_do(side) for side in (1, 2, 3)] == ["propose", "propose", ""]
    standing = following(standing, E(H.PROPOSED, [1], CHANGE))
    assert [standing.to_do(side) for side in (1, 2)] == ["", "answer"]
    standing = following(standing, E(H.AGREED, [2]))
    assert [standing.to_do(side) for side in (1, 2)] == ["change", ""]
    decided = fold([OPENED, E(H.DECIDED, [], {"by": None})])
    assert [decided.to_do(side) for side in (1, 2)] == ["change", "change"]
    assert fold([OPENED, E(H.CLOSED, [])]).to_do(1) == ""


def test_a_proposal_shows_that_data_have_changed_since() -> None:
    proposed = fold([OPENED, E(H.PROPOSED, [1], CHANGE)])
    assert not proposed.touched
    changed = following(proposed, E(H.CHANGED, [2]))
    assert changed.touched and changed.proposal == proposed.proposal
    assert not following(changed, E(H.PROPOSED, [2], CHANGE, pk=2)).touched


def test_no_event_leads_anywhere_that_is_not_in_the_table() -> None:
    for kind, state in product(Happening, State):
        standing = Standing(state, frozenset({1, 2}), proposal=1, proposers=frozenset({1}), agreed=frozenset({1}))
        if state not in FROM[kind]:
            assert not can(standing, kind, [2])
