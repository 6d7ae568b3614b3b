"""Sending by token: a file in one request, or in pieces by the protocol that browsers use here too (tus 1.0.0)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from ninja import Query

from collectory.engine import Refusal
from collectory.portal.api.access import Answered, TokenFor, delivery_of, refused, said
from collectory.portal.api.endpoints import PROBLEMS, api
from collectory.portal.api.models import Scope
from collectory.portal.api.schemas import FileOut, Problem, ReceiptOut, UploadOut
from collectory.portal.people.permissions import Handling
from collectory.portal.transfer import keys, names, store
from collectory.portal.transfer.models import Delivery, TransferredFile, UnfinishedUpload
from collectory.portal.transfer.services import uploading
from collectory.portal.transfer.services.receiving import NOT_SET_UP, Received, receive, why_not_send
from collectory.portal.transfer.services.recording import Handler, handler_for
from collectory.portal.transfer.views import tus

PORTION = 1 << 18
ANSWERS: dict[int, Any] = {**PROBLEMS, 413: Problem, 422: Problem}
Via = TransferredFile.Via


def _to(request: HttpRequest, number: int) -> tuple[Delivery, Handler]:
    delivery = delivery_of(request, number, Handling.SEND)
    return delivery, handler_for(request.membership, delivery)  # type: ignore[attr-defined]


def _receipt(outcome: Received | Refusal, delivery: Delivery) -> Any:
    if isinstance(outcome, Refusal):
        return refused(outcome, 409 if outcome.code == names.WRONG_NAME else 422)
    delivery.refresh_from_db()
    return (201 if outcome.is_new else 200), ReceiptOut(is_new=outcome.is_new, file=FileOut.of(outcome.file, delivery))


@api.post(
    "/deliveries/{int:delivery}/files",
    auth=TokenFor(Scope.SEND),
    response={200: ReceiptOut, 201: ReceiptOut, 409: Problem, **ANSWERS},
    summary="Send a file in one request",
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {"schema": {"format": "binary"}}}}},
)
def send(
    request: HttpRequest,
    delivery: int,
    name: str = Query(..., description="the file's name", max_length=255),
    rename: bool = Query(False, description="keep it under the right name where its own is another"),
) -> Any:
    """The body is the file. For files up to some hundred megabytes on a good line; others go in pieces.

    A wrong name is answered with 409, unless `rename` is given."""
    found, handler = _to(request, delivery)
    if not keys.is_set_up():
        return refused(NOT_SET_UP)
    if why := why_not_send(found):
        return said(422, "not-now", why, "Ask the team if the file should be sent.")
    stated = request.headers.get("Content-Length", "")
    if not stated.isdecimal():
        return said(422, "no-length", "Content-Length is needed.", "Send the file as it is, not in chunks.")
    if int(stated) > settings.TRANSFER_LIMIT:
        return refused(uploading.too_large(settings.TRANSFER_LIMIT), 413)
    try:
        content = store.keep(_portions(request))
    except (UnreadablePostError, OSError):
        return said(422, "broken-off", "The connection broke off.", "Send it again, or in pieces.")
    if content.size != int(stated):
        store.destroy(content)
        return said(422, "broken-off", "Less came than was said.", "Send it again.")
    outcome = receive(found.pk, handler, content, names.cleaned(name), Via.API, under_right_name=rename)
    if isinstance(outcome, Refusal) or not outcome.is_new:
        store.destroy(content)
    return _receipt(outcome, found)


def _portions(request: HttpRequest) -> Iterator[bytes]:
    while portion := request.read(PORTION):
        yield portion


@api.post(
    "/deliveries/{int:delivery}/uploads",
    auth=TokenFor(Scope.SEND),
    response={201: None, 400: Problem, **ANSWERS},
    summary="Begin an upload in pieces",
)
def create(request: HttpRequest, delivery: int) -> HttpResponse:
    """tus 1.0.0, creation: Tus-Resumable, Upload-Length and Upload-Metadata (filename). Answers with Location."""
    found, handler = _to(request, delivery)
    outcome = tus.created(request, found, handler)
    if isinstance(outcome, HttpResponse):
        return outcome
    response = HttpResponse(status=201)
    response["Tus-Resumable"] = tus.VERSION
    response["Location"] = reverse("api:upload", args=[found.pk, outcome.pk])
    response["Upload-Offset"] = "0"
    return response


@api.get(
    "/deliveries/{int:delivery}/uploads",
    auth=TokenFor(Scope.SEND),
    response={200: list[UploadOut], **PROBLEMS},
    summary="Uploads that can be gone on with",
)
def uploads(request: HttpRequest, delivery: int) -> Any:
    """Those of this token's organisation that broke off, with how much has come."""
    found, handler = _to(request, delivery)
    return [UploadOut.of(one) for one in uploading.mine(found, handler)]


@api.api_operation(
    ["HEAD", "PATCH", "DELETE", "OPTIONS"],
    "/deliveries/{int:delivery}/uploads/{uuid:upload}",
    auth=TokenFor(Scope.SEND),
    response={200: None, 204: None, **ANSWERS},
    url_name="upload",
    summary="Go on with an upload",
)
def upload(request: HttpRequest, delivery: int, upload: uuid.UUID) -> HttpResponse:
    """tus 1.0.0: HEAD says how much has come, PATCH adds bytes at Upload-Offset (up to 8 MB at a time), DELETE calls
    it off."""
    found, handler = _to(request, delivery)
    return tus.speak(request, found, handler, upload)


@api.post(
    "/deliveries/{int:delivery}/uploads/{uuid:upload}/finish",
    auth=TokenFor(Scope.SEND),
    response={200: ReceiptOut, 201: ReceiptOut, 409: Problem, **ANSWERS},
    summary="Hand a complete upload in",
)
def finish(
    request: HttpRequest,
    delivery: int,
    upload: uuid.UUID,
    sha256: str = Query("", description="of the whole file; what came is compared with it"),
    rename: bool = Query(False, description="keep it under the right name where its own is another"),
) -> Any:
    """Gives the receipt."""
    found, handler = _to(request, delivery)
    one = _upload(found, handler, upload)
    if not one.is_complete:
        return said(409, "incomplete", f"{one.content.size} of {one.length} bytes have come.", "Go on with the upload.")
    if not one.content.sha256:
        store.complete(one.content)
    if sha256 and sha256.lower() != one.content.sha256:
        uploading.call_off(one)
        return said(422, "not-the-same", "What came is not what was sent.", "Send the file again.")
    return _receipt(uploading.hand_in(one, handler, under_right_name=rename, via=Via.API), found)


def _upload(delivery: Delivery, handler: Handler, number: uuid.UUID) -> UnfinishedUpload:
    found = next((each for each in uploading.mine(delivery, handler) if each.pk == number), None)
    if found is None:
        raise Answered(said(404, "not-found", "This upload is over: received, called off or expired."))
    return found
