"""The work list of cases, the same as a file, and until when cases are to be settled."""

from __future__ import annotations

import datetime as dt

import polars as pl
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from collectory.engine.writing.spreadsheets import table_as_csv
from collectory.portal.cases import lists
from collectory.portal.cases.lists import Wanted
from collectory.portal.cases.models import CaseDates, Kind, deadline_of
from collectory.portal.cases.parties import is_collector
from collectory.portal.cases.states import State
from collectory.portal.collections.models import CollectionChange, DataCollection
from collectory.portal.pages import when
from collectory.portal.people import access_log
from collectory.portal.people.access_log import Action
from collectory.portal.people.models import Membership, Role
from collectory.portal.people.permissions import MAY, Act, Duty, has_duty, on_collection

AT_MOST = 50_000


def page(
    request: HttpRequest, collection: DataCollection, wanted: Wanted, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """A page of the work list; `problem` says what was missing in a form of it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = lists.page_of(collection, membership, wanted)
    access_log.done_by(membership, Action.CASES_LISTED, f"{collection.slug} {len(found.rows)}")
    deadline = deadline_of(collection)
    context = {
        "collection": collection,
        "wanted": wanted,
        "page": found,
        "lists": lists.LISTS,
        "kinds": Kind.choices,
        "states": [(state.value, state.words) for state in State],
        "ages": list(lists.AGES.items()),
        "where": list(lists.WHERE.items()),
        "sorts": lists.SORTS,
        "is_collector": is_collector(membership),
        "may_settle": Act.SETTLE in MAY[Role(membership.role)],
        "deadline": deadline,
        "is_late": deadline <= timezone.now(),
        "may_run": has_duty(membership, Duty.RUN),
        "problem": problem,
    }
    return render(request, "cases/cases.html", context, status=status)


@on_collection(Duty.CASES)
@require_GET
def cases(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """The cases that concern a school, a council or the department."""
    return page(request, data_collection, Wanted.of(request.GET.dict()))  # type: ignore[arg-type]


@on_collection(Duty.CASES)
@require_GET
def cases_as_csv(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """All cases of the list, one a line."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    wanted = Wanted.of(request.GET.dict())  # type: ignore[arg-type]
    found = lists.rows_of(lists.chosen(data_collection, membership, wanted)[:AT_MOST], membership)
    deadline = timezone.localtime(deadline_of(data_collection)).date().isoformat()

    def named(sides: list[lists.CaseSide]) -> str:
        return "; ".join(f"{side.organisation.native_id} {side.organisation.name}" for side in sides)

    rows = [
        {
            "Case": row.case.reference,
            "Kind": row.case.get_kind_display(),
            "What clashes": row.case.clash,
            "Statuses": row.statuses,
            "State": row.case.standing.words,
            "To do": row.to_do,
            "Open since": timezone.localtime(row.case.opened_at).date().isoformat(),
            "Days": str(row.case.age),
            "Settle by": deadline,
            "Our school": named(row.own),
            "Other side": named(row.others),
            "E-mail of the other side": "; ".join(side.organisation.email for side in row.others),
            "UPN": row.upn,
            "Pupil": row.pupil,
        }
        for row in found
    ]
    names = list(rows[0]) if rows else ["Case"]
    access_log.done_by(membership, Action.CASES_DOWNLOADED, f"{data_collection.slug} {len(rows)}")
    table = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    response = HttpResponse(table_as_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{data_collection.slug}-cases.csv"'
    return response


@on_collection(Duty.RUN)
@require_POST
def case_deadline(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Until when cases of a data collection are to be settled; empty: until the deadline of its returns."""
    text = request.POST.get("date", "").strip()
    moment = None
    if text:
        try:
            chosen = dt.date.fromisoformat(text)
        except ValueError:
            problem = "Enter the date until which cases are to be settled, such as 2021-11-04."
            return page(request, data_collection, Wanted(), problem=problem, status=422)
        moment = timezone.make_aware(dt.datetime.combine(chosen, dt.time(23, 59)))
    before = deadline_of(data_collection)
    CaseDates.objects.update_or_create(collection=data_collection, defaults={"deadline_at": moment})
    after = deadline_of(data_collection)
    membership: Membership = request.membership  # type: ignore[attr-defined]
    CollectionChange.objects.create(
        collection=data_collection,
        user=membership.user,
        organisation=membership.organisation,
        what="Cases to be settled by",
        before=when(before),
        after=when(after),
    )
    messages.success(request, f"Cases are to be settled by {when(after)}.")
    return redirect("cases" if has_duty(membership, Duty.CASES) else "manage-collection", data_collection.slug)
