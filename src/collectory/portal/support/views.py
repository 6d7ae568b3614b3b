"""Contact: asking, coming back for the answer; and for the collector, the list and answering."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from collectory.engine import Refusal
from collectory.portal.people.permissions import Duty, public, with_duty
from collectory.portal.support import services
from collectory.portal.support.models import ServiceRequest

FIELDS = ("name", "email", "organisation", "subject", "text")
SHOWN = 200


@public
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """The contact form, and the requests of the person who is signed in."""
    user: Any = request.user if request.user.is_authenticated else None
    membership = getattr(request, "membership", None)
    values = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    problems: dict[str, str] = {}
    refusal = None
    if request.method == "POST":
        problems = services.problems_with(values)
        if not problems:
            outcome = services.ask(values, user, membership, request.META.get("REMOTE_ADDR", ""))
            if isinstance(outcome, ServiceRequest):
                messages.success(request, f"Your request {outcome.reference} is recorded.")
                return redirect("service-request", outcome.token)
            refusal = outcome
    else:
        values["name"] = user.get_full_name() if user else ""
        values["email"] = user.email if user else ""
        values["organisation"] = str(membership.organisation) if membership else ""
    return render(
        request,
        "support/contact.html",
        {
            "values": values,
            "problems": problems,
            "refusal": refusal,
            "subjects": ServiceRequest.Subject.choices,
            "mine": ServiceRequest.objects.filter(asked_by=user)[:20] if user else [],
            "longest": services.LONGEST,
        },
        status=422 if problems else 429 if refusal else 200,
    )


@public
@require_GET
def service_request(request: HttpRequest, token: str) -> HttpResponse:
    """A request and its answer, for whoever has its address."""
    found = ServiceRequest.objects.filter(token=token).first()
    if found is None:
        raise Http404
    return render(request, "support/service_request.html", {"found": found})


@with_duty(Duty.ANSWER)
@require_GET
def service_requests(request: HttpRequest) -> HttpResponse:
    """All requests, those without an answer first."""
    every = ServiceRequest.objects.select_related("asked_by", "answered_by")
    open_ones = every.filter(answered_at=None).order_by("at")
    return render(
        request,
        "support/service_requests.html",
        {"open_ones": open_ones[:SHOWN], "answered": every.exclude(answered_at=None)[:SHOWN]},
    )


@with_duty(Duty.ANSWER)
@require_http_methods(["GET", "POST"])
def answer_request(request: HttpRequest, number: int) -> HttpResponse:
    """One request, to be answered."""
    found = ServiceRequest.objects.select_related("answered_by").filter(pk=number).first()
    if found is None:
        raise Http404
    refusal = None
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if request.method == "POST":
        outcome = services.answer(number, request.user, text)  # type: ignore[arg-type]
        if not isinstance(outcome, Refusal):
            messages.success(request, f"{outcome.reference} is answered.")
            return redirect("service-requests")
        refusal = outcome
        found.refresh_from_db()
    return render(
        request,
        "support/answer.html",
        {"found": found, "refusal": refusal, "text": text, "longest": services.LONGEST},
        status=422 if refusal else 200,
    )
