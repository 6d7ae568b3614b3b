"""The tus protocol 1.0.0 for uploads that can be gone on with (docs/how-to/performance-team.md has it for programs):
core, creation, expiration, checksum and termination.

Each view of it is given the delivery and who sends; signing in by a token instead of a session changes nothing here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.portal.people.permissions import Handling, on_delivery
from collectory.portal.transfer import names, store
from collectory.portal.transfer.models import Delivery, UnfinishedUpload
from collectory.portal.transfer.services import uploading
from collectory.portal.transfer.services.recording import Handler, handler_for

VERSION = "1.0.0"
PORTION = 1 << 18
LONGEST_METADATA = 4096
CHECKSUMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
MISMATCH = 460  # the protocol's own status: what came is not what was sent


def _answer(status: int, text: str = "", **headers: Any) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = str(value)
    return response


def _offer() -> HttpResponse:
    return _answer(
        204,
        Tus_Version=VERSION,
        Tus_Extension="creation,expiration,checksum,termination",
        Tus_Max_Size=settings.TRANSFER_LIMIT,
        Tus_Checksum_Algorithm=",".join(CHECKSUMS),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else None


def metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header. Raises ValueError for what is no such header."""
    if len(header) > LONGEST_METADATA:
        raise ValueError("too long")
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        found[name] = base64.b64decode(value, validate=True).decode()
    return found


def _state(upload: UnfinishedUpload) -> dict[str, Any]:
    return {"Upload_Offset": upload.content.size, "Upload_Expires": http_date(upload.expires_at.timestamp())}


@on_delivery(Handling.SEND)
@require_http_methods(["POST", "OPTIONS"])
def create(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Begin an upload: POST with Upload-Length and Upload-Metadata (filename; stated: when it was submitted)."""
    if request.method == "OPTIONS":
        return _offer()
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    outcome = created(request, delivery, handler)
    if isinstance(outcome, HttpResponse):
        return outcome
    place = reverse("upload-to-team", args=[delivery.pk, outcome.pk])
    return _answer(201, Location=place, **_state(outcome))


def created(request: HttpRequest, delivery: Delivery, handler: Handler) -> UnfinishedUpload | HttpResponse:
    """The upload that a creation request begins, or the answer that says why it does not."""
    from collectory.portal.transfer.views.sending import stated_in

    if request.headers.get("Tus-Resumable") != VERSION:
        return _answer(412, "This service speaks tus 1.0.0.", Tus_Version=VERSION)
    length = _number(request.headers.get("Upload-Length"))
    try:
        given = metadata(request.headers.get("Upload-Metadata", ""))
    except (ValueError, binascii.Error):
        return _answer(400, "Upload-Metadata cannot be read.")
    if length is None or not given.get("filename"):
        return _answer(400, "Upload-Length and a filename in Upload-Metadata are needed.")
    stated, wrong = stated_in(given.get("stated", ""))
    if wrong:
        return _answer(400, wrong)
    outcome = uploading.start(delivery, handler, given["filename"], length, stated)
    if isinstance(outcome, Refusal):
        status = {"too-large": 413, "too-many": 429}.get(outcome.code, 422)
        return _answer(status, str(outcome))
    return outcome


def speak(request: HttpRequest, delivery: Delivery, handler: Handler, upload_id: Any) -> HttpResponse:
    """Answer HEAD, PATCH, DELETE and OPTIONS on an upload."""
    if request.method == "OPTIONS":
        return _offer()
    if request.headers.get("Tus-Resumable") != VERSION:
        return _answer(412, "This service speaks tus 1.0.0.", Tus_Version=VERSION)
    upload = next((one for one in uploading.mine(delivery, handler) if one.pk == upload_id), None)
    if upload is None:
        return _answer(410, "This upload is over: received, called off or expired.")
    if request.method == "HEAD":
        return _answer(200, Upload_Length=upload.length, **_state(upload))
    if request.method == "DELETE":
        uploading.call_off(upload)
        return _answer(204)
    return _patch(request, upload)


def _patch(request: HttpRequest, upload: UnfinishedUpload) -> HttpResponse:
    if request.content_type != "application/offset+octet-stream":
        return _answer(415, "Send application/offset+octet-stream.")
    if _number(request.headers.get("Upload-Offset")) != upload.content.size:
        return _answer(409, "The upload stands elsewhere. Ask with HEAD.", **_state(upload))
    try:
        source = _checked(request)
        if isinstance(source, HttpResponse):
            return source
        uploading.add(upload, source)
    except uploading.Overtaken:
        return _answer(409, "Somebody else is adding to this upload.")
    except uploading.TooManyPieces:
        return _answer(413, f"Send more at a time: up to {store.PIECE} bytes.")
    except (UnreadablePostError, OSError):
        return _answer(400, "The connection broke off. What came is kept; ask with HEAD and go on.")
    if upload.content.size == store.PIECE or upload.is_complete:
        wrong = names.problem_with_content(upload.name, upload.length, store.start_of(upload.content))
        if wrong is not None and upload.content.pieces == 1:
            uploading.call_off(upload)
            return _answer(422, str(wrong))
    return _answer(204, **_state(upload))


def _checked(request: HttpRequest) -> Iterator[bytes] | HttpResponse:
    """The body in portions; where the sender gave a checksum of it, first compared."""
    given = request.headers.get("Upload-Checksum", "")
    if not given:
        return _portions(request)
    name, _, wanted = given.partition(" ")
    if name not in CHECKSUMS:
        return _answer(400, f"Checksums: {', '.join(CHECKSUMS)}.")
    if (_number(request.headers.get("Content-Length")) or store.PIECE + 1) > store.PIECE:
        return _answer(413, f"With a checksum send up to {store.PIECE} bytes at a time, and their Content-Length.")
    body = b"".join(_portions(request))
    digest = base64.b64encode(CHECKSUMS[name](body).digest()).decode()
    if not hmac.compare_digest(digest, wanted.strip()):
        return _answer(MISMATCH, "What came is not what was sent. Send it again.")
    return iter([body])


def _portions(request: HttpRequest) -> Iterator[bytes]:
    while portion := request.read(PORTION):
        yield portion
