"""Running a job: one return after another, so that a worker killed at any point loses nothing.

What became of each return is written in the transaction that did it. A job is worked at for a while and then queued
again behind whatever is waiting, with a low priority: a school that uploads its file does not wait for a thousand
approvals.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.kinds import kind_of
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.desk.services import results
from collectory.portal.people.models import Membership
from collectory.portal.returns.services import uploading

log = logging.getLogger(__name__)

PRIORITY = -20
"""Of the tasks of jobs; uploads of single files have 0."""

TURN = 10.0
"""Seconds of work before others have their turn."""

MOST_ATTEMPTS = 3
KEPT = dt.timedelta(days=7)
UNCONFIRMED = dt.timedelta(days=1)

INTERRUPTED = Refusal(
    "failed",
    "This could not be done",
    "The service was interrupted each time it came to this return. The return is as it was.",
    "Press Try again. If that fails too, tell the people who run this service the number of this job.",
)
NO_LONGER = Refusal(
    "no-longer",
    "Not done",
    "Whoever asked for this no longer acts for the organisation. Nothing was done.",
    "Somebody who acts for it now can ask for it again.",
)


def _new(kind: str, collection: DataCollection, membership: Membership, wanted: dict[str, Any], stage: str) -> Job:
    return Job.objects.create(
        collection=collection,
        kind=kind,
        wanted=wanted,
        stage=stage,
        user_id=membership.user_id,
        organisation=membership.organisation,
        role=membership.role,
        membership=membership,
    )


@transaction.atomic
def ask(
    kind: str, collection: DataCollection, membership: Membership, items: Iterable[JobItem], wanted: dict[str, Any]
) -> Job:
    """Write down what would be done, to be confirmed: nothing happens before `confirm`."""
    job = _new(kind, collection, membership, wanted, Job.Stage.ASKED)
    _add(job, items)
    return job


@transaction.atomic
def start(
    kind: str, collection: DataCollection, membership: Membership, items: Iterable[JobItem], wanted: dict[str, Any]
) -> Job:
    """Hand work to a worker; the job, its items and its task are written together."""
    job = _new(kind, collection, membership, wanted, Job.Stage.WAITING)
    _add(job, items)
    _queue(job)
    return job


def _add(job: Job, items: Iterable[JobItem]) -> None:
    for number, item in enumerate(items := list(items), start=1):
        item.job, item.number = job, number
    JobItem.objects.bulk_create(items, batch_size=2000)


@transaction.atomic
def confirm(job: Job, **wanted: Any) -> bool:
    """Begin with a job that was asked for; false when it has begun already or was called off."""
    current = Job.objects.select_for_update().filter(pk=job.pk, stage=Job.Stage.ASKED).first()
    if current is None:
        return False
    current.stage = Job.Stage.WAITING
    current.wanted |= wanted
    current.created_at = timezone.now()
    current.save(update_fields=["stage", "wanted", "created_at"])
    _queue(current)
    return True


@transaction.atomic
def retry(job: Job) -> int:
    """Do again what failed by a fault of ours, uploads too; gives how many."""
    current = Job.objects.select_for_update().get(pk=job.pk)
    if not current.is_finished:
        return 0
    failed = current.items.filter(Q(outcome=JobItem.Outcome.FAILED) | Q(upload__outcome="failed"))
    count = JobItem.objects.filter(pk__in=list(failed.values_list("pk", flat=True))).update(
        outcome=JobItem.Outcome.PENDING, title="", message="", action="", attempts=0, upload=None
    )
    if count:
        current.stage = Job.Stage.WAITING
        current.finished_at = None
        current.save(update_fields=["stage", "finished_at"])
        _queue(current)
    return count


def _queue(job: Job) -> None:
    from collectory.portal.desk.tasks import run_job

    job.task_id = str(run_job.using(priority=PRIORITY).enqueue(job.pk).id)
    job.save(update_fields=["task_id"])


def run(job_id: int) -> None:
    """Go on with a job. Safe to call any number of times, by any number of workers."""
    job = _claim(job_id)
    if job is None:
        return
    membership = Membership.objects.active().select_related("organisation", "user").filter(pk=job.membership_id).first()
    until = time.monotonic() + TURN
    while (item := _next(job)) is not None:
        if not _mine(job).update(alive_at=timezone.now()):
            return
        try:
            _do(job, item, membership)
        except Exception:
            log.exception("item %d of job %d, attempt %d, broke off", item.number, job.pk, item.attempts)
        if time.monotonic() > until and _next(job) is not None:
            _give_way(job)
            return
    _mine(job).update(stage=Job.Stage.FINISHED, finished_at=timezone.now(), result_until=timezone.now() + KEPT)


def _claim(job_id: int) -> Job | None:
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.stage not in {Job.Stage.WAITING, Job.Stage.RUNNING}:
            return None
        if job.stage == Job.Stage.RUNNING and job.alive_at and job.alive_at > _silent_since():
            return None
        job.attempts += 1
        job.stage = Job.Stage.RUNNING
        job.begun_at = job.begun_at or timezone.now()
        job.alive_at = timezone.now()
        job.save(update_fields=["attempts", "stage", "begun_at", "alive_at"])
    return Job.objects.select_related("collection", "organisation").get(pk=job_id)


def _silent_since() -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=settings.UPLOAD_SILENCE)


def _mine(job: Job) -> Any:
    """The job's row as long as this attempt is the latest one."""
    return Job.objects.filter(pk=job.pk, attempts=job.attempts, stage=Job.Stage.RUNNING)


def _next(job: Job) -> JobItem | None:
    return job.items.filter(outcome=JobItem.Outcome.PENDING).order_by("number").first()


def _do(job: Job, item: JobItem, membership: Membership | None) -> None:
    """One item: its work and what became of it in one transaction."""
    item.attempts += 1
    item.save(update_fields=["attempts"])
    item.job = job
    kind = kind_of(job)
    prepared: Any = NO_LONGER if membership is None else None
    if item.attempts > MOST_ATTEMPTS:
        prepared = INTERRUPTED
    elif membership is not None and kind.prepare is not None:
        prepared = kind.prepare(job, item, membership)
    with transaction.atomic():
        row = JobItem.objects.select_for_update().get(pk=item.pk)
        if row.outcome != JobItem.Outcome.PENDING or not _mine(job).exists():
            return
        if isinstance(prepared, Refusal) or membership is None:
            outcome = prepared
        else:
            outcome = kind.act(job, item, membership, prepared)
        settle(item, outcome)
        item.save()


def settle(item: JobItem, refusal: Refusal | None) -> JobItem:
    """Fill in what became of an item; does not save it."""
    item.outcome = JobItem.Outcome.DONE
    if refusal is not None:
        item.outcome = JobItem.Outcome.FAILED if refusal.code == INTERRUPTED.code else JobItem.Outcome.REFUSED
        item.title, item.message, item.action = refusal.title, refusal.message, refusal.action
    return item


def _give_way(job: Job) -> None:
    with transaction.atomic():
        if _mine(job).update(stage=Job.Stage.WAITING):
            _queue(job)


def recover(*, sole_worker: bool = False) -> int:
    """Take up jobs whose worker is gone, and throw away what was kept long enough; gives how many were taken up."""
    taken = 0
    for job_id in list(Job.objects.filter(stage__in=["waiting", "running"]).values_list("pk", flat=True)):
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=job_id)
            if job.stage in {"waiting", "running"} and uploading.is_orphaned(job, sole_worker):
                job.stage = Job.Stage.WAITING
                job.save(update_fields=["stage"])
                _queue(job)
                taken += 1
    Job.objects.filter(stage=Job.Stage.ASKED, created_at__lt=timezone.now() - UNCONFIRMED).delete()
    results.throw_away_old()
    return taken
