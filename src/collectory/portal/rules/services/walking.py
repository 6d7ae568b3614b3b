"""Walking through all returns of a data collection, in pieces that are written down one after the other.

A worker that is killed loses the piece it was at; the next one goes on behind the last piece that was kept. What
breaks off at one return is left out and said so, so that one return cannot keep all others from being looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from collectory.portal.returns.models import Return
from collectory.portal.returns.services.uploading import is_orphaned
from collectory.portal.rules.models import Walk

log = logging.getLogger(__name__)

PIECE = 20

AnyWalk = TypeVar("AnyWalk", bound=Walk)
Counts = dict[str, Any]


class Route(Protocol[AnyWalk]):
    """What is walked through, and what is done with a few returns of it.

    `look` gives counts to be added to the walk's, and the ids of returns at which it broke off. It may be called
    again for returns that it was called for before, where nobody lived to write that down.
    """

    def returns(self, walk: AnyWalk) -> QuerySet[Return]:
        """The returns to walk through."""

    def look(self, walk: AnyWalk, returns: list[Return], alive: Callable[[], None]) -> tuple[Counts, list[int]]:
        """Do the work for these returns."""


def walk_on(model: type[AnyWalk], pk: int, route: Route[AnyWalk]) -> None:
    """Do what is left of a walk. Safe to call any number of times, by any number of workers."""
    walk = _claim(model, pk, route)
    if walk is None:
        return
    while True:
        size = PIECE if walk.tries <= 1 else 1  # what killed a worker is found one by one
        piece = list(_ahead(walk, route).select_related("collection", "organisation", "current_revision")[:size])
        if not piece:
            _mine(walk).update(finished_at=timezone.now(), done=F("total"))
            return
        for each in piece:
            each.collection = walk.collection  # whose edition is known already
            if each.current_revision is not None:
                each.current_revision.data_return = each
        counts, failed = route.look(walk, piece, lambda: _say_alive(walk))
        if not _keep(walk, piece[-1].pk, len(piece), counts, failed):
            return  # another worker has taken it up


def _claim(model: type[AnyWalk], pk: int, route: Route[AnyWalk]) -> AnyWalk | None:
    """Take a walk up; None when it is finished or somebody is at it."""
    with transaction.atomic():
        walk = model._default_manager.select_for_update().filter(pk=pk).first()
        if walk is None or walk.is_finished:
            return None
        if walk.tries and walk.alive_at and (timezone.now() - walk.alive_at).total_seconds() < settings.UPLOAD_SILENCE:
            return None
        walk.turn += 1
        walk.tries += 1
        walk.alive_at = timezone.now()
        if not walk.total:
            walk.total = route.returns(walk).count()
        if walk.tries > settings.UPLOAD_ATTEMPTS:
            # Several workers died at the same return.
            first = _ahead(walk, route).values_list("pk", flat=True).first()
            if first is not None:
                walk.failed, walk.cursor, walk.done, walk.tries = [*walk.failed, first], first, walk.done + 1, 1
                log.error("%s: return %d is left out; workers died at it", walk, first)
        walk.save()
    found: AnyWalk = model._default_manager.select_related("collection").get(pk=pk)
    return found


def _ahead(walk: AnyWalk, route: Route[AnyWalk]) -> QuerySet[Return]:
    return route.returns(walk).filter(pk__gt=walk.cursor).order_by("pk")


def _mine(walk: AnyWalk) -> QuerySet[AnyWalk]:
    """The walk's row as long as no other worker has taken it up."""
    mine: QuerySet[AnyWalk] = type(walk)._default_manager.filter(pk=walk.pk, turn=walk.turn, finished_at=None)
    return mine


def _say_alive(walk: Walk) -> None:
    now = timezone.now()
    if walk.alive_at is None or (now - walk.alive_at).total_seconds() > min(2, settings.UPLOAD_SILENCE / 4):
        walk.alive_at = now
        _mine(walk).update(alive_at=now)


def _keep(walk: Walk, cursor: int, done: int, counts: Counts, failed: list[int]) -> bool:
    """Write a piece down; False when another worker has taken the walk up."""
    walk.cursor, walk.done, walk.tries, walk.alive_at = cursor, walk.done + done, 1, timezone.now()
    walk.counts, walk.failed = added(walk.counts, counts), [*walk.failed, *failed]
    names = ("cursor", "done", "tries", "alive_at", "counts", "failed")
    return bool(_mine(walk).update(**{name: getattr(walk, name) for name in names}))


def added(one: Counts, other: Counts) -> Counts:
    """Counts added up, name by name; counts within counts likewise."""
    result = dict(one)
    for name, value in other.items():
        if isinstance(value, dict):
            result[name] = added(result.get(name, {}), value)
        else:
            result[name] = result.get(name, 0) + value
    return result


def each_of(returns: list[Return], alive: Callable[[], None]) -> Iterator[Return]:
    """The returns one by one, with a sign of life before each."""
    for each in returns:
        alive()
        yield each


def enqueue(walk: Walk, task: Any) -> None:
    """Queue a walk's task. Call it in the transaction that makes the walk."""
    walk.task_id = str(task.enqueue(walk.pk).id)
    walk.save(update_fields=["task_id"])


def take_up(model: type[Walk], task: Any, *, sole_worker: bool) -> int:
    """Queue walks whose worker is gone once more; give how many."""
    taken = 0
    for pk in list(model._default_manager.filter(finished_at=None).values_list("pk", flat=True)):
        with transaction.atomic():
            walk = model._default_manager.select_for_update().get(pk=pk)
            if not walk.is_finished and is_orphaned(walk, sole_worker):
                walk.alive_at = None
                walk.save(update_fields=["alive_at"])
                enqueue(walk, task)
                taken += 1
    return taken
