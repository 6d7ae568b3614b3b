"""The page of one case: the records side by side as far as the person may see them, what stands, what has happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collectory.portal.cases import guidance, proposals
from collectory.portal.cases.models import Case, CaseEvent, CaseSide, deadline_of
from collectory.portal.cases.parties import is_collector, own, sides_of, spoken_for, who_settles
from collectory.portal.cases.proposals import Proposal
from collectory.portal.cases.services.acting import why_not
from collectory.portal.cases.shown import LABELS, OF_KIND
from collectory.portal.cases.states import Happening, Standing, State, fold
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.addresses import url_of_record
from collectory.portal.returns.services.acts import why_not as why_not_return

WORDS = {
    Happening.OPENED: "The clash appeared",
    Happening.PROPOSED: "Proposed",
    Happening.AGREED: "Agreed",
    Happening.DISAGREED: "Disagreed",
    Happening.WITHDRAWN: "Withdrawn",
    Happening.SAID: "Remark",
    Happening.DECIDED: "Decided by the department",
    Happening.REVOKED: "Decision taken back",
    Happening.JOINED: "Another return claims the pupil too",
    Happening.LEFT: "A return does not claim the pupil any more",
    Happening.CHANGED: "The data changed, the clash is still there",
    Happening.CLOSED: "New data ended the clash: the case is closed",
    Happening.REOPENED: "New data brought the clash back: the case is open again",
    Happening.REMEMBERED: "Known from an earlier case",
}


@dataclass(frozen=True)
class Cell:
    """A value of a record, and whether the records differ in it."""

    value: str
    differs: bool


@dataclass(frozen=True)
class Column:
    """A record in the comparison, or a side without one that may be seen."""

    side: CaseSide
    cells: dict[str, Cell]
    is_own: bool
    address: str = ""
    why_not_edited: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the history."""

    event: CaseEvent
    label: str
    words: str
    concerns: str


@dataclass(frozen=True)
class CasePage:
    """All of it."""

    case: Case
    sides: list[CaseSide]
    speaking: list[CaseSide]
    standing: Standing
    columns: list[Column]
    rows: list[tuple[str, str]]
    guidance: guidance.Guidance
    who_settles: str
    proposed: str
    proposed_by: CaseEvent | None
    history: list[Line]
    can: dict[str, bool]
    offered: list[tuple[str, str]]
    statuses: Mapping[str, str]
    upns: list[str]
    is_collector: bool
    is_gone: bool
    deadline: Any = None
    others: list[Case] = field(default_factory=list)


def page_of(case: Case, membership: Membership) -> CasePage:
    """The page as this person may see it."""
    sides = sides_of(case)
    events = list(case.events.select_related("user", "organisation"))
    mine = {side.pk for side in own(membership, sides)}
    collector = is_collector(membership)
    # Who is no longer concerned learns nothing of what the others load or say from then on.
    gone = not collector and not any(side.present for side in sides if side.pk in mine)
    standing = fold(events)
    statuses = proposals.statuses_of(case)
    said = next((event for event in events if event.pk == standing.proposal), None)
    speaking = spoken_for(membership, sides)
    return CasePage(
        case=case,
        sides=sides,
        speaking=speaking,
        standing=standing,
        columns=_columns(case, sides, mine, membership, hidden=gone),
        rows=[(name, LABELS[name]) for name in OF_KIND[case.kind]],
        guidance=guidance.guidance_of(case, sides),
        who_settles=who_settles(sides) if standing.sides else "",
        proposed=_words(said, sides, statuses) if said and not gone else "",
        proposed_by=said,
        history=_history(_seen(events, mine) if gone else events, sides, statuses),
        can={kind.name.lower(): not why_not(case, sides, standing, kind, membership) for kind in ACTS},
        offered=[(what.value, proposals.LABELS[what]) for what in proposals.offered(case, collector=collector)],
        statuses=statuses,
        upns=proposals.upns_of(sides),
        is_collector=collector,
        is_gone=gone and standing.state is not State.CLOSED,
        deadline=deadline_of(case.collection),
    )


ACTS = (
    Happening.PROPOSED,
    Happening.AGREED,
    Happening.DISAGREED,
    Happening.WITHDRAWN,
    Happening.SAID,
    Happening.DECIDED,
    Happening.REVOKED,
)


def _seen(events: Sequence[CaseEvent], mine: set[int]) -> list[CaseEvent]:
    """The events up to the one by which the last of one's own sides left."""
    until = 0
    for number, event in enumerate(events, start=1):
        ended = event.kind == Happening.CLOSED or (event.kind == Happening.LEFT and mine & set(event.sides))
        until = number if ended else until
    return list(events[:until])


def _columns(
    case: Case, sides: Sequence[CaseSide], mine: set[int], membership: Membership, *, hidden: bool
) -> list[Column]:
    shown = [
        (side, each)
        for side in sides
        for each in side.records.all()
        if side.pk in mine or (side.present and not hidden)
    ]
    differing = {
        name
        for name in OF_KIND[case.kind]
        if len({" ".join(each.values.get(name, "").split()).casefold() for side, each in shown if side.present}) > 1
    }
    columns = []
    for side, each in shown:
        is_own = side.pk in mine
        cells = {
            name: Cell(each.values.get(name, ""), side.present and name in differing) for name in OF_KIND[case.kind]
        }
        address = why = ""
        side.data_return.collection = case.collection
        side.data_return.organisation = side.organisation
        if is_own and side.data_return.current_revision_id is not None and side.present:
            address = url_of_record(side.data_return, each.entity, each.record, each.revision)
            why = why_not_return(side.data_return, Act.EDIT, membership)
        columns.append(Column(side, cells, is_own, address, why))
    return columns


def _words(event: CaseEvent, sides: Sequence[CaseSide], statuses: Mapping[str, str]) -> str:
    if "what" not in event.details:
        return ""
    return proposals.words(Proposal.of_details(event.details), sides, statuses)


def _history(events: Sequence[CaseEvent], sides: Sequence[CaseSide], statuses: Mapping[str, str]) -> list[Line]:
    """Newest first."""
    names = {side.pk: side.organisation.name for side in sides}
    lines = []
    for event in reversed(events):
        concerns = ", ".join(names[pk] for pk in event.sides if pk in names)
        lines.append(Line(event, WORDS[Happening(event.kind)], _words(event, sides, statuses), concerns))
    return lines
