"""Writing what happened to a case: under its lock, one event, and the cached state after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from collectory.portal.cases.models import Case, CaseEvent, CaseSide
from collectory.portal.cases.states import NEEDS_REASON, Happening, Standing, fold, following
from collectory.portal.in_bulk import save_fields
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.people.permissions import PLAYS


@dataclass(frozen=True)
class Actor:
    """Who acts; for what data bring about, the organisation whose data they are."""

    user: User | None = None
    organisation: Organisation | None = None
    role: str = ""
    part: str = ""

    @staticmethod
    def of(membership: Membership) -> Actor:
        """A person in the role they act in."""
        role = Role(membership.role)
        return Actor(membership.user, membership.organisation, role.value, PLAYS[role].value)


def locked(case_id: int) -> Case:
    """The case, with its row held until the transaction ends. Must run inside one."""
    assert connection.in_atomic_block, "take the lock inside a transaction"
    return (
        Case.objects.select_for_update(of=("self",) if connection.vendor == "postgresql" else ())
        .select_related("collection")
        .get(pk=case_id)
    )


def event_of(
    case: Case,
    standing: Standing,
    actor: Actor,
    kind: Happening,
    sides: Iterable[int],
    reason: str = "",
    details: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> tuple[CaseEvent, Standing]:
    """An event that is not saved yet, and the standing after it; raises NotPossible where it cannot follow."""
    if kind in NEEDS_REASON and not reason.strip():
        raise ValueError(f"{kind} needs a reason")
    event = CaseEvent(
        case=case,
        at=at or timezone.now(),
        user=actor.user,
        organisation=actor.organisation,
        role=actor.role,
        part=actor.part,
        kind=kind.value,
        sides=sorted(sides),
        from_state=standing.state.value,
        reason=reason.strip(),
        details=details or {},
    )
    after = following(standing, event)
    event.to_state = after.state.value
    return event, after


def record(
    case: Case,
    sides: Sequence[CaseSide],
    actor: Actor,
    kind: Happening,
    speaking: Iterable[int],
    *,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> tuple[CaseEvent, Standing]:
    """Add one event to a locked case and bring its cached state, and what its sides have to do, up to date."""
    event, _ = event_of(case, fold(case.events.all()), actor, kind, speaking, reason, details)
    event.save()
    after = fold(case.events.all())
    stand(case, sides, after, event.at)
    case.save(update_fields=["state", "touched_at", "version"])
    save_fields(sides, ["to_do"])
    return event, after


def stand(case: Case, sides: Iterable[CaseSide], standing: Standing, at: dt.datetime) -> None:
    """Bring a case and its sides in line with a standing; does not save them."""
    case.state = standing.state.value
    case.touched_at = at
    case.version += 1
    for side in sides:
        side.to_do = standing.to_do(side.pk)
