"""The desk of the performance team: the grid, its file, reminders to many, assigning many, and one school."""

from __future__ import annotations

import io

import polars as pl
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from collectory.engine.writing.spreadsheets import table_as_csv, table_as_xlsx
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.parts import Side
from collectory.portal.people.permissions import Duty, has_duty, with_duty
from collectory.portal.transfer import grid as lists
from collectory.portal.transfer import keys, scanning
from collectory.portal.transfer.grid import Wanted
from collectory.portal.transfer.models import Delivery, DeliveryEvent
from collectory.portal.transfer.services import chasing, judging
from collectory.portal.transfer.services.recording import Handler
from collectory.portal.transfer.states import WITH_THE_SCHOOL, State

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 3000
SHOWN = 20


def _membership(request: HttpRequest) -> Membership:
    return request.membership  # type: ignore[attr-defined,no-any-return]


def _grid(request: HttpRequest, wanted: Wanted, problem: str = "", status: int = 200) -> HttpResponse:
    membership = _membership(request)
    team = membership.organisation
    every = lists.types_of(team)
    types = [one for one in every if not wanted.type or str(one.pk) == wanted.type]
    sums = lists.sums(team, every)
    context = {
        "team": team,
        "wanted": wanted,
        "every": every,
        "types": types,
        "page": lists.page_of(team, types, wanted),
        "sums": sums,
        "states": list(State),
        "sizes": lists.SIZES,
        "trusts": lists.trusts(team),
        "colleagues": judging.colleagues(team),
        "acts": has_duty(membership, Duty.ACT_FOR_TEAM),
        "is_set_up": keys.is_set_up(),
        "is_scanned": scanning.is_set_up(),
        "problem": problem,
    }
    return render(request, "transfer/grid.html", context, status=status)


@with_duty(Duty.TEAM)
@require_GET
def grid(request: HttpRequest) -> HttpResponse:
    """All schools and all due files."""
    return _grid(request, Wanted.of(request.GET.dict()))  # type: ignore[arg-type]


@with_duty(Duty.TEAM)
@require_GET
def grid_file(request: HttpRequest, form: str) -> HttpResponse:
    """What the filter finds, as CSV or as an Excel workbook."""
    if form not in {"csv", "xlsx"}:
        raise Http404
    team = _membership(request).organisation
    wanted = Wanted.of(request.GET.dict())  # type: ignore[arg-type]
    types = lists.types_of(team, wanted)
    table = pl.DataFrame(lists.as_table(lists.all_rows(team, types, wanted), types))
    if form == "csv":
        response = HttpResponse(table_as_csv(table), content_type="text/csv; charset=utf-8")
    else:
        buffer = io.BytesIO()
        table_as_xlsx(table, "Files of schools", buffer)
        response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="files-of-schools-{team.native_id}.{form}"'
    return response


def _named(request: HttpRequest) -> list[Delivery]:
    """The deliveries that a form names: those ticked, or all that its filter finds. In the order of the grid."""
    team = _membership(request).organisation
    wanted = Wanted.of(QueryDict(request.POST.get("filter", "")[:2000]).dict())  # type: ignore[arg-type]
    types = lists.types_of(team)
    if request.POST.get("which") == "all":
        found = lists.chosen(team, lists.types_of(team, wanted), wanted)
    else:
        ticked = [int(key) for key in request.POST.getlist("delivery") if key.isdecimal() and len(key) < 19]
        found = lists.chosen(team, types, Wanted()).filter(pk__in=ticked[:MOST])
    rows = found.select_related("file_type__organisation", "organisation__trust").distinct()
    return list(rows.order_by("organisation__native_id", "file_type")[:MOST])


def _handler(membership: Membership) -> Handler:
    return Handler(membership.user, membership.organisation, membership.role, Side.TEAM)


@with_duty(Duty.ACT_FOR_TEAM)
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Remind many schools: write the text, look at what each would read, send it."""
    named = _named(request)
    waiting = [one for one in named if one.standing in WITH_THE_SCHOOL]
    wanted = Wanted.of(QueryDict(request.POST.get("filter", "")[:2000]).dict())  # type: ignore[arg-type]
    if not waiting:
        why = "Tick files that wait for a school." if not named else "None of these waits for a school."
        return _grid(request, wanted, why, status=422)
    text = request.POST.get("text", chasing.TEXT).replace("\r\n", "\n").strip()
    problem = chasing.problem_with(text)
    listed = chasing.preview(waiting, text) if not problem else []
    if "send" in request.POST and not problem:
        count = chasing.chase(
            [one.delivery.pk for one in listed if not one.reaches_nobody], _handler(_membership(request)), text
        )
        messages.success(request, f"{count} reminders are on their way.")
        return redirect("team-desk")
    context = {
        "waiting": waiting,
        "listed": listed,
        "shown": SHOWN,
        "left_out": len(named) - len(waiting),
        "nobody": [one for one in listed if one.reaches_nobody],
        "lately": sum(one.was_chased_lately for one in listed),
        "text": text,
        "problem": problem,
        "places": chasing.PLACES,
        "longest": chasing.LONGEST,
        "filter": wanted.query(),
    }
    return render(request, "transfer/remind.html", context, status=422 if problem else 200)


@with_duty(Duty.ACT_FOR_TEAM)
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give many deliveries to a colleague."""
    membership = _membership(request)
    wanted = Wanted.of(QueryDict(request.POST.get("filter", "")[:2000]).dict())  # type: ignore[arg-type]
    chosen = request.POST.get("colleague", "")
    colleague = next((one for one in judging.colleagues(membership.organisation) if str(one.pk) == chosen), None)
    named = _named(request)
    if not named or (colleague is None and chosen != "nobody"):
        return _grid(request, wanted, "Tick files, and choose a colleague." if named else "Tick files.", status=422)
    count = judging.assign([one.pk for one in named], _handler(membership), colleague)
    who = colleague.shown_name if colleague else "Nobody"
    messages.success(request, f"{who} looks after {len(named)} files; {count} changed hands.")
    return redirect("team-desk")


@with_duty(Duty.TEAM)
@require_GET
def school(request: HttpRequest, school: str) -> HttpResponse:
    """One school: all that it sends, and everything that has happened."""
    membership = _membership(request)
    team = membership.organisation
    found = Organisation.objects.select_related("trust", "agent").filter(native_id=school).first()
    deliveries = list(
        Delivery.objects.filter(organisation=found, file_type__organisation=team)
        .select_related("file_type__collection", "current_file", "assigned_to", "organisation")
        .order_by("file_type__due_at", "file_type__name")
    )
    if found is None or not deliveries:
        raise Http404
    events = DeliveryEvent.objects.filter(delivery__in=deliveries).select_related(
        "delivery__file_type", "user", "organisation", "file"
    )
    access_log.done_by(membership, "looked at a school's files", found.native_id, found)
    context = {
        "school": found,
        "deliveries": deliveries,
        "events": events.order_by("-id")[:500],
        "acts_for": found.agent_id == team.pk and has_duty(membership, Duty.ACT_FOR_TEAM),
    }
    return render(request, "transfer/school.html", context)
