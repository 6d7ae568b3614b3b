"""Reading and checking an uploaded file: the work behind the progress page.

It can be killed at any point and started again. Nothing is visible of an attempt until its last
transaction, which writes the revision, the event and the outcome together; an attempt that has been
overtaken by a later one finds that out there and leaves no trace.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from collectory.engine import Refusal, read_return
from collectory.portal import storage
from collectory.portal.people.parts import Part
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Revision, Upload
from collectory.portal.returns.services.accepting import refused
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.services.revising import Kept, add_revision, checked, keep
from collectory.portal.returns.states import IN_THE_CHAIN, Happening, can

log = logging.getLogger(__name__)

READ, CHECKED = 0.05, 0.45  # where along the bar each stage begins; keeping begins at the end of checking
KEPT = 0.9

OVERTAKEN = Refusal(
    "changed-meanwhile",
    "The return changed while your file was being checked",
    "Since you handed in the file, the return moved on, and loading the file now would undo that without asking you.",
    "Look at the return's status and history. If the file should still replace it, upload it again and confirm.",
)
FAILED = Refusal(
    "failed",
    "The file could not be checked",
    "The service was interrupted each time it checked this file. The file is kept; nothing of it was loaded.",
    "Upload it again in a few minutes. If that fails too, tell the people who run this service the number of "
    "this upload.",
)


def _actor(upload: Upload) -> Actor:
    return Actor(upload.uploaded_by, upload.organisation, upload.role, Part(upload.part))


def silent_since() -> dt.datetime:
    """The moment before which a sign of life is too old: the worker counts as gone."""
    return timezone.now() - dt.timedelta(seconds=settings.UPLOAD_SILENCE)


def check_upload(upload_id: int) -> None:
    """Read, check and load one upload. Safe to call any number of times, by any number of workers."""
    upload = _claim(upload_id)
    if upload is None:
        return
    try:
        with signs_of_life(lambda: _mine(upload)):
            _work(upload)
    except Exception:
        log.exception("upload %d, attempt %d, broke off", upload.pk, upload.attempts)
        _give_back(upload)


def _claim(upload_id: int) -> Upload | None:
    """Take an upload for one more attempt; None when it is finished or somebody is on it."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
        if upload is None or upload.is_finished:
            return None
        if upload.stage != Upload.Stage.WAITING and upload.alive_at and upload.alive_at > silent_since():
            return None
        if upload.attempts >= settings.UPLOAD_ATTEMPTS:
            return None  # recovery says so to the user
        upload.attempts += 1
        upload.stage = Upload.Stage.READING
        upload.share = READ
        upload.alive_at = timezone.now()
        upload.save(update_fields=["attempts", "stage", "share", "alive_at"])
    return Upload.objects.select_related("data_return__collection", "data_return__organisation").get(pk=upload_id)


@contextmanager
def signs_of_life(mine: Callable[[], Any]) -> Iterator[None]:
    """While the work runs, say so every few seconds in the row that `mine` gives while it is this attempt's."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(settings.UPLOAD_SILENCE / 4):
            mine().update(alive_at=timezone.now())
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _mine(upload: Upload):  # type: ignore[no-untyped-def]
    """The upload's row as long as this attempt is the latest one."""
    return Upload.objects.filter(pk=upload.pk, attempts=upload.attempts).exclude(stage=Upload.Stage.FINISHED)


def _tell(upload: Upload, stage: Upload.Stage, share: float) -> None:
    _mine(upload).update(stage=stage, share=share, alive_at=timezone.now())


def _work(upload: Upload) -> None:
    data_return = upload.data_return
    edition = reading.edition_of(data_return)
    outcome = read_return(storage.read(upload.sha256), edition=edition, source=data_return.organisation.native_id)
    if isinstance(outcome, Refusal):
        _finish(upload, outcome)
        return
    _tell(upload, Upload.Stage.CHECKING, CHECKED)
    told = time.monotonic()

    def progress(stage: str, share: float) -> None:
        nonlocal told
        if time.monotonic() - told > 0.25:  # a row is rewritten each time: often enough to be seen
            told = time.monotonic()
            _tell(upload, Upload.Stage.CHECKING, CHECKED + (KEPT - CHECKED) * share)

    result = checked(outcome, data_return, progress)
    _tell(upload, Upload.Stage.KEEPING, KEPT)
    _finish(upload, keep(outcome, result))


def _finish(upload: Upload, outcome: Kept | Refusal) -> None:
    """Write the outcome: the revision or the refusal, its event and the upload's end, together or not at all."""
    with transaction.atomic():
        data_return = locked(upload.data_return_id)
        if not _mine(upload).select_for_update().exists():
            return
        if isinstance(outcome, Kept) and (why := _no_longer_welcome(data_return, upload)):
            outcome = why
        if isinstance(outcome, Refusal):
            _refuse(data_return, upload, outcome, Happening.UPLOAD_REFUSED)
            return
        before = data_return.current_revision
        revision = add_revision(
            data_return, outcome, _actor(upload), Revision.Cause.UPLOAD, upload=upload, sha256=upload.sha256
        )
        record(
            data_return,
            _actor(upload),
            Happening.UPLOADED,
            details={"upload": upload.pk, "file": upload.file_name, "replaced": before.number if before else None},
            revision=revision,
        )
        upload.stage, upload.share = Upload.Stage.FINISHED, 1.0
        upload.outcome, upload.finished_at = Upload.Outcome.LOADED, timezone.now()
        upload.save(update_fields=["stage", "share", "outcome", "finished_at"])


def _no_longer_welcome(data_return: Return, upload: Upload) -> Refusal | None:
    """Why a file that was taken may not be loaded after all: the return moved on in the meantime."""
    state = data_return.standing
    moved_on = state in IN_THE_CHAIN and upload.replaces != state.value
    if moved_on or not can(state, Happening.UPLOADED, Part(upload.part)):
        return OVERTAKEN
    return None


def _refuse(data_return: Return, upload: Upload, refusal: Refusal, kind: Happening) -> None:
    refused(upload, refusal)
    if kind is Happening.UPLOAD_FAILED:
        upload.outcome = Upload.Outcome.FAILED
    upload.save()
    record(
        data_return,
        _actor(upload),
        kind,
        details={"upload": upload.pk, "file": upload.file_name, "code": refusal.code},
    )


def _give_back(upload: Upload) -> None:
    """After a fault of ours: queue the upload again, or say that it failed when it was tried often enough."""
    with transaction.atomic():
        data_return = locked(upload.data_return_id)
        row = _mine(upload).select_for_update().first()
        if row is not None:
            _again_or_fail(data_return, row)


def _again_or_fail(data_return: Return, upload: Upload) -> None:
    from collectory.portal.returns.tasks import check_upload as task

    if upload.attempts >= settings.UPLOAD_ATTEMPTS:
        _refuse(data_return, upload, FAILED, Happening.UPLOAD_FAILED)
        return
    upload.stage, upload.share = Upload.Stage.WAITING, 0.0
    upload.task_id = str(task.enqueue(upload.pk).id)
    upload.save(update_fields=["stage", "share", "task_id"])


def recover(*, sole_worker: bool = False) -> int:
    """Take up uploads whose worker is gone; give how many. Run at each worker's start and every few seconds.

    An upload is orphaned when its task is neither waiting nor showing signs of life. `sole_worker` says
    that no other worker exists, so that whatever seems to be running was left by a dead one.
    """
    taken = 0
    for upload_id, return_id in list(
        Upload.objects.exclude(stage=Upload.Stage.FINISHED).values_list("pk", "data_return_id")
    ):
        with transaction.atomic():
            data_return = locked(return_id)
            upload = Upload.objects.select_for_update().get(pk=upload_id)
            if not upload.is_finished and is_orphaned(upload, sole_worker):
                _again_or_fail(data_return, upload)
                taken += 1
    return taken


class Queued(Protocol):
    """Work whose worker may be gone: its task, and when it last showed a sign of life."""

    task_id: str
    alive_at: dt.datetime | None


def is_orphaned(upload: Queued, sole_worker: bool) -> bool:
    """Whether nobody is at this work and nobody will be: its task is neither waiting nor showing signs of life."""
    from django_tasks_db.models import DBTaskResult

    task = DBTaskResult.objects.filter(pk=upload.task_id).first() if upload.task_id else None
    if task is None or task.status in {"FAILED", "SUCCESSFUL"}:
        # A worker that is still at it holds the claim although its task's row says otherwise.
        return sole_worker or upload.alive_at is None or upload.alive_at < silent_since()
    if task.status == "READY":
        return False
    signs = [moment for moment in (upload.alive_at, task.started_at) if moment]
    if not sole_worker and signs and max(signs) > silent_since():
        return False
    task.status = "FAILED"
    task.finished_at = timezone.now()
    task.exception_class_path = "WorkerGone"
    task.save(update_fields=["status", "finished_at", "exception_class_path"])
    return True
