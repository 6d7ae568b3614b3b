"""Stored returns that are checked again after rules were switched: how the queues show it, to collectors."""

from __future__ import annotations

from django.urls import reverse

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.queues import Entry, sees_all
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, has_duty
from collectory.portal.rules.models import Recheck


class Rechecks:
    """Checks of all stored returns of a data collection with its rules as they are switched now."""

    def count(self, collection: DataCollection, membership: Membership) -> int:
        """How many there are for this person."""
        return Recheck.objects.filter(collection=collection).count() if sees_all(membership) else 0

    def newest(self, collection: DataCollection, membership: Membership, most: int) -> list[Entry]:
        """The newest ones."""
        if not sees_all(membership):
            return []
        address = reverse("rule-switches", args=[collection.slug]) if has_duty(membership, Duty.RUN) else ""
        return [self._entry(each, address) for each in Recheck.objects.filter(collection=collection)[:most]]

    def _entry(self, recheck: Recheck, address: str) -> Entry:
        left_out = f", {len(recheck.failed):,} failed" if recheck.failed else ""
        return Entry(
            at=recheck.asked_at,
            what="Check returns again",
            about=f"{recheck.total:,} {'return' if recheck.total == 1 else 'returns'}",
            who="The service",
            organisation="",
            state=f"{recheck.done:,} checked{left_out}",
            begun_at=recheck.asked_at,
            finished_at=recheck.finished_at,
            share=None if recheck.is_finished else recheck.percentage,
            address=address,
            is_failed=bool(recheck.failed),
        )
