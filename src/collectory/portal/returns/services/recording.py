"""Writing what happened: every service takes the return's lock, acts, and records exactly one event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from collectory.portal.people.models import Membership, Organisation, User
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import part_in
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.states import CHANGES_NOTHING, NEEDS_REASON, Happening, fold, following
from collectory.portal.telling.services import outbox
from collectory.portal.transfer.services import staleness


@dataclass(frozen=True)
class Actor:
    """Who acts, in which role for which organisation, and which part that is in the return at hand."""

    user: User | None
    organisation: Organisation
    role: str
    part: Part


def actor_for(membership: Membership, data_return: Return) -> Actor:
    """The actor a membership makes in this return. Raises ValueError when it plays no part in it."""
    part = part_in(membership, data_return.organisation)
    if part is None:
        raise ValueError("this membership plays no part in this return")
    return Actor(membership.user, membership.organisation, membership.role, part)


def locked(return_id: int) -> Return:
    """The return, with its row held until the transaction ends. Must run inside one.

    SQLite has no row locks; there a transaction holds the only write lock from its start (settings).
    """
    assert connection.in_atomic_block, "take the lock inside a transaction"
    return (
        # Others may write rows that point to the return meanwhile: a clash or a case with a side of it.
        Return.objects.select_for_update(of=("self",) if connection.vendor == "postgresql" else (), no_key=True)
        .select_related("collection", "organisation", "current_revision__upload")
        .get(pk=return_id)
    )


def record(
    data_return: Return,
    actor: Actor,
    kind: Happening,
    *,
    reason: str = "",
    details: dict[str, Any] | None = None,
    revision: Revision | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Add one event to a locked return and bring its cached state and dates up to date.

    Raises states.NotPossible when the event cannot follow the state; services check before they act.
    """
    if kind in NEEDS_REASON and not reason.strip():
        raise ValueError(f"{kind} needs a reason")
    at = at or timezone.now()
    before = fold(data_return.events.exclude(kind__in=[one.value for one in CHANGES_NOTHING]).order_by("id"))
    after = following(before, kind, actor.part, at)
    event = Event.objects.create(
        data_return=data_return,
        at=at,
        user=actor.user,
        organisation=actor.organisation,
        role=actor.role,
        part=actor.part.value,
        kind=kind.value,
        from_state=before.state.value,
        to_state=after.state.value,
        reason=reason.strip(),
        details=details or {},
        revision=revision,
    )
    data_return.state = after.state.value
    data_return.submitted_at = after.submitted_at
    data_return.approved_at = after.approved_at
    data_return.authorised_at = after.authorised_at
    if kind is not Happening.EXPORTED:  # an open page is not out of date because somebody took a copy
        data_return.version += 1
        data_return.touched_at = at
    data_return.save()
    outbox.happened(event)
    staleness.return_changed(data_return, event)
    return event
