"""Deciding what a pair of statuses means that no source settles."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import verdicts
from collectory.portal.duplicates.models import StatusDecision
from collectory.portal.duplicates.services import upkeep
from collectory.portal.people.models import Membership

LONGEST = 2000
NOTHING = "Nothing was changed."


def decide(
    collection: DataCollection,
    membership: Membership,
    *,
    pair: str,
    verdict: str,
    reason: str,
    day: dt.date | None,
    day_is_wrong: bool = False,
) -> StatusDecision | Refusal:
    """Say what a pair means from now on, or from the beginning of a day. A worker then works clashes out anew."""
    matching = verdicts.matching_in(collection)
    if matching is None or pair not in verdicts.changeable(matching):
        return Refusal("pair", "Choose the pair of statuses", NOTHING, "")
    if verdict not in verdicts.CHOICES:
        return Refusal("verdict", "Choose what the pair means", NOTHING, "")
    if not reason or len(reason) > LONGEST:
        return Refusal("reason", f"Say why, in at most {LONGEST:,} characters", NOTHING, "")
    today = timezone.localdate()
    if day_is_wrong or (day is not None and day < today):
        return Refusal("from", "The day must be today or later, or be left empty", NOTHING, "")
    starts_at = timezone.now()
    if day is not None and day > today:
        starts_at = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    with transaction.atomic():
        made = StatusDecision.objects.create(
            collection=collection,
            pair=pair,
            verdict=verdict,
            reason=reason,
            starts_at=starts_at,
            user=membership.user,
            organisation=membership.organisation,
            role=membership.role,
        )
        if upkeep.something_left():
            upkeep.queue()
    return made
