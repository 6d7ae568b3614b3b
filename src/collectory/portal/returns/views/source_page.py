"""The source page: where a return stands and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from collectory.blade import Edition
from collectory.portal.cases.lists import counts_of as cases_of_returns
from collectory.portal.duplicates import reports as duplicates
from collectory.portal.people.models import Membership, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import MAY, Act, may, on_return, part_in
from collectory.portal.returns import reading, thread_list
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.acts import nothing_yet, why_not
from collectory.portal.returns.services.keying import why_not_add
from collectory.portal.returns.states import State
from collectory.portal.rules.services.rechecking import is_stale
from collectory.portal.rules.switching import numbered_switches
from collectory.portal.transfer.models import Delivery
from collectory.portal.transfer.services import sending


@dataclass(frozen=True)
class Offer:
    """A button: where it leads, or why it cannot be used now."""

    label: str
    explanation: str
    address: str
    why_not: str


def _address(name: str, data_return: Return) -> str:
    try:
        return reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id])
    except NoReverseMatch:
        return ""


def offers(request: HttpRequest, data_return: Return, owed: list[Delivery]) -> list[Offer]:
    """The seven buttons of the source page, in their order, then sending to a performance team where one asks for the
    return's file, and what an agent or collector does."""
    membership = request.membership  # type: ignore[attr-defined]
    empty = data_return.standing is State.NO_DATA
    nothing = nothing_yet(data_return.collection) if empty else ""
    on_screen = why_not_add(data_return, membership)
    blade = reading.edition_of(data_return).blade
    no_reports = "" if blade.reports or blade.matching else "There are no reports for this collection."
    no_reports = no_reports or nothing
    buttons = [
        ("Upload return from file", "Import a file into your data return", "upload", Act.UPLOAD, ""),
        ("Add return on screen", "Add a new return using a web form", "add-on-screen", Act.EDIT, on_screen),
        ("Open return", "Open your data return", "open-return", Act.LOOK, nothing),
        ("Submit return", "Submit your completed data return", "submit", Act.SUBMIT, ""),
        ("Export to file", "Export your data return to a file", "export", Act.EXPORT, ""),
        ("Launch reports", "Report on your data return", "reports", Act.LOOK, no_reports),
        ("Delete return", "Delete your data return", "delete", Act.DELETE, ""),
    ]
    # Those who judge a return see how; to its source these two would be noise.
    for judging in [
        ("Approve return", "Pass the submitted return on to be authorised", "approve", Act.APPROVE, ""),
        ("Reject return", "Send the return back to its source, with a reason", "reject", Act.REJECT, ""),
    ]:
        if may(membership, judging[3], data_return.organisation):
            buttons.append(judging)
    found = []
    for label, explanation, name, act, first in buttons:
        address = _address(name, data_return)
        why = first or why_not(data_return, act, membership)
        if not why and not address:
            why = "This version of Collectory has no page for it yet."
        found.append(Offer(label, explanation, address, why))
    if owed:
        whys = [sending.why_not_from_return(data_return, one, membership) for one in owed]
        team = owed[0].file_type.organisation.name
        explanation = f"Send its export, under the right name, to {team}"
        at = _address("send-return", data_return)
        # After Export to file, whose download it saves.
        found.insert(5, Offer("Send to the performance team", explanation, at, "" if "" in whys else whys[0]))
    return found


def records_in_words(edition: Edition, counts: dict[str, int]) -> list[tuple[str, int]]:
    """What a return holds, for a summary: lists at the top always, those below only where there are some."""
    listed = []
    for entity in edition.entities:
        count = counts.get(entity.name, 0)
        if not entity.many or (entity.parent is not None and not count):
            continue
        top = [entity, *entity.ancestors()][-1]
        label = entity.plural if top is entity else f"{entity.plural} ({top.plural[0].lower()}{top.plural[1:]})"
        listed.append((label, count))
    return listed


def way_to_findings(data_return: Return) -> dict[str, str]:
    """The nearest page to the findings that there is, for buttons that send people there."""
    for name, label in [("all-errors", "Look at all errors"), ("open-return", "Open return")]:
        if address := _address(name, data_return):
            return {"open_address": address, "open_label": label}
    return {"open_address": _address("source-page", data_return), "open_label": "Go to my data return"}


def acts_for_team(membership: Membership, data_return: Return) -> bool:
    """Whether somebody of an authority has another school's return open, to act for the school as its agent."""
    acts = Act.UPLOAD in MAY[Role(membership.role)] and part_in(membership, data_return.organisation) is Part.AGENT
    return acts and data_return.organisation.agent_id == membership.organisation_id


@on_return(Act.LOOK)
@require_GET
def source_page(request: HttpRequest, data_return: Return) -> HttpResponse:
    """My data return: status, counts, what can be done, what is happening."""
    membership = request.membership  # type: ignore[attr-defined]
    withdrawable = not why_not(data_return, Act.WITHDRAW, membership)
    owed = sending.owed_of(data_return, membership)
    return render(
        request,
        "returns/source_page.html",
        {
            "data_return": data_return,
            "offers": offers(request, data_return, owed),
            "owed": owed,
            "is_team": acts_for_team(membership, data_return),
            "withdrawable": withdrawable,
            "questions": thread_list.counts(data_return),
            "may_answer": may(membership, Act.SUBMIT, data_return.organisation),
            "may_ask": may(membership, Act.ASK, data_return.organisation),
            "may_judge": may(membership, Act.OK, data_return.organisation, data_return.collection),
            "findings_address": _address("all-errors", data_return) if data_return.current_revision_id else "",
            "duplicates": duplicates.counts_of(data_return),
            "is_stale": is_stale(data_return),
            "switches": numbered_switches(data_return.collection),
            "cases": cases_of_returns([data_return.pk])[data_return.pk],
            "running": data_return.uploads.exclude(stage="finished").first(),
            "receipt": data_return.receipts.first(),
            "latest_upload": data_return.uploads.filter(stage="finished").first(),
            "last_return_to_source": data_return.events.filter(kind="rejected").last()
            if data_return.state.startswith("rejected")
            else None,
        },
    )
