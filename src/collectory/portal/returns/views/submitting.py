"""Submit return, its receipt, withdrawing, deleting, and the history."""

from __future__ import annotations

import itertools

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

import collectory
from collectory.engine import Refusal
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import deleting, submitting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.states import CHANGES_NOTHING, IN_THE_CHAIN, State
from collectory.portal.returns.views.seen import version_seen
from collectory.portal.returns.views.source_page import records_in_words, way_to_findings


def _page(
    request: HttpRequest,
    data_return: Return,
    template: str,
    act: Act,
    problems: dict[str, str],
    refusal: Refusal | None,
    **more: object,
) -> HttpResponse:
    membership = request.membership  # type: ignore[attr-defined]
    if refusal is not None:
        data_return.refresh_from_db()
    why = why_not(data_return, act, membership)
    context = {"data_return": data_return, "why_not": why, "problems": problems, "refusal": refusal, **more}
    return render(request, template, context)


def _to_source_page(data_return: Return) -> HttpResponse:
    return redirect("source-page", data_return.collection.slug, data_return.organisation.native_id)


@on_return(Act.SUBMIT)
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, data_return: Return) -> HttpResponse:
    """What is still open and what follows; a declaration; then the receipt."""
    problems: dict[str, str] = {}
    refusal = None
    if request.method == "POST":
        if "declare" in request.POST:
            outcome = submitting.submit(data_return, request.membership, version=version_seen(request))  # type: ignore[attr-defined]
            if not isinstance(outcome, Refusal):
                return redirect(
                    "receipt", data_return.collection.slug, data_return.organisation.native_id, outcome.reference
                )
            refusal = outcome
        else:
            problems["declare"] = "Tick the box to make the declaration. The return cannot be submitted without it."
    ready = submitting.readiness(data_return)
    return _page(
        request,
        data_return,
        "returns/submit.html",
        Act.SUBMIT,
        problems,
        refusal,
        ready=ready,
        declaration=submitting.declaration(data_return),
        **way_to_findings(data_return),
    )


@on_return(Act.LOOK)
@require_GET
def receipt(request: HttpRequest, data_return: Return, reference: str) -> HttpResponse:
    """The receipt of a submission, as it was given."""
    found = data_return.receipts.select_related("revision").filter(reference=reference).first()
    if found is None:
        raise Http404
    edition = collectory.edition(data_return.collection.edition_key)
    records = records_in_words(edition, found.counts.get("records", {}))
    newest = data_return.receipts.first()
    later = data_return.events.filter(pk__gt=found.event_id).exclude(kind__in=CHANGES_NOTHING).order_by("id")
    followed = itertools.takewhile(lambda event: event.kind != "submitted", later.select_related("organisation"))
    return render(
        request,
        "returns/receipt.html",
        {
            "data_return": data_return,
            "receipt": found,
            "records": records,
            "followed": [{"event": event, "words": WORDS[event.kind]} for event in followed],
            "stands": newest is not None and newest.pk == found.pk and data_return.submitted_at is not None,
        },
    )


@on_return(Act.WITHDRAW)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Take the submission back, with a reason."""
    problems: dict[str, str] = {}
    refusal = None
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST":
        if reason:
            outcome = submitting.withdraw(data_return, request.membership, reason=reason, version=version_seen(request))  # type: ignore[attr-defined]
            if not isinstance(outcome, Refusal):
                messages.success(request, "The submission is withdrawn. Submit the return again when it is ready.")
                return _to_source_page(data_return)
            refusal = outcome
        else:
            problems["reason"] = "Say why you withdraw the submission."
    return _page(request, data_return, "returns/withdraw.html", Act.WITHDRAW, problems, refusal, reason=reason)


@on_return(Act.DELETE)
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Ask, then set the return back to no data; history and notes stay."""
    problems: dict[str, str] = {}
    refusal = None
    reason = request.POST.get("reason", "").strip()
    in_the_chain = data_return.standing in IN_THE_CHAIN
    if request.method == "POST":
        if "confirm" not in request.POST:
            problems["confirm"] = "Tick the box to confirm that the return should be deleted."
        if in_the_chain and not reason:
            problems["reason"] = "Say why you delete the return."
        if not problems:
            outcome = deleting.delete(data_return, request.membership, reason=reason, version=version_seen(request))  # type: ignore[attr-defined]
            if not isinstance(outcome, Refusal):
                messages.success(request, "The return is deleted. Its history and notes are kept.")
                return _to_source_page(data_return)
            refusal = outcome
    return _page(
        request,
        data_return,
        "returns/delete.html",
        Act.DELETE,
        problems,
        refusal,
        reason=reason,
        in_the_chain=in_the_chain,
    )


WORDS = {
    "checked again": "Checked again with changed rules",
    "uploaded": "File loaded",
    "upload refused": "File refused",
    "upload failed": "File could not be checked",
    "edited": "Changed on screen",
    "added on screen": "Added on screen",
    "noted": "Note added",
    "exported": "Exported",
    "submitted": "Submitted",
    "withdrawn": "Submission withdrawn",
    "deleted": "Deleted",
    "approved": "Approved",
    "rejected": "Rejected",
    "authorised": "Authorised",
    "reopened": "Reopened",
    "OK given": "OK given by the department",
    "OK undone": "OK taken back by the department",
    "excused": "Excused: the return is not expected",
    "expected again": "Expected again",
    "data removed": "Data removed at the end of the familiarisation",
    "asked": "Question asked by the department",
    "answered": "Question answered",
    "question closed": "Question closed by the department",
}


@on_return(Act.LOOK)
@require_GET
def history(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Everything that happened to the return, newest first."""
    events = data_return.events.select_related("user", "organisation", "revision").order_by("-id")
    rows = [
        {"event": event, "words": WORDS[event.kind], "state": State(event.to_state).words} for event in events[:500]
    ]
    return render(request, "returns/history.html", {"data_return": data_return, "rows": rows, "total": events.count()})
