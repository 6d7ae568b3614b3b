"""Writing what happened to a delivery: every service takes its lock, acts, and records exactly one event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from collectory.portal.people.models import Membership, Organisation, User
from collectory.portal.people.parts import Side
from collectory.portal.people.permissions import side_in
from collectory.portal.telling.kinds import Kind
from collectory.portal.telling.services import outbox
from collectory.portal.transfer.models import Delivery, DeliveryEvent, FileQuestion, TransferredFile
from collectory.portal.transfer.states import NEEDS_REASON, Happening, Known, State, standing

NEWS = {
    Happening.WENT_STALE: Kind.FILE_STALE,
    Happening.ASKED_AGAIN: Kind.FILE_AGAIN,
    Happening.INFECTED: Kind.FILE_AGAIN,
    Happening.ASKED: Kind.FILE_QUESTION,
    Happening.ANSWERED: Kind.FILE_ANSWERED,
    Happening.ACCEPTED: Kind.FILE_ACCEPTED,
    Happening.CHASED: Kind.FILE_AWAITED,
}


@dataclass(frozen=True)
class Handler:
    """Who handles a delivery, in which role for which organisation, and on which side of it."""

    user: User | None
    organisation: Organisation
    role: str
    side: Side


def handler_for(membership: Membership, delivery: Delivery) -> Handler:
    """The handler that a membership makes of a delivery. Raises ValueError when it is none of theirs."""
    side = side_in(membership, delivery)
    if side is None:
        raise ValueError("this membership has nothing to do with this delivery")
    return Handler(membership.user, membership.organisation, membership.role, side)


def locked(delivery_id: int) -> Delivery:
    """The delivery, with its row held until the transaction ends. Where a return is locked too, that comes first."""
    assert connection.in_atomic_block, "take the lock inside a transaction"
    return (
        Delivery.objects.select_for_update(of=("self",) if connection.vendor == "postgresql" else ())
        .select_related("file_type__organisation", "file_type__collection", "organisation", "current_file__revision")
        .get(pk=delivery_id)
    )


def known_of(delivery: Delivery) -> Known:
    """What its state follows from."""
    file = delivery.current_file
    asked = delivery.questions.filter(state=FileQuestion.State.WITH_SCHOOL).exists()
    return Known(
        has_file=file is not None,
        is_stale=delivery.stale_since is not None,
        is_checking=file is not None and not file.is_finished,
        waits_for_school=bool(delivery.again_reason) or asked,
        is_accepted=delivery.accepted_at is not None,
    )


def record(
    delivery: Delivery,
    handler: Handler | None,
    kind: Happening,
    *,
    reason: str = "",
    file: TransferredFile | None = None,
    details: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> DeliveryEvent:
    """Add one event to a locked delivery and bring its cached state up to date. No handler: the service itself."""
    if kind in NEEDS_REASON and not reason.strip():
        raise ValueError(f"{kind} needs a reason")
    at = at or timezone.now()
    before = delivery.state
    delivery.state = standing(known_of(delivery)).value
    delivery.touched_at = at
    delivery.version += 1
    delivery.save()
    event = DeliveryEvent.objects.create(
        delivery=delivery,
        at=at,
        user=handler.user if handler else None,
        organisation=handler.organisation if handler else None,
        role=handler.role if handler else "",
        kind=kind.value,
        from_state=before,
        to_state=delivery.state,
        reason=reason.strip(),
        file=file,
        details=details or {},
    )
    if (news := _news(delivery, event)) is not None:
        outbox.about_file(event, news, **({"text": event.details["text"]} if "text" in event.details else {}))
    return event


def _news(delivery: Delivery, event: DeliveryEvent) -> Kind | None:
    """What people are told of an event, if anything. Its reasons stay here: they may name pupils."""
    kind = Happening(event.kind)
    if kind is Happening.CHECKED:
        return Kind.FILE_AGAIN if delivery.again_reason else Kind.FILE_ACCEPTED if delivery.accepted_at else None
    if kind is Happening.RECEIVED:
        return Kind.FILE_REPLACED if event.from_state in {State.QUESTIONS.value, State.STALE.value} else None
    return NEWS.get(kind)
