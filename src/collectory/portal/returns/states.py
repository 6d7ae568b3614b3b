"""The life of a return: which state follows which event. The one place that knows the order of states.

State is never set; it is folded from the list of events. `Return.state` and the dates are a cache of
`fold`, written in the transaction that writes the event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from collectory.portal.people.parts import Part


class State(StrEnum):
    """The resting states, in the words that users see."""

    NO_DATA = "no data"
    LOADED = "loaded and validated"
    AMENDED_BY_SOURCE = "amended by source"
    SUBMITTED = "submitted"
    AMENDED_BY_AGENT = "amended by agent"
    APPROVED = "approved"
    REJECTED_BY_AGENT = "rejected by agent"
    AMENDED_BY_COLLECTOR = "amended by collector"
    REJECTED_BY_COLLECTOR = "rejected by collector"
    AUTHORISED = "authorised"

    @property
    def words(self) -> str:
        """The state as it is written on a page."""
        return self.value[0].upper() + self.value[1:]


class Happening(StrEnum):
    """The kinds of event."""

    UPLOADED = "uploaded"
    KEYED = "added on screen"
    UPLOAD_REFUSED = "upload refused"
    UPLOAD_FAILED = "upload failed"
    EDITED = "edited"
    NOTED = "noted"
    EXPORTED = "exported"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"
    APPROVED = "approved"
    REJECTED = "rejected"
    AUTHORISED = "authorised"
    REOPENED = "reopened"
    RECHECKED = "checked again"
    OK_GIVEN = "OK given"
    OK_UNDONE = "OK undone"
    ASKED = "asked"
    ANSWERED = "answered"
    QUESTION_CLOSED = "question closed"
    EXCUSED = "excused"
    EXPECTED = "expected again"
    EMPTIED = "data removed"


# Between submission and authorisation: a change by the source asks first and starts the chain again.
IN_THE_CHAIN = frozenset(
    {
        State.SUBMITTED,
        State.AMENDED_BY_AGENT,
        State.APPROVED,
        State.AMENDED_BY_COLLECTOR,
    }
)
WITH_THE_SOURCE = frozenset(
    {
        State.LOADED,
        State.AMENDED_BY_SOURCE,
        State.REJECTED_BY_AGENT,
        State.REJECTED_BY_COLLECTOR,
    }
)
WITHDRAWABLE = frozenset({State.SUBMITTED, State.AMENDED_BY_AGENT})
CHANGEABLE = frozenset(State) - {State.AUTHORISED}

# What the collector says of findings, and what is answered: the data stay as they are, and so does the state.
OKING = frozenset({Happening.OK_GIVEN, Happening.OK_UNDONE})
JUDGING = OKING | {Happening.ASKED}
CHANGES_NOTHING = JUDGING | {
    Happening.UPLOAD_REFUSED,
    Happening.UPLOAD_FAILED,
    Happening.NOTED,
    Happening.EXPORTED,
    Happening.RECHECKED,
    Happening.ANSWERED,
    Happening.QUESTION_CLOSED,
    Happening.EXCUSED,
    Happening.EXPECTED,
}
NEEDS_REASON = frozenset({Happening.WITHDRAWN, Happening.REJECTED, Happening.REOPENED, Happening.EXCUSED})

FROM: dict[Happening, frozenset[State]] = {
    Happening.UPLOADED: CHANGEABLE,
    Happening.KEYED: frozenset({State.NO_DATA}),
    Happening.EDITED: CHANGEABLE,
    Happening.SUBMITTED: WITH_THE_SOURCE,
    Happening.WITHDRAWN: WITHDRAWABLE,
    Happening.DELETED: WITH_THE_SOURCE | IN_THE_CHAIN,
    Happening.APPROVED: WITHDRAWABLE,
    Happening.REJECTED: IN_THE_CHAIN,
    Happening.AUTHORISED: frozenset({State.APPROVED, State.AMENDED_BY_COLLECTOR}),
    Happening.REOPENED: frozenset({State.AUTHORISED}),
    Happening.EMPTIED: frozenset(State),  # at the end of a familiarisation
    **{kind: frozenset(State) for kind in CHANGES_NOTHING},
    **dict.fromkeys(JUDGING, CHANGEABLE),
}

# Where another part than the source may act, and on what: an agent amends what was submitted to it, the
# collector what was approved. Whatever is not named here is open to every part (permissions decide first).
FROM_FOR: dict[tuple[Happening, Part], frozenset[State]] = {
    (Happening.EDITED, Part.AGENT): WITHDRAWABLE,
    (Happening.EDITED, Part.COLLECTOR): frozenset({State.APPROVED, State.AMENDED_BY_COLLECTOR}),
    (Happening.UPLOADED, Part.COLLECTOR): frozenset(),
    (Happening.KEYED, Part.AGENT): frozenset(),
    (Happening.KEYED, Part.COLLECTOR): frozenset(),
    (Happening.SUBMITTED, Part.COLLECTOR): frozenset(),
    (Happening.WITHDRAWN, Part.AGENT): frozenset(),
    (Happening.WITHDRAWN, Part.COLLECTOR): frozenset(),
    (Happening.DELETED, Part.COLLECTOR): frozenset(),
    (Happening.APPROVED, Part.SOURCE): frozenset(),
    (Happening.REJECTED, Part.SOURCE): frozenset(),
    (Happening.REJECTED, Part.AGENT): WITHDRAWABLE,
    (Happening.AUTHORISED, Part.SOURCE): frozenset(),
    (Happening.AUTHORISED, Part.AGENT): frozenset(),
    (Happening.REOPENED, Part.SOURCE): frozenset(),
    (Happening.REOPENED, Part.AGENT): frozenset(),
    **{
        (kind, part): frozenset()
        for kind in (Happening.EXCUSED, Happening.EXPECTED, Happening.EMPTIED)
        for part in (Part.SOURCE, Part.AGENT)
    },
    **{(kind, Part.SOURCE): frozenset() for kind in JUDGING},
    (Happening.ASKED, Part.AGENT): frozenset(),
    # Where the data collection lets agents OK: what is approved is the collector's to judge.
    **{(kind, Part.AGENT): CHANGEABLE - {State.APPROVED, State.AMENDED_BY_COLLECTOR} for kind in OKING},
}

EDITED_BY = {
    Part.SOURCE: State.AMENDED_BY_SOURCE,
    Part.AGENT: State.AMENDED_BY_AGENT,
    Part.COLLECTOR: State.AMENDED_BY_COLLECTOR,
}


class NotPossible(Exception):
    """An event that cannot follow the state a return is in. Services check first; this is the last guard."""


class Happened(Protocol):
    """What the fold reads of an event."""

    kind: str
    part: str
    at: dt.datetime


@dataclass(frozen=True)
class Standing:
    """Where a return stands after some events."""

    state: State = State.NO_DATA
    submitted_at: dt.datetime | None = None
    approved_at: dt.datetime | None = None
    authorised_at: dt.datetime | None = None
    before_submission: State = State.NO_DATA


def can(state: State, kind: Happening, part: Part = Part.SOURCE) -> bool:
    """Whether an event of this kind, caused by this part, may follow this state."""
    return state in FROM_FOR.get((kind, part), FROM[kind])


def following(standing: Standing, kind: Happening, part: Part, at: dt.datetime) -> Standing:
    """The standing after one more event. Raises NotPossible when it cannot follow."""
    if not can(standing.state, kind, part):
        raise NotPossible(f"{kind} by {part} cannot follow {standing.state}")
    match kind:
        case Happening.UPLOADED | Happening.KEYED:
            return Standing(State.LOADED)
        case Happening.EDITED:
            if part is Part.SOURCE:
                return Standing(State.AMENDED_BY_SOURCE)
            return replace(standing, state=EDITED_BY[part])
        case Happening.SUBMITTED:
            return Standing(State.SUBMITTED, submitted_at=at, before_submission=standing.state)
        case Happening.WITHDRAWN:
            return Standing(standing.before_submission)
        case Happening.DELETED | Happening.EMPTIED:
            return Standing()
        case Happening.APPROVED:
            return replace(standing, state=State.APPROVED, approved_at=at)
        case Happening.REJECTED:
            by = State.REJECTED_BY_COLLECTOR if part is Part.COLLECTOR else State.REJECTED_BY_AGENT
            return Standing(by)
        case Happening.AUTHORISED:
            return replace(standing, state=State.AUTHORISED, authorised_at=at)
        case Happening.REOPENED:
            return replace(standing, state=State.APPROVED, authorised_at=None)
        case _:
            return standing


def fold(events: Iterable[Happened]) -> Standing:
    """Where a return stands after all its events, oldest first."""
    standing = Standing()
    for event in events:
        standing = following(standing, Happening(event.kind), Part(event.part), event.at)
    return standing
