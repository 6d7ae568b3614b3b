"""Deleting a return: its data leaves the return, its history, revisions and notes stay on record."""

from __future__ import annotations

from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.duplicates.services import storing
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.services.submitting import CHANGED
from collectory.portal.returns.states import IN_THE_CHAIN, Happening

UNEXPLAINED = Refusal(
    "no-reason",
    "The return is on its way to be authorised",
    "Deleting it ends that, for everyone who has checked it. Nothing was done.",
    "Say why it is deleted, as you would to take a submission back.",
)


def delete(data_return: Return, membership: Membership, *, reason: str, version: int) -> Event | Refusal:
    """Set the return back to no data. Needs a reason where that ends a submission or an approval."""
    actor = actor_for(membership, data_return)
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.DELETE, membership):
            return Refusal("not-now", "The return cannot be deleted now", why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        if current.standing in IN_THE_CHAIN and not reason.strip():
            return UNEXPLAINED
        revision = current.current_revision
        current.current_revision = None
        current.errors = current.queries = current.ok_errors = 0
        storing.clear(current)
        return record(current, actor, Happening.DELETED, reason=reason, revision=revision)
