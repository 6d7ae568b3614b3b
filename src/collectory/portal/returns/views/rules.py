"""The page of a rule: its words, this return's findings of it, one note for all of them. Rules not asked."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from collectory.blade import Edition, Rule
from collectory.engine import Refusal
from collectory.engine.checking.compile import message_of
from collectory.portal.duplicates.verdicts import kind_of_rule
from collectory.portal.people.permissions import Act, Duty, has_duty, on_return, returns_of, signed_in
from collectory.portal.returns import finding_list, reading
from collectory.portal.returns.finding_list import Wanted
from collectory.portal.returns.guidance import guidance_of
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import noting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import IS_OPEN, findings_with_explanation
from collectory.portal.returns.views.findings import to, waiting_for_another_look
from collectory.portal.rules.access import collection_for
from collectory.portal.rules.switching import edition_in

SHOWN = 10
OPEN, EVERY = "open", "every"


def fields_read(rule: Rule, edition: Edition) -> list[str]:
    """What a rule reads, as people know it: the part of the return and the item."""
    found: list[str] = []
    for part in rule.parts:
        for name in part.reads:
            of, _, field = name.rpartition(".")
            entity = of or (part.entity.name if part.entity else "")
            kind = edition.entity(entity) if entity and edition.has_entity(entity) else None
            if kind and (meant := kind.field_meant_by(field)):
                found.append(f"{kind.label}: {meant.title}")
        found.extend(finding_list.in_words(name) for name in part.figures)
    return list(dict.fromkeys(found))


def words_of(rule: Rule, edition: Edition) -> dict[str, Any]:
    """What the page says about a rule, whatever the return."""
    return {
        "rule": rule,
        "message": message_of(rule, edition),
        "reads": fields_read(rule, edition),
        "parts": [edition.entity(name).plural for name in rule.entities if edition.has_entity(name)],
        "guidance": guidance_of(rule),
        "edition_title": edition.title,
        "switch_in_force": edition.switches.get(rule.key),
    }


def _rule_page(
    request: HttpRequest, data_return: Return, rule_key: str, *, text: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    edition = reading.edition_of(data_return)
    rule = finding_list.rule_of(edition, rule_key)
    found = findings_with_explanation(data_return).filter(pl.col("rule_key") == rule_key)
    if rule is None:
        raise Http404
    revision = data_return.current_revision
    skipped = {one["rule"]: one["why"] for one in revision.skipped} if revision else {}
    context = {
        **words_of(rule, edition),
        "data_return": data_return,
        "duplicates": kind_of_rule(data_return.collection, rule),
        "wanted": Wanted(rule=rule_key),
        "page": finding_list.page_of(data_return, found, Wanted(show=SHOWN)),
        "shown": SHOWN,
        "open": found.filter(IS_OPEN).height,
        "another_look": len(waiting_for_another_look(data_return, rule_key)),
        "why_skipped": skipped.get(rule_key, ""),
        "not_now": why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
        "may_note": not why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
        "text": text,
        "refusal": refusal,
        "which": request.POST.get("which", OPEN),
        "longest": noting.LONGEST,
    }
    return render(request, "returns/rule.html", context, status=422 if refusal else 200)


@on_return(Act.LOOK)
@require_GET
def rule(request: HttpRequest, data_return: Return, rule_key: str) -> HttpResponse:
    """What a rule checks, why, how to put it right, which note is acceptable; and its findings here."""
    return _rule_page(request, data_return, rule_key)


def _shown_revision(request: HttpRequest) -> int:
    number = request.POST.get("revision", "")
    return int(number) if number.isdecimal() and len(number) < 10 else -1


@on_return(Act.NOTE)
@require_POST
def note_on_rule(request: HttpRequest, data_return: Return, rule_key: str) -> HttpResponse:
    """Add one note to all findings of a rule, or to those that have none yet."""
    text = request.POST.get("text", "")
    found = findings_with_explanation(data_return).filter(pl.col("rule_key") == rule_key)
    if request.POST.get("which") != EVERY:
        found = found.filter(IS_OPEN)
    edition = reading.edition_of(data_return)
    guidance = guidance_of(finding_list.rule_of(edition, rule_key))
    outcome: Any
    if guidance.one_each and "alike" not in request.POST:
        outcome = Refusal(
            "one-each",
            "The note was not saved",
            "This rule wants a note for each record. Tick the box to say that the same reason is true of every one.",
            "",
        )
    elif data_return.current_revision is None or data_return.current_revision.number != _shown_revision(request):
        outcome = noting.GONE
    else:
        outcome = noting.note_on_findings(
            data_return,
            request.membership,  # type: ignore[attr-defined]
            text,
            revision=data_return.current_revision.number,
            findings=found["finding"],
        )
    if isinstance(outcome, Refusal):
        data_return.refresh_from_db()
        return _rule_page(request, data_return, rule_key, text=text, refusal=outcome)
    count = outcome.details["notes"]
    messages.success(request, f"The note is saved on {count:,} {'finding' if count == 1 else 'findings'}.")
    return redirect(to(data_return, "rule", rule_key))


@on_return(Act.NOTE)
@require_POST
def all_still_right(request: HttpRequest, data_return: Return, rule_key: str) -> HttpResponse:
    """Say of all notes on a rule's findings that they hold for the present values too."""
    shown = _shown_revision(request)
    outcome: Any = noting.GONE
    if data_return.current_revision is not None and data_return.current_revision.number == shown:
        waiting = waiting_for_another_look(data_return, rule_key)
        outcome = noting.still_right(data_return, request.membership, revision=shown, findings=waiting)  # type: ignore[attr-defined]
    if isinstance(outcome, Refusal):
        data_return.refresh_from_db()
        return _rule_page(request, data_return, rule_key, refusal=outcome)
    messages.success(request, f"Noted that {outcome.details['notes']:,} explanations are still right.")
    return redirect(to(data_return, "rule", rule_key))


@on_return(Act.LOOK)
@require_GET
def not_checked(request: HttpRequest, data_return: Return) -> HttpResponse:
    """The rules that could not be asked of this return, and why."""
    edition = reading.edition_of(data_return)
    revision = data_return.current_revision
    rows = []
    for one in revision.skipped if revision else []:
        rule = finding_list.rule_of(edition, one["rule"])
        rows.append({"rule": rule, "key": one["rule"], "why": one["why"], "message": _message(rule, edition)})
    return render(request, "returns/not_checked.html", {"data_return": data_return, "rows": rows})


def _message(rule: Rule | None, edition: Edition) -> str:
    return message_of(rule, edition) if rule else ""


@signed_in
@require_GET
def rule_in_collection(request: HttpRequest, collection: str, rule_key: str) -> HttpResponse:
    """A rule's words without a return, at an address that can be given to anyone who takes part."""
    membership = request.membership  # type: ignore[attr-defined]
    found = collection_for(membership, collection)
    mine = returns_of(membership).filter(collection=found)[:2]
    if len(mine) == 1 and not has_duty(membership, Duty.DESK):
        one = mine[0]
        return redirect("rule", one.collection.slug, one.organisation.native_id, rule_key)
    edition = edition_in(found)
    rule = finding_list.rule_of(edition, rule_key)
    if rule is None:
        raise Http404
    context = {**words_of(rule, edition), "collection": found, "may_switch_rules": has_duty(membership, Duty.RUN)}
    return render(request, "returns/rule_in_collection.html", context)
