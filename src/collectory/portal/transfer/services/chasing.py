"""Reminding many schools at once: a text of the team's with places to fill in, looked at before it is sent.

It goes out as news and mails do (telling): at once or in the daily mail as each person wishes, and never twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from collectory.portal.pages import when
from collectory.portal.people.models import Membership, Role
from collectory.portal.transfer.models import Delivery
from collectory.portal.transfer.services.recording import Handler, locked, record
from collectory.portal.transfer.states import Happening, State

LONGEST = 1000
LATELY = dt.timedelta(minutes=10)
PLACES = {
    "school": "the school's name",
    "number": "its number",
    "file": "the file type",
    "due": "when it is due",
    "state": "how it stands",
}
TEXT = (
    "We are waiting for {file} of {school}, which is due {due}. Please sign in and send it. If something keeps you "
    "from it, tell us there."
)
TO_DO = {
    State.NOT_DUE: "not due yet",
    State.AWAITED: "it has not come",
    State.RECEIVED: "it has come",
    State.CHECKING: "it is being checked",
    State.QUESTIONS: "we asked you something about it",
    State.ACCEPTED: "it is accepted",
    State.STALE: "your return was changed after you sent it, so that we need a new one",
}

# What looks like a pupil: a unique pupil number, or a day that can be a date of birth.
UPN = re.compile(r"\b[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z]\b", re.IGNORECASE)
DAY_OF_BIRTH = re.compile(r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b")


def problem_with(text: str) -> str:
    """Why a text cannot be sent to many, in a sentence; "" when it can."""
    if not text.strip():
        return "Write what the schools are to read."
    if len(text) > LONGEST:
        return f"The text is {len(text):,} characters long. It can have {LONGEST:,} at most."
    if UPN.search(text):
        return "The text holds what looks like a UPN. A mail must not say anything about a pupil."
    if DAY_OF_BIRTH.search(text):
        return "The text holds what looks like a date of birth. Write dates as 8 October, and nothing about a pupil."
    unknown = sorted(set(re.findall(r"\{([^{}]*)\}", text)) - set(PLACES))
    if unknown:
        return f"{{{unknown[0]}}} cannot be filled in. There are: {', '.join('{' + name + '}' for name in PLACES)}."
    return ""


def filled(text: str, delivery: Delivery) -> str:
    """The text for one school."""
    kind = delivery.file_type
    values = {
        "school": delivery.organisation.name,
        "number": delivery.organisation.native_id,
        "file": kind.name,
        "due": f"on {when(kind.due_at)}" if kind.due_at else "now",
        "state": TO_DO[delivery.standing],
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], " ".join(text.split()))


@dataclass(frozen=True)
class Reminder:
    """What one school would read, and how many of its people with an e-mail address and without one."""

    delivery: Delivery
    text: str
    by_mail: int
    in_list: int
    was_chased_lately: bool

    @property
    def reaches_nobody(self) -> bool:
        """Whether nobody of the school has an account here."""
        return not (self.by_mail or self.in_list)


def preview(deliveries: Iterable[Delivery], text: str) -> list[Reminder]:
    """What each school would read; a constant number of queries."""
    rows = list(deliveries)
    places = {pk for one in rows for pk in (one.organisation_id, one.organisation.trust_id) if pk}
    people: dict[int, list[bool]] = defaultdict(list)
    found = Membership.objects.active().filter(role=Role.SOURCE, organisation__in=places)
    for place, email in found.values_list("organisation", "user__email"):
        people[place].append(bool(email))
    since = timezone.now() - LATELY
    listed = []
    for one in rows:
        theirs = people[one.organisation_id] + people.get(one.organisation.trust_id or 0, [])
        lately = one.chased_at is not None and one.chased_at > since
        listed.append(Reminder(one, filled(text, one), sum(theirs), len(theirs) - sum(theirs), lately))
    return listed


def chase(deliveries: Iterable[int], handler: Handler, text: str) -> int:
    """Remind; gives how many schools' files. Who was reminded in the last minutes is left out: a double click."""
    assert not problem_with(text)
    count = 0
    for number in deliveries:
        with transaction.atomic():
            delivery = locked(number)
            now = timezone.now()
            if delivery.chased_at is not None and delivery.chased_at > now - LATELY:
                continue
            delivery.chased_at = now
            record(delivery, handler, Happening.CHASED, details={"text": filled(text, delivery)})
            count += 1
    return count
