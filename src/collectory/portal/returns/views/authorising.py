"""Authorise return, and Reopen return: one return at a time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import authorising
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import explanations
from collectory.portal.returns.views.findings import to
from collectory.portal.returns.views.seen import version_seen


@on_return(Act.AUTHORISE)
@require_http_methods(["GET", "POST"])
def authorise(request: HttpRequest, data_return: Return) -> HttpResponse:
    """What the return holds and what stands in the way; then authorise it."""
    membership = request.membership  # type: ignore[attr-defined]
    refusal = None
    if request.method == "POST":
        outcome = authorising.authorise(data_return, membership, version=version_seen(request))
        if not isinstance(outcome, Refusal):
            messages.success(request, f"The return of {data_return.organisation.name} is authorised.")
            return redirect(to(data_return, "collector-page"))
        refusal = outcome
        data_return.refresh_from_db()
    context = {
        "data_return": data_return,
        "why_not": why_not(data_return, Act.AUTHORISE, membership),
        "obstacles": authorising.obstacles(data_return),
        "counts": explanations(data_return),
        "refusal": refusal,
    }
    return render(request, "returns/authorise.html", context, status=409 if refusal else 200)


@on_return(Act.REOPEN)
@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Make an authorised return an approved one again, with a reason."""
    membership = request.membership  # type: ignore[attr-defined]
    problems: dict[str, str] = {}
    refusal = None
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST":
        if reason:
            outcome = authorising.reopen(data_return, membership, reason=reason, version=version_seen(request))
            if not isinstance(outcome, Refusal):
                messages.success(request, f"The return of {data_return.organisation.name} is reopened.")
                return redirect(to(data_return, "collector-page"))
            refusal = outcome
            data_return.refresh_from_db()
        else:
            problems["reason"] = "Say why you reopen the return."
    context = {
        "data_return": data_return,
        "why_not": why_not(data_return, Act.REOPEN, membership),
        "problems": problems,
        "refusal": refusal,
        "reason": reason,
    }
    return render(request, "returns/reopen.html", context, status=409 if refusal else 422 if problems else 200)
