"""The table of status pairs of a data collection, and saying otherwise of those that no source settles."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.blade import Verdict
from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import guidance, verdicts
from collectory.portal.duplicates.models import StatusDecision
from collectory.portal.duplicates.services import deciding
from collectory.portal.people.permissions import Duty, on_collection

WORDS = {**guidance.WORDS, Verdict.ALLOWED: "Allowed: no case"}


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def statuses(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """What pairs mean, what was decided so far, and the form of the next decision."""
    problem: Refusal | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "").strip() for name in ("pair", "verdict", "reason", "from")}
        day = _day(given["from"])
        outcome = deciding.decide(
            data_collection,
            request.membership,  # type: ignore[attr-defined]
            pair=given["pair"],
            verdict=given["verdict"],
            reason=given["reason"],
            day=day,
            day_is_wrong=bool(given["from"]) and day is None,
        )
        if isinstance(outcome, StatusDecision):
            messages.success(request, f"Decided: {outcome.pair} is {outcome.get_verdict_display()}.")
            return redirect("status-pairs", data_collection.slug)
        problem = outcome
    matching = verdicts.matching_in(data_collection)
    return render(
        request,
        "duplicates/statuses.html",
        {
            "collection": data_collection,
            "table": verdicts.table_of(data_collection),
            "pairs": verdicts.changeable(matching) if matching else [],
            "choices": [(each.value, WORDS[each]) for each in verdicts.CHOICES],
            "words": WORDS,
            "decisions": StatusDecision.objects.filter(collection=data_collection)
            .select_related("user", "organisation")
            .order_by("-at", "-pk"),
            "problem": problem,
            "given": request.POST,
        },
        status=400 if problem else 200,
    )


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None
