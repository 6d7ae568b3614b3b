"""Authorising a return, many of them, and reopening one. The collector's alone.

A return is authorised when every error is corrected or OK'd and no question on it is open. Rejecting stands in
approving.py; the collector amends a return by the ordinary editing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.judging.models import Question
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.approving import NO_REASON
from collectory.portal.returns.services.explaining import by_rule
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.services.submitting import CHANGED
from collectory.portal.returns.states import Happening

TITLE = "The return cannot be authorised"


@dataclass(frozen=True)
class Obstacle:
    """What keeps a return from being authorised. `rule_key` names the rule of open errors, "" for anything else."""

    words: str
    rule_key: str = ""
    count: int = 0


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def obstacles(data_return: Return) -> list[Obstacle]:
    """What stands between a return and its authorisation: errors by rule, then questions. Empty when nothing does."""
    found: list[Obstacle] = []
    if data_return.errors:
        rules = by_rule(data_return).filter((pl.col("priority") == "error") & (pl.col("findings") > pl.col("ok")))
        for row in rules.rows(named=True):
            left = row["findings"] - row["ok"]
            number = row["rule"] or row["rule_key"]
            words = f"{_count(left, 'error', 'errors')} of rule {number}, neither corrected nor OK’d"
            found.append(Obstacle(words, row["rule_key"], left))
    return found + _questions(data_return.questions.exclude(state=Question.State.SETTLED).count())


def _questions(count: int) -> list[Obstacle]:
    return (
        [Obstacle(f"{_count(count, 'question that is', 'questions that are')} not settled", "", count)] if count else []
    )


def obstacles_in_short(data_return: Return, open_questions: int) -> str:
    """The same in one sentence from the counts alone, for lists of many returns; "" when nothing stands between."""
    found = []
    if data_return.errors:
        found.append(f"{_count(data_return.errors, 'error', 'errors')} neither corrected nor OK’d")
    found += [one.words for one in _questions(open_questions)]
    return f"{', '.join(found)}." if found else ""


def authorise(data_return: Return, membership: Membership, *, version: int) -> Event | Refusal:
    """Accept the return as it was shown (`version`), if nothing stands in the way; else a refusal with the list."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.AUTHORISE, membership):
            return Refusal("not-now", TITLE, why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        if found := obstacles(current):
            return Refusal(
                "not-clean",
                TITLE,
                f"There is still: {'; '.join(one.words for one in found)}.",
                "OK what can be accepted, ask about it, or reject the return.",
            )
        counts = {"errors": current.errors, "queries": current.queries, "ok_errors": current.ok_errors}
        actor = actor_for(membership, current)
        return record(current, actor, Happening.AUTHORISED, details=counts, revision=current.current_revision)


@dataclass(frozen=True)
class Authorised:
    """What became of many returns: those that are authorised, and the others with the reason of each."""

    done: list[Return]
    refused: list[tuple[Return, Refusal]]


def authorise_many(versions: Mapping[Return, int], membership: Membership) -> Authorised:
    """Authorise each of these returns as it was shown, each in a transaction of its own."""
    result = Authorised([], [])
    for data_return, version in versions.items():
        outcome = authorise(data_return, membership, version=version)
        if isinstance(outcome, Refusal):
            result.refused.append((data_return, outcome))
        else:
            result.done.append(data_return)
    return result


def reopen(data_return: Return, membership: Membership, *, reason: str, version: int) -> Event | Refusal:
    """Make an authorised return an approved one again, so that it can be changed or rejected. Needs a reason."""
    if not reason.strip():
        words = "An authorised return is reopened only with a reason, which all parts can read."
        return Refusal(NO_REASON.code, NO_REASON.title, words, "Write why it is reopened.")
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.REOPEN, membership):
            return Refusal("not-now", "The return cannot be reopened", why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        actor = actor_for(membership, current)
        return record(current, actor, Happening.REOPENED, reason=reason, revision=current.current_revision)
