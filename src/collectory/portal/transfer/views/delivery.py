"""One delivery, as both sides see it: how it stands, its files, receipts, questions and history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Side
from collectory.portal.people.permissions import Handling, may_handle, on_delivery, returns_of, side_in
from collectory.portal.transfer import scanning, store
from collectory.portal.transfer.models import Delivery, FileQuestion, TransferredFile
from collectory.portal.transfer.services import asking, staleness
from collectory.portal.transfer.services.judging import colleagues
from collectory.portal.transfer.services.recording import handler_for, locked
from collectory.portal.transfer.views.sending import can_send, stated_in


def page(
    request: HttpRequest,
    delivery: Delivery,
    *,
    refusal: Refusal | None = None,
    problems: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a delivery; `given` is what somebody typed into a form of it that could not be taken."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    side = side_in(membership, delivery)
    judges = may_handle(membership, Handling.JUDGE, delivery)
    data_return = staleness.return_of(delivery)
    readable = data_return is not None and returns_of(membership).filter(pk=data_return.pk).exists()
    questions = delivery.questions.select_related("file").prefetch_related(
        "messages__event__user", "messages__event__organisation"
    )
    context: dict[str, Any] = {
        "delivery": delivery,
        "file_type": delivery.file_type,
        "side": side,
        "judges": judges,
        "can_send": can_send(membership, delivery),
        "may_answer": may_handle(membership, Handling.SEND, delivery) and side is Side.SCHOOL,
        "files": delivery.files.select_related("sent_by", "organisation", "revision"),
        "questions": sorted(questions, key=lambda one: one.state == FileQuestion.State.SETTLED),
        "events": delivery.events.select_related("user", "organisation", "file").order_by("-id")[:200],
        "data_return": None,
        "its_return": data_return if readable else None,
        "acts_for": judges and delivery.organisation.agent_id == membership.organisation_id,
        "is_scanned": scanning.is_set_up(),
        "colleagues": colleagues(delivery.file_type.organisation) if judges else [],
        "refusal": refusal,
        "problems": problems or {},
        "given": given or {},
    }
    return render(request, "transfer/delivery.html", context, status=status)


@on_delivery(Handling.LOOK)
@require_GET
def delivery(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """How it stands, and what can be done."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    if delivery.organisation_id != membership.organisation_id:
        access_log.done_by(membership, "looked at a file sent", _of(delivery), delivery.organisation)
    return page(request, delivery)


def _of(delivery: Delivery) -> str:
    """A delivery as the access log names it."""
    return f"{delivery.file_type.name} {delivery.organisation.native_id}"


def file_of(delivery: Delivery, number: int) -> TransferredFile:
    """A file of a delivery by its number. Raises Http404."""
    found = delivery.files.select_related("sent_by", "organisation", "content", "revision").filter(number=number)
    file = found.first()
    if file is None:
        raise Http404
    return file


@on_delivery(Handling.LOOK)
@require_GET
def receipt(request: HttpRequest, delivery: Delivery, number: int) -> HttpResponse:
    """What was received, when, from whom, how long it is kept."""
    file = file_of(delivery, number)
    context = {"delivery": delivery, "file": file, "is_scanned": scanning.is_set_up()}
    return render(request, "transfer/receipt.html", context)


@on_delivery(Handling.LOOK)
@require_GET
def download(request: HttpRequest, delivery: Delivery, number: int) -> HttpResponse:
    """The file as it was sent, for its sender and the team. Written down before the first byte goes out."""
    file = file_of(delivery, number)
    if file.content is None or not file.may_be_opened:
        raise Http404
    membership: Membership = request.membership  # type: ignore[attr-defined]
    access_log.done_by(membership, "downloaded a file sent", f"{_of(delivery)} {file.reference}", delivery.organisation)
    response = StreamingHttpResponse(store.pieces(file.content), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["Content-Length"] = str(file.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


@on_delivery(Handling.SEND)
@require_POST
def submitted(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Either side says when the return was submitted to the department, where it does not live in this service."""
    from django.db import transaction

    typed = request.POST.get("submitted", "")
    at, wrong = stated_in(typed)
    if at is not None and at > timezone.now():
        wrong = "This is in the future. Enter when the return was submitted."
    if at is None or wrong:
        problems = {"submitted": wrong or "Enter the date and time that COLLECT shows as Date Submitted."}
        return page(request, delivery, problems=problems, given={"submitted": typed}, status=422)
    with transaction.atomic():
        current = locked(delivery.pk)
        staleness.stated(current, handler_for(request.membership, delivery), at)  # type: ignore[attr-defined]
    if current.stale_since is not None:
        messages.success(
            request, "The date is noted. The file was made from an earlier submission: a new one is needed."
        )
    else:
        messages.success(request, "The date is noted.")
    return redirect("delivery", delivery.pk)


@on_delivery(Handling.SEND)
@require_http_methods(["POST"])
def reply(request: HttpRequest, delivery: Delivery, question: int) -> HttpResponse:
    """Add to a thread; the team may settle it."""
    found = delivery.questions.filter(pk=question).first()
    if found is None:
        raise Http404
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    text = request.POST.get("text", "").replace("\r\n", "\n")
    settles = "settle" in request.POST and handler.side is Side.TEAM
    outcome = asking.reply(found.pk, handler, text, settles=settles)
    if isinstance(outcome, Refusal):
        return page(request, delivery, refusal=outcome, given={f"question-{found.pk}": text}, status=422)
    messages.success(request, "The question is settled." if settles else "Your message is sent.")
    return redirect("delivery", delivery.pk)
