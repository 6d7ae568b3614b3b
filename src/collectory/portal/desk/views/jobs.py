"""The queues, the page of a job, confirming one, its result, and trying again what failed."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal import storage
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import queues as lists
from collectory.portal.desk.kinds import kind_of
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.desk.services import results, running
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act, Duty, may, on_collection, returns_of
from collectory.portal.returns.models import Upload
from collectory.portal.returns.services.accepting import accept

SIZE = 100
SHOWN = {
    "done": Q(outcome="done") & (Q(upload=None) | Q(upload__outcome="loaded")),
    "refused": Q(outcome="refused") | Q(upload__outcome="refused"),
    "failed": Q(outcome="failed") | Q(upload__outcome="failed"),
}


def _page_number(request: HttpRequest, pages: int) -> int:
    given = request.GET.get("page", "")
    return min(max(1, int(given)), pages) if given.isdecimal() and len(given) < 7 else 1


@on_collection(Duty.DESK)
@require_GET
def queues(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """All running and finished work that concerns this person."""
    return _queues(request, data_collection)


def _queues(request: HttpRequest, data_collection: DataCollection, refusal: Refusal | None = None) -> HttpResponse:
    membership = request.membership  # type: ignore[attr-defined]
    total = lists.count(data_collection, membership)
    pages = max(1, -(-total // lists.SIZE))
    page = _page_number(request, pages)
    entries = lists.page_of(data_collection, membership, page)
    context = {"collection": data_collection, "entries": entries, "total": total, "page": page, "pages": pages}
    context |= {"sees_all": lists.sees_all(membership), "refusal": refusal}
    return render(request, "desk/queues.html", context, status=409 if refusal else 200)


def _job(collection: DataCollection, membership: Membership, key: int) -> Any:
    found = lists.counted(lists.jobs_of(collection, membership).filter(pk=key)).first()
    if found is None:
        raise Http404
    return found


@on_collection(Duty.DESK)
@require_GET
def job(request: HttpRequest, data_collection: DataCollection, job: int) -> HttpResponse:
    """What became of each return or file of a job."""
    found = _job(data_collection, request.membership, job)  # type: ignore[attr-defined]
    shown = request.GET.get("show", "")
    items = found.items.select_related("data_return__organisation", "upload__revision")
    if shown in SHOWN:
        items = items.filter(SHOWN[shown])
    pages = max(1, -(-items.count() // SIZE))
    page = _page_number(request, pages)
    context = {
        "collection": data_collection,
        "job": found,
        "kind": kind_of(found),
        "words": lists.words_of(found),
        "done": lists.done_of(found),
        "share": lists.share_of(found),
        "has_result": lists.has_result(found),
        "items": items[(page - 1) * SIZE : page * SIZE],
        "shown": shown if shown in SHOWN else "",
        "page": page,
        "pages": pages,
    }
    return render(request, "desk/job.html", context)


@on_collection(Duty.DESK)
@require_GET
def job_progress(request: HttpRequest, data_collection: DataCollection, job: int) -> HttpResponse:
    """How far a job has come, for the script of its page."""
    found = _job(data_collection, request.membership, job)  # type: ignore[attr-defined]
    share = lists.share_of(found)
    return JsonResponse({"finished": share is None, "stage": lists.words_of(found), "percentage": share or 0})


@on_collection(Duty.ACT_FOR_MANY)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, data_collection: DataCollection, job: int) -> HttpResponse:
    """Which returns can be done and which not, and why; then begin, or call it off."""
    membership = request.membership  # type: ignore[attr-defined]
    found = Job.objects.filter(collection=data_collection, pk=job, membership=membership).first()
    if found is None:
        raise Http404
    if found.stage != Job.Stage.ASKED:
        return redirect("job", data_collection.slug, found.pk)
    needs_reason = found.kind == "reject"
    problem = ""
    reason = request.POST.get("reason", "").strip()[:2000]
    if request.method == "POST":
        if "call-off" in request.POST:
            found.delete()
            messages.success(request, "Nothing was done.")
            return redirect("sources", data_collection.slug)
        if needs_reason and not reason:
            problem = "Say why you reject the returns."
        else:
            running.confirm(found, **({"reason": reason} if needs_reason else {}))
            return redirect("job", data_collection.slug, found.pk)
    items = found.items.select_related("data_return__organisation")
    cannot = items.filter(outcome=JobItem.Outcome.REFUSED).order_by("message", "number")
    context = {
        "collection": data_collection,
        "job": found,
        "kind": kind_of(found),
        "can": items.filter(outcome=JobItem.Outcome.PENDING),
        "cannot": [(why, list(group)) for why, group in groupby(cannot, key=lambda item: item.message)],
        "needs_reason": needs_reason,
        "reason": reason,
        "problem": problem,
    }
    return render(request, "desk/confirm.html", context, status=422 if problem else 200)


@on_collection(Duty.DESK)
@require_GET
def result(request: HttpRequest, data_collection: DataCollection, job: int) -> HttpResponse:
    """The exports of a job as one archive, as far as this person may still read the returns."""
    membership = request.membership  # type: ignore[attr-defined]
    found = _job(data_collection, membership, job)
    if not lists.has_result(found):
        raise Http404
    readable = returns_of(membership).filter(collection=data_collection)
    items = list(found.items.filter(outcome=JobItem.Outcome.DONE, data_return__in=readable))
    response = StreamingHttpResponse(results.archive(found, items), content_type="application/zip")
    name = f"{data_collection.slug}-{membership.organisation.native_id}-{timezone.localdate():%Y%m%d}-{found.pk}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]


@on_collection(Duty.DESK)
@require_POST
def retry_job(request: HttpRequest, data_collection: DataCollection, job: int) -> HttpResponse:
    """Do again what failed in a job; what was refused stays so."""
    found = _job(data_collection, request.membership, job)  # type: ignore[attr-defined]
    if running.retry(found):
        messages.success(request, "What failed is being tried again.")
    return redirect("job", data_collection.slug, found.pk)


@on_collection(Duty.ACT_FOR_MANY)
@require_POST
def retry_upload(request: HttpRequest, data_collection: DataCollection, upload: int) -> HttpResponse:
    """Hand in the file of a failed upload once more."""
    membership = request.membership  # type: ignore[attr-defined]
    mine = returns_of(membership).filter(collection=data_collection)
    found = Upload.objects.filter(pk=upload, data_return__in=mine, outcome=Upload.Outcome.FAILED).first()
    if found is None or not may(membership, Act.UPLOAD, found.data_return.organisation):
        raise Http404
    with storage.open(found.sha256) as content, transaction.atomic():
        file = File(content, name=found.file_name)
        file.size = found.size
        outcome = accept(found.data_return, membership, file, confirmed=bool(found.replaces), seen=found.replaces)
    if isinstance(outcome, Refusal):
        return _queues(request, data_collection, outcome)
    place = [data_collection.slug, found.data_return.organisation.native_id, outcome.pk]
    return redirect("upload-progress", *place)
