"""What is told because a moment has come: openings, deadlines, forgotten returns, ends of familiarisations.

Run it as often as you like, from as many processes as you like: what is told has a key, and a key is told once. What
became due long ago, while no worker ran or before an upgrade, is left alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.returns.models import Return
from collectory.portal.returns.states import State
from collectory.portal.telling.kinds import Kind
from collectory.portal.telling.models import ToTell

FRESH = dt.timedelta(days=5)
ENDING = dt.timedelta(days=2)
AT_ONCE = 500


_watchers: list[Callable[[dt.datetime], int]] = []


def watch(watcher: Callable[[dt.datetime], int]) -> None:
    """Have a function look at the clock too, that writes down what it has to tell and gives how much; call from the
    ready() of an app."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def tick(at: dt.datetime | None = None) -> int:
    """Write down what is to be told now; how much."""
    at = at or timezone.now()
    made = sum(watcher(at) for watcher in _watchers)
    for collection in DataCollection.objects.filter(emptied_at=None, closes_at__gt=at - FRESH):
        due = list(_due(collection, at))
        known = set(ToTell.objects.filter(key__in=[one.key for one in due]).values_list("key", flat=True))
        new = [one for one in due if one.key not in known]
        ToTell.objects.bulk_create(new, ignore_conflicts=True)
        made += len(new) + _forgotten(collection, at)
    return made


def _due(collection: DataCollection, at: dt.datetime) -> Iterator[ToTell]:
    own = list(collection.authority_dates.all())
    openings = {None: collection.opens_at} | {one.authority_id: one.opens_at for one in own if one.opens_at}
    deadlines = {None: collection.deadline_at} | {one.authority_id: one.deadline_at for one in own if one.deadline_at}
    for authority, opens_at in openings.items():
        if opens_at <= at < min(opens_at + FRESH, collection.closes_at):
            yield _row(collection, Kind.OPENED, authority, opens_at)
    if not collection.is_live:
        if collection.has_opened and collection.closes_at - ENDING <= at < collection.closes_at:
            yield _row(collection, Kind.ENDING, None, collection.closes_at)
        return
    for authority, given in deadlines.items():
        deadline = given or collection.closes_at
        if openings.get(authority, collection.opens_at) > at:
            continue
        near = [days for days in settings.TELL_DAYS_BEFORE if deadline - dt.timedelta(days=days) <= at < deadline]
        if near:
            yield _row(collection, Kind.DEADLINE, authority, deadline, f":{min(near)}")
        if deadline <= at < deadline + FRESH:
            yield _row(collection, Kind.OVERDUE, authority, deadline)


def _row(collection: DataCollection, kind: Kind, authority: int | None, date: dt.datetime, more: str = "") -> ToTell:
    return ToTell(
        key=f"{kind.name}:{collection.pk}:{authority or 'all'}:{date:%Y%m%d%H%M}{more}",
        kind=kind.value,
        collection=collection,
        authority_id=authority,
        details={"date": date.isoformat()},
    )


def _forgotten(collection: DataCollection, at: dt.datetime) -> int:
    """Returns that were loaded or amended, and nothing since: told once for each time."""
    if not collection.is_live or collection.closes_at <= at:
        return 0
    told = ToTell.objects.filter(
        kind=Kind.FORGOTTEN.value, data_return=OuterRef("pk"), made_at__gte=OuterRef("touched_at")
    )
    found = (
        Return.objects.filter(
            collection=collection,
            excused_at=None,
            state__in=[State.LOADED.value, State.AMENDED_BY_SOURCE.value],
            touched_at__lte=at - dt.timedelta(days=settings.TELL_DAYS_UNSUBMITTED),
        )
        .exclude(Exists(told))
        .order_by("pk")[:AT_ONCE]
    )
    rows = [
        ToTell(
            key=f"{Kind.FORGOTTEN.name}:{one.pk}:{one.version}",
            kind=Kind.FORGOTTEN.value,
            collection=collection,
            data_return=one,
            made_at=at,
        )
        for one in found
    ]
    ToTell.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
