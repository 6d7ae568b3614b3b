"""Approve return and Reject return: one return at a time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import approving
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import explanations
from collectory.portal.returns.views.seen import version_seen
from collectory.portal.returns.views.source_page import way_to_findings


def _done(request: HttpRequest, data_return: Return, what: str) -> HttpResponse:
    messages.success(request, f"The return of {data_return.organisation.name} is {what}.")
    return redirect("source-page", data_return.collection.slug, data_return.organisation.native_id)


@on_return(Act.APPROVE)
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, data_return: Return) -> HttpResponse:
    """What the return holds and what follows; then approve it."""
    membership = request.membership  # type: ignore[attr-defined]
    refusal = None
    if request.method == "POST":
        outcome = approving.approve(data_return, membership, version=version_seen(request))
        if not isinstance(outcome, Refusal):
            return _done(request, data_return, "approved")
        refusal = outcome
        data_return.refresh_from_db()
    context = {
        "data_return": data_return,
        "why_not": why_not(data_return, Act.APPROVE, membership),
        "refusal": refusal,
        "counts": explanations(data_return),
        "receipt": data_return.receipts.first(),
        **way_to_findings(data_return),
    }
    return render(request, "returns/approve.html", context, status=409 if refusal else 200)


@on_return(Act.REJECT)
@require_http_methods(["GET", "POST"])
def reject(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Send the return back to its source, with a reason."""
    membership = request.membership  # type: ignore[attr-defined]
    problems: dict[str, str] = {}
    refusal = None
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST":
        if reason:
            outcome = approving.reject(data_return, membership, reason=reason, version=version_seen(request))
            if not isinstance(outcome, Refusal):
                return _done(request, data_return, "rejected")
            refusal = outcome
            data_return.refresh_from_db()
        else:
            problems["reason"] = "Say why you reject the return."
    context = {
        "data_return": data_return,
        "why_not": why_not(data_return, Act.REJECT, membership),
        "problems": problems,
        "refusal": refusal,
        "reason": reason,
        "counts": explanations(data_return),
    }
    return render(request, "returns/reject.html", context, status=409 if refusal else 422 if problems else 200)
