"""The access log as an organisation's approver and an administrator read it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.portal.people import access_log
from collectory.portal.people.access_log import Action
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.people.permissions import Duty, with_duty

ON_A_PAGE = 100
COLUMNS = ["When", "Who", "For", "What", "About", "Person", "Details"]


class Pen:
    """Gives each row of a CSV file back in the place of writing it."""

    def write(self, row: str) -> str:
        """The row as text."""
        return row


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _start(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _lines(request: HttpRequest) -> tuple[QuerySet[AccessLog], dict[str, str]]:
    """The lines that this person may read and asked for, newest first, and what was asked for."""
    by: Membership = request.membership  # type: ignore[attr-defined]
    asked = {name: request.GET.get(name, "").strip() for name in ("organisation", "who", "action", "since", "until")}
    lines = AccessLog.objects.select_related("user", "organisation", "about", "person")
    if by.role == Role.ADMINISTRATOR:
        own = Organisation.objects.filter(native_id=asked["organisation"]).first() if asked["organisation"] else None
        if asked["organisation"] and own is None:
            lines = lines.none()
    else:
        own, asked["organisation"] = by.organisation, ""
    if own is not None:
        lines = lines.filter(Q(organisation=own) | Q(about=own))
    if asked["who"]:
        lines = lines.filter(
            Q(user__first_name__icontains=asked["who"])
            | Q(user__last_name__icontains=asked["who"])
            | Q(user__username__icontains=asked["who"])
        )
    if asked["action"]:
        lines = lines.filter(action=asked["action"])
    if since := _day(asked["since"]):
        lines = lines.filter(at__gte=_start(since))
    if until := _day(asked["until"]):
        lines = lines.filter(at__lt=_start(until + dt.timedelta(days=1)))
    return lines.order_by("-at", "-id"), asked


@with_duty(Duty.PEOPLE)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Who did what, a page at a time."""
    lines, asked = _lines(request)
    actions = {**access_log.SHOWN, **{one.value: one.value for one in Action}}
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": Paginator(lines, ON_A_PAGE).get_page(request.GET.get("page")),
        "asked": asked,
        "query": query.urlencode(),
        "actions": sorted(actions.items(), key=lambda one: one[1]),
        "shown": access_log.shown,
        "problems": [name for name in ("since", "until") if asked[name] and _day(asked[name]) is None],
    }
    return render(request, "people/manage/access_log.html", context)


def _safe(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _rows(lines: QuerySet[AccessLog]) -> Iterator[list[str]]:
    yield COLUMNS
    for one in lines.iterator(chunk_size=2000):
        yield [
            timezone.localtime(one.at).isoformat(timespec="seconds"),
            one.user.shown_name if one.user else "",
            str(one.organisation or ""),
            access_log.shown(one.action),
            str(one.about or ""),
            one.person.shown_name if one.person else "",
            one.subject,
        ]


@with_duty(Duty.PEOPLE)
@require_GET
def log_file(request: HttpRequest) -> HttpResponseBase:
    """The same lines as CSV, all of them, sent while they are read."""
    lines, _ = _lines(request)
    access_log.done_by(request.membership, Action.LOG_DOWNLOADED, "")  # type: ignore[attr-defined]
    writer = csv.writer(Pen())
    content = (writer.writerow([_safe(cell) for cell in row]) for row in _rows(lines))
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="access-log.csv"'
    return response
