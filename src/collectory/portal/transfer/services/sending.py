"""Send to the performance team: the export of a return, made under its right name and received, without a download."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from django.db import transaction

from collectory.engine import Refusal
from collectory.engine.writing.exporting import export_name
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act, Handling, deliveries_of, may, may_handle
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import exporting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import locked
from collectory.portal.transfer import keys, store
from collectory.portal.transfer.models import Delivery, SealedContent, TransferredFile
from collectory.portal.transfer.services.receiving import NOT_SET_UP, Received, receive, why_not_send
from collectory.portal.transfer.services.recording import handler_for

NOT_SUBMITTED = "Submit the return first. The performance team wants the file of what you submitted, and nothing else."


def owed_of(data_return: Return, membership: Membership) -> list[Delivery]:
    """What this person may look at of what is sent of this return to a performance team: seldom more than one."""
    found = deliveries_of(membership).filter(
        file_type__collection=data_return.collection_id, organisation=data_return.organisation_id, not_expected=False
    )
    return list(found.select_related("file_type__organisation", "organisation", "current_file__revision"))


def why_not_from_return(data_return: Return, delivery: Delivery, membership: Membership) -> str:
    """Why this person cannot send this return now; "" when they can."""
    if not may_handle(membership, Handling.SEND, delivery):
        return f"Your role ({membership.get_role_display()}) lets you see what is sent, and not send."
    if not keys.is_set_up():
        return NOT_SET_UP.message
    if not may(membership, Act.EXPORT, data_return.organisation):
        return "You may not export this return."
    if why := why_not(data_return, Act.EXPORT, membership) or why_not_send(delivery):
        return why
    return NOT_SUBMITTED if data_return.submitted_at is None else ""


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while portion := file.read(1 << 20):
        yield portion


def send(data_return: Return, delivery: Delivery, membership: Membership) -> Received | Refusal:
    """Export the return as CSV under its right name, and receive it as the delivery's file."""
    if why := why_not_from_return(data_return, delivery, membership):
        return Refusal("not-now", "The return cannot be sent now", why, "Nothing was done.")
    outcome = exporting.written(data_return, "csv")
    if isinstance(outcome, Refusal):
        return outcome
    file, revision = outcome
    with file:
        copy = exporting.copy_of(file, delivery.right_name or export_name(data_return.organisation.native_id))
        content = store.keep(_read(file))
    with transaction.atomic():
        current = locked(data_return.pk)
        received = receive(
            delivery.pk,
            handler_for(membership, delivery),
            content,
            copy.name,
            TransferredFile.Via.RETURN,
            revision=revision,
        )
        if isinstance(received, Received) and received.is_new:
            exporting.put_on_record(current, membership, "csv", copy, revision)
    _destroy_unless_received(content, received)
    return received


def _destroy_unless_received(content: SealedContent, outcome: Received | Refusal) -> None:
    if isinstance(outcome, Refusal) or not outcome.is_new:
        store.destroy(content)
