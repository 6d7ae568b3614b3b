"""The school's side: what it is to send, choosing a file, and handing it in."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from collectory.engine import Refusal
from collectory.portal.collections.asked import moment
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.permissions import Duty, Handling, deliveries_of, may_handle, on_delivery, with_duty
from collectory.portal.transfer import keys, names, scanning, store
from collectory.portal.transfer.models import Delivery, UnfinishedUpload
from collectory.portal.transfer.sealing_handler import SealedUpload, SealingUpload
from collectory.portal.transfer.services import uploading
from collectory.portal.transfer.services.receiving import NOT_SET_UP, Received, why_not_send
from collectory.portal.transfer.services.recording import handler_for
from collectory.portal.transfer.states import WITH_THE_SCHOOL
from collectory.portal.transfer.views.tus import speak


@with_duty(Duty.SEND_FILES)
@require_GET
def files_to_send(request: HttpRequest) -> HttpResponse:
    """What the school, or each school of the trust, sends to its council; what waits for it stands first."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    mine = deliveries_of(membership).filter(not_expected=False).exclude(file_type__closed_at__isnull=False)
    rows = list(
        mine.select_related("file_type__organisation", "organisation", "current_file").order_by(
            "organisation__native_id", "file_type__due_at", "file_type__name"
        )
    )
    rows.sort(key=lambda one: one.standing not in WITH_THE_SCHOOL)
    several = membership.organisation.kind == Organisation.Kind.TRUST
    return render(request, "transfer/files_to_send.html", {"rows": rows, "several": several})


def _form(
    request: HttpRequest,
    delivery: Delivery,
    *,
    problems: dict[str, str] | None = None,
    refusal: Refusal | None = None,
    stated: str = "",
) -> HttpResponse:
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    context = {
        "delivery": delivery,
        "problems": problems or {},
        "refusal": refusal,
        "why_not": NOT_SET_UP.message if not keys.is_set_up() else why_not_send(delivery),
        "unfinished": uploading.mine(delivery, handler),
        "plain_limit": settings.UPLOAD_LIMIT,
        "limit": settings.TRANSFER_LIMIT,
        "piece": store.PIECE,
        "is_scanned": scanning.is_set_up(),
        "stated": stated,
        "hours": settings.TRANSFER_HOURS,
        "delete_on": dt.timedelta(days=delivery.file_type.retention_days),
    }
    return render(request, "transfer/send.html", context, status=422 if problems or refusal else 200)


def stated_in(typed: str) -> tuple[dt.datetime | None, str]:
    """The date of submission that somebody typed, and what is wrong with it."""
    found = moment(typed)
    if typed.strip() and found is None:
        return None, f"“{typed.strip()[:30]}” is no date and time. Write it as 2026-10-08 15:30."
    return found, ""


@csrf_exempt  # the inner view is protected; the handler that seals must be set before the form is read
@on_delivery(Handling.SEND)
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Choose a file and send it: with scripts in pieces (tus.py), without in one request, sealed as it comes."""
    if not keys.is_set_up():
        return _form(request, delivery)
    request.upload_handlers = [SealingUpload(request)]
    return _send(request, delivery)


@csrf_protect
def _send(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    if request.method == "GET":
        return _form(request, delivery)
    typed = request.POST.get("stated", "")
    stated, wrong_date = stated_in(typed)
    file = request.FILES.get("file")
    if hasattr(request, "too_large"):
        return _form(request, delivery, refusal=uploading.too_large(settings.UPLOAD_LIMIT), stated=typed)
    if not isinstance(file, SealedUpload):
        return _form(request, delivery, problems={"file": "Choose the file to send."}, stated=typed)
    if wrong_date:
        store.destroy(file.content)
        return _form(request, delivery, problems={"stated": wrong_date}, stated=typed)
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    upload = uploading.came_whole(delivery, handler, file.content, file.name or "", stated)
    return _hand_in(request, delivery, upload)


def _hand_in(request: HttpRequest, delivery: Delivery, upload: UnfinishedUpload) -> HttpResponse:
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    renamed = "right-name" in request.POST
    outcome = uploading.hand_in(upload, handler, under_right_name=renamed)
    if isinstance(outcome, Received):
        if not outcome.is_new:
            messages.success(request, "This very file had come before. It is there once, and nothing was changed.")
        return redirect("file-receipt", delivery.pk, outcome.file.number)
    if outcome.code == names.WRONG_NAME:
        return redirect("upload-to-team", delivery.pk, upload.pk)
    return _form(request, delivery, refusal=outcome)


@on_delivery(Handling.SEND)
@require_http_methods(["GET", "POST", "HEAD", "PATCH", "DELETE", "OPTIONS"])
def upload(request: HttpRequest, delivery: Delivery, upload: object) -> HttpResponse:
    """One upload: in a browser the page that hands it in, for a program the tus protocol."""
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    if request.method in {"HEAD", "PATCH", "DELETE", "OPTIONS"}:
        return speak(request, delivery, handler, upload)
    found = next((one for one in uploading.mine(delivery, handler) if one.pk == upload), None)
    if found is None:
        if request.method == "POST":  # handed in already, from another tab or by a second click
            return redirect("delivery", delivery.pk)
        raise Http404
    if request.method == "POST" and "call-off" in request.POST:
        uploading.call_off(found)
        messages.success(request, f"{found.name} was not sent, and what had come of it is deleted.")
        return redirect("send-to-team", delivery.pk)
    if request.method == "POST" and found.is_complete:
        return _hand_in(request, delivery, found)
    wrong = names.problem_with_name(delivery, found.name)
    context = {"delivery": delivery, "upload": found, "wrong": wrong, "right_name": delivery.right_name}
    return render(request, "transfer/upload.html", context)


def can_send(membership: Membership, delivery: Delivery) -> bool:
    """Whether this person may send files for a delivery, and they are taken."""
    return may_handle(membership, Handling.SEND, delivery) and keys.is_set_up() and not why_not_send(delivery)
