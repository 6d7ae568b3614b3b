"""Merged data sets: asked for, and downloaded when they are ready."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from collectory.portal.collections.models import DataCollection
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, on_collection, with_duty
from collectory.portal.receiving import merging
from collectory.portal.receiving.models import MergedData
from collectory.portal.transfer import store
from collectory.portal.transfer.models import FileType


def _own(membership: Membership) -> Any:
    return MergedData.objects.filter(organisation=membership.organisation_id).select_related(
        "file_type", "collection", "organisation", "content", "asked_by"
    )


def _form(request: HttpRequest) -> str:
    form = request.POST.get("form", "")
    if form not in MergedData.Form.values:
        raise Http404
    return form


def _answer(request: HttpRequest, merged: MergedData) -> HttpResponse:
    if merged.content is None:
        raise Http404
    membership: Membership = request.membership  # type: ignore[attr-defined]
    access_log.done_by(membership, "downloaded merged data", f"{merged.what} {merged.file_name}")
    response = StreamingHttpResponse(store.pieces(merged.content), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, merged.file_name) or "attachment"
    response["Content-Length"] = str(merged.content.size)
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


@with_duty(Duty.TEAM)
@require_http_methods(["GET", "POST"])
def of_files(request: HttpRequest) -> HttpResponse:
    """Merged data of the team's file types."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    types = FileType.objects.filter(organisation=membership.organisation)
    if request.method == "POST":
        wanted = request.POST.get("type", "")
        file_type = types.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None
        if file_type is None:
            raise Http404
        merging.ask(membership, _form(request), file_type=file_type)
        return redirect("merged-files")
    context = {
        "types": types,
        "merged": _own(membership).exclude(file_type=None)[:50],
        "forms": MergedData.Form.choices,
        "collection": None,
        "here": "merged-files",
    }
    return render(request, "receiving/merged.html", context)


@with_duty(Duty.TEAM)
@require_GET
def file_download(request: HttpRequest, merged: int) -> HttpResponse:
    """A merged data set of the team's file types."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = _own(membership).exclude(file_type=None).filter(pk=merged).first()
    if found is None:
        raise Http404
    return _answer(request, found)


@on_collection(Duty.DESK)
@require_http_methods(["GET", "POST"])
def of_returns(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Merged data of the returns of a data collection that somebody sees on the Agent page."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    if request.method == "POST":
        merging.ask(membership, _form(request), collection=data_collection)
        return redirect("merged-returns", data_collection.slug)
    context = {
        "types": [],
        "merged": _own(membership).filter(collection=data_collection)[:50],
        "forms": MergedData.Form.choices,
        "collection": data_collection,
    }
    return render(request, "receiving/merged.html", context)


@on_collection(Duty.DESK)
@require_GET
def returns_download(request: HttpRequest, data_collection: DataCollection, merged: int) -> HttpResponse:
    """A merged data set of a data collection."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    # What a colleague in another role may see of the collection is not everybody's.
    found = _own(membership).filter(collection=data_collection, pk=merged, membership__role=membership.role).first()
    if found is None:
        raise Http404
    return _answer(request, found)
