"""What a worker does now and then: rows for schools that are new, uploads that were not finished, files that were kept
long enough, contents that nothing names."""

from __future__ import annotations

import datetime as dt

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from collectory.portal.transfer import store
from collectory.portal.transfer.models import FileType, TransferredFile
from collectory.portal.transfer.services import uploading
from collectory.portal.transfer.services.expecting import expect
from collectory.portal.transfer.services.recording import locked, record
from collectory.portal.transfer.states import Happening

PAUSE = 60  # seconds between two rounds of all workers together
AT_ONCE = 200


def look_after() -> None:
    """A round, unless one was made lately."""
    if cache.add("transfer-upkeep", 1, PAUSE):
        go_round()


def go_round(at: dt.datetime | None = None) -> int:
    """Do all of it now; gives how many files had been kept long enough."""
    for file_type in FileType.objects.filter(closed_at=None).select_related("organisation"):
        expect(file_type)
    uploading.expire(at)
    count = delete_old(at)
    store.sweep(at)
    return count


def delete_old(at: dt.datetime | None = None) -> int:
    """Delete the contents and reports of files whose day has come. Their rows stay as receipts."""
    today = timezone.localdate(at) if at else timezone.localdate()
    due = TransferredFile.objects.filter(delete_on__lte=today, deleted_at=None).order_by("delete_on")[:AT_ONCE]
    for file in list(due):
        contents = [one for one in (file.content, file.report) if one is not None]
        # First the pieces: a kill in between leaves a file that is still due, and the next round goes on with it.
        for one in contents:
            store.destroy(one)
        with transaction.atomic():
            delivery = locked(file.delivery_id)
            row = TransferredFile.objects.select_for_update().get(pk=file.pk)
            if row.deleted_at is None:
                row.content = row.report = None
                row.deleted_at = at or timezone.now()
                row.stage = TransferredFile.Stage.FINISHED
                row.save()
                delivery.refresh_from_db(fields=["current_file"])
                record(delivery, None, Happening.DELETED, file=row)
    return len(due)
