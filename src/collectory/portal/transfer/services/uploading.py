"""Files on their way: begun, added to, gone on with after a break, received, called off, expired.

What has come is sealed on the disk before it is counted, so that an upload goes on where the count stands, whatever
was killed in between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.pages import file_size
from collectory.portal.transfer import keys, names, store
from collectory.portal.transfer.models import Delivery, SealedContent, TransferredFile, UnfinishedUpload
from collectory.portal.transfer.services.receiving import NOT_SET_UP, Received, receive, why_not_send
from collectory.portal.transfer.services.recording import Handler

MOST_PIECES = 10_000
MOST_AT_A_TIME = 20
"""Uploads of one person that are on their way: enough for anybody, and a limit for a program gone wrong."""


class Overtaken(Exception):
    """Somebody else added to the upload at the same time."""


class TooManyPieces(Exception):
    """The portions that the sender chose are far too small."""


def too_large(limit: int) -> Refusal:
    """Why a file of more than the limit is not taken."""
    return Refusal(
        "too-large",
        "The file is too large",
        f"A file can have {file_size(limit)} at most.",
        "Look at what is in it. An export of a return is far smaller.",
    )


def start(
    delivery: Delivery, handler: Handler, name: str, length: int, stated: dt.datetime | None = None
) -> UnfinishedUpload | Refusal:
    """Begin an upload. What can be said of the name is said now, before anything is sent."""
    if not keys.is_set_up():
        return NOT_SET_UP
    if why := why_not_send(delivery):
        return Refusal("not-now", "The file cannot be sent now", why, "Ask the team if it should be.")
    name = names.cleaned(name)
    if length > settings.TRANSFER_LIMIT:
        return too_large(settings.TRANSFER_LIMIT)
    if length == 0:
        return names.problem_with_content(name, 0, b"") or NOT_SET_UP
    problem = names.problem_with_name(delivery, name)
    if problem is not None and problem.code != names.WRONG_NAME:
        return problem
    mine = UnfinishedUpload.objects.filter(user=handler.user, organisation=handler.organisation)
    if mine.filter(expires_at__gt=timezone.now()).count() >= MOST_AT_A_TIME:
        return Refusal(
            "too-many",
            "Too many files are on their way",
            f"Not more than {MOST_AT_A_TIME} files of one person can be.",
            "Finish or call off those that are listed.",
        )
    return _row(delivery, handler, store.begin(), name, length, stated)


def _row(
    delivery: Delivery,
    handler: Handler,
    content: SealedContent,
    name: str,
    length: int,
    stated: dt.datetime | None,
) -> UnfinishedUpload:
    return UnfinishedUpload.objects.create(
        delivery=delivery,
        content=content,
        name=name,
        length=length,
        stated_submission=stated,
        user=handler.user,
        organisation=handler.organisation,
        expires_at=timezone.now() + dt.timedelta(hours=settings.TRANSFER_HOURS),
    )


def came_whole(
    delivery: Delivery, handler: Handler, content: SealedContent, name: str, stated: dt.datetime | None = None
) -> UnfinishedUpload:
    """An upload whose bytes have all come in one request, before it is received."""
    return _row(delivery, handler, content, names.cleaned(name), content.size, stated)


def add(upload: UnfinishedUpload, source: Iterable[bytes]) -> None:
    """Add bytes where the upload stands; what has come of them is kept when they break off, and the break is raised
    again. Raises Overtaken, TooManyPieces."""
    content = upload.content
    waiting = bytearray()

    def keep(length: int) -> None:
        if content.pieces >= MOST_PIECES:
            raise TooManyPieces
        if not store.append(content, bytes(waiting[:length])):
            raise Overtaken
        del waiting[:length]

    try:
        for portion in source:
            waiting += portion[: upload.length - content.size - len(waiting)]
            while len(waiting) >= store.PIECE:
                keep(store.PIECE)
    finally:
        if waiting:
            keep(len(waiting))


def mine(delivery: Delivery, handler: Handler) -> list[UnfinishedUpload]:
    """The uploads of a person for a delivery that can be gone on with, newest first."""
    found = delivery.uploads.filter(user=handler.user, organisation=handler.organisation)
    return list(found.filter(expires_at__gt=timezone.now()).select_related("content"))


def hand_in(
    upload: UnfinishedUpload,
    handler: Handler,
    *,
    under_right_name: bool = False,
    via: TransferredFile.Via = TransferredFile.Via.UPLOAD,
) -> Received | Refusal:
    """Receive a complete upload; it is gone then. A wrong name leaves it, to be offered under the right one; any
    other refusal ends it."""
    content = upload.content
    if not content.sha256:
        store.complete(content)
    outcome = receive(
        upload.delivery_id,
        handler,
        content,
        upload.name,
        via,
        under_right_name=under_right_name,
        stated=upload.stated_submission,
    )
    if isinstance(outcome, Refusal) and outcome.code == names.WRONG_NAME:
        return outcome
    UnfinishedUpload.objects.filter(pk=upload.pk).delete()
    if isinstance(outcome, Refusal) or not outcome.is_new:
        _destroy_unless_received(content)
    return outcome


def _destroy_unless_received(content: SealedContent) -> None:
    """Two tabs may hand in the same upload: the content is then the file's, and stays."""
    if not TransferredFile.objects.filter(content=content).exists():
        store.destroy(content)


def call_off(upload: UnfinishedUpload) -> None:
    """Forget an upload and what has come of it."""
    UnfinishedUpload.objects.filter(pk=upload.pk).delete()
    _destroy_unless_received(upload.content)


def expire(at: dt.datetime | None = None) -> int:
    """Call off what was not finished in time; gives how many."""
    late = UnfinishedUpload.objects.filter(expires_at__lte=at or timezone.now()).select_related("content")
    for upload in late:
        call_off(upload)
    return len(late)
