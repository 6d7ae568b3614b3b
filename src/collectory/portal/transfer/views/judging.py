"""What the team does with one delivery: ask, accept, ask for a new file, give it to a colleague."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from collectory.engine import Refusal
from collectory.portal.people.permissions import Handling, on_delivery
from collectory.portal.transfer.models import Delivery
from collectory.portal.transfer.services import asking, judging
from collectory.portal.transfer.services.recording import handler_for
from collectory.portal.transfer.views.delivery import page


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else -1


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def _after(
    request: HttpRequest, delivery: Delivery, outcome: object, done: str, given: dict[str, str] | None = None
) -> HttpResponse:
    if isinstance(outcome, Refusal):
        delivery.refresh_from_db()
        return page(request, delivery, refusal=outcome, given=given, status=409 if outcome.code == "changed" else 422)
    messages.success(request, done)
    return redirect("delivery", delivery.pk)


@on_delivery(Handling.JUDGE)
@require_POST
def accept(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Accept the file that the page showed."""
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    outcome = judging.accept(delivery.pk, handler, _version(request))
    return _after(request, delivery, outcome, "The file is accepted, and the school is told.")


@on_delivery(Handling.JUDGE)
@require_POST
def ask_again(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Ask for a new file, with a reason."""
    reason = _text(request, "reason")
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    outcome = judging.ask_again(delivery.pk, handler, _version(request), reason)
    return _after(request, delivery, outcome, "The school is asked for a new file.", {"reason": reason})


@on_delivery(Handling.JUDGE)
@require_POST
def ask(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Ask the school something about its file, or about one finding in the report of it."""
    text = _text(request, "question")
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    about = {name: request.POST.get(name, "") for name in ("finding", "rule", "place")}
    outcome = asking.ask(delivery.pk, handler, text, **about)
    return _after(request, delivery, outcome, "The question is asked, and the school is told.", {"question": text})


@on_delivery(Handling.JUDGE)
@require_POST
def assign(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    """Give the delivery to a colleague, or to nobody."""
    chosen = request.POST.get("colleague", "")
    people = judging.colleagues(delivery.file_type.organisation)
    colleague = next((one for one in people if str(one.pk) == chosen), None)
    handler = handler_for(request.membership, delivery)  # type: ignore[attr-defined]
    judging.assign([delivery.pk], handler, colleague)
    messages.success(request, f"{colleague.shown_name} looks after it." if colleague else "Nobody looks after it.")
    return redirect("delivery", delivery.pk)
