"""The collector's page of one return: findings by rule, with OK, ask and undo for some or for all that are found."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.engine.checking.compile import message_of
from collectory.portal.pages import count_of
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act, may, on_return, part_in
from collectory.portal.returns import finding_list, judging_list, reading, thread_list
from collectory.portal.returns.guidance import guidance_of
from collectory.portal.returns.judging_list import SHOWS
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services import asking, authorising, noting, oking
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.submitting import CHANGED
from collectory.portal.returns.views.findings import finding_page, row_of, to, where_now

CHOSEN, EVERY = "chosen", "every"
ACTS = [
    ("Authorise", "authorise", Act.AUTHORISE),
    ("Approve", "approve", Act.APPROVE),
    ("Reject", "reject", Act.REJECT),
    ("Reopen", "reopen", Act.REOPEN),
]
NOTHING_CHOSEN = Refusal(
    "nothing-chosen",
    "Nothing is chosen",
    "Tick the records that you mean, or choose all that the filter finds.",
    "Nothing was done.",
)


@on_return(Act.OK)
@require_GET
def collector_page(request: HttpRequest, data_return: Return) -> HttpResponse:
    """Where the return stands, what keeps it from being authorised, and its findings by rule."""
    membership = request.membership  # type: ignore[attr-defined]
    acts = []
    for label, name, act in ACTS:
        if may(membership, act, data_return.organisation) or act is Act.APPROVE:
            acts.append({"label": label, "name": name, "why_not": why_not(data_return, act, membership)})
    return render(
        request,
        "returns/collector_page.html",
        {
            "data_return": data_return,
            "acts": acts,
            "is_collector": part_in(membership, data_return.organisation) is Part.COLLECTOR,
            "may_ask": not why_not(data_return, Act.ASK, membership),
            "obstacles": authorising.obstacles(data_return),
            "rules": judging_list.rules_to_judge(data_return),
            "questions": thread_list.counts(data_return),
        },
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < len(text) < 9 else -1


def _rule_page(
    request: HttpRequest,
    data_return: Return,
    rule_key: str,
    show: str,
    number: int,
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    edition = reading.edition_of(data_return)
    rule = finding_list.rule_of(edition, rule_key)
    everything = judging_list.of_rule(data_return, rule_key, "all")
    if rule is None and not everything.height:
        raise Http404
    found = judging_list.of_rule(data_return, rule_key, show)
    context: dict[str, Any] = {
        "data_return": data_return,
        "rule": rule,
        "rule_key": rule_key,
        "name": (rule.number or rule.key) if rule else rule_key,
        "message": message_of(rule, edition) if rule else rule_key,
        "guidance": guidance_of(rule),
        "show": show,
        "shows": SHOWS,
        "total": everything.height,
        "ok": int(everything["accepted"].sum()),
        "page": judging_list.page_of(data_return, found, number),
        "next_rule": judging_list.next_rule(data_return, rule_key),
        "not_now": why_not(data_return, Act.OK, request.membership),  # type: ignore[attr-defined]
        "may_ask": not why_not(data_return, Act.ASK, request.membership),  # type: ignore[attr-defined]
        "is_collector": part_in(request.membership, data_return.organisation) is Part.COLLECTOR,  # type: ignore[attr-defined]
        "text": request.POST.get("text", ""),
        "picked": set(request.POST.getlist("finding")),
        "which": request.POST.get("which", CHOSEN),
        "refusal": refusal,
        "longest": noting.LONGEST,
    }
    return render(request, "returns/judge_rule.html", context, status=422 if refusal else 200)


@on_return(Act.OK)
@require_http_methods(["GET", "POST"])
def judge_rule(request: HttpRequest, data_return: Return, rule_key: str) -> HttpResponse:
    """A rule's findings with what was said of each. Posted: OK, ask or undo for those ticked, or for all found."""
    given = request.POST if request.method == "POST" else request.GET
    show = given.get("show", "")
    show = show if show in SHOWS else ""
    number = max(1, _number(given.get("page", "1")))
    if request.method != "POST":
        return _rule_page(request, data_return, rule_key, show, number)
    outcome = _judged(request, data_return, rule_key, show)
    data_return.refresh_from_db()
    if isinstance(outcome, Refusal):
        return _rule_page(request, data_return, rule_key, show, number, refusal=outcome)
    messages.success(request, done_in_words(outcome))
    query = urlencode({name: value for name, value in (("show", show), ("page", number)) if value and value != 1})
    return redirect(to(data_return, "judge-rule", rule_key, query=query, anchor="findings"))


def _judged(request: HttpRequest, data_return: Return, rule_key: str, show: str) -> Event | Refusal:
    """Do what the form of a rule asks for."""
    revision = data_return.current_revision
    if revision is None:
        return CHANGED
    chosen = judging_list.of_rule(data_return, rule_key, "all")
    if request.POST.get("which") == EVERY:
        # What the filter finds now must be what it found on the page.
        if data_return.version != _number(request.POST.get("version", "")):
            return CHANGED
        number, findings = revision.number, judging_list.of_rule(data_return, rule_key, show)["finding"]
    else:
        number = _number(request.POST.get("revision", ""))
        findings = pl.Series([_number(one) for one in request.POST.getlist("finding")], dtype=pl.Int64)
        if number == revision.number:
            findings = findings.filter(findings.is_in(chosen["finding"].implode()))
    if not len(findings):
        return NOTHING_CHOSEN
    return judge(request, data_return, number, findings)


def judge(request: HttpRequest, data_return: Return, revision: int, findings: pl.Series | list[int]) -> Event | Refusal:
    """OK findings, ask about them or take their OK back, by the button that was pressed."""
    membership = request.membership  # type: ignore[attr-defined]
    text = request.POST.get("text", "")
    match request.POST.get("act"):
        case "ask":
            return asking.ask(data_return, membership, text, revision=revision, findings=findings)
        case "undo":
            return oking.undo(data_return, membership, revision=revision, findings=findings, reason=text)
        case "ok":
            return oking.give(data_return, membership, revision=revision, findings=findings, comment=text)
    return Refusal("no-act", "Nothing was done", "It is not clear what to do with what you chose.", "Press a button.")


def done_in_words(event: Event) -> str:
    """What was done, for the message on the next page."""
    many = count_of(event.details["findings"], "finding")
    is_one = event.details["findings"] == 1
    words = {"OK given": f"{many} {'is' if is_one else 'are'} OK’d.", "OK undone": f"The OK of {many} is taken back."}
    return words.get(event.kind, f"The question about {many} is asked.")


@on_return(Act.OK)
@require_POST
def judge_finding(request: HttpRequest, data_return: Return, revision: int, finding: int) -> HttpResponse:
    """OK one finding, ask about it or take its OK back, from its own page."""
    row = row_of(data_return, revision, finding)
    outcome = judge(request, data_return, revision, [finding])
    data_return.refresh_from_db()
    if isinstance(outcome, Refusal):
        return finding_page(request, data_return, revision, finding, refusal=outcome)
    messages.success(request, done_in_words(outcome))
    now = where_now(data_return, row)
    current = data_return.current_revision
    if current is None or now is None:
        return redirect(to(data_return, "finding", revision, finding))
    return redirect(to(data_return, "finding", current.number, now))
