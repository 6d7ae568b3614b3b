"""What a worker does about duplicates: makes rows where there are none yet, and works all clashes of a data collection
out anew where pairs of statuses mean something else than before."""

from __future__ import annotations

import logging
import time

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django_tasks_db.models import DBTaskResult

from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import verdicts
from collectory.portal.duplicates.models import Matched, RowsOf
from collectory.portal.duplicates.services import finding, storing
from collectory.portal.returns.models import Return

log = logging.getLogger(__name__)

PRIORITY = -30
TURN = 5.0
"""Seconds of work before others have their turn."""


def look_after() -> None:
    """Queue the task where something is left to do and it is not queued."""
    if something_left():
        queue()


def something_left() -> bool:
    """Whether rows are missing or clashes were found by another table of pairs."""
    return without_rows().exists() or any(_matched_otherwise())


def queue() -> None:
    """Queue the task, unless it is."""
    from collectory.portal.duplicates.tasks import bring_up_to_date

    if not DBTaskResult.objects.filter(task_path=bring_up_to_date.module_path, status="READY").exists():
        bring_up_to_date.using(priority=PRIORITY).enqueue()


def work() -> None:
    """Do what is left for a while; the rest is queued behind whatever else waits."""
    until = time.monotonic() + TURN
    failed: set[int] = set()
    while time.monotonic() < until:
        data_return = without_rows().exclude(pk__in=failed).first()
        if data_return is None:
            break
        try:
            storing.make_anew(data_return)
        except Exception:
            log.exception("rows of return %d could not be made", data_return.pk)
            failed.add(data_return.pk)
    for collection in _matched_otherwise():
        with transaction.atomic():
            finding.everywhere(collection)
    if without_rows().exclude(pk__in=failed).exists():
        queue()


def without_rows() -> QuerySet[Return]:
    """The returns with data whose rows were not made, or in an earlier way."""
    made = RowsOf.objects.filter(data_return=OuterRef("pk"), made_as=storing.MADE_AS)
    matched = [each.pk for each in DataCollection.objects.all() if verdicts.matching_in(each) is not None]
    return Return.objects.filter(collection__in=matched, current_revision__isnull=False).exclude(Exists(made))


def _matched_otherwise() -> list[DataCollection]:
    """The data collections whose clashes were last worked out with another table of pairs than that of now."""
    known = dict(Matched.objects.values_list("collection", "statuses"))
    return [
        each
        for each in DataCollection.objects.filter(pk__in=known)
        if known[each.pk] != verdicts.version_of(verdicts.statuses_in(each))
    ]
