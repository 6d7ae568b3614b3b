"""The queues: everything that runs or ran for a data collection, newest first.

An app that has long work of its own adds it with `register`: a Queue says how many entries there are for a person
and gives the newest so many. Entries are merged by when they were asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.kinds import kind_of
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, Act, Role, may, returns_of
from collectory.portal.returns.models import Upload

SIZE = 50


@dataclass(frozen=True)
class Entry:
    """One line of the queues.

    what, about  the kind of work, and what it is about ("Bramble Hill Primary School (8552001)", "60 returns")
    state        in words; `share` in per cent while it runs, else None
    address      of its own page; `result` of what there is to download; `retry` where a failed one is tried again
    """

    at: dt.datetime
    what: str
    about: str
    who: str
    organisation: str
    state: str
    begun_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    share: int | None = None
    address: str = ""
    result: str = ""
    retry: str = ""
    is_failed: bool = False

    @property
    def took(self) -> str:
        """How long it ran, as people say it; "" while it runs."""
        if not self.finished_at or not self.begun_at:
            return ""
        seconds = max(1, round((self.finished_at - self.begun_at).total_seconds()))
        for unit, length in (("hour", 3600), ("minute", 60)):
            if seconds >= 2 * length:
                return f"{round(seconds / length)} {unit}s"
        return f"{seconds} second{'s' if seconds != 1 else ''}"


class Queue(Protocol):
    """A part of the queues: one kind of row."""

    def count(self, collection: DataCollection, membership: Membership) -> int:
        """How many entries there are for this person."""

    def newest(self, collection: DataCollection, membership: Membership, most: int) -> list[Entry]:
        """The newest so many of them, newest first, in a constant number of queries."""


_queues: list[Queue] = []


def register(queue: Queue) -> None:
    """Add a part; call from the ready() of an app."""
    _queues.append(queue)


def sees_all(membership: Membership) -> bool:
    """Whether a person sees the work of all organisations: a collector does."""
    return PLAYS.get(Role(membership.role)) is Part.COLLECTOR


def count(collection: DataCollection, membership: Membership) -> int:
    """How many entries the queues have for this person."""
    return sum(queue.count(collection, membership) for queue in _queues)


def page_of(collection: DataCollection, membership: Membership, page: int) -> list[Entry]:
    """One page of the queues, the first being 1."""
    most = page * SIZE
    entries = [entry for queue in _queues for entry in queue.newest(collection, membership, most)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[most - SIZE : most]


DONE = Q(items__outcome=JobItem.Outcome.DONE) & (Q(items__upload=None) | Q(items__upload__outcome="loaded"))
FAILED = Q(items__outcome=JobItem.Outcome.FAILED) | Q(items__upload__outcome="failed")
REFUSED = Q(items__outcome=JobItem.Outcome.REFUSED) | Q(items__upload__outcome="refused")


def jobs_of(collection: DataCollection, membership: Membership) -> QuerySet[Job]:
    """The jobs that a person may look at."""
    jobs = Job.objects.filter(collection=collection).exclude(stage=Job.Stage.ASKED)
    return jobs if sees_all(membership) else jobs.filter(organisation=membership.organisation)


def counted(jobs: QuerySet[Job]) -> Any:
    """Jobs with what became of their items: total, done, refused, failed; what is left is still on its way."""
    return jobs.annotate(
        total=Count("items"),
        done=Count("items", filter=DONE),
        refused=Count("items", filter=REFUSED),
        failed=Count("items", filter=FAILED),
    ).select_related("user", "organisation")


def done_of(job: Job) -> str:
    """What the items of a job are when it is well: a file that is handed in is loaded in the end."""
    return "loaded" if job.kind == "load" else kind_of(job).done


def words_of(job: Any) -> str:
    """How a counted job stands: 90 loaded, 10 not loaded."""
    done = done_of(job)
    parts = [f"{job.done:,} {done}"]
    parts += [f"{job.refused:,} not {done}"] if job.refused else []
    parts += [f"{job.failed:,} failed"] if job.failed else []
    left = job.total - job.done - job.refused - job.failed
    if left:
        parts.append(f"{left:,} waiting")
    return ", ".join(parts)


def share_of(job: Any) -> int | None:
    """How far a counted job has come, in per cent; None when nothing is left of it."""
    left = job.total - job.done - job.refused - job.failed
    return (job.total - left) * 100 // job.total if left and job.total else None


def has_result(job: Any) -> bool:
    """Whether a counted job left something that can still be downloaded."""
    return job.kind == "export" and job.is_finished and job.done > 0 and job.result_until is not None


class Jobs:
    """Work on many returns."""

    def count(self, collection: DataCollection, membership: Membership) -> int:
        """How many jobs there are for this person."""
        return jobs_of(collection, membership).count()

    def newest(self, collection: DataCollection, membership: Membership, most: int) -> list[Entry]:
        """The newest jobs."""
        rows = list(jobs_of(collection, membership).values_list("pk", flat=True)[:most])
        return [
            self._entry(job, collection) for job in counted(Job.objects.filter(pk__in=rows)).order_by("-created_at")
        ]

    def _entry(self, job: Any, collection: DataCollection) -> Entry:
        place = [collection.slug, job.pk]
        share = share_of(job)
        return Entry(
            at=job.created_at,
            what=kind_of(job).label,
            about=job.wanted.get("file") or f"{job.total:,} {'return' if job.total == 1 else 'returns'}",
            who=job.user.shown_name if job.user else "",
            organisation=job.organisation.name,
            state=words_of(job),
            begun_at=job.begun_at,
            finished_at=job.finished_at if share is None else None,
            share=share,
            address=reverse("job", args=place),
            result=reverse("job-result", args=place) if has_result(job) else "",
            retry=reverse("retry-job", args=place) if job.failed and job.is_finished else "",
            is_failed=bool(job.failed),
        )


class Uploads:
    """Files that were handed in one at a time. Those of an archive are counted with it."""

    def _rows(self, collection: DataCollection, membership: Membership) -> QuerySet[Upload]:
        uploads = Upload.objects.filter(data_return__collection=collection, job_item=None)
        if not sees_all(membership):
            uploads = uploads.filter(data_return__in=returns_of(membership).filter(collection=collection))
        return uploads

    def count(self, collection: DataCollection, membership: Membership) -> int:
        """How many files there are for this person."""
        return self._rows(collection, membership).count()

    def newest(self, collection: DataCollection, membership: Membership, most: int) -> list[Entry]:
        """The newest files."""
        rows = self._rows(collection, membership).select_related(
            "data_return__organisation", "uploaded_by", "organisation"
        )
        return [self._entry(each, collection, membership) for each in rows[:most]]

    def _entry(self, upload: Upload, collection: DataCollection, membership: Membership) -> Entry:
        source: Organisation = upload.data_return.organisation
        place = [collection.slug, source.native_id, upload.pk]
        failed = upload.outcome == Upload.Outcome.FAILED
        again = failed and may(membership, Act.UPLOAD, source)
        return Entry(
            at=upload.created_at,
            what="Upload return from file",
            about=str(source),
            who=upload.uploaded_by.shown_name if upload.uploaded_by else "",
            organisation=upload.organisation.name,
            state=upload.get_outcome_display() if upload.is_finished else upload.get_stage_display(),
            begun_at=upload.created_at,
            finished_at=upload.finished_at,
            share=None if upload.is_finished else upload.percentage,
            address=reverse("upload-progress", args=place),
            retry=reverse("retry-upload", args=[collection.slug, upload.pk]) if again else "",
            is_failed=failed,
        )
