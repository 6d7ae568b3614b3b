"""What the team does with a file: accepts it, asks for a new one, gives it to a colleague."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.transfer.models import Delivery
from collectory.portal.transfer.services.recording import Handler, locked, record
from collectory.portal.transfer.states import Happening

LONGEST = 2000
CHANGED = Refusal(
    "changed",
    "Something has happened meanwhile",
    "Another file came, or a colleague was faster.",
    "Nothing was done. Look at how it stands now, and decide again.",
)


def needed(text: str, what: str) -> Refusal | None:
    """Why a text will not do, or None."""
    if not text.strip():
        return Refusal("empty", f"{what} is empty", "There is nothing to send.", "Write it, and send it again.")
    if len(text) > LONGEST:
        why = f"It is {len(text):,} characters long; it can have {LONGEST:,} at most."
        return Refusal("too-long", f"{what} is too long", why, "Shorten it.")
    return None


def accept(delivery_id: int, handler: Handler, version: int) -> Delivery | Refusal:
    """Accept the file that was shown."""
    with transaction.atomic():
        delivery = locked(delivery_id)
        if delivery.version != version:
            return CHANGED
        if delivery.current_file is None or not delivery.current_file.is_finished:
            why = "There is no file that has been checked."
            return Refusal("not-now", "Nothing can be accepted now", why, "Wait for it.")
        if delivery.stale_since is not None:
            return Refusal(
                "stale", "The file is not the return any more", delivery.stale_because, "Wait for the new file."
            )
        if delivery.accepted_at is None:
            delivery.accepted_at = timezone.now()
            delivery.again_reason = ""
            record(delivery, handler, Happening.ACCEPTED, file=delivery.current_file)
        return delivery


def ask_again(delivery_id: int, handler: Handler, version: int, reason: str) -> Delivery | Refusal:
    """Ask the school for a new file, and say why."""
    if problem := needed(reason, "The reason"):
        return problem
    with transaction.atomic():
        delivery = locked(delivery_id)
        if delivery.version != version:
            return CHANGED
        delivery.again_reason = reason.strip()
        delivery.accepted_at = None
        record(delivery, handler, Happening.ASKED_AGAIN, reason=reason, file=delivery.current_file)
        return delivery


def colleagues(team: Organisation) -> list[User]:
    """The people of a team whom something can be assigned to."""
    active = Membership.objects.active().filter(organisation=team, role=Role.AGENT).select_related("user")
    return sorted({one.user for one in active}, key=lambda user: (user.shown_name, user.pk))


def assign(deliveries: Iterable[int], handler: Handler, colleague: User | None) -> int:
    """Give deliveries to a colleague, or to nobody; gives how many changed hands."""
    count = 0
    for number in deliveries:
        with transaction.atomic():
            delivery = locked(number)
            if delivery.assigned_to_id == (colleague.pk if colleague else None):
                continue
            delivery.assigned_to = colleague
            details = {"to": colleague.pk if colleague else None, "name": colleague.shown_name if colleague else ""}
            record(delivery, handler, Happening.ASSIGNED, details=details)
            count += 1
    return count
