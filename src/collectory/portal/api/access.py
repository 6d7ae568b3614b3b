"""Signing in with a token: who calls, how often, what for; every call is written down, also one that is turned away."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from ninja.security import HttpBearer

from collectory.engine import Refusal
from collectory.portal.api import tokens
from collectory.portal.api.models import ApiToken, Scope
from collectory.portal.people.models import AccessLog, Membership
from collectory.portal.people.permissions import Handling, Permission, deliveries_of, may_handle

MINUTE = 60
WRONG_TOKENS = 20
"""Calls a minute with no good token, from one address, before it has to wait."""


class Answered(Exception):
    """A call that ends here, with this answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def said(status: int, code: str, message: str, action: str = "") -> HttpResponse:
    """An answer that says what is wrong."""
    return JsonResponse({"code": code, "message": message, "action": action}, status=status)


def refused(refusal: Refusal, status: int = 422) -> HttpResponse:
    """A refusal as an answer."""
    message = f"{refusal.title}. {refusal.message}"
    return JsonResponse({"code": refusal.code, "message": message, "action": refusal.action}, status=status)


def _too_often(what: str, most: int) -> bool:
    """Whether something happened more often in this minute than it may."""
    minute = int(timezone.now().timestamp()) // MINUTE
    key = f"api-{what}-{minute}"
    cache.add(key, 0, 2 * MINUTE)
    try:
        return int(cache.incr(key)) > most
    except ValueError:  # thrown out of the cache between the two
        return False


def caller(request: HttpRequest) -> ApiToken:
    """The token that calls. Raises Answered."""
    address = request.META.get("REMOTE_ADDR", "")
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    token = tokens.found(text.strip()) if kind.lower() == "bearer" else None
    if token is None:
        often = _too_often(f"wrong-{address}", WRONG_TOKENS)
        if not often:
            AccessLog.objects.create(action="API token refused", subject=f"{request.method} {request.path}"[:200])
        if often:
            response = said(429, "too-many", "Too many calls without a good token.", "Wait a minute.")
            response["Retry-After"] = str(MINUTE)
        else:
            response = said(401, "no-token", "A token that works is needed: Authorization: Bearer clt_…", "")
            response["WWW-Authenticate"] = "Bearer"
        raise Answered(response)
    if _too_often(token.key, settings.API_CALLS_A_MINUTE):
        response = said(
            429, "too-many", f"More than {settings.API_CALLS_A_MINUTE} calls in a minute.", "Wait a minute."
        )
        response["Retry-After"] = str(MINUTE)
        raise Answered(response)
    return token


class TokenFor(HttpBearer):
    """Signs a call in by its token, which must be for this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        token = caller(request)
        request.token, request.membership = token, tokens.membership_of(token)  # type: ignore[attr-defined]
        if self.scope.value not in token.scopes:
            raise Answered(said(403, "scope", f"The token is not for this ({self.scope.value}).", "Use another token."))
        return token

    def authenticate(self, request: HttpRequest, token: str) -> None:
        """Not asked: `__call__` does it all."""


def delivery_of(request: HttpRequest, number: int, handling: Handling) -> Any:
    """The delivery of that number. Raises Answered: somebody else's does not exist for a token, as for a person."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    delivery = (
        deliveries_of(membership)
        .select_related("file_type__organisation", "file_type__collection", "organisation", "current_file")
        .filter(pk=number)
        .first()
    )
    if delivery is None:
        raise Answered(said(404, "not-found", "There is no such delivery."))
    request.about = delivery.organisation  # type: ignore[attr-defined]
    if not may_handle(membership, handling, delivery):
        raise Answered(said(403, "role", "Your organisation may look at this but not do it."))
    return delivery


def logged(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare that a view is signed in to with a token, and write down each call of it with what was answered."""

    @csrf_exempt
    @wraps(view)
    def written_down(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        token: ApiToken | None = getattr(request, "token", None)
        if token is not None:
            AccessLog.objects.create(
                user=token.made_by,
                organisation=token.organisation,
                about=getattr(request, "about", None) or token.organisation,
                action="called the API",
                subject=f"{token.name} ({token.key}): {request.method} {request.path} {response.status_code}"[:200],
            )
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    written_down.permission = Permission("token")  # type: ignore[attr-defined]
    return written_down
