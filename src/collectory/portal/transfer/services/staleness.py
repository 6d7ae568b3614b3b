"""Whether a file is still what the school submitted, and what follows when it is not.

Where the return lives in this service, a file is stale while it is not an export of the submitted revision; the same
data submitted again make it fresh again. Elsewhere the date of submission counts that the school or the team states.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from collectory.portal.pages import when
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.states import CHANGES_NOTHING
from collectory.portal.returns.states import Happening as OfReturn
from collectory.portal.transfer.models import Delivery, TransferredFile
from collectory.portal.transfer.services.recording import Handler, locked, record
from collectory.portal.transfer.states import Happening

CHANGED = "The return was changed after the file was sent."
DELETED = "The data of the return were deleted after the file was sent."
NOT_SUBMITTED = "The return that the file was made from is not submitted, or was withdrawn or sent back."


def return_of(delivery: Delivery) -> Return | None:
    """The return in this service whose export the delivery's files are."""
    if delivery.file_type.collection_id is None:
        return None
    return (
        Return.objects.select_related("current_revision", "collection", "organisation")
        .filter(collection=delivery.file_type.collection_id, organisation=delivery.organisation_id)
        .first()
    )


def why_stale(delivery: Delivery, file: TransferredFile, data_return: Return | None) -> str:
    """Why a file is not what the school submitted last, in a sentence; "" when it is, or nothing is known."""
    if file.revision is not None and data_return is not None:
        current = data_return.current_revision
        if current is None:
            return DELETED
        if current.tables != file.revision.tables:
            return CHANGED
        return "" if data_return.submitted_at is not None else NOT_SUBMITTED
    # An untouched return that was only begun here says nothing of a file that was made elsewhere.
    if data_return is not None and data_return.submitted_at is not None:
        current = data_return.current_revision
        if current is not None and current.made_at > file.received_at:
            return CHANGED
    stated, of_file = delivery.stated_submission, file.stated_submission or file.received_at
    if stated is not None and stated > of_file:
        return f"The return was submitted on {when(stated)}, after the one that the file was made from."
    return ""


def look(delivery: Delivery, at: dt.datetime | None = None, data_return: Return | None = None) -> Happening | None:
    """Work out whether the current file of a locked delivery is stale, and set it so; what has changed, if anything.

    The caller records the event.
    """
    file = delivery.current_file
    why = "" if file is None else why_stale(delivery, file, data_return or return_of(delivery))
    was = delivery.stale_since is not None
    if why != delivery.stale_because:
        delivery.stale_because = why
        delivery.save(update_fields=["stale_because"])
    if bool(why) == was:
        return None
    delivery.stale_since = (at or timezone.now()) if why else None
    return Happening.WENT_STALE if why else Happening.FRESH_AGAIN


def return_changed(data_return: Return, event: Event) -> None:
    """A locked return was changed, submitted or taken back: look at the files that were made from it."""
    if OfReturn(event.kind) in CHANGES_NOTHING:
        return
    sent = Delivery.objects.filter(
        file_type__collection=data_return.collection_id, organisation=data_return.organisation_id
    ).exclude(current_file=None)
    for number in sent.order_by("pk").values_list("pk", flat=True):
        delivery = locked(number)
        if kind := look(delivery, event.at, data_return):
            handler = None
            details = {"event": event.pk, "part": event.part}
            _record(delivery, handler, kind, details, event.at)


def stated(delivery: Delivery, handler: Handler, at: dt.datetime) -> None:
    """The school or the team says when the return was submitted elsewhere. On a locked delivery."""
    delivery.stated_submission = at
    record(delivery, handler, Happening.STATED, details={"submitted": at.isoformat()})
    if kind := look(delivery):
        _record(delivery, handler, kind, {}, None)


def _record(
    delivery: Delivery,
    handler: Handler | None,
    kind: Happening,
    details: dict[str, object],
    at: dt.datetime | None,
) -> None:
    reason = delivery.stale_because if kind is Happening.WENT_STALE else ""
    record(delivery, handler, kind, reason=reason, file=delivery.current_file, details=details, at=at)


def revision_of(data_return: Return | None, sha256: str) -> Revision | None:
    """The revision that a file is the very export of: one that was taken from the return with the same bytes."""
    if data_return is None:
        return None
    taken = data_return.events.filter(kind=OfReturn.EXPORTED.value, details__sha256=sha256).exclude(revision=None)
    event = taken.select_related("revision").order_by("-id").first()
    return event.revision if event is not None else None


def revision_with(data_return: Return | None, tables: dict[str, str]) -> Revision | None:
    """The newest revision that holds exactly these tables."""
    if data_return is None or not tables:
        return None
    # Compared here and not in the database: the order of keys in JSON is not the same in both.
    return next((one for one in data_return.revisions.order_by("-number") if one.tables == tables), None)
