"""Notes by spreadsheet: upload the list with notes in it, look at what would be added, add it."""

from __future__ import annotations

import json

import polars as pl
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from collectory.engine import Refusal
from collectory.portal import storage
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import finding_list, note_sheet
from collectory.portal.returns.findings_file import NEW_NOTE, REFERENCE
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import noting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import findings_with_explanation
from collectory.portal.returns.views.findings import to

SHOWN = 50


def _key(data_return: Return) -> str:
    return f"notes for {data_return.pk}"


@on_return(Act.NOTE)
@require_http_methods(["GET", "POST"])
def spreadsheet(request: HttpRequest, data_return: Return) -> HttpResponse:
    """How it works, and where to upload. The rows wait in a blob until they are confirmed."""
    refusal = None
    if request.method == "POST":
        outcome = _read(request)
        if not isinstance(outcome, Refusal):
            request.session[_key(data_return)] = storage.save(json.dumps(outcome).encode())
            return redirect(to(data_return, "notes-preview"))
        refusal = outcome
    return render(
        request,
        "returns/notes_spreadsheet.html",
        {
            "data_return": data_return,
            "refusal": refusal,
            "column": NEW_NOTE,
            "reference": REFERENCE,
            "limit": note_sheet.LIMIT_MB,
            "not_now": why_not(data_return, Act.NOTE, request.membership)  # type: ignore[attr-defined]
            or ("" if data_return.current_revision else "Nothing has been loaded yet, so there is nothing to explain."),
        },
        status=422 if refusal else 200,
    )


def _read(request: HttpRequest) -> list[tuple[str, str]] | Refusal:
    file = request.FILES.get("file")
    if hasattr(request, "too_large"):
        return note_sheet.TOO_LARGE
    if file is None:
        return note_sheet.NO_FILE
    if (file.size or 0) > note_sheet.LIMIT_MB * 1024 * 1024:
        return note_sheet.TOO_LARGE
    return note_sheet.notes_in(file.name or "", file.read())


@on_return(Act.NOTE)
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, data_return: Return) -> HttpResponse:
    """What the uploaded spreadsheet would add to the return as it is now; then add it."""
    sha256 = request.session.get(_key(data_return))
    if not sha256:
        return redirect(to(data_return, "notes-spreadsheet"))
    rows = [(reference, text) for reference, text in json.loads(storage.read(sha256))]
    proposal = note_sheet.proposal_of(data_return, rows)
    if request.method == "POST" and proposal.new:
        outcome = noting.note_each(data_return, request.membership, proposal.new)  # type: ignore[attr-defined]
        del request.session[_key(data_return)]
        if isinstance(outcome, Refusal):
            messages.error(request, f"{outcome.title}. {outcome.message}")
            return redirect(to(data_return, "notes-spreadsheet"))
        count = outcome.details["notes"]
        messages.success(request, f"{count:,} {'note is' if count == 1 else 'notes are'} saved.")
        return redirect(to(data_return, "all-errors"))
    first = pl.Series(list(proposal.new)[:SHOWN], dtype=pl.String)
    found = findings_with_explanation(data_return).filter(pl.col("identity").is_in(first.implode()))
    return render(
        request,
        "returns/notes_preview.html",
        {
            "data_return": data_return,
            "proposal": proposal,
            "rows": finding_list.with_words(data_return, found),
            "longest": noting.LONGEST,
        },
    )
