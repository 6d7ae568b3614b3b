"""Making the news of each person out of what is to be told, in pieces: 22,000 sources do not hold anybody up.

A piece and the cursor behind it are written in one transaction, so that a worker killed at any point loses the piece
it was at, and the next one makes it again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Return
from collectory.portal.returns.states import WITH_THE_SOURCE, State
from collectory.portal.telling.kinds import FOR_AGENTS, FOR_MANY, OF_CASES, TO_SENDERS, TO_TEAMS, Kind
from collectory.portal.telling.models import News, ToTell, Wish

PIECE = 500
DIGEST_HOUR = 7
OUTSTANDING = {State.NO_DATA.value, *(state.value for state in WITH_THE_SOURCE)}


def spread_piece() -> bool:
    """Make the news of the next piece; False when nothing is left to tell."""
    with transaction.atomic():
        row = ToTell.objects.select_for_update(skip_locked=_can_skip()).filter(done_at=None).first()
        if row is None:
            return False
        if row.delivery_id is not None:
            _of_delivery(row)
            row.done_at = timezone.now()
        elif row.kind in OF_CASES:
            _of_cases(row)
            row.done_at = timezone.now()
        elif row.data_return_id is not None:
            _of_one_return(row)
            row.done_at = timezone.now()
        else:
            _of_many(row)
        row.save(update_fields=["cursor", "done_at"])
        return True


def _can_skip() -> bool:
    from django.db import connection

    return connection.features.has_select_for_update_skip_locked


def concerned(row: ToTell) -> QuerySet[Return]:
    """The returns that something about a whole data collection is about."""
    returns = Return.objects.filter(collection=row.collection_id, excused_at=None)
    returns = returns.annotate(its_authority=Coalesce(F("organisation__authority"), F("organisation")))
    kind = Kind(row.kind)
    own = row.collection.authority_dates
    if row.authority_id is not None:
        returns = returns.filter(its_authority=row.authority_id)
    elif kind is Kind.OPENED:
        returns = returns.exclude(its_authority__in=own.exclude(opens_at=None).values("authority"))
    elif kind in {Kind.DEADLINE, Kind.OVERDUE}:
        returns = returns.exclude(its_authority__in=own.exclude(deadline_at=None).values("authority"))
    if kind in {Kind.DEADLINE, Kind.OVERDUE}:
        returns = returns.filter(state__in=OUTSTANDING)
    return returns


def _of_many(row: ToTell) -> None:
    returns = concerned(row)
    piece = list(returns.filter(pk__gt=row.cursor).select_related("organisation").order_by("pk")[:PIECE])
    if piece:
        _keep(_of_sources(row, [one.organisation for one in piece]))
        row.cursor = piece[-1].pk
        return
    agents = returns.filter(organisation__agent__kind=Organisation.Kind.AUTHORITY).order_by()
    counts = dict(agents.values_list("organisation__agent").annotate(count=Count("pk")))
    _keep(_of_agents(row, counts))
    row.done_at = timezone.now()


def _of_one_return(row: ToTell) -> None:
    assert row.data_return is not None
    organisation = row.data_return.organisation
    news = _of_sources(row, [organisation])
    by_agent = row.event is not None and row.event.part == Part.AGENT.value
    agent = organisation.agent
    told = Kind(row.kind) in FOR_AGENTS and not by_agent
    if told and agent is not None and agent.kind == Organisation.Kind.AUTHORITY:
        people = Membership.objects.active().filter(role=Role.AGENT, organisation=agent)
        news += [_news(row, each, organisation, Part.AGENT) for each in people]
    own = row.event.user_id if row.event is not None else None
    _keep([one for one in news if own is None or one.user_id != own])


def _of_delivery(row: ToTell) -> None:
    """News about a file: for the school's people, for the team's (the colleague who looks after it, where there is
    one), and never for whoever did it."""
    delivery = row.delivery
    assert delivery is not None
    kind = Kind(row.kind)
    news = _of_sources(row, [delivery.organisation]) if kind in TO_SENDERS else []
    if kind in TO_TEAMS:
        team = Membership.objects.active().filter(role=Role.AGENT, organisation=delivery.file_type.organisation_id)
        people = list(team.filter(user=delivery.assigned_to_id)) or list(team)
        news += [_news(row, each, delivery.organisation, Part.AGENT) for each in people]
    _keep([one for one in news if one.user_id != row.details.get("by")])


def _of_cases(row: ToTell) -> None:
    """News about cases, for the people of a return's source, or of an agent."""
    if row.data_return is not None:
        _keep(_of_sources(row, [row.data_return.organisation]))
    elif row.authority is not None:
        people = Membership.objects.active().filter(role=Role.AGENT, organisation=row.authority)
        _keep([_news(row, each, row.authority, Part.AGENT) for each in people])


def _of_sources(row: ToTell, organisations: list[Organisation]) -> list[News]:
    """News for the people who make the returns of organisations: their own, and those of the trust."""
    places = {pk for one in organisations for pk in (one.pk, one.trust_id) if pk}
    people: dict[int, list[Membership]] = defaultdict(list)
    for each in Membership.objects.active().filter(role=Role.SOURCE, organisation__in=places):
        people[each.organisation_id].append(each)
    return [
        _news(row, each, one, Part.SOURCE)
        for one in organisations
        for place in (one.pk, one.trust_id)
        for each in people.get(place or 0, [])
    ]


def _of_agents(row: ToTell, counts: Mapping[int, int]) -> list[News]:
    """News for agents about all their schools together."""
    if Kind(row.kind) not in FOR_MANY:
        return []
    people = Membership.objects.active().filter(role=Role.AGENT, organisation__in=list(counts))
    return [
        _news(row, each, each.organisation, Part.AGENT, count=counts[each.organisation_id])
        for each in people.select_related("organisation")
    ]


def _news(row: ToTell, membership: Membership, organisation: Organisation, part: Part, **more: Any) -> News:
    return News(
        to_tell=row,
        membership=membership,
        user_id=membership.user_id,
        part=part.value,
        kind=row.kind,
        collection_id=row.collection_id,
        delivery_id=row.delivery_id,
        organisation=organisation,
        details={**row.details, **more},
        at=row.made_at,
    )


def _keep(news: Iterable[News]) -> None:
    news = list(news)
    if not news:
        return
    now = timezone.now()
    users = {one.user_id for one in news}
    wishes = dict(Wish.objects.filter(user__in=users, kind=news[0].kind).values_list("user", "how"))
    with_address = set(
        Membership.objects.filter(user__in=users).exclude(user__email="").values_list("user", flat=True).distinct()
    )
    for one in news:
        how = wishes.get(one.user_id, Wish.How.AT_ONCE)
        if one.user_id in with_address and how != Wish.How.LIST:
            one.due_at = now if how == Wish.How.AT_ONCE else next_digest(now)
    News.objects.bulk_create(news, batch_size=PIECE, ignore_conflicts=True)


def next_digest(now: dt.datetime) -> dt.datetime:
    """When the next daily mail is due."""
    today = timezone.localtime(now).replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + dt.timedelta(days=1)
