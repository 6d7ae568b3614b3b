"""The roles that a person can act in, and which of them would open what the present one does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from collectory.portal.people.models import Membership


class ActsOtherwise(PermissionDenied):
    """What was asked for is closed to the role that a person acts in and open to another of their own."""

    def __init__(self, memberships: Sequence[Membership]) -> None:
        super().__init__("another role of this person")
        self.memberships = memberships


def memberships_of(user: Any) -> QuerySet[Membership]:
    """The roles that a person can act in today: not archived, at organisations that are open."""
    return Membership.objects.active().select_related("organisation").filter(user=user)


def in_another_role(request: HttpRequest, allowed: Callable[[Membership], bool]) -> ActsOtherwise | None:
    """The exception that offers to switch, or None when no other role of this person is allowed it either."""
    own: Membership = request.membership  # type: ignore[attr-defined]
    others = [each for each in request.memberships if each.pk != own.pk and allowed(each)]  # type: ignore[attr-defined]
    return ActsOtherwise(others) if others else None
