"""Work lists and the bulk authorisation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

import collectory
from collectory.blade import Edition
from collectory.engine.checking.compile import message_of
from collectory.portal.collections.models import DataCollection
from collectory.portal.collector import work_lists
from collectory.portal.collector.work_lists import LISTS, Wanted
from collectory.portal.duplicates import reports as duplicates
from collectory.portal.pages import count_of
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act, Duty, has_duty, on_collection
from collectory.portal.returns.finding_list import rule_of
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import authorising
from collectory.portal.returns.services.acts import why_not

AT_ONCE = 500  # as many are authorised in one request; the rest with the next press


def rule_choices(edition: Edition, keys: list[str]) -> list[tuple[str, str]]:
    """Rules to choose from: key, and number with the message; in the order of the edition."""
    order = {each.key: number for number, each in enumerate(edition.rules)}
    found = []
    for key in sorted(keys, key=lambda key: (order.get(key, len(order)), key)):
        rule = rule_of(edition, key)
        words = f"{rule.number or key}: {message_of(rule, edition)}" if rule else key
        found.append((key, words if len(words) <= 70 else f"{words[:69]}…"))
    return found


def why_not_authorised(data_return: Return, membership: Membership) -> str:
    """Why a return of `with_state` cannot be authorised now; "" when it can. Asks the database nothing."""
    open_questions = data_return.waiting + data_return.answered  # type: ignore[attr-defined]
    return why_not(data_return, Act.AUTHORISE, membership) or authorising.obstacles_in_short(
        data_return, open_questions
    )


@on_collection(Duty.WORK)
@require_GET
def work(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """The collector's work lists: inbox, answered, waiting, not sent, all; by authority, by rule, by name."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    wanted = Wanted.of(request.GET)
    found = work_lists.work_list(data_collection, membership, wanted)
    for row in found.page.rows:
        row.why_not = why_not_authorised(row, membership)  # type: ignore[attr-defined]
    edition = collectory.edition(data_collection.edition_key)
    return render(
        request,
        "collector/work.html",
        {
            "collection": data_collection,
            "wanted": wanted,
            "lists": LISTS,
            "counts": found.counts,
            "page": found.page,
            "authorities": work_lists.authorities(data_collection, membership, found.counts["all"]),
            "rules": rule_choices(edition, work_lists.rules_raised(data_collection)),
            "may_authorise": has_duty(membership, Duty.ACT_FOR_MANY),
            "duplicates": duplicates.counts_for(membership, data_collection),
        },
    )


def _chosen(request: HttpRequest, data_collection: DataCollection) -> tuple[list[Return], bool]:
    """The returns that a form names, or all of its list, at most AT_ONCE of them; and whether there are more."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    if request.POST.get("which") == "every":
        returns = work_lists.returns_wanted(data_collection, membership, Wanted.of(request.POST))
        returns = returns.filter(state__in=work_lists.TO_AUTHORISE, errors=0)
    else:
        given = [one for one in request.POST.getlist("return") if one.isdecimal() and len(one) < 18]
        wanted = Wanted(which="all")
        returns = work_lists.returns_wanted(data_collection, membership, wanted).filter(pk__in=given[:AT_ONCE])
    found = list(work_lists.with_state(returns)[: AT_ONCE + 1])
    return found[:AT_ONCE], len(found) > AT_ONCE


@on_collection(Duty.ACT_FOR_MANY)
@require_POST
def authorise_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """First what can be authorised and what cannot, and why; then, confirmed, those that can."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    back = f"{reverse('work', args=[data_collection.slug])}?{Wanted.of(request.POST).query()}"
    if "confirm" in request.POST:
        return _authorised(request, data_collection, back)
    chosen, more = _chosen(request, data_collection)
    judged = [(each, why_not_authorised(each, membership)) for each in chosen]
    context = {
        "collection": data_collection,
        "can": [each for each, why in judged if not why],
        "cannot": [(each, why) for each, why in judged if why],
        "more": more,
        "at_once": AT_ONCE,
        "wanted": Wanted.of(request.POST),
        "back": back,
    }
    return render(request, "collector/authorise_many.html", context)


def _authorised(request: HttpRequest, data_collection: DataCollection, back: str) -> HttpResponse:
    """Authorise what was confirmed, each return as it was shown; say what became of the others."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    versions: dict[int, int] = {}
    for one in request.POST.getlist("shown")[:AT_ONCE]:
        pk, _, version = one.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(one) < 30:
            versions[int(pk)] = int(version)
    every = work_lists.returns_wanted(data_collection, membership, Wanted(which="all"))
    chosen = every.filter(pk__in=list(versions)).select_related("collection", "organisation")
    result = authorising.authorise_many({each: versions[each.pk] for each in chosen}, membership)
    if result.done:
        messages.success(request, f"{count_of(len(result.done), 'return is', 'returns are')} authorised.")
    if not result.refused:
        return redirect(back)
    context: dict[str, Any] = {
        "collection": data_collection,
        "can": [],
        "cannot": [(each, refusal.message) for each, refusal in result.refused],
        "done": len(result.done),
        "back": back,
    }
    return render(request, "collector/authorise_many.html", context, status=409)
