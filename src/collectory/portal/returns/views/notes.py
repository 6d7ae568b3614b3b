"""All notes, return level notes, notes on a data item, and withdrawing a note."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import polars as pl
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import finding_list, items, naming, note_list, searches, thread_list
from collectory.portal.returns.addresses import url_of_cell
from collectory.portal.returns.guidance import QUERIES, Guidance
from collectory.portal.returns.models import Note, Return
from collectory.portal.returns.note_list import SCOPES, STANDING_LABELS, STANDINGS, Wanted
from collectory.portal.returns.services import noting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.views.findings import to

LIST = "notes"
SHOWN = 50
ITEM_GUIDANCE = Guidance(QUERIES)
RETURN_GUIDANCE = Guidance(
    "Say what the department should know about the return as a whole.",
    "To explain an error or a query, write the note on it, in All errors: there it counts as an explanation, and it "
    "stays with it when you load the next file.",
)


def wanted_of(request: HttpRequest) -> Wanted:
    """Which notes an address asks for; what makes no sense is left out."""
    scope, standing, token = (request.GET.get(name, "") for name in ("scope", "standing", "search"))
    words = searches.words_of(request.session, LIST, token)
    return Wanted(
        scope=scope if scope in SCOPES else "",
        standing=standing if standing in STANDINGS else "",
        words=words,
        search=token if words else "",
    )


def query_of(wanted: Wanted, page: int = 1) -> str:
    """The part of the address after "?"; never the words searched for."""
    parts = {
        "scope": wanted.scope,
        "standing": wanted.standing,
        "search": wanted.search,
        "page": "" if page == 1 else str(page),
    }
    return urlencode({name: value for name, value in parts.items() if value})


@on_return(Act.LOOK)
@require_http_methods(["GET", "POST"])
def all_notes(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Every note of the return, searchable. The filter is posted, so that words stay out of addresses."""
    if request.method == "POST":
        token = searches.remember(request.session, LIST, request.POST.get("words", ""))
        scope, standing = request.POST.get("scope", ""), request.POST.get("standing", "")
        query = query_of(Wanted(scope, standing if standing in STANDINGS else "", "", token))
        return redirect(to(data_return, "all-notes", query=query))
    wanted = wanted_of(request)
    every = note_list.notes_table(data_return)
    rows = note_list.together(note_list.chosen(every, wanted))
    asked = request.GET.get("page", "")
    pages = max(1, -(-rows.height // SHOWN))
    number = min(int(asked) if asked.isdecimal() and 0 < len(asked) < 8 else 1, pages) or 1
    part = rows.slice((number - 1) * SHOWN, SHOWN)
    revision = data_return.current_revision
    shown = []
    for row in part.rows(named=True):
        row["cell"] = (
            url_of_cell(data_return, row["entity"], row["row"], row["field"]) if row["row"] is not None else ""
        )
        shown.append(row)
    return render(
        request,
        "returns/all_notes.html",
        {
            "data_return": data_return,
            "page": finding_list.Page(shown, rows.height, number, pages),
            "queries": {one: query_of(wanted, one) for one in range(1, pages + 1)},
            "query": query_of(replace(wanted)),
            "every": every.height,
            "wanted": wanted,
            "scopes": SCOPES,
            "standings": STANDING_LABELS,
            "revision": revision.number if revision else None,
            "not_now": why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
            "questions": thread_list.counts(data_return),
        },
    )


def _notes(data_return: Return, **which: object) -> list[Note]:
    notes = Note.objects.filter(data_return=data_return, **which)
    return list(notes.select_related("author", "organisation", "withdrawal__event__user"))


def _return_page(
    request: HttpRequest, data_return: Return, *, text: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "data_return": data_return,
        "notes": _notes(data_return, scope=Note.Scope.RETURN),
        "guidance": RETURN_GUIDANCE,
        "not_now": why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
        "text": text,
        "refusal": refusal,
        "longest": noting.LONGEST,
    }
    return render(request, "returns/return_notes.html", context, status=422 if refusal else 200)


@on_return(Act.LOOK)
@require_GET
def return_notes(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Return level notes."""
    return _return_page(request, data_return)


@on_return(Act.NOTE)
@require_POST
def note_on_return(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Add a return level note."""
    text = request.POST.get("text", "")
    outcome = noting.note_on_return(data_return, request.membership, text)  # type: ignore[attr-defined]
    if isinstance(outcome, Refusal):
        return _return_page(request, data_return, text=text, refusal=outcome)
    messages.success(request, "The note is saved.")
    return redirect(to(data_return, "return-notes"))


def _item_page(
    request: HttpRequest,
    data_return: Return,
    item: items.Item,
    *,
    text: str = "",
    refusal: Refusal | None = None,
) -> HttpResponse:
    current = data_return.current_revision
    here = current is not None and item.revision.pk == current.pk
    about = naming.named(item.revision, item.entity, pl.Series([item.row])).row(0, named=True)
    on_record = finding_list.findings_reading(data_return, item) if here else []
    context = {
        "data_return": data_return,
        "item": item,
        "about": about,
        "is_current": here,
        "cell": url_of_cell(data_return, item.entity, item.row, item.field, item.revision.number),
        "findings": on_record,
        "notes": _notes(data_return, place=item.place),
        "guidance": ITEM_GUIDANCE,
        "not_now": why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
        "text": text,
        "refusal": refusal,
        "longest": noting.LONGEST,
    }
    return render(request, "returns/item_notes.html", context, status=422 if refusal else 200)


def _item(data_return: Return, entity: str, revision: int, record: int, field: str) -> items.Item:
    shown = data_return.revisions.filter(number=revision).first()
    if shown is None:
        raise Http404
    shown.data_return = data_return
    found = items.item(shown, entity, record, field)
    if found is None:
        raise Http404
    return found


@on_return(Act.LOOK)
@require_GET
def item_notes(
    request: HttpRequest, data_return: Return, entity: str, revision: int, record: int, field: str
) -> HttpResponse:
    """The Note Page of one data item: the field of the record in a row of a revision."""
    return _item_page(request, data_return, _item(data_return, entity, revision, record, field))


@on_return(Act.NOTE)
@require_POST
def note_on_item(
    request: HttpRequest, data_return: Return, entity: str, revision: int, record: int, field: str
) -> HttpResponse:
    """Add a note to one data item."""
    item = _item(data_return, entity, revision, record, field)
    text = request.POST.get("text", "")
    outcome = noting.note_on_item(
        data_return,
        request.membership,  # type: ignore[attr-defined]
        text,
        revision=revision,
        entity=entity,
        row=record,
        field=field,
    )
    if isinstance(outcome, Refusal):
        return _item_page(request, data_return, item, text=text, refusal=outcome)
    messages.success(request, "The note is saved.")
    return redirect(to(data_return, "item-notes", entity, revision, record, field))


@on_return(Act.NOTE)
@require_http_methods(["GET", "POST"])
def withdraw_note(request: HttpRequest, data_return: Return, note: int) -> HttpResponse:
    """Ask why, then make a note count no longer. Notes of one act with the same words can go together."""
    found = data_return.notes.select_related("author", "organisation").filter(pk=note).first()
    if found is None or hasattr(found, "withdrawal"):
        raise Http404
    alike = data_return.notes.filter(
        event=found.event_id, text=found.text, rule_key=found.rule_key, scope=found.scope, withdrawal=None
    ).values_list("pk", flat=True)
    ids = list(alike) if found.event_id else [found.pk]
    refusal = None
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        together = request.POST.get("which") == "alike"
        outcome = noting.withdraw(
            data_return,
            request.membership,  # type: ignore[attr-defined]
            ids if together else [found.pk],
            reason,
        )
        if not isinstance(outcome, Refusal):
            count = outcome.details["notes"]
            messages.success(request, f"{count:,} {'note is' if count == 1 else 'notes are'} withdrawn.")
            return redirect(to(data_return, "all-notes"))
        refusal = outcome
    return render(
        request,
        "returns/withdraw_note.html",
        {
            "data_return": data_return,
            "note": found,
            "alike": len(ids),
            "together": request.GET.get("which") == "alike" or request.POST.get("which") == "alike",
            "reason": reason,
            "refusal": refusal,
        },
        status=422 if refusal else 200,
    )
