"""All errors: the summary by rule, the list, and the page of one finding with its notes."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.duplicates.verdicts import kind_of_rule
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import finding_list, reading, searches, thread_list
from collectory.portal.returns.by_record import outermost
from collectory.portal.returns.finding_list import EXPLANATIONS, LEVELS, OKS, PRIORITIES, SIZES, Wanted
from collectory.portal.returns.guidance import guidance_of
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import noting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import (
    ANOTHER_LOOK,
    IS_OPEN,
    by_rule,
    explanations,
    findings_with_explanation,
)
from collectory.portal.rules.switching import numbered_switches

LIST = "findings"


def to(data_return: Return, name: str, *args: Any, query: str = "", anchor: str = "") -> str:
    """The address of a page about this return, with a query and a place on the page."""
    address = reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id, *args])
    return f"{address}{'?' if query else ''}{query}{'#' if anchor else ''}{anchor}"


def wanted_of(request: HttpRequest, given: QueryDict) -> Wanted:
    """What an address asks for, with the words that its token stands for in this session."""
    token = given.get("search", "")
    return Wanted.of(given, searches.words_of(request.session, LIST, token), token)


@on_return(Act.LOOK)
@require_http_methods(["GET", "POST"])
def all_errors(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Summary by rule, then the list. The filter is posted, so that words searched for stay out of addresses."""
    if request.method == "POST":
        words = request.POST.get("words", "")
        token = searches.remember(request.session, LIST, words)
        wanted = Wanted.of(request.POST, words, token)
        return redirect(to(data_return, "all-errors", query=wanted.query(), anchor="list"))
    wanted = wanted_of(request, request.GET)
    summary = finding_list.rules_found(data_return, by_rule(data_return))
    page = finding_list.page_of(data_return, finding_list.chosen(data_return, wanted), wanted)
    return render(
        request,
        "returns/all_errors.html",
        {
            "data_return": data_return,
            "now": timezone.now(),
            "wanted": wanted,
            "summary": summary,
            "switches": numbered_switches(data_return.collection),
            "page": page,
            "counts": explanations(data_return),
            "priorities": PRIORITIES,
            "levels": LEVELS,
            "explanations": EXPLANATIONS,
            "oks": OKS,
            "sizes": SIZES,
            "may_note": not why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
            "outermost": outermost(reading.edition_of(data_return)),
            "skipped": len(data_return.current_revision.skipped) if data_return.current_revision else 0,
        },
    )


def row_of(data_return: Return, revision: int, finding: int) -> dict[str, Any]:
    """A finding by its number in a revision of this return. Raises Http404 when there is no such one."""
    shown = data_return.revisions.filter(number=revision).first()
    if shown is None:
        raise Http404
    shown.data_return = data_return
    found = reading.findings(shown)
    if not 0 <= finding < found.height:
        raise Http404
    return found.row(finding, named=True)


def where_now(data_return: Return, row: dict[str, Any]) -> int | None:
    """The number in the current revision of a finding of an earlier one: same values, else same place."""
    if data_return.current_revision is None:
        return None
    now = reading.findings(data_return.current_revision).filter(pl.col("place") == row["place"])
    return int(now["finding"][0]) if now.height else None


def finding_page(
    request: HttpRequest,
    data_return: Return,
    revision: int,
    finding: int,
    *,
    text: str = "",
    refusal: Refusal | None = None,
) -> HttpResponse:
    """The page of a finding where it is now, with what was typed and why that was not done."""
    row = row_of(data_return, revision, finding)
    current = data_return.current_revision
    is_gone = current is None or current.number != revision
    if is_gone and current is not None and (now := where_now(data_return, row)) is not None:
        if refusal is None:
            return redirect(to(data_return, "finding", current.number, now))
        revision, finding, is_gone = current.number, now, False
    if is_gone:
        shown: dict[str, Any] = {**row, "cells": [], "who": "", "known_by": "", "what": "", "explanation": ""}
    else:
        every = findings_with_explanation(data_return)
        shown = finding_list.with_words(data_return, every.filter(pl.col("finding") == finding))[0]
    edition = reading.edition_of(data_return)
    rule = finding_list.rule_of(edition, row["rule_key"])
    return render(
        request,
        "returns/finding.html",
        {
            "data_return": data_return,
            "revision": revision,
            "finding": finding,
            "row": shown,
            "rule": rule,
            "is_gone": is_gone,
            "guidance": guidance_of(rule),
            "duplicates": kind_of_rule(data_return.collection, rule),
            "notes": finding_list.notes_at(data_return, row["place"]),
            "at_place": thread_list.at_places(data_return, [row["place"]])[row["place"]],
            "may_judge": not is_gone and not why_not(data_return, Act.OK, request.membership),  # type: ignore[attr-defined]
            "may_ask": not why_not(data_return, Act.ASK, request.membership),  # type: ignore[attr-defined]
            "not_now": why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
            "text": text,
            "refusal": refusal,
            "longest": noting.LONGEST,
            "next": None if is_gone else _next(data_return, row["rule_key"], finding),
        },
        status=422 if refusal else 200,
    )


@on_return(Act.LOOK)
@require_GET
def finding(request: HttpRequest, data_return: Return, revision: int, finding: int) -> HttpResponse:
    """One finding: what it is about, what the rule read, its notes, and the box for a new one."""
    return finding_page(request, data_return, revision, finding)


@on_return(Act.NOTE)
@require_POST
def note_on_finding(request: HttpRequest, data_return: Return, revision: int, finding: int) -> HttpResponse:
    """Add a note to one finding; then back to it, or on to the next one without a note."""
    row = row_of(data_return, revision, finding)
    text = request.POST.get("text", "")
    outcome = noting.note_on_findings(
        data_return,
        request.membership,  # type: ignore[attr-defined]
        text,
        revision=revision,
        findings=[finding],
    )
    if isinstance(outcome, Refusal):
        data_return.refresh_from_db()
        return finding_page(request, data_return, revision, finding, text=text, refusal=outcome)
    saved = "The note is saved."
    data_return.refresh_from_db()
    assert data_return.current_revision is not None
    here = where_now(data_return, row)
    number = finding if here is None else here
    if "next" in request.POST and (then := _next(data_return, row["rule_key"], number)) is not None:
        number = then
        saved = "The note is saved. This is the next one without a note."
    messages.success(request, saved)
    return redirect(to(data_return, "finding", data_return.current_revision.number, number))


def _next(data_return: Return, rule_key: str, finding: int) -> int | None:
    """The next finding that still wants a note: of the same rule while there is one, then of any; else None."""
    open_ones = findings_with_explanation(data_return).filter(IS_OPEN & (pl.col("finding") != finding))
    for found in (open_ones.filter(pl.col("rule_key") == rule_key)["finding"], open_ones["finding"]):
        after = found.filter(found > finding)
        first = after if len(after) else found
        if len(first):
            return int(first[0])
    return None


@on_return(Act.NOTE)
@require_POST
def still_right(request: HttpRequest, data_return: Return, revision: int, finding: int) -> HttpResponse:
    """Say that the note on a finding holds although the values have changed since it was written."""
    row_of(data_return, revision, finding)
    outcome = noting.still_right(data_return, request.membership, revision=revision, findings=[finding])  # type: ignore[attr-defined]
    if isinstance(outcome, Refusal):
        data_return.refresh_from_db()
        return finding_page(request, data_return, revision, finding, refusal=outcome)
    messages.success(request, "Noted that the explanation is still right.")
    if "back" in request.POST:
        wanted = wanted_of(request, QueryDict(request.POST["back"]))
        query = wanted.query(page=wanted.page)
        return redirect(to(data_return, "all-errors", query=query, anchor="list"))
    return redirect(to(data_return, "finding", revision, finding))


def waiting_for_another_look(data_return: Return, rule_key: str) -> pl.Series:
    """The numbers of a rule's findings whose note was written for other values."""
    return findings_with_explanation(data_return).filter(
        (pl.col("rule_key") == rule_key) & (pl.col("explanation") == ANOTHER_LOOK) & ~pl.col("accepted")
    )["finding"]
