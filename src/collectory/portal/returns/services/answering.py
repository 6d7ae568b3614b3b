"""Answering a question of the collector: a note on everything that it is about, in one act."""

from __future__ import annotations

import polars as pl
from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.judging.models import Question
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Event, Note, Return
from collectory.portal.returns.services import noting, questioning
from collectory.portal.returns.services.recording import actor_for, locked

ANSWERED_ALREADY = Refusal(
    "changed-meanwhile",
    "This question does not wait for an answer",
    "Somebody answered it before you, the department settled it, or what it was about is not in the return any more.",
    "Look at the questions as they are now. You can still write a note.",
)


def answer(data_return: Return, membership: Membership, question: int, text: str) -> Event | Refusal:
    """Answer a question that waits for the source, for all of its findings that are still raised.

    The answer is a note like any other: on each finding, or a return level note for a question on the return.
    """
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := noting.not_now(current, membership, text):
            return refusal
        if actor_for(membership, current).part is Part.COLLECTOR:
            words = "A question is answered by the source or its agent. To add to your own question, ask again."
            return Refusal("not-yours", "The question was not answered", words, "Nothing was changed.")
        found = current.questions.filter(pk=question, state=Question.State.WITH_SOURCE).first()
        if found is None:
            return ANSWERED_ALREADY
        note = noting.cleaned(text)
        if not found.rule_key:
            about = [noting.About(Note.Scope.RETURN, note)]
            return noting.write(current, membership, about, {"about": "return"}, answers=found)
        places = questioning.places_of([found])[found.pk]
        there = noting.current_findings(current).filter(pl.col("place").is_in(sorted(places)))
        if not there.height:
            return ANSWERED_ALREADY
        notes = [noting.of_finding(row, note) for row in noting.rows_of(there)]
        return noting.write(current, membership, notes, {"about": "finding", "rule": found.rule_key}, answers=found)
