"""Merged data sets: the newest accepted file of each school, or the returns of a data collection, as one archive.

What may be merged is asked anew when a worker does it. Tables are kept in a folder of this service's own while they
are put together, plain, and are deleted at once; the archive is sealed as files of schools are.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collectory.engine import Dataset, Refusal
from collectory.engine.merging.merge import Contribution, Merged, merge
from collectory.engine.receiving.receive import read_export
from collectory.portal.collections.models import DataCollection
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, has_duty, returns_of
from collectory.portal.receiving.checking import edition_of
from collectory.portal.receiving.models import MergedData
from collectory.portal.returns import reading
from collectory.portal.returns.services.uploading import is_orphaned, signs_of_life, silent_since
from collectory.portal.rules.switching import edition_in
from collectory.portal.transfer import store
from collectory.portal.transfer.models import Delivery, FileType, TransferredFile
from collectory.portal.transfer.states import Happening, State

log = logging.getLogger(__name__)

Stage = MergedData.Stage
KEPT_DAYS = 7
TAKES_BACK = {Happening.ACCEPTANCE_UNDONE.value, Happening.ASKED_AGAIN.value}


def ask(
    membership: Membership,
    form: str,
    *,
    file_type: FileType | None = None,
    collection: DataCollection | None = None,
    token: int | None = None,
) -> MergedData:
    """Hand the merging to a worker; written down as what it is, a way at the data of many schools.

    `token` is the API token for which a membership stands that is in no database."""
    with transaction.atomic():
        merged = MergedData.objects.create(
            organisation=membership.organisation,
            file_type=file_type,
            collection=collection,
            form=form,
            membership=membership if token is None else None,
            via_token=token,
            asked_by_id=membership.user_id,
            delete_on=timezone.localdate() + dt.timedelta(days=KEPT_DAYS),
        )
        access_log.done_by(membership, "asked for merged data", f"{merged.what} as {form}")
        _queue(merged)
    return merged


def _queue(merged: MergedData) -> None:
    from collectory.portal.receiving.tasks import merge_data

    merged.task_id = str(merge_data.enqueue(merged.pk).id)
    merged.save(update_fields=["task_id", "stage"])


def run(merged_id: int) -> None:
    """Put one together. Safe to call any number of times, by any number of workers."""
    merged = _claim(merged_id)
    if merged is None:
        return
    with signs_of_life(lambda: _mine(merged)):
        outcome, content = _made(merged)
    rows = sum(outcome.rows.values())
    with transaction.atomic():
        done = _mine(merged).update(
            stage=Stage.FINISHED,
            finished_at=timezone.now(),
            content=content,
            counts={"sources": len(outcome.sources), "rows": rows, "left_out": len(outcome.left_out)},
            left_out=[[each.source, str(why)] for each, why in outcome.left_out],
        )
    if not done:
        store.destroy(content)


def _claim(merged_id: int) -> MergedData | None:
    with transaction.atomic():
        merged = MergedData.objects.select_for_update().filter(pk=merged_id).first()
        if merged is None or merged.is_finished:
            return None
        if merged.stage == Stage.RUNNING and merged.alive_at and merged.alive_at > silent_since():
            return None
        merged.attempts += 1
        merged.stage = Stage.RUNNING
        merged.alive_at = timezone.now()
        merged.save(update_fields=["attempts", "stage", "alive_at"])
    return MergedData.objects.select_related("file_type__collection", "collection", "organisation").get(pk=merged_id)


def _mine(merged: MergedData) -> Any:
    return MergedData.objects.filter(pk=merged.pk, attempts=merged.attempts, stage=Stage.RUNNING)


def _made(merged: MergedData) -> tuple[Merged, Any]:
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    edition = edition_of(merged.file_type) if merged.file_type else None
    if merged.collection is not None:
        edition = edition_in(merged.collection)
    with tempfile.TemporaryFile(dir=folder) as file:  # it has no name, so that nothing of it is left by a kill
        form = "csv" if merged.form == MergedData.Form.CSV else "parquet"
        outcome = merge(_contributions(merged), form, file, edition=edition, folder=folder)
        file.seek(0)
        return outcome, store.keep(_portions(file))


def _folder() -> Path:
    return Path(settings.DATA) / "merging"


def _sweep() -> None:
    """Delete the plain tables that a killed worker left, when nobody is at work on any."""
    if MergedData.objects.filter(stage=Stage.RUNNING).exists():
        return
    for left in _folder().glob("*"):
        # One that somebody begins right now is younger than that.
        with contextlib.suppress(FileNotFoundError):
            if left.is_dir() and left.stat().st_mtime < silent_since().timestamp():
                shutil.rmtree(left, ignore_errors=True)


def _portions(file: IO[bytes]) -> Iterator[bytes]:
    while portion := file.read(1 << 20):
        yield portion


def _contributions(merged: MergedData) -> Iterator[Contribution]:
    """What whoever asked may have now; nothing where they have lost the role."""
    membership = _whose(merged)
    if membership is None:
        return
    if merged.file_type is not None:
        if has_duty(membership, Duty.TEAM) and merged.file_type.organisation_id == membership.organisation_id:
            yield from accepted_files(merged.file_type)
    elif merged.collection is not None and has_duty(membership, Duty.DESK):
        yield from _returns(membership, merged.collection)


def _whose(merged: MergedData) -> Membership | None:
    """The role in which it was asked for, as far as it still is one."""
    if merged.via_token is not None:
        from collectory.portal.api import tokens

        return tokens.membership_by(merged.via_token)
    return Membership.objects.active().select_related("organisation").filter(pk=merged.membership_id).first()


def accepted_files(file_type: FileType) -> Iterator[Contribution]:
    """The newest accepted file of each school, whatever came after it that is not accepted yet."""
    for delivery in file_type.deliveries.select_related("organisation", "current_file").order_by("pk").iterator():
        file = newest_accepted(delivery)
        if file is not None:
            yield Contribution(
                delivery.organisation.native_id,
                delivery.organisation.name,
                file.reference,
                file.received_at,
                partial(_read_file, file.pk),
            )


def newest_accepted(delivery: Delivery) -> TransferredFile | None:
    """The newest file of a delivery that the team accepted, and did not take that back."""
    if delivery.accepted_at is not None and delivery.current_file is not None and delivery.current_file.content_id:
        return delivery.current_file
    taken_back = set()
    events = delivery.events.exclude(file=None).select_related("file").order_by("-id")
    for event in events:
        if event.kind in TAKES_BACK:
            taken_back.add(event.file_id)
        elif event.to_state == State.ACCEPTED and event.file_id not in taken_back:
            file = event.file
            if file is not None and file.content_id and file.may_be_opened:
                return file
    return None


def _read_file(file_id: int) -> Dataset | Refusal:
    file = TransferredFile.objects.select_related("content").get(pk=file_id)
    if file.content is None or not file.may_be_opened:
        return Refusal("gone", "The file was deleted", "Its time was over.", "Ask the school for it again.")
    return read_export(store.opened(file.content).read())


def _returns(membership: Membership, collection: DataCollection) -> Iterator[Contribution]:
    """The current revision of each return that somebody may look at."""
    found = (
        returns_of(membership)
        .filter(collection=collection, current_revision__isnull=False)
        .select_related("organisation", "current_revision", "collection")
        .order_by("organisation__native_id")
    )
    for data_return in found.iterator():
        revision = data_return.current_revision
        revision.data_return = data_return
        yield Contribution(
            data_return.organisation.native_id,
            data_return.organisation.name,
            f"revision {revision.number}",
            revision.made_at,
            partial(reading.dataset, revision),
        )


def recover(*, sole_worker: bool = False) -> int:
    """Take up what a killed worker left, and delete what was kept long enough; gives how many were taken up."""
    taken = 0
    for merged_id in list(
        MergedData.objects.filter(stage__in=[Stage.WAITING, Stage.RUNNING]).values_list("pk", flat=True)
    ):
        with transaction.atomic():
            merged = MergedData.objects.select_for_update().get(pk=merged_id)
            if merged.is_finished or not is_orphaned(merged, sole_worker):
                continue
            if merged.attempts >= settings.UPLOAD_ATTEMPTS:
                merged.stage, merged.finished_at = Stage.FAILED, timezone.now()
                merged.save(update_fields=["stage", "finished_at"])
                continue
            merged.stage = Stage.WAITING
            _queue(merged)
            taken += 1
    for old in MergedData.objects.filter(delete_on__lte=timezone.localdate()).exclude(content=None):
        if old.content is not None:
            store.destroy(old.content)
    _sweep()
    return taken
