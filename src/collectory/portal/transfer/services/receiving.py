"""Taking a file in: its content is sealed and on the disk before, and the rows are written in one transaction.

A file that was taken stays, whatever is killed when: a kill before the end of the transaction leaves a sealed content
without a name, which goes after a while, and the sender was not told that it had arrived.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.pages import when
from collectory.portal.people.parts import Side
from collectory.portal.returns.models import Revision
from collectory.portal.returns.services.recording import locked as locked_return
from collectory.portal.transfer import names, store
from collectory.portal.transfer.models import Delivery, FileQuestion, SealedContent, TransferredFile
from collectory.portal.transfer.services import staleness
from collectory.portal.transfer.services.recording import Handler, locked, record
from collectory.portal.transfer.states import Happening

NOT_SET_UP = Refusal(
    "not-set-up",
    "Files cannot be taken here yet",
    "The people who run this service have not given it a key to seal files with.",
    "Tell them, or send the file in the way you did before.",
)


@dataclass(frozen=True)
class Received:
    """A file that is safe here. `is_new` is false where the very same file had come before, and nothing was done."""

    file: TransferredFile
    is_new: bool


def why_not_send(delivery: Delivery) -> str:
    """Why no file can be sent for a delivery now; "" when one can."""
    if delivery.file_type.closed_at is not None:
        return f"The team takes no more files of this type since {when(delivery.file_type.closed_at)}."
    if delivery.not_expected:
        return "The team does not ask this school for files of this type any more."
    return ""


def receive(
    delivery_id: int,
    handler: Handler,
    content: SealedContent,
    sent_name: str,
    via: TransferredFile.Via,
    *,
    under_right_name: bool = False,
    revision: Revision | None = None,
    stated: dt.datetime | None = None,
) -> Received | Refusal:
    """Take a complete content in as the delivery's file: gives the file, or why it is not taken.

    The sender may say that it is to be kept under the right name; without that, a wrong name is a refusal with the
    code names.WRONG_NAME. A refused content belongs to the caller: it may be offered again, or destroyed.
    """
    assert content.sha256, "only complete contents are received"
    sent_name = names.cleaned(sent_name)
    with transaction.atomic():
        known = Delivery.objects.select_related("file_type").get(pk=delivery_id)
        data_return = staleness.return_of(known)
        if data_return is not None:
            data_return = locked_return(data_return.pk)
        delivery = locked(delivery_id)
        if why := why_not_send(delivery):
            return Refusal("not-now", "The file cannot be sent now", why, "Ask the team if it should be.")
        wrong = names.problem_with_name(delivery, sent_name)
        renamed = wrong is not None and wrong.code == names.WRONG_NAME and under_right_name
        if wrong is not None and not renamed:
            return wrong
        if wrong := names.problem_with_content(sent_name, content.size, store.start_of(content)):
            return wrong
        now = timezone.now()
        if delivery.current_file is not None and delivery.current_file.sha256 == content.sha256:
            return _the_same_again(delivery, stated)
        file = TransferredFile.objects.create(
            delivery=delivery,
            number=(delivery.files.order_by("-number").values_list("number", flat=True).first() or 0) + 1,
            name=delivery.right_name or sent_name,
            sent_name=sent_name,
            size=content.size,
            sha256=content.sha256,
            content=content,
            revision=revision or staleness.revision_of(data_return, content.sha256),
            stated_submission=stated,
            via=via,
            sent_by=handler.user,
            organisation=handler.organisation,
            role=handler.role,
            received_at=now,
            delete_on=timezone.localdate(now) + dt.timedelta(days=delivery.file_type.retention_days),
        )
        _make_current(delivery, file, handler, now)
        staleness.look(delivery, now, data_return)
        _hand_to_worker(file)
        details = {"via": via.value, "name": file.name, "size": file.size}
        record(delivery, handler, Happening.RECEIVED, file=file, details=details, at=now)
    return Received(file, is_new=True)


def _the_same_again(delivery: Delivery, stated: dt.datetime | None) -> Received | Refusal:
    """What follows when the very bytes come again that are there: nothing, unless something else was asked for."""
    file = delivery.current_file
    assert file is not None
    same = f"This is, byte for byte, the file that came on {when(file.received_at)}."
    if delivery.again_reason or (delivery.stale_since is not None and stated is None):
        why = delivery.stale_because if not delivery.again_reason else "The team asked for a new one."
        action = "Correct and submit the return, export it again, and send that."
        return Refusal("same-file", "This is the file that you sent before", f"{same} {why}", action)
    return Received(file, is_new=False)


def _make_current(delivery: Delivery, file: TransferredFile, handler: Handler, now: dt.datetime) -> None:
    delivery.current_file = file
    delivery.again_reason = ""
    delivery.accepted_at = None
    delivery.stale_since, delivery.stale_because = None, ""
    if file.stated_submission is not None and (
        delivery.stated_submission is None or file.stated_submission > delivery.stated_submission
    ):
        delivery.stated_submission = file.stated_submission
    # What the school was asked, it has answered with the new file; whether that is enough, the team says.
    if handler.side is Side.SCHOOL:
        delivery.questions.filter(state=FileQuestion.State.WITH_SCHOOL).update(state=FileQuestion.State.WITH_TEAM)


def _hand_to_worker(file: TransferredFile) -> None:
    from collectory.portal.transfer.tasks import check_delivery

    file.task_id = str(check_delivery.enqueue(file.pk).id)
    file.save(update_fields=["task_id"])
