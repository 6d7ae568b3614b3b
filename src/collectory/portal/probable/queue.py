"""Runs of probable matching in the queues."""

from __future__ import annotations

from django.urls import reverse

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.queues import Entry
from collectory.portal.people.models import Membership
from collectory.portal.probable.models import Run
from collectory.portal.probable.services import running


class Runs:
    """A part of the queues."""

    def count(self, collection: DataCollection, membership: Membership) -> int:
        """How many runs there are for this person."""
        return int(running.seen_by(membership, collection).count())

    def newest(self, collection: DataCollection, membership: Membership, most: int) -> list[Entry]:
        """The newest ones."""
        return [self._entry(run, collection) for run in running.seen_by(membership, collection)[:most]]

    def _entry(self, run: Run, collection: DataCollection) -> Entry:
        state = run.get_stage_display()
        return Entry(
            at=run.created_at,
            what="Look for probable matches",
            about=f"own schools of {run.authority.name}" if run.authority else "the whole data collection",
            who="The service" if run.scheduled else run.user.shown_name,
            organisation="" if run.scheduled else run.organisation.name,
            state=f"{run.found:,} found" if run.stage == Run.Stage.FINISHED else state,
            begun_at=run.begun_at,
            finished_at=run.finished_at,
            address=reverse("probable-run", args=[collection.slug, run.pk]),
            is_failed=run.stage == Run.Stage.FAILED,
        )
