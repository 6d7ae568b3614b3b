"""The Agent page, and the same list for a collector."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import progress
from collectory.portal.desk import sources as lists
from collectory.portal.desk.sources import Wanted
from collectory.portal.duplicates import reports as duplicates
from collectory.portal.people.models import Membership, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import MAY, PLAYS, Act, Duty, has_duty, on_collection
from collectory.portal.returns.states import State


def returns_chosen(request: HttpRequest, collection: DataCollection) -> Any:
    """The returns that a form names: those ticked, or all that its filter finds. A query set, in the list's order."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    wanted = Wanted.of(QueryDict(request.POST.get("filter", "")[:2000]).dict())  # type: ignore[arg-type]
    returns = lists.own(collection, membership, wanted.whose)
    if request.POST.get("which") == "all":
        return lists.chosen(returns, wanted)
    ticked = [int(key) for key in request.POST.getlist("return") if key.isdecimal() and len(key) < 19]
    return returns.filter(pk__in=ticked).order_by("organisation__native_id")


def page(
    request: HttpRequest, collection: DataCollection, wanted: Wanted, problem: str = "", status: int = 200
) -> HttpResponse:
    """The Agent page in its four parts; `problem` says what was missing in a form of it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    role = Role(membership.role)
    is_agent = PLAYS[role] is Part.AGENT
    returns = lists.own(collection, membership, wanted.whose)
    sums = lists.summary(returns)
    acts = MAY[role] if has_duty(membership, Duty.ACT_FOR_MANY) else frozenset()
    is_long = sums.expected >= progress.LONG
    list_name = f"{collection.pk}-{membership.organisation_id}-{PLAYS[role]}-{wanted.whose}" if is_long else ""
    line = progress.progress(collection, returns, sums.expected, list_name)
    context = {
        "collection": collection,
        "wanted": wanted,
        "page": lists.page_of(lists.chosen(returns, wanted), wanted, collection),
        "summary": sums,
        "drawing": progress.drawn(line),
        "choices": lists.choices(returns, authorities=not is_agent, kept_as=list_name),
        "columns": lists.COLUMNS,
        "dates": lists.DATE_LABELS,
        "sizes": lists.SIZES,
        "states": list(State),
        "is_agent": is_agent,
        "others": lists.own(collection, membership, "academies").exists(),
        "may_load": Act.UPLOAD in acts and not wanted.whose,
        "may_approve": Act.APPROVE in acts and (not is_agent or not wanted.whose),
        "may_reject": Act.REJECT in acts and (not is_agent or not wanted.whose),
        "problem": problem,
        "duplicates": duplicates.counts_for(membership, collection),
    }
    return render(request, "desk/sources.html", context, status=status)


@on_collection(Duty.DESK)
@require_GET
def sources(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Filter, performance summary, the sources, and what can be done with them."""
    return page(request, data_collection, Wanted.of(request.GET.dict()))  # type: ignore[arg-type]
