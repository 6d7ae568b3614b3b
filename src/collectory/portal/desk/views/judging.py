"""What is done with the returns chosen on the Agent page: approve, reject, export."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import sources as lists
from collectory.portal.desk.services import exporting, judging
from collectory.portal.desk.sources import Wanted
from collectory.portal.desk.views.sources import page, returns_chosen
from collectory.portal.people.permissions import Duty, on_collection

NOTHING_CHOSEN = "Tick the returns in the list that you mean, or choose all that the filter finds."


def _nothing(request: HttpRequest, collection: DataCollection) -> HttpResponse:
    wanted = Wanted.of(QueryDict(request.POST.get("filter", "")[:2000]).dict())  # type: ignore[arg-type]
    return page(request, collection, wanted, NOTHING_CHOSEN, status=422)


def _ask(request: HttpRequest, collection: DataCollection, kind: str) -> HttpResponse:
    returns = lists.with_all(returns_chosen(request, collection), collection)
    if not returns:
        return _nothing(request, collection)
    job = judging.ask(kind, collection, returns, request.membership)  # type: ignore[attr-defined]
    return redirect("confirm-job", collection.slug, job.pk)


@on_collection(Duty.ACT_FOR_MANY)
@require_POST
def approve_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Ask whether these returns are to be approved."""
    return _ask(request, data_collection, "approve")


@on_collection(Duty.ACT_FOR_MANY)
@require_POST
def reject_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Ask whether these returns are to be rejected, and why."""
    return _ask(request, data_collection, "reject")


@on_collection(Duty.DESK)
@require_POST
def export_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Have these returns written by a worker; the page of the job offers the download."""
    form = "xml" if request.POST.get("format") == "xml" else "csv"
    returns = list(returns_chosen(request, data_collection).select_related("organisation"))
    if not returns:
        return _nothing(request, data_collection)
    job = exporting.start(data_collection, returns, request.membership, form)  # type: ignore[attr-defined]
    return redirect("job", data_collection.slug, job.pk)
