"""Which organisation and role a signed-in person acts in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from collectory.portal.people.acting import memberships_of
from collectory.portal.people.models import Membership

SESSION_KEY = "membership"


def _acting(request: HttpRequest) -> Membership | None:
    """The chosen membership, else the person's first one, else None. Read anew for every request."""
    if not request.user.is_authenticated:
        return None
    mine = memberships_of(request.user)
    chosen = request.session.get(SESSION_KEY)
    return (mine.filter(pk=chosen).first() if chosen else None) or mine.first()


class ActingMembership:
    """Sets `request.membership`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = _acting(request)  # type: ignore[attr-defined]
        return self.get_response(request)
