"""How a delivery stands. It is never set: it follows from what is known of the delivery (`standing`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The states of the desk's grid."""

    NOT_DUE = "not due"
    AWAITED = "awaited"
    RECEIVED = "received"
    CHECKING = "checking"
    QUESTIONS = "questions"
    ACCEPTED = "accepted"
    STALE = "stale"

    @property
    def words(self) -> str:
        """The state as it is written on a page."""
        return self.value[0].upper() + self.value[1:]


EXPLAINED = {
    State.NOT_DUE: "Nothing has to be sent yet.",
    State.AWAITED: "The team waits for the file.",
    State.RECEIVED: "The file is with the team, which has not accepted it yet.",
    State.CHECKING: "The file has arrived and is being checked.",
    State.QUESTIONS: "The team asked something, or asked for a new file. The school has to answer.",
    State.ACCEPTED: "The team has accepted the file.",
    State.STALE: "The return was changed after the file was sent. The school has to send a new one.",
}
WITH_THE_SCHOOL = frozenset({State.AWAITED, State.QUESTIONS, State.STALE})


class Happening(StrEnum):
    """The kinds of event."""

    RECEIVED = "received"
    REFUSED = "refused"
    INFECTED = "virus found"
    CHECKED = "checked"
    CHECK_FAILED = "check failed"
    ASKED = "asked"
    ANSWERED = "answered"
    SETTLED = "question settled"
    ASKED_AGAIN = "new file asked for"
    ACCEPTED = "accepted"
    ACCEPTANCE_UNDONE = "acceptance undone"
    WENT_STALE = "went stale"
    FRESH_AGAIN = "fresh again"
    STATED = "submission stated"
    ASSIGNED = "assigned"
    CHASED = "chased"
    DELETED = "content deleted"


NEEDS_REASON = frozenset({Happening.ASKED_AGAIN, Happening.ACCEPTANCE_UNDONE})


@dataclass(frozen=True)
class Known:
    """What a delivery's state follows from."""

    has_file: bool
    is_stale: bool
    is_checking: bool
    waits_for_school: bool  # a new file is asked for, or a question is open with the school
    is_accepted: bool


def standing(known: Known) -> State:
    """The state. What the school has to do next goes before what the team has done."""
    if not known.has_file:
        return State.QUESTIONS if known.waits_for_school else State.AWAITED
    if known.is_stale:
        return State.STALE
    if known.is_checking:
        return State.CHECKING
    if known.waits_for_school:
        return State.QUESTIONS
    return State.ACCEPTED if known.is_accepted else State.RECEIVED
