"""The same said in many cases: where it is the same situation with the same other school, and after a list of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collectory.engine import Refusal
from collectory.portal.cases import lists, proposals
from collectory.portal.cases.lists import Row
from collectory.portal.cases.models import Case, CaseSide
from collectory.portal.cases.parties import sides_of, spoken_for
from collectory.portal.cases.proposals import Proposal, What
from collectory.portal.cases.services import acting
from collectory.portal.cases.services.acting import Deed
from collectory.portal.cases.states import Happening, fold
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Organisation

AT_ONCE = 200
NOT_FOR_MANY = frozenset({What.UPN})
"""A UPN is one pupil's."""


@dataclass(frozen=True)
class Item:
    """One of the cases: its line, what is proposed in it, and why the same cannot be done in it (else "")."""

    row: Row
    proposed: str
    why_not: str


@dataclass(frozen=True)
class Group:
    """Cases that are alike: the same kind, verdict and statuses, between the same schools, with the same proposal."""

    items: tuple[Item, ...]
    own: tuple[Organisation, ...]
    others: tuple[Organisation, ...]

    @property
    def first(self) -> Case:
        """One of its cases; the others are like it."""
        return self.items[0].row.case

    @property
    def offered(self) -> list[tuple[str, str]]:
        """What can be proposed in all of them."""
        return [
            (what.value, proposals.LABELS[what]) for what in proposals.offered(self.first) if what not in NOT_FOR_MANY
        ]


def groups_of(
    collection: DataCollection, membership: Membership, chosen: Iterable[int], kind: Happening
) -> tuple[list[Group], list[Item]]:
    """The chosen cases in groups, the largest first, and those in which it cannot be done."""
    cases = lists.every(collection, membership).filter(pk__in=list(chosen)[:AT_ONCE]).order_by("pk")
    rows = lists.rows_of(cases.select_related("collection").prefetch_related("events"), membership)
    grouped: dict[tuple[object, ...], list[Item]] = {}
    cannot = []
    for row in rows:
        item, alike = _item(row, membership, kind)
        if item.why_not:
            cannot.append(item)
        else:
            grouped.setdefault(alike, []).append(item)
    made = []
    for items in sorted(grouped.values(), key=len, reverse=True):
        sides = [side for side in items[0].row.case.sides.all() if side.present]
        own = spoken_for(membership, sides)
        others = [side for side in sides if side not in own]
        made.append(Group(tuple(items), _organisations(own), _organisations(others)))
    return made, cannot


def _organisations(sides: Sequence[CaseSide]) -> tuple[Organisation, ...]:
    return tuple(side.organisation for side in sides)


def _item(row: Row, membership: Membership, kind: Happening) -> tuple[Item, tuple[object, ...]]:
    case = row.case
    sides = list(case.sides.all())
    events = list(case.events.all())
    standing = fold(events)
    why = acting.why_not(case, sides, standing, kind, membership)
    said = next((event for event in events if event.pk == standing.proposal), None)
    words, what = "", ""
    if said is not None and kind is Happening.AGREED:
        proposal = Proposal.of_details(said.details)
        words = proposals.words(proposal, sides, proposals.statuses_of(case))
        changes = next((side.organisation_id for side in sides if side.pk == proposal.by), None)
        what = repr(replace(proposal, by=changes, upn=""))
    orgs = tuple(sorted(side.organisation_id for side in sides if side.present))
    speaking = tuple(sorted(side.organisation_id for side in spoken_for(membership, sides)))
    return Item(row, words, why), (case.kind, case.verdict, row.statuses, orgs, speaking, what)


def agree(membership: Membership, shown: Mapping[int, int], reason: str) -> dict[int, Refusal]:
    """Agree in each of these cases as it was shown (version, by id); gives those in which it was refused."""
    return _each(shown, lambda case, version: acting.act(case, membership, Deed(Happening.AGREED, version, reason)))


def propose(
    membership: Membership, shown: Mapping[int, int], given: Mapping[str, str], reason: str
) -> dict[int, Refusal]:
    """Propose the same in each of these cases; `by` in what is given is an organisation, which is a side in each."""

    def one(case_id: int, version: int) -> object:
        case = Case.objects.select_related("collection").get(pk=case_id)
        typed = in_case(sides_of(case), given)
        if problems := proposals.problems_with(case, sides_of(case), typed, reason):
            return Refusal("not-here", "This cannot be proposed here", " ".join(problems.values()), "")
        return acting.act(case_id, membership, Deed(Happening.PROPOSED, version, reason, proposals.read(typed)))

    return _each(shown, one)


def in_case(sides: Sequence[CaseSide], given: Mapping[str, str]) -> dict[str, str]:
    """A form for many as one for a case: the organisation that changes something is a side of it."""
    by = next((str(side.pk) for side in sides if str(side.organisation_id) == given.get("by")), "")
    return {**given, "by": by}


def _each(shown: Mapping[int, int], do: object) -> dict[int, Refusal]:
    refused = {}
    for case_id, version in list(shown.items())[:AT_ONCE]:
        outcome = do(case_id, version)  # type: ignore[operator]
        if isinstance(outcome, Refusal):
            refused[case_id] = outcome
    return refused
