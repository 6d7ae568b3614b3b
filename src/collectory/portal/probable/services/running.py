"""A run: the comparisons are counted, a person confirms, the pupils are compared in a process of its own.

Killed at any point it is taken up again: nothing is written before the end, and then all of it in one transaction.
However many ask, only settings.MATCH_AT_ONCE runs are at work at a time, because each may take all memory there is.
"""

from __future__ import annotations

import datetime as dt
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.uploading import is_orphaned, silent_since

log = logging.getLogger(__name__)

PRIORITY = -20
MOST_ATTEMPTS = 3
SIGN_EVERY = 1.0
"""Seconds between two signs of life, and between two looks whether a run is still wanted."""

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


@dataclass(frozen=True)
class Compared:
    """When pupils were last compared: all of them, and after that those of one authority's schools among themselves."""

    whole: Run | None
    own: Run | None

    @property
    def is_never(self) -> bool:
        """Whether they have not been."""
        return self.whole is None and self.own is None

    @property
    def changed(self) -> int:
        """How many returns have other data than when they were compared."""
        since = self.whole or self.own
        if since is None:
            return 0
        changed = Return.objects.filter(collection=since.collection_id, current_revision__made_at__gt=since.begun_at)
        return (changed if self.whole else changed.filter(organisation__agent=since.authority)).count()


def compared(collection: DataCollection, agent: Organisation | None) -> Compared:
    """The last finished runs that count for the schools of an agent; None: for all schools alike."""
    ended = Run.objects.filter(collection=collection, stage=Run.Stage.FINISHED).order_by("-finished_at")
    ended = ended.select_related("authority")
    whole = ended.filter(authority=None).first()
    own = ended.filter(authority=agent).first() if agent is not None else None
    if own is not None and whole is not None and (own.begun_at or own.created_at) < (whole.begun_at or own.created_at):
        own = None
    return Compared(whole, own)


@transaction.atomic
def count(collection: DataCollection, membership: Membership) -> Run:
    """Have the comparisons counted, or go on with the run that is not ended yet. A collector compares the whole data
    collection, an authority its own schools."""
    DataCollection.objects.select_for_update(no_key=True).get(pk=collection.pk)
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

    run.task_id = str(task.using(priority=PRIORITY).enqueue(run.pk).id)
    run.save(update_fields=["task_id"])


def go_apart(run_id: int) -> None:
    """Start a process for a run and let it be; what becomes of it stands in its row."""
    _apart[:] = [each for each in _apart if each.poll() is None]
    if _at_work().exclude(pk=run_id).count() >= settings.MATCH_AT_ONCE:
        return  # recovery has it tried again
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


def _at_work() -> Any:
    """The runs that somebody is at."""
    return Run.objects.filter(stage__in=UNDER_WAY, alive_at__gt=silent_since())


def _claim(run_id: int) -> Run | None:
    """Take a run for one more attempt; None when it is ended, somebody is at it, or enough others are at work."""
    with transaction.atomic():
        # All of them are locked, so that no two begin at one moment where there is room for one.
        there = Run.objects.select_for_update(of=("self",)).filter(stage__in=UNDER_WAY).order_by("pk")
        run = next((each for each in there if each.pk == run_id), None)
        busy = set(_at_work().values_list("pk", flat=True))
        if run is None or run.pk in busy or len(busy) >= settings.MATCH_AT_ONCE:
            return None
        if run.attempts:
            log.warning("run %d of probable matching is taken up again: attempt %d", run.pk, run.attempts + 1)
        run.attempts += 1
        run.alive_at = timezone.now()
        run.begun_at = run.begun_at or run.alive_at
        if run.attempts > MOST_ATTEMPTS:
            run.stage, run.finished_at = Run.Stage.FAILED, run.alive_at
        elif run.stage == Run.Stage.WAITING:
            run.stage = Run.Stage.RUNNING
        run.save(update_fields=["attempts", "alive_at", "begun_at", "stage", "finished_at"])
    return None if run.stage == Run.Stage.FAILED else run


def _mine(run: Run) -> Any:
    """The run's row as long as this attempt is the latest one and nobody called it off."""
    return Run.objects.filter(pk=run.pk, attempts=run.attempts, stage=run.stage)


@contextmanager
def _watched(run: Run) -> Iterator[threading.Event]:
    """Show signs of life in the run's row; what it gives is set as soon as the run is not wanted any more."""
    unwanted, done = threading.Event(), threading.Event()

    def watch() -> None:
        while not (done.wait(SIGN_EVERY) or unwanted.is_set()):
            try:
                if not _mine(run).update(alive_at=timezone.now()):
                    unwanted.set()
            except OperationalError:
                # SQLite while somebody else writes; or a connection that broke, and another is made next time.
                connection.close()
        connection.close()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield unwanted
    finally:
        done.set()
        watcher.join()


def scope_of(run: Run) -> Any:
    """The returns that are compared, as a query set."""
    if run.authority_id is None:
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

    with _watched(run):
        there = _rows(run)
        pairs = estimate(there, by="data_return")
    after = Run.Stage.WAITING if run.scheduled else Run.Stage.ASKED
    counted = {"pupils": there.height, "pairs": pairs, "alive_at": None, "attempts": 0}
    with transaction.atomic():
        if _mine(run).update(stage=after, **counted) and run.scheduled:
            _queue(run)


def _compare(run: Run) -> None:
    from collectory.engine.matching.matching_databases import chosen
    from collectory.engine.matching.probable import Cancelled, probable

    begun = timezone.now()
    with _watched(run) as unwanted:
        there = _rows(run)
        try:
            found = probable(
                there, by="data_return", threshold=run.threshold, database=chosen(), cancelled=unwanted.is_set
            )
        except Cancelled:
            return
    with transaction.atomic():
        if not list(_mine(run).select_for_update().values_list("pk")):
            return
        number = keeping.keep(run, there, found, scope_of(run), begun)
        _mine(run).update(
            stage=Run.Stage.FINISHED, found=number, pupils=there.height, begun_at=begun, finished_at=timezone.now()
        )


def recover(*, sole_worker: bool = False) -> int:
    """Take up runs whose process is gone, and those that waited for others; the oldest first. Gives how many."""
    taken = 0
    for run_id in list(Run.objects.filter(stage__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            run = Run.objects.select_for_update(of=("self",)).get(pk=run_id)
            if not run.is_under_way or not is_orphaned(run, sole_worker):
                continue
            if sole_worker:
                run.alive_at = None  # it need not be waited for; if it is there after all it finds another's attempt
                run.save(update_fields=["alive_at"])
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
            DataCollection.objects.select_for_update(no_key=True).get(pk=collection.pk)
            runs = Run.objects.filter(collection=collection, authority=None)
            if runs.filter(Q(stage__in=UNDER_WAY) | Q(created_at__gt=timezone.now() - setting.period)).exists():
                continue
            _begin(collection, setting.user, setting.organisation, setting.role, None, None, scheduled=True)
            begun += 1
    return begun


def look_after(*, sole_worker: bool = False) -> None:
    """What a worker does at its start and now and then."""
    recover(sole_worker=sole_worker)
    begin_due()
