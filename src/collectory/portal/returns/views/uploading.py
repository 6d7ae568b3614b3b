"""Upload return from file: the form, the progress page and its result."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

import collectory
from collectory.engine import Refusal
from collectory.engine.writing.template import write_template
from collectory.portal.duplicates import reports as duplicates
from collectory.portal.duplicates.claimed import claimed_elsewhere
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services.accepting import accept, refuse_at_the_door, replaced_by_upload, too_large
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.views.source_page import records_in_words, way_to_findings

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _form(
    request: HttpRequest, data_return: Return, *, problems: dict[str, str] | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    membership = request.membership  # type: ignore[attr-defined]
    edition = collectory.edition(data_return.collection.edition_key)
    return render(
        request,
        "returns/upload.html",
        {
            "data_return": data_return,
            "problems": problems or {},
            "refusal": refusal,
            "why_not": why_not(data_return, Act.UPLOAD, membership),
            "running": data_return.uploads.exclude(stage=Upload.Stage.FINISHED).first(),
            "replaced": replaced_by_upload(data_return),
            "limit": settings.UPLOAD_LIMIT,
            "native_id": data_return.organisation.native_id,
            "edition": edition,
            "example": edition.blade.file_name(edition, data_return.organisation.native_id, "001")
            if edition.blade.file_name
            else "",
        },
    )


@on_return(Act.UPLOAD)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Pick a file; it is kept and queued, and the progress page follows."""
    if request.method == "GET":
        return _form(request, data_return)
    membership = request.membership  # type: ignore[attr-defined]
    file = request.FILES.get("file")
    taken_too_large = getattr(request, "too_large", None)
    if taken_too_large is not None:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        outcome: Upload | Refusal = refuse_at_the_door(
            data_return, membership, taken_too_large or "file", size, too_large()
        )
    elif file is None:
        return _form(request, data_return, problems={"file": "Choose the file to upload."})
    elif replaced_by_upload(data_return).asks_first and "confirm" not in request.POST:
        return _form(
            request,
            data_return,
            problems={
                "confirm": "Tick the box to confirm that the file replaces what is there, and choose the file again."
            },
        )
    else:
        confirmed, seen = "confirm" in request.POST, request.POST.get("seen")
        outcome = accept(data_return, membership, file, confirmed=confirmed, seen=seen)
    if isinstance(outcome, Refusal):
        data_return.refresh_from_db()
        return _form(request, data_return, refusal=outcome)
    return redirect("upload-progress", data_return.collection.slug, data_return.organisation.native_id, outcome.pk)


@on_return(Act.UPLOAD)
@require_GET
def form_spreadsheet(request: HttpRequest, data_return: Return) -> HttpResponse:
    """The form as a spreadsheet to fill in and upload, with the values that the return holds now."""
    edition = collectory.edition(data_return.collection.edition_key)
    if edition.form is None:
        raise Http404
    revision = data_return.current_revision
    native_id = data_return.organisation.native_id
    content = write_template(edition, reading.dataset(revision) if revision else None, native_id)
    answer = HttpResponse(content, content_type=SPREADSHEET)
    answer["Content-Disposition"] = f'attachment; filename="{data_return.collection.slug}-{native_id}.xlsx"'
    return answer


def _of(data_return: Return, upload_id: int) -> Upload:
    found = data_return.uploads.select_related("revision", "uploaded_by").filter(pk=upload_id).first()
    if found is None:
        raise Http404
    return found


@on_return(Act.LOOK)
@require_GET
def upload_progress(request: HttpRequest, data_return: Return, upload_id: int) -> HttpResponse:
    """How far a file has come, and what became of it."""
    found = _of(data_return, upload_id)
    context = {"data_return": data_return, "upload": found, "native_id": data_return.organisation.native_id}
    if not found.is_finished:
        return render(request, "returns/upload_progress.html", context)
    if found.outcome != Upload.Outcome.LOADED:
        return render(request, "returns/upload_refused.html", context)
    edition = collectory.edition(data_return.collection.edition_key)
    revision = found.revision
    context["revision"] = revision
    context["records"] = records_in_words(edition, revision.records)
    current = data_return.current_revision
    context["is_current"] = current is not None and current.first_with_its_data == revision.pk
    # The page can be read long after, and by others than who submits.
    context["may_submit"] = not why_not(data_return, Act.SUBMIT, request.membership)  # type: ignore[attr-defined]
    context["duplicates"] = duplicates.counts_of(data_return)
    context["claimed_elsewhere"] = duplicates.claimed_elsewhere(data_return)
    context["claimed"] = claimed_elsewhere(data_return, request.membership, context["duplicates"])  # type: ignore[attr-defined]
    return render(request, "returns/upload_loaded.html", context | way_to_findings(data_return))


@on_return(Act.LOOK)
@require_GET
def upload_progress_data(request: HttpRequest, data_return: Return, upload_id: int) -> HttpResponse:
    """How far a file has come, for the script of the progress page."""
    found = _of(data_return, upload_id)
    return JsonResponse(
        {"finished": found.is_finished, "stage": found.get_stage_display(), "percentage": found.percentage}
    )
