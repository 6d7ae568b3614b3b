"""Excusing a source from its return, such as a school that has closed, and expecting it again."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.states import Happening

NO_REASON = Refusal(
    "no-reason", "A reason is missing", "A source is excused only with a reason.", "Say why, and press Excuse again."
)


def excuse(data_return: Return, membership: Membership, reason: str) -> Event | Refusal | None:
    """Expect the return no more; None where it is excused already. What it holds stays as it is."""
    if not reason.strip():
        return NO_REASON
    with transaction.atomic():
        current = locked(data_return.pk)
        if current.excused_at is not None:
            return None
        current.excused_at = timezone.now()
        return record(current, _actor(membership), Happening.EXCUSED, reason=reason)


def expect_again(data_return: Return, membership: Membership) -> Event | None:
    """Expect an excused return again; None where it is expected."""
    with transaction.atomic():
        current = locked(data_return.pk)
        if current.excused_at is None:
            return None
        current.excused_at = None
        return record(current, _actor(membership), Happening.EXPECTED)


def _actor(membership: Membership) -> Actor:
    return Actor(membership.user, membership.organisation, membership.role, Part.COLLECTOR)
