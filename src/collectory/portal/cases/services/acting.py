"""What people do in a case: propose, agree, disagree, withdraw, say something; the collector decides.

Each is one function, one transaction, one event. The case is locked and must be as it was shown: of two who act at once
one wins, and the other reads what has happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.cases.models import Case, CaseEvent, CaseSide
from collectory.portal.cases.parties import is_collector, sides_of, spoken_for
from collectory.portal.cases.proposals import Proposal, What
from collectory.portal.cases.services import memory
from collectory.portal.cases.services.recording import Actor, locked, record
from collectory.portal.cases.states import NEEDS_REASON, Happening, Standing, State, can, fold
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part

LONGEST = 2000
DONE = {
    Happening.PROPOSED: "proposed something else",
    Happening.AGREED: "agreed",
    Happening.DISAGREED: "disagreed",
    Happening.WITHDRAWN: "withdrew what was said",
    Happening.SAID: "added a remark",
    Happening.DECIDED: "decided",
    Happening.REVOKED: "took the decision back",
}
BY_DATA = {
    Happening.CLOSED: "New data have ended the clash, so that the case is closed",
    Happening.REOPENED: "New data have brought the clash back",
    Happening.CHANGED: "The data have changed",
    Happening.JOINED: "Another return claims the pupil too",
    Happening.LEFT: "One of the returns does not claim the pupil any more",
}
MISSING = {
    Happening.DISAGREED: "Say why you disagree, and what would be right.",
    Happening.WITHDRAWN: "Say why you withdraw it.",
    Happening.SAID: "Write what you want to say.",
    Happening.DECIDED: "Say why you decide so. All sides read it.",
    Happening.REVOKED: "Say why you take the decision back.",
}


@dataclass(frozen=True)
class Deed:
    """What a person does: with the version of the case that they saw, and what they typed."""

    kind: Happening
    version: int
    reason: str = ""
    proposal: Proposal | None = None


def problem_with_reason(kind: Happening, reason: str) -> str:
    """What is wrong with a reason; "" where nothing is."""
    if kind in NEEDS_REASON and not reason.strip():
        return MISSING[kind]
    if len(reason) > LONGEST:
        return f"This is {len(reason):,} characters long. It can have {LONGEST:,} at most."
    return ""


def why_not(case: Case, sides: Sequence[CaseSide], standing: Standing, kind: Happening, membership: Membership) -> str:
    """Why this person cannot do this in this case now; "" when they can."""
    collector = is_collector(membership)
    speaking = [side.pk for side in spoken_for(membership, sides)]
    if kind in {Happening.DECIDED, Happening.REVOKED}:
        if not collector:
            return "Only the department decides."
    elif kind is not Happening.SAID and not speaking:
        return "You speak for no side of this case."
    if closed := case.collection.why_closed(Part.COLLECTOR, sides[0].organisation):
        return closed
    if can(standing, kind, speaking):
        return ""
    if standing.state is State.CLOSED:
        return "The case is closed. It opens again by itself if the clash comes back."
    if standing.decided:
        return "The department has decided. Write to it, as a remark, if that cannot stand."
    if kind is Happening.AGREED and standing.agreed & set(speaking):
        return "You have agreed already."
    if kind is Happening.DISAGREED:
        return "You have said so already." if standing.proposal else "Nothing is proposed."
    return f"This is not possible while the case is {standing.state.words.lower()}."


def act(case_id: int, membership: Membership, deed: Deed) -> CaseEvent | Refusal:
    """Do it, for all sides that the person speaks for."""
    if problem := problem_with_reason(deed.kind, deed.reason):
        return Refusal("reason", "Something is missing" if not deed.reason.strip() else "It is too long", problem, "")
    with transaction.atomic():
        case = locked(case_id)
        sides = sides_of(case)
        events = list(case.events.select_related("user", "organisation"))
        if case.version != deed.version:
            if again := _the_same(events, membership, deed, case):
                return again
            return _overtaken(events)
        before = fold(events)
        if why := why_not(case, sides, before, deed.kind, membership):
            return Refusal("not-now", "This cannot be done now", why, "Nothing was done.")
        speaking = [side.pk for side in spoken_for(membership, sides)]
        details = deed.proposal.as_details(case) if deed.proposal else {}
        event, after = record(
            case, sides, Actor.of(membership), deed.kind, speaking, reason=deed.reason, details=details
        )
        _bring_memory_in_line(case, sides, (before, after), [*events, event])
        return event


def _the_same(events: list[CaseEvent], membership: Membership, deed: Deed, case: Case) -> CaseEvent | None:
    """The event of the first press, where a button was pressed twice."""
    last = events[-1] if events else None
    if last is None or case.version != deed.version + 1 or last.user_id != membership.user_id:
        return None
    same = last.kind == deed.kind and last.reason == deed.reason.strip()
    what = deed.proposal.as_details(case) if deed.proposal else {}
    return last if same and last.details == what else None


def _overtaken(events: list[CaseEvent]) -> Refusal:
    last = events[-1]
    kind = Happening(last.kind)
    if last.user_id is None:
        what = BY_DATA.get(kind, "The data have changed")
    else:
        what = f"{last.organisation.name if last.organisation else 'Somebody'} {DONE[kind]}"
    return Refusal(
        "overtaken",
        "The case has changed",
        f"{what} while you had the page open. Yours was not sent.",
        "Read the case as it is now. What you wrote is still below.",
    )


def _says_two(standing: Standing, events: Sequence[CaseEvent]) -> bool:
    """Whether it stands, by everybody's word or the collector's, that these are different children."""
    said: Any = next((event for event in events if event.pk == standing.proposal), None)
    settled = standing.state in {State.SETTLED, State.AGREED, State.DECIDED}
    return settled and said is not None and said.details.get("what") == What.NOT_SAME


def _bring_memory_in_line(
    case: Case, sides: Sequence[CaseSide], standings: tuple[Standing, Standing], events: Sequence[CaseEvent]
) -> None:
    before, after = (_says_two(each, events) for each in standings)
    if after and not before:
        memory.remember(case.collection, memory.values_of(sides))
    elif before and not after:
        memory.forget(case.collection, memory.values_of(sides))
