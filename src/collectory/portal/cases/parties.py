"""Who speaks for which side of a case, and whom to turn to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from collectory.portal.cases.models import Case, CaseSide
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, Act, may, part_in


def sides_of(case: Case) -> list[CaseSide]:
    """The sides with all that a page says of them, in the order of their native IDs; three queries."""
    sides = case.sides.select_related(
        "organisation__authority", "organisation__agent", "organisation__successor", "data_return"
    )
    return list(sides.prefetch_related("records").order_by("organisation__native_id"))


def spoken_for(membership: Membership, sides: Iterable[CaseSide]) -> list[CaseSide]:
    """The sides that a person may propose and agree for: one's own school's, those of a trust's or a council's."""
    return [side for side in sides if side.present and may(membership, Act.SETTLE, side.organisation)]


def own(membership: Membership, sides: Iterable[CaseSide]) -> list[CaseSide]:
    """The sides whose returns a person may look at; of the others only what the case shows."""
    return [side for side in sides if part_in(membership, side.organisation) is not None]


def is_collector(membership: Membership) -> bool:
    """Whether a person sees all sides alike."""
    return PLAYS.get(Role(membership.role)) is Part.COLLECTOR


def who_settles(sides: Sequence[CaseSide]) -> str:
    """Who is to settle a case, as the rule is (collect-functions 13.4), in a sentence."""
    schools = [side.organisation for side in sides if side.present]
    authorities = {one.authority_id for one in schools}
    maintained = [one for one in schools if one.agent and one.agent.kind == Organisation.Kind.AUTHORITY]
    if len(authorities) == 1 and maintained:
        agent = maintained[0].agent
        whom = "maintained schools" if len(maintained) == len(schools) else "a maintained school and an academy"
        return f"This is between {whom} of one authority: {agent.name if agent else ''} settles it with them."
    if not maintained:
        return "The schools report for themselves: they settle it between them. The department decides if they cannot."
    councils = sorted({one.agent.name for one in maintained if one.agent})
    alone = [one.name for one in schools if one not in maintained]
    both = [*councils, *alone]
    return f"Schools of different authorities are concerned: {_and(both)} settle it with each other."


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
