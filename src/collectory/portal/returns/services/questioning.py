"""Where the collector's questions stand: whose turn it is, and what settles one. Used by the services that act.

A question waits for the source until each of its findings that is still raised has a note written since it was
asked, or until it is answered as a whole; then it waits for the collector. It is settled when the collector closes
it, when all of its findings are OK'd or corrected, or when an upload or edit raises none of them any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl
from django.utils import timezone

from collectory.portal.judging.models import Asked, Question, Turn
from collectory.portal.people.parts import Part
from collectory.portal.returns import reading
from collectory.portal.returns.models import Event, Note, Return
from collectory.portal.returns.services.explaining import accepted_identities
from collectory.portal.returns.services.recording import Actor

STATE_AFTER = {
    Turn.Kind.ASKED: Question.State.WITH_SOURCE,
    Turn.Kind.ASKED_AGAIN: Question.State.WITH_SOURCE,
    Turn.Kind.ANSWERED: Question.State.WITH_COLLECTOR,
    Turn.Kind.CLOSED: Question.State.SETTLED,
    Turn.Kind.OK: Question.State.SETTLED,
    Turn.Kind.CORRECTED: Question.State.SETTLED,
}
ASKING = (Turn.Kind.ASKED, Turn.Kind.ASKED_AGAIN)


def take_turn(
    questions: Iterable[Question], kind: Turn.Kind, text: str, event: Event | None, at: datetime | None = None
) -> None:
    """Add the same step to questions of a locked return, and bring their cached state up to date."""
    chosen = list(questions)
    when = event.at if event is not None else at or timezone.now()
    Turn.objects.bulk_create(Turn(question=one, kind=kind, text=text, at=when, event=event) for one in chosen)
    Question.objects.filter(pk__in=[one.pk for one in chosen]).update(state=STATE_AFTER[kind])


def places_of(questions: Sequence[Question]) -> dict[int, set[str]]:
    """The places of the findings that each question is about; none for one on the whole return."""
    found: dict[int, set[str]] = {one.pk: set() for one in questions}
    for question, place in Asked.objects.filter(question__in=questions).values_list("question", "place"):
        found[question].add(place)
    return found


def raised(data_return: Return) -> pl.DataFrame:
    """The findings of the current revision: finding, place, identity. None for a return without data."""
    columns = ["finding", "place", "identity"]
    if data_return.current_revision is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return reading.findings(data_return.current_revision).select(columns)


def _about_findings(data_return: Return, *states: Question.State) -> list[Question]:
    return list(Question.objects.filter(data_return=data_return, state__in=states).exclude(rule_key=""))


def _waiting(data_return: Return) -> set[str]:
    """The places of the findings that are raised and not OK'd."""
    accepted = sorted(accepted_identities(data_return))
    return set(raised(data_return).filter(~pl.col("identity").is_in(accepted))["place"].to_list())


def settle(data_return: Return, event: Event, text: str = "") -> None:
    """Settle the open questions of a locked return whose findings are by now all OK'd, or not raised any more."""
    questions = _about_findings(data_return, Question.State.WITH_SOURCE, Question.State.WITH_COLLECTOR)
    if not questions:
        return
    waiting = _waiting(data_return)
    places = places_of(questions)
    take_turn((one for one in questions if not places[one.pk] & waiting), Turn.Kind.OK, text, event)


def settle_corrected(data_return: Return) -> None:
    """Settle the open questions of a locked return that its new revision gives no reason for any more."""
    questions = _about_findings(data_return, Question.State.WITH_SOURCE, Question.State.WITH_COLLECTOR)
    if not questions:
        return
    now = set(raised(data_return)["place"].to_list())
    places = places_of(questions)
    take_turn((one for one in questions if not places[one.pk] & now), Turn.Kind.CORRECTED, "", None)


def answered_by(data_return: Return, actor: Actor, places: Iterable[str]) -> list[Question]:
    """The questions of a locked return that notes at these places answer, by somebody other than the collector."""
    if actor.part is Part.COLLECTOR:
        return []
    questions = _about_findings(data_return, Question.State.WITH_SOURCE)
    if not questions:
        return []
    new = set(places)
    asked = places_of(questions)
    now = _waiting(data_return)
    turns = Turn.objects.filter(question__in=questions, kind__in=ASKING).order_by("pk")
    since = {question: event or 0 for question, event in turns.values_list("question", "event")}
    every = sorted(set().union(*asked.values()))
    notes = Note.objects.filter(data_return=data_return, withdrawal=None, scope=Note.Scope.FINDING)
    notes = notes.filter(event__gt=min(since.values(), default=0)).exclude(event__part=Part.COLLECTOR.value)
    written = [(place, event) for place, event in notes.values_list("place", "event") if place in set(every)]
    found = []
    for one in questions:
        noted = {place for place, event in written if event > since.get(one.pk, 0)}
        if asked[one.pk] & new and not (asked[one.pk] & now) - noted - new:
            found.append(one)
    return found
