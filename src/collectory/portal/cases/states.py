"""The life of a case: which state follows which event. The one place that knows it.

As with returns, a state is never set but folded from the events; what stands in rows is a cache of `fold`. A side is
the organisation whose return is concerned; sides are numbers here. Who may speak for a side is decided in permissions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol


class State(StrEnum):
    """Where a case can stand."""

    OPEN = "open"
    PROPOSED = "proposed"
    DISAGREED = "disagreed"
    AGREED = "agreed"
    DECIDED = "decided"
    SETTLED = "settled"
    CLOSED = "closed"

    @property
    def words(self) -> str:
        """The state as it is written on a page."""
        return WORDS[self]


WORDS = {
    State.OPEN: "Open",
    State.PROPOSED: "Proposed",
    State.DISAGREED: "Disagreed",
    State.AGREED: "Agreed, waiting for new data",
    State.DECIDED: "Decided, waiting for new data",
    State.SETTLED: "Settled, the data stay as they are",
    State.CLOSED: "Closed, the data have changed",
}


class Happening(StrEnum):
    """The kinds of event."""

    OPENED = "opened"
    PROPOSED = "proposed"
    AGREED = "agreed"
    DISAGREED = "disagreed"
    WITHDRAWN = "withdrawn"
    SAID = "said"
    DECIDED = "decided"
    REVOKED = "decision taken back"
    JOINED = "joined"  # another return claims the pupil too
    LEFT = "left"  # one of several does no longer
    CHANGED = "data changed"  # and the clash is still there
    CLOSED = "closed"
    REOPENED = "reopened"
    REMEMBERED = "remembered"  # said of the same records in an earlier case


BY_DATA = frozenset(
    {
        Happening.OPENED,
        Happening.JOINED,
        Happening.LEFT,
        Happening.CHANGED,
        Happening.CLOSED,
        Happening.REOPENED,
        Happening.REMEMBERED,
    }
)
"""Brought by data, not by a person."""

NEEDS_REASON = frozenset(
    {Happening.DISAGREED, Happening.WITHDRAWN, Happening.SAID, Happening.DECIDED, Happening.REVOKED}
)

S = State
EVERY = frozenset(State)
LIVE = EVERY - {S.CLOSED}
UNDER_DISCUSSION = frozenset({S.OPEN, S.PROPOSED, S.DISAGREED})
WAITING = frozenset({S.AGREED, S.DECIDED})
UNFINISHED = UNDER_DISCUSSION | WAITING
"""Where somebody has still to do something."""

FROM: dict[Happening, frozenset[State]] = {
    Happening.OPENED: EVERY,
    Happening.PROPOSED: UNDER_DISCUSSION | {S.AGREED},
    Happening.AGREED: frozenset({S.PROPOSED, S.DISAGREED}),
    Happening.DISAGREED: frozenset({S.PROPOSED, S.DISAGREED, S.AGREED, S.SETTLED}),
    Happening.WITHDRAWN: frozenset({S.PROPOSED, S.DISAGREED, S.AGREED, S.SETTLED}),
    Happening.SAID: EVERY,
    Happening.DECIDED: LIVE,
    Happening.REVOKED: frozenset({S.DECIDED, S.SETTLED}),
    Happening.JOINED: LIVE,
    Happening.LEFT: LIVE,
    Happening.CHANGED: LIVE,
    Happening.CLOSED: LIVE,
    Happening.REOPENED: frozenset({S.CLOSED}),
    Happening.REMEMBERED: frozenset({S.OPEN}),
}


class NotPossible(Exception):
    """An event that cannot follow. Services check first; this is the last guard."""


class Happened(Protocol):
    """What the fold reads of an event.

    sides    for whom it speaks, or which sides data concern
    details  of a proposal or decision: `needs_data`, and `by`, the side that is to change something (None: all); of
             changed data: `others`, whether the values by which children are told apart are others now
    """

    pk: Any
    kind: str
    sides: list[int]
    details: dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """Where a case stands after some events.

    sides      those whose data clash now
    proposal   the event with the proposal or decision that stands, if any
    proposers  the sides that it came from
    changes    the side that is to change its data under it; None: every side, or none
    touched    whether the data have changed since it was made
    """

    state: State = State.OPEN
    sides: frozenset[int] = frozenset()
    proposal: Any = None
    proposers: frozenset[int] = frozenset()
    agreed: frozenset[int] = frozenset()
    disagreed: frozenset[int] = frozenset()
    changes: int | None = None
    needs_data: bool = True
    decided: bool = False
    touched: bool = False

    def without_proposal(self) -> Standing:
        """The same clash as if nobody had said anything."""
        return Standing(State.OPEN, self.sides)

    def weighed(self) -> Standing:
        """With the state that follows from who has agreed and who has not."""
        if self.disagreed:
            return replace(self, state=State.DISAGREED)
        if self.sides <= self.agreed:
            return replace(self, state=State.AGREED if self.needs_data else State.SETTLED)
        return replace(self, state=State.PROPOSED)

    def to_do(self, side: int) -> str:
        """What a side has to do: "propose", "answer", "change", or "" for nothing."""
        if side not in self.sides:
            return ""
        if self.state in {State.OPEN, State.DISAGREED}:
            return "propose"
        if self.state is State.PROPOSED:
            return "" if side in self.agreed else "answer"
        if self.state in WAITING:
            return "change" if self.changes in {None, side} else ""
        return ""


def can(standing: Standing, kind: Happening, sides: Iterable[int] = ()) -> bool:
    """Whether an event of this kind, on behalf of these sides, may follow."""
    if standing.state not in FROM[kind]:
        return False
    speaking = frozenset(sides) & standing.sides
    match kind:
        case Happening.PROPOSED:
            return bool(speaking)
        case Happening.AGREED:
            return bool(speaking - standing.agreed)
        case Happening.DISAGREED:
            return not standing.decided and bool(speaking - standing.proposers - standing.disagreed)
        case Happening.WITHDRAWN:
            return not standing.decided and bool(speaking & (standing.agreed | standing.disagreed))
        case Happening.REVOKED:
            return standing.decided
        case Happening.SAID:
            return True
    return True


def following(standing: Standing, event: Happened) -> Standing:
    """The standing after one more event. Raises NotPossible where it cannot follow."""
    kind, sides = Happening(event.kind), frozenset(event.sides)
    if not can(standing, kind, sides):
        raise NotPossible(f"{kind} cannot follow {standing.state}")
    match kind:
        case Happening.OPENED | Happening.REOPENED:
            return Standing(State.OPEN, sides)
        case Happening.PROPOSED:
            speaking = sides & standing.sides
            return _with_proposal(Standing(State.PROPOSED, standing.sides), event, speaking).weighed()
        case Happening.REMEMBERED:
            return _with_proposal(Standing(State.PROPOSED, standing.sides), event, standing.sides).weighed()
        case Happening.AGREED:
            speaking = sides & standing.sides
            now = replace(standing, agreed=standing.agreed | speaking, disagreed=standing.disagreed - speaking)
            return now.weighed()
        case Happening.DISAGREED:
            speaking = (sides & standing.sides) - standing.proposers
            now = replace(standing, agreed=standing.agreed - speaking, disagreed=standing.disagreed | speaking)
            return now.weighed()
        case Happening.WITHDRAWN:
            if sides & standing.proposers:
                return standing.without_proposal()
            return replace(standing, agreed=standing.agreed - sides, disagreed=standing.disagreed - sides).weighed()
        case Happening.DECIDED:
            made = _with_proposal(Standing(State.DECIDED, standing.sides), event, frozenset())
            return replace(made, decided=True, state=State.DECIDED if made.needs_data else State.SETTLED)
        case Happening.REVOKED:
            return standing.without_proposal()
        case Happening.JOINED | Happening.LEFT | Happening.CHANGED:
            return _after_data(standing, kind, sides, bool(event.details.get("others")))
        case Happening.CLOSED:
            return replace(standing, state=State.CLOSED, sides=frozenset())
        case _:
            return standing


def _with_proposal(standing: Standing, event: Happened, speaking: frozenset[int]) -> Standing:
    return replace(
        standing,
        proposal=event.pk,
        proposers=speaking,
        agreed=speaking,
        changes=event.details.get("by"),
        needs_data=bool(event.details.get("needs_data", True)),
    )


def _after_data(standing: Standing, kind: Happening, sides: frozenset[int], others: bool) -> Standing:
    """What new data that leave the clash there do to what was said about it."""
    now = replace(standing, touched=standing.proposal is not None)
    if kind is Happening.CHANGED:
        # That two are not one child was said of these values, and of no others.
        return now.without_proposal() if now.state is State.SETTLED and others else now
    if kind is Happening.JOINED:
        now = replace(now, sides=now.sides | sides)
        if now.decided or now.state is State.SETTLED:  # of a clash of fewer
            return now.without_proposal()
        return now.weighed() if now.proposal is not None else now
    now = replace(now, sides=now.sides - sides, agreed=now.agreed - sides, disagreed=now.disagreed - sides)
    if now.proposal is None or (now.state is State.SETTLED and now.changes is None):
        return now
    if now.changes in sides or (now.proposers and now.proposers <= sides):  # what was to be done is done
        return now.without_proposal()
    if now.decided:
        return now
    return replace(now, proposers=now.proposers - sides).weighed()


def fold(events: Iterable[Happened]) -> Standing:
    """Where a case stands after all its events, oldest first."""
    standing = Standing()
    for event in events:
        standing = following(standing, event)
    return standing
