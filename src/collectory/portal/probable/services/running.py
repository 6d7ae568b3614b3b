"""A run: the comparisons are counted, a person confirms, the pupils are compared in a process of its own.

Killed at any point it is taken up again: nothing is written before the end, and then all of it in one transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import polars as pl
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import rows, verdicts
from collectory.portal.duplicates.models import PupilRow
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, Role, returns_of
from collectory.portal.probable.models import UNDER_WAY, Run, setting_of, threshold_of
from collectory.portal.probable.services import keeping

log = logging.getLogger(__name__)

PRIORITY = -20
MOST_ATTEMPTS = 3
ASK_EVERY = 1.0
"""Seconds between two looks whether a run is still wanted."""

_apart: list[subprocess.Popen[bytes]] = []


def is_possible(collection: DataCollection) -> bool:
    """Whether pupils of the data collection can be matched."""
    return verdicts.matching_in(collection) is not None and collection.emptied_at is None


def is_installed() -> bool:
    """Whether what compares is there: the extra `matching`."""
    return find_spec("splink") is not None


def under_way(collection: DataCollection, membership: Membership) -> Run | None:
    """The run that is not ended yet among those that this person sees."""
    return seen_by(membership, collection).exclude(stage__in=["finished", "cancelled", "failed"]).first()


def seen_by(membership: Membership, collection: DataCollection) -> Any:
    """The runs that somebody sees: a collector those of all, an authority its own."""
    runs = Run.objects.filter(collection=collection).select_related("user", "organisation", "authority")
    if PLAYS.get(Role(membership.role)) is Part.COLLECTOR:
        return runs
    return runs.filter(authority=membership.organisation)


@transaction.atomic
def count(collection: DataCollection, membership: Membership) -> Run:
    """Have the comparisons counted, or go on with the run that is not ended yet. A collector compares the whole data
    collection, an authority its own schools."""
    DataCollection.objects.select_for_update().get(pk=collection.pk)
    whole = membership.organisation.kind == Organisation.Kind.DEPARTMENT
    authority = None if whole else membership.organisation
    there = Run.objects.filter(collection=collection, authority=authority)
    if (open_one := there.filter(Q(stage__in=UNDER_WAY) | Q(stage="asked")).first()) is not None:
        return open_one
    return _begin(collection, membership.user, membership.organisation, membership.role, authority, membership)


def _begin(
    collection: DataCollection, user: Any, organisation: Any, role: str, authority: Any, membership: Any, **more: Any
) -> Run:
    run = Run.objects.create(
        collection=collection,
        authority=authority,
        user=user,
        organisation=organisation,
        role=role,
        membership=membership,
        threshold=threshold_of(collection),
        **more,
    )
    _queue(run)
    return run


@transaction.atomic
def confirm(run: Run) -> bool:
    """Begin to compare; false when it has begun already or was called off."""
    current = Run.objects.select_for_update().get(pk=run.pk)
    if current.stage != Run.Stage.ASKED:
        return False
    current.stage, current.attempts, current.alive_at = Run.Stage.WAITING, 0, None
    current.threshold = threshold_of(current.collection)
    current.save(update_fields=["stage", "attempts", "alive_at", "threshold"])
    _queue(current)
    return True


@transaction.atomic
def cancel(run: Run) -> bool:
    """Call a run off; what compares notices within a second or two. False when it has ended."""
    current = Run.objects.select_for_update().get(pk=run.pk)
    if current.is_ended:
        return False
    current.stage, current.finished_at = Run.Stage.CANCELLED, timezone.now()
    current.save(update_fields=["stage", "finished_at"])
    return True


def _queue(run: Run) -> None:
    from collectory.portal.probable.tasks import run as task

    task.using(priority=PRIORITY).enqueue(run.pk)


def go_apart(run_id: int) -> None:
    """Start a process for a run and let it be; what becomes of it stands in its row."""
    _apart[:] = [each for each in _apart if each.poll() is None]
    if not settings.MATCH_APART:
        go(run_id)
        return
    command = [sys.executable, "-m", "collectory.portal", "match_probable", str(run_id)]
    _apart.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))  # noqa: S603 - our own command


def go(run_id: int) -> None:
    """Go on with a run. Safe to call any number of times, by any number of processes."""
    run = _claim(run_id)
    if run is None:
        return
    try:
        if run.stage == Run.Stage.COUNTING:
            _count(run)
        else:
            _compare(run)
    except Exception:
        # The rows hold pupils: what went wrong is told without them.
        log.error("run %d of probable matching, attempt %d, broke off: %s", run.pk, run.attempts, sys.exc_info()[0])
        _mine(run).update(alive_at=None)


def _claim(run_id: int) -> Run | None:
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).filter(pk=run_id, stage__in=UNDER_WAY).first()
        if run is None or (run.alive_at and run.alive_at > _silent_since()):
            return None
        run.attempts += 1
        run.alive_at = timezone.now()
        run.begun_at = run.begun_at or run.alive_at
        if run.attempts > MOST_ATTEMPTS:
            run.stage, run.finished_at = Run.Stage.FAILED, run.alive_at
        elif run.stage == Run.Stage.WAITING:
            run.stage = Run.Stage.RUNNING
        run.save(update_fields=["attempts", "alive_at", "begun_at", "stage", "finished_at"])
    return None if run.stage == Run.Stage.FAILED else run


def _silent_since() -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=settings.UPLOAD_SILENCE)


def _mine(run: Run) -> Any:
    """The run's row as long as this attempt is the latest one and nobody called it off."""
    return Run.objects.filter(pk=run.pk, attempts=run.attempts, stage=run.stage)


def scope_of(run: Run) -> Any:
    """The returns that are compared, as a query set."""
    if run.authority_id is None:
        from collectory.portal.returns.models import Return

        return Return.objects.filter(collection=run.collection_id)
    if run.membership is None:
        raise LookupError("whoever asked no longer acts for the authority")
    return returns_of(run.membership).filter(collection=run.collection_id)


def _rows(run: Run) -> pl.DataFrame:
    """The pupils on roll that are compared, each of a return."""
    found = PupilRow.objects.filter(collection=run.collection_id, on_roll=True)
    if run.authority_id is not None:
        found = found.filter(data_return__in=scope_of(run))
    return rows.frame_of(found).sort("row")


def _count(run: Run) -> None:
    from collectory.engine.matching.probable import estimate

    there = _rows(run)
    after = Run.Stage.WAITING if run.scheduled else Run.Stage.ASKED
    with transaction.atomic():
        pairs = estimate(there, by="data_return")
        if (
            _mine(run).update(stage=after, pupils=there.height, pairs=pairs, alive_at=None, attempts=0)
            and run.scheduled
        ):
            _queue(run)


def _compare(run: Run) -> None:
    from collectory.engine.matching.matching_databases import chosen
    from collectory.engine.matching.probable import Cancelled, probable

    begun = timezone.now()
    there = _rows(run)
    try:
        found = probable(there, by="data_return", threshold=run.threshold, database=chosen(), cancelled=_unwanted(run))
    except Cancelled:
        return
    with transaction.atomic():
        if not list(_mine(run).select_for_update().values_list("pk")):
            return
        number = keeping.keep(run, there, found, scope_of(run), begun)
        _mine(run).update(
            stage=Run.Stage.FINISHED, found=number, pupils=there.height, begun_at=begun, finished_at=timezone.now()
        )


def _unwanted(run: Run) -> Callable[[], bool]:
    """Whether a run is not wanted any more, asked from the thread that watches; it shows signs of life beside."""
    asked = time.monotonic()

    def ask() -> bool:
        nonlocal asked
        if time.monotonic() - asked < ASK_EVERY:
            return False
        asked = time.monotonic()
        try:
            return not _mine(run).update(alive_at=timezone.now())
        except OperationalError:  # SQLite while somebody else writes
            return False
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return ask


def recover() -> int:
    """Take up runs whose process is gone; how many."""
    taken = 0
    silent = Q(alive_at__lt=_silent_since()) | Q(alive_at=None, created_at__lt=_silent_since())
    for run in Run.objects.filter(silent, stage__in=UNDER_WAY):
        _queue(run)
        taken += 1
    Run.objects.filter(stage="asked", created_at__lt=timezone.now() - dt.timedelta(days=1)).delete()
    return taken


def begin_due() -> int:
    """Begin the runs whose day has come; how many."""
    begun = 0
    for collection in DataCollection.objects.filter(emptied_at=None, closes_at__gt=timezone.now()):
        setting = setting_of(collection)
        if setting is None or not setting.every_days or not (is_installed() and is_possible(collection)):
            continue
        with transaction.atomic():
            DataCollection.objects.select_for_update().get(pk=collection.pk)
            runs = Run.objects.filter(collection=collection, authority=None)
            if runs.filter(Q(stage__in=UNDER_WAY) | Q(created_at__gt=timezone.now() - setting.period)).exists():
                continue
            _begin(collection, setting.user, setting.organisation, setting.role, None, None, scheduled=True)
            begun += 1
    return begun


def look_after() -> None:
    """What a worker does now and then."""
    recover()
    begin_due()
