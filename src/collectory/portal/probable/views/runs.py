"""Looking for probable matches: count, confirm, follow, call off; and the threshold."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.permissions import Duty, has_duty, on_collection
from collectory.portal.probable.models import Run, Setting, setting_of, threshold_of
from collectory.portal.probable.services import deciding, running


@on_collection(Duty.ACT_FOR_MANY)
@require_POST
def count(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Have the comparisons counted; nothing is compared before somebody confirms."""
    if not (running.is_possible(data_collection) and running.is_installed()):
        raise Http404
    run = running.count(data_collection, request.membership)  # type: ignore[attr-defined]
    return redirect("probable-run", data_collection.slug, run.pk)


def _run(request: HttpRequest, collection: DataCollection, run_id: int) -> Run:
    found: Run | None = running.seen_by(request.membership, collection).filter(pk=run_id).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@on_collection(Duty.DESK)
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, data_collection: DataCollection, run_id: int) -> HttpResponse:
    """How far a run has come; begin it or call it off."""
    found = _run(request, data_collection, run_id)
    membership = request.membership  # type: ignore[attr-defined]
    may_run = has_duty(membership, Duty.ACT_FOR_MANY)
    if request.method == "POST":
        if not may_run:
            raise Http404
        if "cancel" in request.POST:
            done = running.cancel(found)
            messages.success(request, "The run is called off." if done else "The run had ended already.")
        elif not running.confirm(found):
            messages.success(request, "The run had begun already.")
        return redirect("probable-run", data_collection.slug, found.pk)
    context = {
        "collection": data_collection,
        "run": found,
        "may_run": may_run,
        "threshold": threshold_of(data_collection),
        "stage": _stage(found),
        "percentage": _share(found),
    }
    return render(request, "probable/run.html", context)


@on_collection(Duty.DESK)
@require_GET
def progress(request: HttpRequest, data_collection: DataCollection, run_id: int) -> HttpResponse:
    """How far a run has come, for the script of its page."""
    found = _run(request, data_collection, run_id)
    return JsonResponse({"finished": not found.is_under_way, "stage": _stage(found), "percentage": _share(found)})


def _stage(run: Run) -> str:
    """Where it stands, and what has gone wrong meanwhile."""
    if run.is_silent:
        return "It was broken off. It is begun again by itself within a minute; nothing is lost"
    if run.is_under_way and not run.attempts:
        return "Waiting for its turn"
    again = f" again: it was broken off (attempt {run.attempts} of {running.MOST_ATTEMPTS})"
    return f"{run.get_stage_display()}{again if run.is_under_way and run.attempts > 1 else ''}"


def _share(run: Run) -> int:
    """Roughly: what is counted, what waits and what is compared; how long comparing takes nobody knows before."""
    if run.is_under_way and not run.attempts:
        return 5 if run.stage == Run.Stage.COUNTING else 30
    return {Run.Stage.COUNTING: 10, Run.Stage.WAITING: 30, Run.Stage.RUNNING: 60}.get(Run.Stage(run.stage), 100)


@on_collection(Duty.RUN)
@require_http_methods(["GET", "POST"])
def setting(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """From which score on matches are listed, every how many days they are looked for, and what was decided so far."""
    if not running.is_possible(data_collection):
        raise Http404
    problem = None
    given = {name: request.POST.get(name, "").strip() for name in ("threshold", "every_days", "reason")}
    if request.method == "POST":
        outcome = deciding.decide(data_collection, request.membership, **given)  # type: ignore[attr-defined]
        if isinstance(outcome, Setting):
            messages.success(request, "Decided. Matches are listed from this score on.")
            return redirect("probable-setting", data_collection.slug)
        problem = outcome
    now = setting_of(data_collection)
    context = {
        "collection": data_collection,
        "threshold": threshold_of(data_collection),
        "every_days": now.every_days if now else 0,
        "given": given if problem else {},
        "problem": problem,
        "decisions": Setting.objects.filter(collection=data_collection).select_related("user", "organisation"),
    }
    return render(request, "probable/setting.html", context, status=422 if problem else 200)
