"""What a worker does with a received file: has it scanned, then checked, and writes down what came of it.

It can be killed at any point and started again; nothing is visible of an attempt until its last transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.returns.services.recording import locked as locked_return
from collectory.portal.returns.services.uploading import is_orphaned, signs_of_life, silent_since
from collectory.portal.transfer import checks, scanning, store
from collectory.portal.transfer.checks import Outcome
from collectory.portal.transfer.models import Delivery, FileType, SealedContent, TransferredFile
from collectory.portal.transfer.services import staleness
from collectory.portal.transfer.services.recording import locked, record
from collectory.portal.transfer.states import Happening

log = logging.getLogger(__name__)

Scan = TransferredFile.Scan
Stage = TransferredFile.Stage
VIRUS = "A virus was found in the file, so its content was deleted. Have your computer checked, then send a clean file."
FAILED = Refusal(
    "failed",
    "The file could not be checked",
    "The service was interrupted each time it checked this file. The file is kept, and the team can look at it.",
    "You need do nothing.",
)
TOO_LARGE = Refusal(
    "too-large",
    "The file is too large to be checked here",
    "It is kept, and the team can look at it.",
    "You need do nothing.",
)


def check_file(file_id: int) -> None:
    """Scan and check one file. Safe to call any number of times, by any number of workers."""
    file = _claim(file_id)
    if file is None:
        return
    try:
        with signs_of_life(lambda: _mine(file)):
            _work(file)
    except scanning.ScannerGone as problem:
        log.warning("file %d waits: the virus scanner does not answer (%s)", file.pk, problem)
        _wait_for_scanner(file)
    except Exception:
        log.exception("the check of file %d, attempt %d, broke off", file.pk, file.attempts)
        _give_back(file)


def _claim(file_id: int) -> TransferredFile | None:
    with transaction.atomic():
        file = TransferredFile.objects.select_for_update().filter(pk=file_id).first()
        if file is None or file.is_finished or file.content_id is None:
            return None
        if file.stage == Stage.CHECKING and file.alive_at and file.alive_at > silent_since():
            return None
        if file.attempts >= settings.UPLOAD_ATTEMPTS:
            return None  # recovery says so
        file.attempts += 1
        file.stage = Stage.CHECKING
        file.alive_at = timezone.now()
        file.save(update_fields=["attempts", "stage", "alive_at"])
    return TransferredFile.objects.select_related(
        "content", "delivery__file_type__collection", "delivery__file_type__organisation", "delivery__organisation"
    ).get(pk=file_id)


def _mine(file: TransferredFile) -> Any:
    """The file's row as long as this attempt is the latest one."""
    return TransferredFile.objects.filter(pk=file.pk, attempts=file.attempts).exclude(stage=Stage.FINISHED)


@dataclass(frozen=True)
class _Found:
    """What an attempt came to: the scan, then the check's outcome with its report, kept already."""

    verdict: scanning.Verdict
    outcome: Outcome | None = None
    report: SealedContent | None = None


def _work(file: TransferredFile) -> None:
    content = file.content
    assert content is not None
    verdict = scanning.scan(store.pieces(content))
    check = checks.registered()
    if verdict.virus or check is None or not file.delivery.file_type.is_checked:
        _finish(file, _Found(verdict))
        return
    if content.size > settings.UPLOAD_LIMIT:
        _finish(file, _Found(verdict, Outcome(TOO_LARGE)))
        return
    outcome = check(file, store.opened(content))
    report = store.keep([outcome.report]) if outcome.report else None
    _finish(file, _Found(verdict, outcome, report))


def _finish(file: TransferredFile, found: _Found) -> None:
    """Write what came of the attempt and its event, together or not at all."""
    infected = None
    with transaction.atomic():
        data_return = staleness.return_of(file.delivery)
        if data_return is not None:
            data_return = locked_return(data_return.pk)
        delivery = locked(file.delivery_id)
        row = _mine(file).select_for_update().first()
        if row is None:
            return
        is_current = delivery.current_file_id == row.pk
        row.stage = Stage.FINISHED
        row.scan = Scan.INFECTED if found.verdict.virus else Scan.NOT_SCANNED if found.verdict.why_not else Scan.CLEAN
        if found.verdict.virus:
            infected = row.content
            _turn_out(delivery, row)
            details = {"virus": found.verdict.virus}
            record(delivery, None, Happening.INFECTED, reason=VIRUS, file=row, details=details)
        elif found.outcome is None:
            row.save()
            if is_current:
                delivery.current_file = row
                record(delivery, None, Happening.CHECKED, file=row, details={"scan": row.scan})
        else:
            _keep_outcome(row, found)
            if row.revision is None:
                row.revision = staleness.revision_with(data_return, found.outcome.tables)
            row.save()
            if is_current:
                delivery.current_file = row
                staleness.look(delivery, None, data_return)
                _judge(delivery, row, found.outcome)
                details = {"scan": row.scan, "counts": row.counts, "refused": row.refusal_title}
                record(delivery, None, Happening.CHECKED, file=row, details=details)
    if infected is not None:
        store.destroy(infected)


def _turn_out(delivery: Delivery, row: TransferredFile) -> None:
    """A file with a virus in it is nobody's any more: the one before it counts again, and a new one is asked for."""
    row.content = None
    row.deleted_at = timezone.now()
    row.save()
    if delivery.current_file_id == row.pk:
        before = delivery.files.filter(number__lt=row.number).exclude(scan=Scan.INFECTED).order_by("-number").first()
        delivery.current_file = before
        delivery.again_reason = VIRUS
        staleness.look(delivery)


def _keep_outcome(row: TransferredFile, found: _Found) -> None:
    outcome = found.outcome
    assert outcome is not None
    row.report, row.counts = found.report, outcome.counts
    if outcome.refusal is not None:
        row.refusal_title, row.refusal_message = outcome.refusal.title[:200], outcome.refusal.message
        row.refusal_action = outcome.refusal.action


def _judge(delivery: Delivery, row: TransferredFile, outcome: Outcome) -> None:
    """What the file type says is to follow from a check by itself."""
    if outcome.refusal is not None:
        if outcome.refusal.code not in {TOO_LARGE.code, FAILED.code}:
            delivery.again_reason = f"{outcome.refusal.message} {outcome.refusal.action}"
    elif delivery.file_type.on_receipt == FileType.OnReceipt.ACCEPT and not outcome.counts.get("errors"):
        delivery.accepted_at = timezone.now()


def _again(file: TransferredFile) -> None:
    from collectory.portal.transfer.tasks import check_delivery

    file.stage = Stage.WAITING
    file.task_id = str(check_delivery.enqueue(file.pk).id)
    file.save(update_fields=["stage", "task_id", "attempts"])


def _wait_for_scanner(file: TransferredFile) -> None:
    """No attempt is used up by a scanner that is away; `recover` tries again."""
    _mine(file).update(stage=Stage.WAITING, attempts=file.attempts - 1, task_id="", alive_at=timezone.now())


def _give_back(file: TransferredFile) -> None:
    with transaction.atomic():
        delivery = locked(file.delivery_id)
        row = _mine(file).select_for_update().first()
        if row is not None:
            _again_or_fail(delivery, row)


def _again_or_fail(delivery: Delivery, row: TransferredFile) -> None:
    if row.attempts < settings.UPLOAD_ATTEMPTS:
        _again(row)
        return
    row.stage = Stage.FINISHED
    # What cannot be scanned is not given to anybody where files are scanned.
    row.scan = Scan.WAITING if scanning.is_set_up() else Scan.NOT_SCANNED
    row.refusal_title, row.refusal_message, row.refusal_action = FAILED.title, FAILED.message, FAILED.action
    row.save()
    if delivery.current_file_id == row.pk:
        delivery.current_file = row
        record(delivery, None, Happening.CHECK_FAILED, reason=FAILED.message, file=row)


def recover(*, sole_worker: bool = False, at: dt.datetime | None = None) -> int:
    """Take up files whose worker is gone; gives how many. Run at each worker's start and every few seconds."""
    taken = 0
    for number, delivery_id in list(
        TransferredFile.objects.exclude(stage=Stage.FINISHED).exclude(content=None).values_list("pk", "delivery_id")
    ):
        with transaction.atomic():
            delivery = locked(delivery_id)
            row = TransferredFile.objects.select_for_update().get(pk=number)
            if not row.is_finished and is_orphaned(row, sole_worker):
                _again_or_fail(delivery, row)
                taken += 1
    return taken
