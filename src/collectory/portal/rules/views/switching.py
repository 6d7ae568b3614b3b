"""Switching a rule: choose and say why, see the impact, confirm; the list of switches; calling one off."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from collectory.blade import SwitchKind
from collectory.engine import Refusal
from collectory.engine.checking.compile import message_of
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.permissions import Duty, on_collection
from collectory.portal.rules.models import Impact, Recheck, RuleSwitch
from collectory.portal.rules.services import deciding, impact, rechecking
from collectory.portal.rules.services.impact import LONGEST
from collectory.portal.rules.switching import edition_in, number_of, rule_in, switches_in_force

CHOICES = {
    SwitchKind.SOFTEN: ("Soften it to a query", "A note is enough where it fails. Nothing has to be corrected."),
    SwitchKind.WITHDRAW: ("Withdraw it", "It is no longer asked. Its errors and queries go away."),
    SwitchKind.RESTORE: ("Restore it", "It is asked again as it was published."),
}
DONE = {SwitchKind.SOFTEN: "Softened to a query", SwitchKind.WITHDRAW: "Withdrawn", SwitchKind.RESTORE: "Restored"}
SHOWN = 100


@on_collection(Duty.RUN)
@require_GET
def switches(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """What is switched now, what will be, what was; and how far stored returns are checked again."""
    edition = edition_in(data_collection)
    rows = RuleSwitch.objects.filter(collection=data_collection).select_related(
        "user", "organisation", "called_off_by__user"
    )
    real = rows.filter(calls_off=None).order_by("-starts_at", "-pk")
    now = timezone.now()
    recheck = Recheck.objects.filter(collection=data_collection).first()
    return render(
        request,
        "rules/switches.html",
        {
            "collection": data_collection,
            "in_force": [_named(edition, one.rule, one) for one in switches_in_force(data_collection)],
            "planned": [
                _named(edition, one.rule_key, one) for one in real.filter(starts_at__gt=now, called_off_by=None)
            ],
            "rows": [_named(edition, one.rule_key, one) for one in real[:SHOWN]],
            "waiting": [
                _named(edition, one.rule_key, one)
                for one in Impact.objects.filter(collection=data_collection, rule_switch=None)[:10]
            ],
            "recheck": recheck,
            "changed": rechecking.changed_by(recheck) if recheck else 0,
            "stale": rechecking.stale_returns(data_collection).count(),
            "done": DONE,
            "now": now,
        },
    )


def _named(edition: Any, key: str, of: Any) -> dict[str, Any]:
    return {"key": key, "number": number_of(edition, key), "of": of, "kind": SwitchKind(of.kind)}


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest, data_collection: DataCollection, rule_key: str) -> HttpResponse:
    """What to do with a rule, why and from when; then its impact is worked out."""
    edition = edition_in(data_collection)
    rule = rule_in(edition, rule_key)
    if rule is None:
        raise Http404
    problems: dict[str, str] = {}
    if request.method == "POST":
        kind, starts_at, problems = _asked(request)
        reason = request.POST.get("reason", "").strip()
        if not reason:
            problems["reason"] = "Say why. The sources concerned read it."
        if not problems and kind is not None:
            outcome = impact.propose(data_collection, request.membership, rule_key, kind, reason, starts_at)  # type: ignore[attr-defined]
            if not isinstance(outcome, Refusal):
                return redirect("rule-impact", data_collection.slug, outcome.pk)
            problems[outcome.code] = f"{outcome.title}. {outcome.message}"
    choices = [(kind.value, *CHOICES[kind]) for kind in impact.possible(edition, rule_key)]
    context = {
        "collection": data_collection,
        "rule": rule,
        "message": message_of(rule, edition),
        "switch_in_force": edition.switches.get(rule_key),
        "choices": choices,
        "problems": problems,
        "given": request.POST,
        "longest": LONGEST,
    }
    return render(request, "rules/switch.html", context, status=422 if problems else 200)


def _asked(request: HttpRequest) -> tuple[SwitchKind | None, dt.datetime | None, dict[str, str]]:
    """What was chosen, from when (None: at once), and what is missing."""
    problems: dict[str, str] = {}
    chosen = request.POST.get("kind", "")
    kind = SwitchKind(chosen) if chosen in set(SwitchKind) else None
    if kind is None:
        problems["kind"] = "Choose what to do with the rule."
    starts_at = None
    if request.POST.get("when") == "later":
        parts = [request.POST.get(f"date-{part}", "").strip() for part in ("year", "month", "day")]
        try:
            day = dt.date(*(int(part) for part in parts))
            starts_at = timezone.make_aware(dt.datetime.combine(day, dt.time()))
        except (ValueError, OverflowError):
            problems["date"] = "Enter the day, month and year from which it counts, such as 7 10 2021."
    elif request.POST.get("when") != "now":
        problems["when"] = "Choose from when it counts."
    return kind, starts_at, problems


def _impact(data_collection: DataCollection, pk: int) -> Impact:
    found = Impact.objects.filter(collection=data_collection, pk=pk).select_related("asked_by").first()
    if found is None:
        raise Http404
    return found


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, data_collection: DataCollection, impact_id: int) -> HttpResponse:
    """How far the impact is worked out; then the impact, and the button that confirms the switch."""
    found = _impact(data_collection, impact_id)
    refusal = None
    if request.method == "POST":
        outcome = deciding.confirm(found, request.membership)  # type: ignore[attr-defined]
        if not isinstance(outcome, Refusal):
            at_once = found.starts_at is None
            messages.success(
                request,
                "The rule is switched. Stored returns are checked again now."
                if at_once
                else "The switch is planned. Stored returns are checked again when it begins.",
            )
            return redirect("rule-switches", data_collection.slug)
        refusal = outcome
    edition = edition_in(data_collection)
    context = {
        "collection": data_collection,
        "impact": found,
        "counts": found.counts,
        "number": number_of(edition, found.rule_key),
        "choice": CHOICES[SwitchKind(found.kind)][0],
        "refusal": refusal,
        "confirmed": RuleSwitch.objects.filter(impact=found).first(),
    }
    template = "rules/impact.html" if found.is_finished else "rules/impact_progress.html"
    return render(request, template, context, status=422 if refusal else 200)


@on_collection(Duty.RUN)
@require_GET
def proposal_progress(request: HttpRequest, data_collection: DataCollection, impact_id: int) -> HttpResponse:
    """How far the impact is worked out, for the script of the progress page."""
    found = _impact(data_collection, impact_id)
    stage = f"{found.done:,} of {found.total:,} returns" if found.total else "Waiting to begin"
    return JsonResponse({"finished": found.is_finished, "stage": stage, "percentage": found.percentage})


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def call_off(request: HttpRequest, data_collection: DataCollection, switch_id: int) -> HttpResponse:
    """Call a switch off that has not begun, with a reason."""
    found = RuleSwitch.objects.filter(collection=data_collection, pk=switch_id, calls_off=None).first()
    if found is None:
        raise Http404
    refusal = None
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        outcome = deciding.call_off(found, request.membership, reason)  # type: ignore[attr-defined]
        if not isinstance(outcome, Refusal):
            messages.success(request, "The switch is called off.")
            return redirect("rule-switches", data_collection.slug)
        refusal = outcome
    context = {
        "collection": data_collection,
        "switch": found,
        "number": number_of(edition_in(data_collection), found.rule_key),
        "done": DONE[SwitchKind(found.kind)],
        "refusal": refusal,
        "reason": reason,
    }
    return render(request, "rules/call_off.html", context, status=422 if refusal else 200)
