"""The order of states: what the fold gives, and that the cached state is never anything else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectory.portal.people.parts import Part
from collectory.portal.returns.states import (
    CHANGES_NOTHING,
    Happening,
    NotPossible,
    Standing,
    State,
    can,
    fold,
    following,
)

NOON = dt.datetime(2021, 10, 7, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Step:
    kind: str
    part: str
    at: dt.datetime = NOON


def states(*steps: tuple[Happening, Part]) -> State:
    return fold(Step(kind, part) for kind, part in steps).state


SOURCE, AGENT, COLLECTOR = Part.SOURCE, Part.AGENT, Part.COLLECTOR
H = Happening


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], State.NO_DATA),
        ([(H.UPLOADED, SOURCE)], State.LOADED),
        ([(H.KEYED, SOURCE)], State.LOADED),
        ([(H.KEYED, SOURCE), (H.EDITED, SOURCE)], State.AMENDED_BY_SOURCE),
        ([(H.KEYED, SOURCE), (H.SUBMITTED, SOURCE), (H.DELETED, SOURCE), (H.KEYED, SOURCE)], State.LOADED),
        ([(H.UPLOADED, SOURCE), (H.EDITED, SOURCE)], State.AMENDED_BY_SOURCE),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE)], State.SUBMITTED),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.UPLOAD_REFUSED, SOURCE)], State.SUBMITTED),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.EDITED, AGENT)], State.AMENDED_BY_AGENT),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.EDITED, SOURCE)], State.AMENDED_BY_SOURCE),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.APPROVED, AGENT)], State.APPROVED),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.APPROVED, AGENT), (H.UPLOADED, SOURCE)], State.LOADED),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.REJECTED, AGENT)], State.REJECTED_BY_AGENT),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.APPROVED, AGENT), (H.REJECTED, COLLECTOR)],
         State.REJECTED_BY_COLLECTOR),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.APPROVED, AGENT), (H.EDITED, COLLECTOR)],
         State.AMENDED_BY_COLLECTOR),
        ([(H.UPLOADED, SOURCE), (H.SUBMITTED, SOURCE), (H.APPROVED, AGENT), (H.AUTHORISED, COLLECTOR)],
         State.AUTHORISED),
        ([(H.UPLOADED, SOURCE), (H.EDITED, SOURCE), (H.SUBMITTED, SOURCE), (H.WITHDRAWN, SOURCE)],
         State.AMENDED_BY_SOURCE),
        ([(H.UPLOADED, SOURCE), (H.DELETED, SOURCE)], State.NO_DATA),
    ],
)  # fmt: skip
def test_fold(steps: list[tuple[Happening, Part]], expected: State) -> None:
    assert states(*steps) is expected


def test_an_authorised_return_changes_only_after_reopening() -> None:
    standing = Standing(State.AUTHORISED)
    for kind in set(Happening) - CHANGES_NOTHING - {Happening.REOPENED}:
        with pytest.raises(NotPossible):
            following(standing, kind, Part.SOURCE, NOON)
    assert following(standing, Happening.REOPENED, Part.COLLECTOR, NOON).state is State.APPROVED


@given(st.lists(st.tuples(st.sampled_from(Happening), st.sampled_from(Part)), max_size=40))
def test_dates_agree_with_states(steps: list[tuple[Happening, Part]]) -> None:
    standing = Standing()
    for kind, part in steps:
        if can(standing.state, kind, part):
            standing = following(standing, kind, part, NOON)
        beyond_the_source = {State.SUBMITTED, State.AMENDED_BY_AGENT, State.APPROVED, State.AUTHORISED}
        assert (standing.submitted_at is not None) == (
            standing.state in beyond_the_source | {State.AMENDED_BY_COLLECTOR}
        )
        assert (standing.approved_at is not None) == (
            standing.state in {State.APPROVED, State.AMENDED_BY_COLLECTOR, State.AUTHORISED}
        )
        assert (standing.authorised_at is not None) == (standing.state is State.AUTHORISED)
