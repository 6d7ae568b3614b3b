"""The OK of the collector, or of an agent where the data collection lets it: findings that are accepted as they are,
one, some or all of a rule; and taking an OK back.

Rows are added and never changed. An OK is kept by the finding's identity, so that it holds after the next upload
while the values are the same, and no longer when they are others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.judging.models import Ok, OkUndone
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act, part_in
from collectory.portal.returns import reading
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services import questioning
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import recount, with_accepted
from collectory.portal.returns.services.noting import AT_ONCE, LONGEST, cleaned
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening

GONE = Refusal(
    "changed-meanwhile",
    "The return has changed since you opened this page",
    "None of the findings chosen is in the return any more with the same values. Nothing was done.",
    "Look at the findings as they are now, and choose again.",
)


def refusal_of(data_return: Return, membership: Membership, text: str, title: str, act: Act = Act.OK) -> Refusal | None:
    """Why somebody's word on findings of a locked return is not taken; None when it is."""
    if why := why_not(data_return, act, membership):
        return Refusal("not-now", title, why, "Nothing was done.")
    if len(text) > LONGEST:
        words = f"The text has {len(text):,} characters. It can have {LONGEST:,}; shorten it."
        return Refusal("too-long", title, words, "Nothing was done.")
    return None


def chosen_now(data_return: Return, revision: int, findings: Sequence[int] | pl.Series) -> pl.DataFrame:
    """Of the findings with these numbers in a revision, those of the current one with the same values.

    Columns rule_key, priority, place, identity, message, accepted, and `finding`: the number now.
    """
    columns = ["finding", "rule_key", "priority", "place", "identity", "message"]
    shown = data_return.revisions.filter(number=revision).first()
    if shown is None or data_return.current_revision is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    numbers = pl.Series(findings, dtype=pl.Int64)
    then = reading.findings(shown).filter(pl.col("finding").is_in(numbers.implode()))
    now = reading.findings(data_return.current_revision).select(columns)
    return with_accepted(now.filter(pl.col("identity").is_in(then["identity"].implode())), data_return)


def _details(chosen: pl.DataFrame) -> dict[str, Any]:
    rules = chosen["rule_key"].unique().to_list()
    errors = int((chosen["priority"] == "error").sum())
    about = {"findings": chosen.height, "errors": errors, "queries": chosen.height - errors}
    return {**about, "rule": rules[0]} if len(rules) == 1 else about


def _save_counts(data_return: Return) -> None:
    recount(data_return)
    data_return.save(update_fields=["errors", "queries", "ok_errors"])


def give(
    data_return: Return,
    membership: Membership,
    *,
    revision: int,
    findings: Sequence[int] | pl.Series,
    comment: str = "",
) -> Event | Refusal:
    """OK findings, given by their numbers in the revision of that number, with a comment that all parts can read.

    Those that are OK'd already, are gone, or have other values since are left out; when none is left, nothing is
    done. Questions of which every finding is OK'd by now are settled.
    """
    comment = cleaned(comment)
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := refusal_of(current, membership, comment, "The OK was not given"):
            return refusal
        chosen = chosen_now(current, revision, findings)
        if not chosen.height:
            return GONE
        chosen = chosen.filter(~pl.col("accepted"))
        if not chosen.height:
            return Refusal("ok-already", "OK’d already", "What you chose has been OK’d already. Nothing was done.", "")
        event = record(
            current,
            actor_for(membership, current),
            Happening.OK_GIVEN,
            reason=comment,
            details=_details(chosen),
            revision=current.current_revision,
        )
        rows = chosen.select("rule_key", "place", "identity").rows(named=True)
        Ok.objects.bulk_create((Ok(data_return=current, event=event, **row) for row in rows), batch_size=AT_ONCE)
        _save_counts(current)
        questioning.settle(current, event, comment)
        return event


def undo(
    data_return: Return, membership: Membership, *, revision: int, findings: Sequence[int] | pl.Series, reason: str = ""
) -> Event | Refusal:
    """Take the OK of findings back: they count as errors and queries again. The rows are kept.

    An agent takes back what agents gave; the collector's OKs are the collector's.
    """
    reason = cleaned(reason)
    with transaction.atomic():
        current = locked(data_return.pk)
        if refusal := refusal_of(current, membership, reason, "The OK was not taken back"):
            return refusal
        chosen = chosen_now(current, revision, findings)
        if not chosen.height:
            return GONE
        chosen = chosen.filter("accepted")
        part = part_in(membership, current.organisation) or Part.SOURCE
        oks = standing_oks(current, chosen["identity"].to_list(), by=None if part is Part.COLLECTOR else part)
        if not oks:
            words = "None of what you chose is OK’d, or not by you. Nothing was done."
            return Refusal("not-ok", "There is no OK to take back", words, "")
        event = record(
            current,
            actor_for(membership, current),
            Happening.OK_UNDONE,
            reason=reason,
            details=_details(chosen),
            revision=current.current_revision,
        )
        OkUndone.objects.bulk_create((OkUndone(ok_id=pk, event=event) for pk in oks), batch_size=AT_ONCE)
        _save_counts(current)
        return event


def standing_oks(data_return: Return, identities: Sequence[str], *, by: Part | None = None) -> list[int]:
    """The numbers of the OK rows that count for these identities: all, or those that one part gave."""
    found: list[int] = []
    for start in range(0, len(identities), AT_ONCE):
        some = identities[start : start + AT_ONCE]
        oks = Ok.objects.filter(data_return=data_return, identity__in=some, undone=None)
        if by is not None:
            oks = oks.filter(event__part=by.value)
        found.extend(oks.values_list("pk", flat=True))
    return found
