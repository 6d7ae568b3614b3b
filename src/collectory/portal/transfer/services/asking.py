"""Questions of the team about a file or a finding in it, and what is answered: threads that both sides read."""

from __future__ import annotations

from django.db import transaction

from collectory.engine import Refusal
from collectory.portal.people.parts import Side
from collectory.portal.transfer.models import DeliveryEvent, FileQuestion, Message, TransferredFile
from collectory.portal.transfer.services.judging import needed
from collectory.portal.transfer.services.recording import Handler, locked, record
from collectory.portal.transfer.states import Happening

State = FileQuestion.State
SETTLED_ALREADY = Refusal(
    "settled", "The question is settled", "Nothing is to be answered any more.", "Look at the thread."
)


def ask(
    delivery_id: int,
    handler: Handler,
    text: str,
    *,
    file: TransferredFile | None = None,
    finding: str = "",
    rule: str = "",
    place: str = "",
) -> FileQuestion | Refusal:
    """Ask the school something about its file, or about one finding in the file's report."""
    if problem := needed(text, "The question"):
        return problem
    with transaction.atomic():
        delivery = locked(delivery_id)
        about = file or delivery.current_file
        question = FileQuestion.objects.create(
            delivery=delivery, file=about, finding=finding[:40], rule=rule[:120], place=place[:200]
        )
        event = record(delivery, handler, Happening.ASKED, file=about, details={"question": question.pk})
        Message.objects.create(question=question, event=event, text=text.strip())
        return question


def reply(question_id: int, handler: Handler, text: str, *, settles: bool = False) -> DeliveryEvent | Refusal:
    """Add a message to a thread: the school's answer waits for the team, the team's further question for the school.
    The team may settle the question, with or without a word."""
    if (text.strip() or not settles) and (problem := needed(text, "The message")):
        return problem
    known = FileQuestion.objects.get(pk=question_id)
    with transaction.atomic():
        delivery = locked(known.delivery_id)
        question = FileQuestion.objects.select_for_update().get(pk=question_id)
        if question.state == State.SETTLED and (settles or handler.side is Side.SCHOOL):
            return SETTLED_ALREADY
        if settles and handler.side is Side.TEAM:
            kind, question.state = Happening.SETTLED, State.SETTLED
        elif handler.side is Side.TEAM:
            kind, question.state = Happening.ASKED, State.WITH_SCHOOL
        else:
            kind, question.state = Happening.ANSWERED, State.WITH_TEAM
        question.save(update_fields=["state"])
        event = record(delivery, handler, kind, file=question.file, details={"question": question.pk})
        Message.objects.create(question=question, event=event, text=text.strip())
        return event
