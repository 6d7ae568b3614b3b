"""Deciding from which score on matches are listed, and every how many days they are looked for."""

from __future__ import annotations

import math

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.probable.models import Setting

LONGEST = 2000
LEAST, MOST = 0.01, 0.9999
MOST_DAYS = 60
NOTHING = "Nothing was changed."


def decide(
    collection: DataCollection, membership: Membership, *, threshold: str, every_days: str, reason: str
) -> Setting | Refusal:
    """Write the decision down; it counts at once for what is shown, and for the next run."""
    try:
        score = float(threshold)
    except ValueError:
        score = math.nan
    if not LEAST <= score <= MOST:
        return Refusal("threshold", f"Enter a score from {LEAST} to {MOST}, such as 0.5", NOTHING, "")
    if not (every_days.isdecimal() and len(every_days) < 4 and int(every_days) <= MOST_DAYS):
        return Refusal("every_days", f"Enter a number of days from 0 (never) to {MOST_DAYS}", NOTHING, "")
    if not reason or len(reason) > LONGEST:
        return Refusal("reason", f"Say why, in at most {LONGEST:,} characters", NOTHING, "")
    return Setting.objects.create(
        collection=collection,
        threshold=score,
        every_days=int(every_days),
        reason=reason,
        user=membership.user,
        organisation=membership.organisation,
        role=membership.role,
    )
