"""Approving a submitted return, and sending one back with a reason.

An authority does both for its maintained schools; for schools that report for themselves the department is the
agent and approves. The department may also send back what was approved (see returns/states.py).
"""

from __future__ import annotations

from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.services.submitting import CHANGED
from collectory.portal.returns.states import Happening

NO_REASON = Refusal(
    "no-reason",
    "A reason is missing",
    "A return is sent back only with a reason, so that the source knows what to put right.",
    "Write what has to change, and reject the return again.",
)


def approve(data_return: Return, membership: Membership, *, version: int) -> Event | Refusal:
    """Approve the return as it was shown (`version`)."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.APPROVE, membership):
            return Refusal("not-now", "The return cannot be approved now", why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        counts = {"errors": current.errors, "queries": current.queries, "ok_errors": current.ok_errors}
        actor = actor_for(membership, current)
        return record(current, actor, Happening.APPROVED, details=counts, revision=current.current_revision)


def reject(data_return: Return, membership: Membership, *, reason: str, version: int) -> Event | Refusal:
    """Send the return back to its source as it was shown (`version`). Needs a reason."""
    if not reason.strip():
        return NO_REASON
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.REJECT, membership):
            return Refusal("not-now", "The return cannot be rejected now", why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        actor = actor_for(membership, current)
        return record(current, actor, Happening.REJECTED, reason=reason, revision=current.current_revision)
