"""Questions of the collector as people read them: what each is about, what was said, and whose turn it is.

Also what was said at single findings: notes, questions, answers and OKs in the order in which they came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from collectory.engine.checking.compile import message_of
from collectory.portal.judging.models import Asked, Ok, Question, Turn
from collectory.portal.returns import naming, reading
from collectory.portal.returns.finding_list import rule_of
from collectory.portal.returns.models import Event, Note, Return

STATES = {
    Question.State.WITH_SOURCE: "waiting for the source",
    Question.State.WITH_COLLECTOR: "waiting for the department",
    Question.State.SETTLED: "settled",
}
KINDS = {
    Turn.Kind.ASKED: "Asked",
    Turn.Kind.ANSWERED: "Answered",
    Turn.Kind.ASKED_AGAIN: "Asked again",
    Turn.Kind.CLOSED: "Closed",
    Turn.Kind.OK: "OK’d",
    Turn.Kind.CORRECTED: "No longer raised",
}
NAMED_AT_MOST = 3


@dataclass(frozen=True)
class Said:
    """One thing that was said or done: what, by whom, when, in which words."""

    what: str
    at: dt.datetime
    text: str = ""
    who: str = ""
    role: str = ""
    organisation: str = ""
    from_collector: bool = False


@dataclass(frozen=True)
class Thread:
    """A question with all of its turns.

    asked   how many findings it is about (0 for the whole return); raised: how many of them are still raised
    about   the names of the first of them; finding: its number when there is one only, else None
    """

    question: Question
    state: str
    rule: str
    message: str
    asked: int = 0
    raised: int = 0
    about: tuple[str, ...] = ()
    finding: int | None = None
    said: tuple[Said, ...] = field(default=())

    @property
    def waits_for_source(self) -> bool:
        """Whether the source has to answer."""
        return self.question.state == Question.State.WITH_SOURCE

    @property
    def can_be_answered(self) -> bool:
        """Whether there is something left to answer about."""
        return self.waits_for_source and (not self.question.rule_key or self.raised > 0)


def counts(data_return: Return) -> dict[str, int]:
    """How many questions of a return are in each state, by the value of the state."""
    found = dict.fromkeys(Question.State.values, 0)
    for state in Question.objects.filter(data_return=data_return).values_list("state", flat=True):
        found[state] += 1
    return found


def _by(event: Event | None) -> dict[str, Any]:
    if event is None or event.user is None:
        return {"who": "The service"}
    organisation = event.organisation.name if event.organisation else ""
    collector = event.part == "collector"
    return {
        "who": event.user.shown_name,
        "role": event.get_role_display(),
        "organisation": organisation,
        "from_collector": collector,
    }


def _said(turn: Turn) -> Said:
    return Said(KINDS[Turn.Kind(turn.kind)], turn.at, turn.text, **_by(turn.event))


def threads(data_return: Return, questions: Sequence[Question]) -> list[Thread]:
    """The threads of these questions, in their order. A constant number of queries."""
    edition = reading.edition_of(data_return)
    said: dict[int, list[Said]] = {one.pk: [] for one in questions}
    turns = Turn.objects.filter(question__in=questions).select_related("event__user", "event__organisation")
    for turn in turns.order_by("pk"):
        said[turn.question_id].append(_said(turn))
    asked: dict[int, list[str]] = {one.pk: [] for one in questions}
    for question, place in Asked.objects.filter(question__in=questions).values_list("question", "place"):
        asked[question].append(place)
    where = _where(data_return, {place for places in asked.values() for place in places})
    found = []
    for one in questions:
        rule = rule_of(edition, one.rule_key) if one.rule_key else None
        there = sorted(where[place] for place in asked[one.pk] if place in where)
        found.append(
            Thread(
                one,
                STATES[Question.State(one.state)],
                rule.number or rule.key if rule else one.rule_key,
                message_of(rule, edition) if rule else "",
                len(asked[one.pk]),
                len(there),
                tuple(name for _, name in there[:NAMED_AT_MOST]),
                there[0][0] if len(there) == 1 else None,
                tuple(said[one.pk]),
            )
        )
    return found


def _where(data_return: Return, places: set[str]) -> dict[str, tuple[int, str]]:
    """For each of these places that is still raised, its finding's number and the name of its record."""
    revision = data_return.current_revision
    if revision is None or not places:
        return {}
    found = reading.findings(revision).select("place", "finding").filter(pl.col("place").is_in(sorted(places)))
    names = naming.subjects(revision).select("finding", pl.concat_str("who", "key", separator=" ").str.strip_chars())
    rows = found.join(names, on="finding", how="left", maintain_order="left").rows()
    return {place: (finding, name or "") for place, finding, name in rows}


@dataclass(frozen=True)
class AtPlace:
    """What was said about one finding, oldest first, and whether a question about it is open."""

    said: tuple[Said, ...] = ()
    question: Question | None = None

    @property
    def state(self) -> str:
        """Where its open question stands; "" without one."""
        return STATES[Question.State(self.question.state)] if self.question is not None else ""


def at_places(data_return: Return, places: Iterable[str]) -> dict[str, AtPlace]:
    """What was said at each of these places (a page of them): notes, questions, OKs. A constant number of queries."""
    wanted = list(places)
    said: dict[str, list[Said]] = {place: [] for place in wanted}
    notes = Note.objects.filter(data_return=data_return, place__in=wanted, withdrawal=None)
    for note in notes.select_related("author", "organisation", "event"):
        collector = note.event is not None and note.event.part == "collector"
        by = (note.author.shown_name, note.get_role_display(), note.organisation.name)
        said[note.place].append(Said("Note", note.at, note.text, *by, collector))
    asked = list(Asked.objects.filter(question__data_return=data_return, place__in=wanted).select_related("question"))
    turns: dict[int, list[Said]] = {}
    kinds = (Turn.Kind.ASKED, Turn.Kind.ASKED_AGAIN, Turn.Kind.CLOSED)  # answers are notes, an OK is told below
    of = Turn.objects.filter(question__in=[one.question_id for one in asked], kind__in=kinds)
    for turn in of.select_related("event__user", "event__organisation"):
        turns.setdefault(turn.question_id, []).append(_said(turn))
    open_ones: dict[str, Question] = {}
    for one in asked:
        said[one.place].extend(turns.get(one.question_id, ()))
        if one.question.is_open:
            open_ones[one.place] = one.question
    oks = Ok.objects.filter(data_return=data_return, place__in=wanted)
    events = ("event__user", "event__organisation", "undone__event__user", "undone__event__organisation")
    for ok in oks.select_related(*events):
        said[ok.place].append(Said("OK’d", ok.event.at, ok.event.reason, **_by(ok.event)))
        if hasattr(ok, "undone"):
            event = ok.undone.event
            said[ok.place].append(Said("OK taken back", event.at, event.reason, **_by(event)))
    return {
        place: AtPlace(tuple(sorted(said[place], key=lambda each: each.at)), open_ones.get(place)) for place in wanted
    }
