"""One case: its page, and what is done in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from collectory.engine import Refusal
from collectory.portal.cases import page, proposals
from collectory.portal.cases.guard import on_case
from collectory.portal.cases.models import Case
from collectory.portal.cases.parties import sides_of
from collectory.portal.cases.services import acting
from collectory.portal.cases.services.acting import Deed
from collectory.portal.cases.states import Happening
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act

FIELDS = ("what", "by", "status", "upn", "since", "reason")
DONE = {
    Happening.PROPOSED: "Your proposal is sent to the other side.",
    Happening.AGREED: "You have agreed.",
    Happening.DISAGREED: "You have disagreed. The others read why.",
    Happening.WITHDRAWN: "It is withdrawn.",
    Happening.SAID: "Your remark is saved. All sides can read it.",
    Happening.DECIDED: "The case is decided.",
    Happening.REVOKED: "The decision is taken back.",
}


def _page(
    request: HttpRequest,
    case: Case,
    *,
    doing: str = "",
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = page.page_of(case, membership)
    context: dict[str, Any] = {
        "collection": case.collection,
        "page": found,
        "case": case,
        "doing": doing,
        "typed": typed or {},
        "problems": problems or {},
        "refusal": refusal,
        "longest": acting.LONGEST,
    }
    return render(request, "cases/case.html", context, status=status)


@on_case(Act.LOOK)
@require_GET
def case_page(request: HttpRequest, case: Case) -> HttpResponse:
    """The clash, what it means, what is proposed, and what can be done."""
    return _page(request, case)


def _do(request: HttpRequest, case: Case, kind: Happening) -> HttpResponse:
    """Do what a form of the page asks for; back to the page, or the page again with what is wrong."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    doing = kind.name.lower()
    proposal = None
    problems: dict[str, str] = {}
    if kind in {Happening.PROPOSED, Happening.DECIDED}:
        collector = kind is Happening.DECIDED
        problems = proposals.problems_with(case, sides_of(case), typed, typed["reason"], collector=collector)
        proposal = proposals.read(typed) if not problems else None
    if why := acting.problem_with_reason(kind, typed["reason"]):
        problems.setdefault("reason", why)
    if problems:
        return _page(request, case, doing=doing, typed=typed, problems=problems, status=422)
    version = request.POST.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else -1
    outcome = acting.act(case.pk, membership, Deed(kind, seen, typed["reason"], proposal))
    if isinstance(outcome, Refusal):
        case.refresh_from_db()
        return _page(request, case, doing=doing, typed=typed, refusal=outcome, status=409)
    messages.success(request, DONE[kind])
    return redirect("case", case.collection.slug, case.pk)


@on_case(Act.SETTLE)
@require_POST
def propose(request: HttpRequest, case: Case) -> HttpResponse:
    """Propose what is to be done."""
    return _do(request, case, Happening.PROPOSED)


@on_case(Act.SETTLE)
@require_POST
def agree(request: HttpRequest, case: Case) -> HttpResponse:
    """Agree to what is proposed."""
    return _do(request, case, Happening.AGREED)


@on_case(Act.SETTLE)
@require_POST
def disagree(request: HttpRequest, case: Case) -> HttpResponse:
    """Disagree, with a reason."""
    return _do(request, case, Happening.DISAGREED)


@on_case(Act.SETTLE)
@require_POST
def withdraw(request: HttpRequest, case: Case) -> HttpResponse:
    """Withdraw one's own proposal, or what one has answered."""
    return _do(request, case, Happening.WITHDRAWN)


@on_case(Act.SETTLE)
@require_POST
def say(request: HttpRequest, case: Case) -> HttpResponse:
    """Say something to the other sides without proposing anything."""
    return _do(request, case, Happening.SAID)


@on_case(Act.DECIDE)
@require_POST
def say_as_collector(request: HttpRequest, case: Case) -> HttpResponse:
    """Say something to all sides, as the department."""
    return _do(request, case, Happening.SAID)


@on_case(Act.DECIDE)
@require_POST
def decide(request: HttpRequest, case: Case) -> HttpResponse:
    """Decide what is to be done, for all sides."""
    return _do(request, case, Happening.DECIDED)


@on_case(Act.DECIDE)
@require_POST
def revoke(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the decision back."""
    return _do(request, case, Happening.REVOKED)
