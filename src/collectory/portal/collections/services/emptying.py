"""Emptying a familiarisation at its end: the data go, counts and an event list without data stay.

One return after the other, each in one transaction that ends with its event; a worker that is killed loses nothing,
and the next one goes on with the returns that have no such event. Blobs are written down as released in the same
transaction. They are deleted a day later where nothing names them any more: meanwhile somebody may have handed in the
very same bytes for a live data collection, whose row is not written yet. Live data collections are never touched.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import time
from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from collectory.portal import storage
from collectory.portal.cases.services import removing
from collectory.portal.collections.models import CollectionChange, DataCollection, ReleasedBlob
from collectory.portal.collections.services.opening import is_over
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.desk.services import results
from collectory.portal.duplicates.services import storing
from collectory.portal.judging.models import Asked, Ok, OkUndone, Question, Turn
from collectory.portal.lists.models import ListVersion
from collectory.portal.organisations.models import Register
from collectory.portal.people.models import Organisation
from collectory.portal.people.parts import Part
from collectory.portal.probable.services import keeping as probable
from collectory.portal.returns.models import Event, Note, NoteWithdrawal, Receipt, Return, Revision, Upload
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.states import Happening

log = logging.getLogger(__name__)

GRACE = dt.timedelta(days=1)
PRIORITY = -30
TURN = 10.0
"""Seconds of work before others have their turn."""


def look_after() -> None:
    """Queue the task where a familiarisation has ended or blobs were released long enough ago, unless it is queued."""
    from collectory.portal.collections.tasks import remove_data

    waiting = DBTaskResult.objects.filter(task_path=remove_data.module_path, status="READY")
    if something_left() and not waiting.exists():
        remove_data.using(priority=PRIORITY).enqueue()


def something_left() -> bool:
    """Whether there is anything to remove."""
    return _ended().exists() or ReleasedBlob.objects.filter(at__lte=timezone.now() - GRACE).exists()


def work() -> None:
    """Remove data for a while; what is left is queued again behind whatever else waits."""
    until = time.monotonic() + TURN
    empty_all(until=until)
    if time.monotonic() > until:
        look_after()
    else:
        delete_released()


def _ended(at: dt.datetime | None = None) -> QuerySet[DataCollection]:
    return DataCollection.objects.filter(is_live=False, emptied_at=None, closes_at__lte=at or timezone.now())


def empty_all(at: dt.datetime | None = None, *, until: float = math.inf) -> int:
    """Empty every familiarisation that has ended; how many are done now. Stops at `until` of the monotonic clock."""
    return sum(empty(collection, at, until=until) for collection in _ended(at))


def _left(collection: DataCollection) -> QuerySet[Return]:
    """The returns that something happened to, or that a file was handed in for, and that are not emptied."""
    events = Event.objects.filter(data_return=OuterRef("pk"))
    files = Upload.objects.filter(data_return=OuterRef("pk"))
    touched = collection.returns.filter(Exists(events) | Exists(files))
    return touched.exclude(Exists(events.filter(kind=Happening.EMPTIED.value)))


def empty(collection: DataCollection, at: dt.datetime | None = None, *, until: float = math.inf) -> bool:
    """Remove all data of a familiarisation that has ended; whether nothing is left of them.

    Returns for which a file is still being checked are left for the next time.
    """
    if not is_over(collection, at):
        return False
    _keep_counts(collection)
    Job.objects.filter(collection=collection).update(result_until=timezone.now())
    results.throw_away_old()  # files to download, with the data of returns in them
    for pk in list(_left(collection).order_by("pk").values_list("pk", flat=True)):
        if time.monotonic() > until:
            return False
        _empty_return(pk)
    with transaction.atomic():
        current = DataCollection.objects.select_for_update(no_key=True).get(pk=collection.pk)
        if current.emptied_at is not None or _left(current).exists() or not is_over(current, at):
            return False
        Job.objects.filter(collection=current).delete()
        removing.remove(current)
        probable.forget(current)
        current.emptied_at = timezone.now()
        current.save(update_fields=["emptied_at"])
        CollectionChange.objects.create(
            collection=current, what="Data removed", after="all of them", reason="The familiarisation has ended."
        )
    return True


def _keep_counts(collection: DataCollection) -> None:
    """Write down, once, what there was at the end: sums, and returns by status."""
    with transaction.atomic():
        current = DataCollection.objects.select_for_update(no_key=True).get(pk=collection.pk)
        if current.counts_at_end:
            return
        sums = current.returns.aggregate(
            expected=Count("pk", filter=Q(excused_at=None)),
            received=Count("pk", filter=~Q(state="no data")),
            errors=Sum("errors", default=0),
            queries=Sum("queries", default=0),
            ok_errors=Sum("ok_errors", default=0),
        )
        states = current.returns.order_by().values_list("state").annotate(count=Count("pk"))
        current.counts_at_end = {**sums, "states": dict(states)}
        current.save(update_fields=["counts_at_end"])


def _empty_return(pk: int) -> None:
    with transaction.atomic():
        data_return = locked(pk)
        collection = data_return.collection
        if collection.is_live or collection.emptied_at is not None:
            return
        if data_return.uploads.exclude(stage=Upload.Stage.FINISHED).exists():
            return
        if data_return.events.filter(kind=Happening.EMPTIED.value).exists():
            return
        counts = {
            "status": data_return.state,
            "errors": data_return.errors,
            "queries": data_return.queries,
            "ok_errors": data_return.ok_errors,
            "revisions": data_return.revisions.count(),
            "uploads": data_return.uploads.count(),
            "notes": data_return.notes.count(),
        }
        blobs = _blobs_of(Revision.objects.filter(data_return=data_return)) | set(
            data_return.uploads.exclude(sha256="").values_list("sha256", flat=True)
        )
        ReleasedBlob.objects.bulk_create((ReleasedBlob(sha256=each) for each in blobs), ignore_conflicts=True)
        data_return.current_revision = None
        data_return.errors = data_return.queries = data_return.ok_errors = 0
        data_return.save()
        _delete_rows(data_return)
        record(data_return, _service(), Happening.EMPTIED, details=counts)


def _delete_rows(data_return: Return) -> None:
    """Delete everything that holds data, what points at other rows first; events stay, without words and details."""
    storing.clear(data_return)
    OkUndone.objects.filter(ok__data_return=data_return).delete()
    Ok.objects.filter(data_return=data_return).delete()
    questions = Question.objects.filter(data_return=data_return)
    Turn.objects.filter(question__in=questions).delete()
    Asked.objects.filter(question__in=questions).delete()
    questions.delete()
    NoteWithdrawal.objects.filter(note__data_return=data_return).delete()
    notes = Note.objects.filter(data_return=data_return)
    notes.update(confirms=None)
    notes.delete()
    Receipt.objects.filter(data_return=data_return).delete()
    data_return.events.update(revision=None, reason="", details={})
    JobItem.objects.filter(data_return=data_return).delete()
    JobItem.objects.filter(upload__data_return=data_return).delete()
    revisions = Revision.objects.filter(data_return=data_return)
    revisions.update(data_of=None)
    revisions.delete()
    data_return.uploads.all().delete()


def _service() -> Actor:
    department = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT).order_by("pk")[0]
    return Actor(None, department, "", Part.COLLECTOR)


def _blobs_of(revisions: QuerySet[Revision]) -> set[str]:
    rows = revisions.order_by().values_list("tables", "findings", "sha256").iterator(chunk_size=2000)
    return {digest for tables, findings, file in rows for digest in (*tables.values(), findings, file) if digest}


def _named() -> set[str]:
    """Every blob that a row names."""
    registers: Any = Register.objects.values_list("sha256", "links_sha256", "changes", "table")
    lists: Any = ListVersion.objects.values_list("sha256", "table")
    uploads = Upload.objects.order_by().values_list("sha256", flat=True).iterator(chunk_size=2000)
    tables = {digest for row in (*registers, *lists) for digest in row}
    return _blobs_of(Revision.objects.all()) | set(uploads) | tables


def delete_released(at: dt.datetime | None = None) -> dict[str, int]:
    """Delete blobs that were released a day ago and that no row names; how many were deleted, and kept."""
    before = (at or timezone.now()) - GRACE
    released = list(ReleasedBlob.objects.filter(at__lte=before).values_list("sha256", flat=True))
    if not released:
        return {}
    named = _named()
    found: Counter[str] = Counter()
    for sha256 in released:
        if sha256 in named:
            found["named"] += 1
        elif not storage.delete(sha256, unless_since=before):
            found["fresh"] += 1
            continue
        else:
            found["deleted"] += 1
        ReleasedBlob.objects.filter(sha256=sha256).delete()
    log.info("released blobs: %s", dict(found))
    return dict(found)
