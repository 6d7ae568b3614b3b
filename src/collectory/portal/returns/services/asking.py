"""Asking the source: on findings, on the whole return, again, and closing a question. The collector's alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.judging.models import Asked, Question, Turn
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services.noting import AT_ONCE, cleaned
from collectory.portal.returns.services.oking import GONE, chosen_now, refusal_of
from collectory.portal.returns.services.questioning import places_of, take_turn
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening

TITLE = "The question was not asked"
NO_TEXT = Refusal("no-question", TITLE, "Write the question: say what you want to know.", "Nothing was done.")
NO_SUCH = Refusal(
    "changed-meanwhile",
    "The question is settled",
    "Somebody settled it since you opened this page, or it was never asked. Nothing was done.",
    "Look at the questions as they are now.",
)


def ask(
    data_return: Return, membership: Membership, text: str, *, revision: int, findings: Sequence[int] | pl.Series
) -> Event | Refusal:
    """Ask about findings, given by their numbers in the revision of that number: one question for each rule.

    Where the same findings were asked about before, that question is asked again, so that it stays one thread.
    """
    text = cleaned(text)
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := refusal_of(current, membership, text, TITLE, Act.ASK) or (None if text else NO_TEXT):
            return refusal
        chosen = chosen_now(current, revision, findings)
        if not chosen.height:
            return GONE
        chosen = chosen.filter(~pl.col("accepted"))
        if not chosen.height:
            words = "What you chose is OK’d. Take the OK back first if you have a question after all."
            return Refusal("ok-already", TITLE, words, "Nothing was done.")
        by_rule = {str(rule): part for (rule,), part in chosen.group_by("rule_key", maintain_order=True)}
        before = list(Question.objects.filter(data_return=current, rule_key__in=list(by_rule)))
        places = places_of(before)
        event = _record(current, membership, {"findings": chosen.height, **_rule(list(by_rule))})
        for rule, part in by_rule.items():
            wanted = set(part["place"].to_list())
            same = next((one for one in before if one.rule_key == rule and places[one.pk] == wanted), None)
            if same is not None:
                take_turn([same], Turn.Kind.ASKED_AGAIN, text, event)
                continue
            question = Question.objects.create(data_return=current, rule_key=rule)
            rows = part.select("place", "identity", "message").rows(named=True)
            Asked.objects.bulk_create((Asked(question=question, **row) for row in rows), batch_size=AT_ONCE)
            take_turn([question], Turn.Kind.ASKED, text, event)
        return event


def ask_about_return(data_return: Return, membership: Membership, text: str) -> Event | Refusal:
    """Ask about the return as a whole."""
    text = cleaned(text)
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := refusal_of(current, membership, text, TITLE, Act.ASK) or (None if text else NO_TEXT):
            return refusal
        event = _record(current, membership, {"about": "return"})
        take_turn([Question.objects.create(data_return=current)], Turn.Kind.ASKED, text, event)
        return event


def ask_again(data_return: Return, membership: Membership, question: int, text: str) -> Event | Refusal:
    """Ask once more in the same thread, whatever it waits for; a settled question is open again."""
    text = cleaned(text)
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := refusal_of(current, membership, text, TITLE, Act.ASK) or (None if text else NO_TEXT):
            return refusal
        found = current.questions.filter(pk=question).first()
        if found is None:
            return NO_SUCH
        event = _record(current, membership, {"question": found.pk, **_rule([found.rule_key])})
        take_turn([found], Turn.Kind.ASKED_AGAIN, text, event)
        return event


def close(data_return: Return, membership: Membership, question: int, text: str = "") -> Event | Refusal:
    """Settle a question as it stands, without an OK."""
    text = cleaned(text)
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := refusal_of(current, membership, text, "The question was not closed", Act.ASK):
            return refusal
        found = current.questions.filter(pk=question).exclude(state=Question.State.SETTLED).first()
        if found is None:
            return NO_SUCH
        actor = actor_for(membership, current)
        details = {"question": found.pk, **_rule([found.rule_key])}
        event = record(current, actor, Happening.QUESTION_CLOSED, details=details, revision=current.current_revision)
        take_turn([found], Turn.Kind.CLOSED, text, event)
        return event


def _record(data_return: Return, membership: Membership, details: dict[str, object]) -> Event:
    actor = actor_for(membership, data_return)
    return record(data_return, actor, Happening.ASKED, details=details, revision=data_return.current_revision)


def _rule(keys: list[str]) -> dict[str, str]:
    return {"rule": keys[0]} if len(keys) == 1 and keys[0] else {}
