"""Which organisation and role a signed-in person acts in."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from collectory.portal.people import kept_forms
from collectory.portal.people.acting import memberships_of
from collectory.portal.people.models import Membership

SESSION_KEY = "membership"


def _acting(request: HttpRequest) -> Membership | None:
    """The chosen membership, else the person's first one, else None. Read anew for every request."""
    mine: list[Membership] = request.memberships  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY)
    return next((each for each in mine if each.pk == chosen), None) or next(iter(mine), None)


class ActingMembership:
    """Sets `request.memberships`, the roles that the person can act in, and `request.membership`, the one acted in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.memberships = list(memberships_of(request.user)) if request.user.is_authenticated else []  # type: ignore[attr-defined]
        request.membership = _acting(request)  # type: ignore[attr-defined]
        if not request.user.is_authenticated and request.session.is_empty():
            # Django would tell the browser to forget the number of a session that has ended; what a person had
            # typed is found by it (people/kept_forms.py).
            request.ended_session = request.COOKIES.pop(settings.SESSION_COOKIE_NAME, "")  # type: ignore[attr-defined]
        response = self.get_response(request)
        kept_forms.take_over(request)
        kept_forms.used(request, response)
        return response
