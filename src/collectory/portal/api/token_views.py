"""An approver's page of the tokens with which the organisation's own systems sign in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.api import tokens
from collectory.portal.api.models import ApiToken
from collectory.portal.people import managing
from collectory.portal.people.mails import service_address
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, with_duty

USUAL_DAYS = 180


def _by(request: HttpRequest) -> Membership:
    return request.membership  # type: ignore[attr-defined, no-any-return]


@with_duty(Duty.PEOPLE)
@require_http_methods(["GET", "POST"])
def tokens_of(request: HttpRequest, number: str) -> HttpResponse:
    """The tokens of an organisation, and a form for another. A new one is shown once, in the answer to the form."""
    organisation = get_object_or_404(managing.looks_after(_by(request)), native_id=number)
    made, problem = "", None
    if request.method == "POST":
        days = request.POST.get("days", "")
        wanted = int(days) if days.isdecimal() and len(days) < 6 else 0
        outcome = tokens.make(
            _by(request), organisation, request.POST.get("name", ""), request.POST.getlist("scopes"), wanted
        )
        if isinstance(outcome, Refusal):
            problem = outcome
        else:
            made = outcome[1]
    context = {
        "organisation": organisation,
        "tokens": organisation.api_tokens.select_related("organisation", "made_by", "revoked_by"),
        "scopes": tokens.scopes_for(organisation),
        "made": made,
        "refusal": problem,
        "given": request.POST if problem else {},
        "given_scopes": request.POST.getlist("scopes") if problem else ["read", "send"],
        "days": request.POST.get("days", "") if problem else USUAL_DAYS,
        "longest": tokens.LONGEST_DAYS,
        "address": service_address(request),
    }
    return render(request, "api/tokens.html", context, status=422 if problem else 200)


@with_duty(Duty.PEOPLE)
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End a token at once."""
    mine = ApiToken.objects.select_related("organisation").filter(organisation__in=managing.looks_after(_by(request)))
    token = get_object_or_404(mine, pk=number)
    if tokens.revoke(_by(request), token):
        messages.success(request, f"The token “{token.name}” is revoked. Nobody can sign in with it any more.")
    return redirect("tokens", token.organisation.native_id)
