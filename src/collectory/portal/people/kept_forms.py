"""What a person had typed when the session had ended: kept sealed on the server, offered after signing in again.

The browser keeps the number of the ended session until it is closed, and a new session that begins there takes it
over. The ended session's row still says whose it was, so what was typed belongs to that person and is shown to nobody
else, whoever has signed in at that browser since. It is deleted when it is used or thrown away, and after a day. Files
are not kept: they are loaded again.
"""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from collectory.portal.people.models import KeptForm
from collectory.portal.people.sealing import seal, unseal

PURPOSE = "kept form"
SHOWN = "kept form"
ENDED = "ended session"
AT_MOST = 5  # for one person
LONGEST = 2 * 1024 * 1024  # characters
NEVER = {"csrfmiddlewaretoken", "password", "again", "code", "credential"}
NOT_OF = {"public", "own account", "script"}  # kinds of permission: signing in and one's own account are done anew


def _comes_from_here(request: HttpRequest) -> bool:
    """Whether the form was on a page of this service."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(origin).netloc == request.get_host()


def _is_of_the_work(request: HttpRequest) -> bool:
    """Whether the form belongs to a page that people work on."""
    view = request.resolver_match.func if request.resolver_match else None
    permission = getattr(view, "permission", None)
    return permission is not None and permission.kind not in NOT_OF


def take_over(request: HttpRequest) -> None:
    """Let a session that has just begun remember the one that ended in this browser."""
    ended = getattr(request, "ended_session", "")
    if ended and not request.session.is_empty() and _whose(request) is not None:
        request.session[ENDED] = ended


def _whose(request: HttpRequest) -> Any:
    """The person whose session has ended in this browser, or None. Not who is signed in: the page with the form may
    be from before."""
    key = getattr(request, "ended_session", "") or request.session.get(ENDED, "")
    kept_until = timezone.now() - timedelta(hours=settings.KEPT_FORM_HOURS)
    row = Session.objects.filter(session_key=key, expire_date__gt=kept_until).first() if key else None
    if row is None:
        return None
    data = import_module(settings.SESSION_ENGINE).SessionStore().decode(row.session_data)
    if BACKEND_SESSION_KEY not in data:
        return None
    return get_user_model().objects.filter(pk=data.get(SESSION_KEY), is_active=True).first()


def keep(request: HttpRequest) -> KeptForm | None:
    """Keep what was posted, or None when there is nothing to keep or nobody to keep it for."""
    if request.method != "POST" or request.FILES or not (_comes_from_here(request) and _is_of_the_work(request)):
        return None
    user = _whose(request)
    fields = [(name, values) for name, values in request.POST.lists() if name not in NEVER]
    text = json.dumps(fields)
    if user is None or not fields or len(text) > LONGEST:
        return None
    forget_old()
    kept = KeptForm.objects.create(user=user, address=request.get_full_path()[:500], sealed=seal(text, PURPOSE))
    newest = KeptForm.objects.filter(user=user).values_list("pk", flat=True)[:AT_MOST]
    KeptForm.objects.filter(user=user).exclude(pk__in=list(newest)).delete()
    return kept


def fields_of(kept: KeptForm) -> list[tuple[str, list[str]]]:
    """The fields and their values as they were posted; empty when they cannot be read any more."""
    text = unseal(kept.sealed, PURPOSE)
    return [(name, values) for name, values in json.loads(text)] if text else []


def shown(request: HttpRequest, kept: KeptForm) -> None:
    """Remember which one the person is looking at, so that it is deleted when it has been sent."""
    request.session[SHOWN] = [kept.pk, kept.address]


def used(request: HttpRequest, response: HttpResponse) -> None:
    """Delete what has just been sent and taken; what a page answered with its errors stays."""
    if request.method != "POST" or SHOWN not in request.session:
        return
    number, address = request.session[SHOWN]
    if request.get_full_path() == address and response.status_code in {302, 303} and request.user.is_authenticated:
        KeptForm.objects.filter(pk=number, user=request.user).delete()
        del request.session[SHOWN]


def forget_old() -> None:
    """Delete what nobody came back for."""
    KeptForm.objects.filter(at__lt=timezone.now() - timedelta(hours=settings.KEPT_FORM_HOURS)).delete()
