"""Agreeing, or proposing the same, in many cases: first a list of them, then, confirmed, one after the other."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collectory.engine import Refusal
from collectory.portal.cases import lists, proposals
from collectory.portal.cases.lists import Wanted
from collectory.portal.cases.models import Case
from collectory.portal.cases.parties import sides_of
from collectory.portal.cases.services import acting, many
from collectory.portal.cases.states import Happening
from collectory.portal.cases.views.lists import page
from collectory.portal.collections.models import DataCollection
from collectory.portal.pages import count_of
from collectory.portal.people import access_log
from collectory.portal.people.access_log import Action
from collectory.portal.people.models import Membership, Role
from collectory.portal.people.permissions import MAY, Act, Duty, on_collection

FIELDS = ("what", "by", "status", "since", "reason")


def _wanted(request: HttpRequest) -> Wanted:
    return Wanted.of(QueryDict(request.POST.get("filter", "")[:2000]).dict())  # type: ignore[arg-type]


def _shown(request: HttpRequest) -> dict[int, int]:
    """The cases of a form with the version that each had on it."""
    found = {}
    for one in request.POST.getlist("shown")[: many.AT_ONCE]:
        pk, _, version = one.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(one) < 30:
            found[int(pk)] = int(version)
    return found


def _ask(
    request: HttpRequest,
    collection: DataCollection,
    kind: Happening,
    chosen: list[int],
    *,
    typed: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
) -> HttpResponse:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    groups, cannot = many.groups_of(collection, membership, chosen, kind)
    access_log.done_by(membership, Action.CASES_LISTED, f"{collection.slug} {len(chosen)}")
    context: dict[str, Any] = {
        "collection": collection,
        "groups": groups,
        "cannot": cannot,
        "proposing": kind is Happening.PROPOSED,
        "statuses": proposals.statuses_of(groups[0].first) if groups else {},
        "typed": typed or {},
        "problems": problems or {},
        "filter": _wanted(request).query(),
        "longest": acting.LONGEST,
        "at_once": many.AT_ONCE,
    }
    return render(request, "cases/many.html", context, status=422 if problems else 200)


def _many(request: HttpRequest, collection: DataCollection, kind: Happening) -> HttpResponse:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    if Act.SETTLE not in MAY[Role(membership.role)]:
        return page(request, collection, _wanted(request), problem="You can read these cases only.", status=403)
    shown = _shown(request)
    if "confirm" not in request.POST or not shown:
        chosen = [int(one) for one in request.POST.getlist("case") if one.isdecimal() and len(one) < 19]
        if not chosen:
            problem = "Tick the cases in the list that you mean."
            return page(request, collection, _wanted(request), problem=problem, status=422)
        return _ask(request, collection, kind, chosen[: many.AT_ONCE])
    own = lists.every(collection, membership).filter(pk__in=list(shown)).values_list("pk", flat=True)
    shown = {pk: shown[pk] for pk in own}
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    problems = {"reason": why} if (why := acting.problem_with_reason(kind, typed["reason"])) else {}
    if kind is Happening.PROPOSED and shown:
        case = Case.objects.select_related("collection").get(pk=min(shown))
        sides = sides_of(case)
        problems |= proposals.problems_with(case, sides, many.in_case(sides, typed), typed["reason"])
    if problems:
        return _ask(request, collection, kind, list(shown), typed=typed, problems=problems)
    if kind is Happening.PROPOSED:
        refused = many.propose(membership, shown, typed, typed["reason"])
    else:
        refused = many.agree(membership, shown, typed["reason"])
    return _told(request, collection, kind, len(shown) - len(refused), refused)


def _told(
    request: HttpRequest, collection: DataCollection, kind: Happening, done: int, refused: dict[int, Refusal]
) -> HttpResponse:
    did = "You have proposed this in" if kind is Happening.PROPOSED else "You have agreed in"
    back = f"{reverse('cases', args=[collection.slug])}?{_wanted(request).query()}"
    if done:
        messages.success(request, f"{did} {count_of(done, 'case')}.")
    if not refused:
        return redirect(back)
    context = {"collection": collection, "back": back, "refused": [(f"D{pk}", pk, why) for pk, why in refused.items()]}
    return render(request, "cases/many_refused.html", context, status=409)


@on_collection(Duty.CASES)
@require_POST
def agree_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Agree to what is proposed in the cases that are ticked."""
    return _many(request, data_collection, Happening.AGREED)


@on_collection(Duty.CASES)
@require_POST
def propose_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Propose the same in the cases that are ticked."""
    return _many(request, data_collection, Happening.PROPOSED)
