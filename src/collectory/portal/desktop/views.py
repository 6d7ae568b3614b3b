"""The pages that only a computer's own Collectory has."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.desktop import opening
from collectory.portal.people.permissions import public, returns_of, signed_in
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services.accepting import too_large

# Set by `running`: stops the web server once the answer is on its way.
stop: list[Any] = []


@public
@require_GET
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """Let in the browser that knows this run's secret."""
    if not secrets.compare_digest(secret, os.environ["COLLECTORY_DESKTOP_SECRET"]):
        return render(request, "desktop/elsewhere.html", status=403)
    login(request, opening.person().user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("my-data-collections")


def _home(request: HttpRequest, *, status: int = 200, **said: Any) -> HttpResponse:
    returns = returns_of(request.membership).select_related("collection", "organisation")  # type: ignore[attr-defined]
    context = {
        "returns": list(returns.order_by("-collection__opens_at", "organisation__native_id")),
        "editions": opening.keyed_editions(),
        "limit": settings.UPLOAD_LIMIT,
        "kept_in": settings.DATA if os.environ.get("COLLECTORY_DESKTOP_KEEP") == "1" else None,
        **said,
    }
    return render(request, "desktop/home.html", context, status=status)


@signed_in
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Open a file, fill in a form, or go on with what is open."""
    if request.method == "GET":
        return _home(request)
    if getattr(request, "too_large", None) is not None:
        return _home(request, refusal=too_large(), status=422)
    file, before = request.FILES.get("file"), request.FILES.get("before")
    if file is None:
        return _home(request, problems={"file": "Choose the file to open."}, status=422)
    outcome: Upload | Return | Refusal | None = None
    for each in (before, file):  # the return before first, so that the other is compared with it
        if each is not None:
            outcome = opening.open_file(request.membership, each)  # type: ignore[attr-defined]
            if isinstance(outcome, Refusal):
                return _home(request, refusal=outcome, refused_name=each.name, status=422)
    if isinstance(outcome, Return):
        return redirect("source-page", outcome.collection.slug, outcome.organisation.native_id)
    assert isinstance(outcome, Upload)
    of = outcome.data_return
    return redirect("upload-progress", of.collection.slug, of.organisation.native_id, outcome.pk)


@signed_in
@require_POST
def fill_in(request: HttpRequest) -> HttpResponse:
    """Begin a return that is filled in on screen."""
    number = request.POST.get("number", "").strip()
    edition = next((each for each in opening.keyed_editions() if each.key == request.POST.get("edition")), None)
    problems = {}
    if edition is None:
        problems["edition"] = "Choose the form."
    if not (number.isascii() and number.isdigit() and len(number) in {3, 7}):
        problems["number"] = "Write the number of the authority (3 digits) or school (7 digits)."
    if edition is None or problems:
        return _home(request, problems=problems, status=422)
    data_return = opening.return_of(edition, number)
    return redirect("source-page", data_return.collection.slug, data_return.organisation.native_id)


@signed_in
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Stop Collectory. What is not kept is deleted."""
    answer = render(request, "desktop/closed.html", {"kept": os.environ.get("COLLECTORY_DESKTOP_KEEP") == "1"})
    for each in stop:
        each()
    return answer
