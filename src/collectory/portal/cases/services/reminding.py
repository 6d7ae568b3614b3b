"""Telling of cases: once an hour what has happened in them, and before their deadline how many wait.

One line for each return and one for each agent, with counts: an upload that opens forty cases is one piece of news. No
word that a person typed and nothing of a pupil is in it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from collectory.portal.cases.models import CaseDates, CaseEvent, CaseSide, deadline_of
from collectory.portal.cases.states import Happening
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation
from collectory.portal.people.parts import Part
from collectory.portal.telling.kinds import Kind
from collectory.portal.telling.models import ToTell
from collectory.portal.telling.services.clock import FRESH

PAUSE = dt.timedelta(hours=1)
STILL = dt.timedelta(minutes=2)
"""So old is an event at least: one with a lower number may be written later, by a transaction that takes its time."""

AT_ONCE = 20_000
TOLD = {
    Happening.OPENED: "new",
    Happening.REOPENED: "open again",
    Happening.JOINED: "with another school",
    Happening.PROPOSED: "with a proposal",
    Happening.AGREED: "agreed",
    Happening.DISAGREED: "disagreed",
    Happening.WITHDRAWN: "with something withdrawn",
    Happening.SAID: "with a remark",
    Happening.DECIDED: "decided",
    Happening.REVOKED: "with a decision taken back",
    Happening.CLOSED: "closed",
}


def tick(at: dt.datetime) -> int:
    """Write down what is to be told now; how much."""
    made = 0
    collections = DataCollection.objects.filter(emptied_at=None, cases__isnull=False, closes_at__gt=at - FRESH)
    for collection in collections.distinct():
        made += _happened(collection, at) + _due(collection, at)
    return made


def _happened(collection: DataCollection, at: dt.datetime) -> int:
    with transaction.atomic():
        CaseDates.objects.get_or_create(collection=collection)
        dates = CaseDates.objects.select_for_update().get(collection=collection)
        if dates.told_at is not None and dates.told_at > at - PAUSE:
            return 0
        new = CaseEvent.objects.filter(case__collection=collection, pk__gt=dates.told_to, at__lte=at - STILL)
        events = list(new.order_by("pk")[:AT_ONCE])
        if not events:
            return 0
        rows = list(_rows(collection, events, at))
        ToTell.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        dates.told_to, dates.told_at = events[-1].pk, at
        dates.save(update_fields=["told_to", "told_at"])
        return len(rows)


def _rows(collection: DataCollection, events: list[CaseEvent], at: dt.datetime) -> Iterator[ToTell]:
    known = {event.case_id for event in events if event.kind == Happening.REMEMBERED}
    sides: dict[int, list[CaseSide]] = defaultdict(list)
    for side in CaseSide.objects.filter(case__in={event.case_id for event in events}).select_related(
        "organisation__agent"
    ):
        sides[side.case_id].append(side)
    schools: dict[int, Counter[str]] = defaultdict(Counter)
    agents: dict[int, Counter[str]] = defaultdict(Counter)
    for event in events:
        what = TOLD.get(Happening(event.kind))
        if what is None or (event.case_id in known and event.kind == Happening.OPENED):
            continue
        told = [side for side in sides[event.case_id] if side.present or event.kind == Happening.CLOSED]
        for side in told:
            if not (event.part == Part.SOURCE.value and side.pk in event.sides):  # by its own people
                schools[side.data_return_id][what] += 1
        for agent in {one.pk for side in told if (one := side.organisation.agent) and _is_authority(one)}:
            if event.user_id is None or agent != event.organisation_id:
                agents[agent][what] += 1
    last = events[-1].pk
    for data_return, counts in schools.items():
        yield _row(
            collection, Kind.CASES, f"{data_return}:{last}", at, data_return=data_return, counts=_in_order(counts)
        )
    for agent, counts in agents.items():
        yield _row(collection, Kind.CASES, f"agent {agent}:{last}", at, authority=agent, counts=_in_order(counts))


def _in_order(counts: Counter[str]) -> list[tuple[str, int]]:
    """Counts in the order in which they are told; a list, because PostgreSQL keeps no order of keys."""
    return [(what, counts[what]) for what in TOLD.values() if counts[what]]


def _is_authority(organisation: Organisation) -> bool:
    return organisation.kind == Organisation.Kind.AUTHORITY


def _row(
    collection: DataCollection,
    kind: Kind,
    key: str,
    at: dt.datetime,
    *,
    data_return: int | None = None,
    authority: int | None = None,
    **details: object,
) -> ToTell:
    return ToTell(
        key=f"{kind.name}:{collection.pk}:{key}",
        kind=kind.value,
        collection=collection,
        data_return_id=data_return,
        authority_id=authority,
        details=details,
        made_at=at,
    )


def _due(collection: DataCollection, at: dt.datetime) -> int:
    """Before the deadline, and once after it, how many cases wait for each."""
    deadline = deadline_of(collection)
    near = [days for days in settings.TELL_DAYS_BEFORE if deadline - dt.timedelta(days=days) <= at < deadline]
    past = deadline <= at < deadline + FRESH
    if not collection.is_live or not (near or past):
        return 0
    when = f"{deadline:%Y%m%d%H%M}:{'past' if past else min(near)}"
    mark = f"{Kind.CASES_DUE.name}:{collection.pk}:{when}:"
    if ToTell.objects.filter(key__startswith=mark).exists():
        return 0
    waiting = CaseSide.objects.filter(case__collection=collection, present=True).exclude(to_do="").order_by()
    of_returns = waiting.values_list("data_return").annotate(count=Count("case", distinct=True))
    own_agent = Q(organisation__agent__kind=Organisation.Kind.AUTHORITY)
    of_agents = waiting.filter(own_agent).values_list("organisation__agent")
    of_agents = of_agents.annotate(count=Count("case", distinct=True))
    details = {"date": deadline.isoformat(), "past": past}
    rows = [
        _row(collection, Kind.CASES_DUE, f"{when}:{name}{pk}", at, **{field: pk}, count=count, **details)
        for field, name, counts in _both(of_returns, of_agents)
        for pk, count in counts
    ]
    ToTell.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def _both(
    of_returns: Iterable[tuple[int, int]], of_agents: Iterable[tuple[int, int]]
) -> Iterator[tuple[str, str, Iterable[tuple[int, int]]]]:
    yield "data_return", "", of_returns
    yield "authority", "agent ", of_agents
