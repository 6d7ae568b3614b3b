"""Running data collections: opening one, its dates and policies, who must return, and its history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal, editions
from collectory.portal.collections import asked
from collectory.portal.collections.models import DataCollection, ErrorPolicy, OkPolicy, QueryPolicy
from collectory.portal.collections.services import excusing, opening
from collectory.portal.collections.who import SHOWN, Who, choices, newcomers, preview
from collectory.portal.people.models import Organisation
from collectory.portal.people.permissions import Duty, on_collection, with_duty
from collectory.portal.returns.models import Return

HISTORY = 200
BEGIN_WITH = {
    "is_live": "live",
    "sources": "schools",
    **{name: asked.BEGIN_WITH[policy] for name, policy in asked.POLICIES.items()},
    "allows_upload": True,
    "allows_delete": True,
}


def _form(**more: Any) -> dict[str, Any]:
    policies = {"errors": ErrorPolicy.choices, "queries": QueryPolicy.choices, "oks": OkPolicy.choices}
    return {"policies": policies, **more}


@with_duty(Duty.RUN)
@require_http_methods(["GET", "POST"])
def open_collection(request: HttpRequest) -> HttpResponse:
    """Fill in what a new data collection is; see who would have to return; open it."""
    known = editions()
    given: Any = BEGIN_WITH
    problems: dict[str, str] = {}
    refusal = None
    if request.method == "POST":
        given = request.POST
        key = given.get("edition", "")
        values, problems = asked.values_of(given)
        if key not in known:
            problems["edition"] = "Choose an edition."
        who = asked.who_of(given)
        shown = preview(who)
        if not shown.count and not problems:
            problems["sources"] = "Nobody would have to return. Choose others, or check the list of native IDs."
        if shown.unknown:
            problems["native_ids"] = (
                f"{len(shown.unknown):,} of the list are not open here, or make no returns: "
                f"{', '.join(shown.unknown[:20])}. Correct the list, or take them out."
            )
        if not problems and "confirmed" in given and "change" not in given:
            membership = request.membership  # type: ignore[attr-defined]
            is_live = given.get("is_live") != "familiarisation"
            made = opening.open_collection(key, values, who, is_live=is_live, membership=membership)
            if isinstance(made, DataCollection):
                messages.success(request, f"{made.full_title} is made, with {shown.count:,} returns.")
                return redirect("manage-collection", made.slug)
            refusal = made
        elif not problems and "change" not in given:
            context = {"given": given, "values": values, "who": who, "preview": shown, "shown": SHOWN}
            hidden = [(name, value) for name, listed in given.lists() if name not in _NOT_KEPT for value in listed]
            return render(request, "collections/preview.html", {**context, "edition": known[key], "hidden": hidden})
    context = _form(given=given, problems=problems, refusal=refusal, editions=known.values(), choices=choices())
    context["chosen"] = {name: given.getlist(name) if hasattr(given, "getlist") else [] for name in _LISTS}
    return render(request, "collections/open.html", context, status=422 if problems else 200)


_LISTS = ("types", "phases", "authorities")
_NOT_KEPT = {"csrfmiddlewaretoken", "confirmed", "change"}


@on_collection(Duty.RUN)
@require_GET
def manage(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """A data collection as it is set up: dates, policies, who must return, and what was changed."""
    counts = data_collection.returns.aggregate(
        all=Count("pk", filter=Q(excused_at=None)),
        received=Count("pk", filter=Q(excused_at=None) & ~Q(state="no data")),
        excused=Count("pk", filter=~Q(excused_at=None)),
    )
    now = timezone.now()
    dates = [
        (opening.NAMES[name], moment, moment is not None and moment <= now)
        for name in asked.MOMENTS
        if (moment := getattr(data_collection, name)) is not None or name != "deadline_at"
    ]
    context = {
        "collection": data_collection,
        "counts": counts,
        "dates": dates,
        "own_dates": data_collection.authority_dates.select_related("authority"),
        "who": Who.of(data_collection.who) if data_collection.who else None,
        "newcomers": newcomers(data_collection).count(),
        "closed": _closed(data_collection).count(),
        "changes": data_collection.changes.select_related("user", "organisation")[:HISTORY],
    }
    return render(request, "collections/manage.html", context)


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Change title, dates, policies and guidance, with a reason once it has opened."""
    given: Any = asked.given_of(data_collection)
    problems: dict[str, str] = {}
    refusal = None
    if request.method == "POST":
        given = request.POST
        values, problems = asked.values_of(given)
        if not problems:
            membership = request.membership  # type: ignore[attr-defined]
            done = opening.change(data_collection, values, reason=given.get("reason", ""), membership=membership)
            if not isinstance(done, Refusal):
                said = ", ".join(one.what for one in done)
                messages.success(request, f"Changed: {said}." if done else "Nothing was different.")
                return redirect("manage-collection", data_collection.slug)
            refusal = done
    context = _form(collection=data_collection, given=given, problems=problems, refusal=refusal)
    return render(request, "collections/change.html", context, status=422 if problems or refusal else 200)


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def authorities(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """The authorities with an opening or a deadline of their own, as lines to type or paste."""
    text = asked.dates_as_typed(data_collection)
    problems: list[str] = []
    refusal = None
    if request.method == "POST":
        text = request.POST.get("dates", "")[:50_000]
        wanted, problems = asked.own_dates(text)
        if not problems:
            reason = request.POST.get("reason", "")
            done = opening.set_dates(data_collection, wanted, reason=reason, membership=request.membership)  # type: ignore[attr-defined]
            if not isinstance(done, Refusal):
                messages.success(request, f"The dates of {done} {'authority' if done == 1 else 'authorities'} changed.")
                return redirect("manage-collection", data_collection.slug)
            refusal = done
    context = {"collection": data_collection, "text": text, "problems": problems, "refusal": refusal}
    context["reason"] = request.POST.get("reason", "")
    return render(request, "collections/authorities.html", context, status=422 if problems or refusal else 200)


def _closed(collection: DataCollection) -> QuerySet[Return]:
    """The returns that are expected of organisations which have closed."""
    return collection.returns.filter(excused_at=None, organisation__is_open=False)


@on_collection(Duty.RUN)
@require_GET
def who_must_return(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Organisations to add and to excuse, and those that are excused."""
    find = request.GET.get("find", "").strip()[:100]
    found = None
    if find:
        meant = Q(organisation__native_id__startswith=find) | Q(organisation__name__icontains=find)
        found = data_collection.returns.filter(meant).select_related("organisation")[:SHOWN]
    context = {
        "collection": data_collection,
        "who": Who.of(data_collection.who) if data_collection.who else None,
        "newcomers": newcomers(data_collection)[:SHOWN],
        "newcomer_count": newcomers(data_collection).count(),
        "closed": _closed(data_collection).select_related("organisation")[:SHOWN],
        "excused": data_collection.returns.exclude(excused_at=None).select_related("organisation")[:SHOWN],
        "find": find,
        "found": found,
    }
    return render(request, "collections/who.html", context)


@on_collection(Duty.RUN)
@require_POST
def add_newcomers(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Make the returns of those that must return and have none."""
    count = opening.add_newcomers(data_collection, membership=request.membership)  # type: ignore[attr-defined]
    messages.success(request, f"{count:,} {'return was' if count == 1 else 'returns were'} added.")
    return redirect("who-must-return", data_collection.slug)


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def excuse(request: HttpRequest, data_collection: DataCollection, number: int) -> HttpResponse:
    """Excuse one source with a reason, or expect it again."""
    returns = Return.objects.select_related("organisation", "collection")
    found = get_object_or_404(returns, collection=data_collection, pk=number)
    refusal = None
    if request.method == "POST":
        membership = request.membership  # type: ignore[attr-defined]
        again = "again" in request.POST
        reason = request.POST.get("reason", "")[:2000]
        done = excusing.expect_again(found, membership) if again else excusing.excuse(found, membership, reason)
        if not isinstance(done, Refusal):
            said = "is expected again" if again else "is excused"
            messages.success(request, f"{_name(found.organisation)} {said}.")
            return redirect("who-must-return", data_collection.slug)
        refusal = done
    context = {"collection": data_collection, "data_return": found, "refusal": refusal}
    return render(request, "collections/excuse.html", context, status=422 if refusal else 200)


def _name(organisation: Organisation) -> str:
    return f"{organisation.name} ({organisation.native_id})"
