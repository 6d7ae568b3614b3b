"""Checking stored returns again where the rules are others than those that made their result.

State and dates stay as they are. Where the findings are the same, the revision says so and nothing else happens.
Where they are others, a revision with the same data and the new findings takes its place, with one event. An
authorised return is left as it was authorised.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

import polars as pl
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from collectory.blade import Edition, SwitchKind
from collectory.engine import Result
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation
from collectory.portal.people.parts import Part
from collectory.portal.returns import reading
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.services.revising import add_checked_again, checked, keep
from collectory.portal.returns.states import Happening, State
from collectory.portal.rules.models import Recheck, RuleSwitch
from collectory.portal.rules.services.walking import Counts, each_of, enqueue, take_up, walk_on
from collectory.portal.rules.switching import number_of, switches_begun, version_in

log = logging.getLogger(__name__)

AFTER_A_FAILURE = dt.timedelta(hours=1)  # how long what broke off rests before it is tried again by itself
OF_THE_SERVICE = "The rules of the service were brought up to date."


def stale_returns(collection: DataCollection) -> QuerySet[Return]:
    """The returns whose result was made by other rules than those of now, and that are checked again."""
    return (
        Return.objects.filter(collection=collection, current_revision__isnull=False)
        .exclude(state=State.AUTHORISED.value)
        .exclude(current_revision__rules_version=version_in(collection))
    )


def is_stale(data_return: Return) -> bool:
    """Whether other rules than those of now made the result that a return has."""
    revision = data_return.current_revision
    return revision is not None and revision.rules_version != version_in(data_return.collection)


def ask(collection: DataCollection) -> Recheck | None:
    """Have the stale returns of a data collection checked again; None where that is going on already."""
    from collectory.portal.rules.tasks import recheck

    try:
        with transaction.atomic():
            if Recheck.objects.filter(collection=collection, finished_at=None).exists():
                return None
            walk = Recheck.objects.create(collection=collection, total=stale_returns(collection).count())
            enqueue(walk, recheck)
            return walk
    except IntegrityError:
        return None


def sweep() -> int:
    """Ask for the data collections that need it; give how many. Run at each worker's start and every few seconds.

    While a data collection is open, whatever is stale is checked again: a switch has begun, or the service has
    other rules than before. When it has closed, only a switch that has begun since the last time is a reason.
    """
    asked = 0
    for collection in DataCollection.objects.opened():
        if _is_due(collection) and stale_returns(collection).exists() and ask(collection) is not None:
            asked += 1
    return asked


def _is_due(collection: DataCollection) -> bool:
    last = Recheck.objects.filter(collection=collection).first()
    if last is not None and last.finished_at is None:
        return False
    if last is not None and last.failed and last.finished_at and last.finished_at > timezone.now() - AFTER_A_FAILURE:
        return False
    if collection.is_open:
        return True
    begun = RuleSwitch.objects.filter(collection=collection, starts_at__lte=timezone.now())
    return (begun.filter(starts_at__gt=last.asked_at) if last is not None else begun).exists()


class Stale:
    """The stale returns, checked one by one."""

    def returns(self, walk: Recheck) -> QuerySet[Return]:
        """Those that are stale now."""
        return stale_returns(walk.collection)

    def look(self, walk: Recheck, returns: list[Return], alive: Callable[[], None]) -> tuple[Counts, list[int]]:
        """Check each again. What became of them is told by their events."""
        begun = switches_begun(walk.collection, timezone.now())
        actor = actor_of(begun)
        failed: list[int] = []
        for each in each_of(returns, alive):
            try:
                check_again(each, begun, actor)
            except Exception:
                log.exception("return %d could not be checked again", each.pk)
                failed.append(each.pk)
        return {}, failed


def run(pk: int) -> None:
    """Do what is left of a recheck."""
    walk_on(Recheck, pk, Stale())


def changed_by(walk: Recheck) -> int:
    """How many returns have another result since a recheck was asked for; also what a killed worker did counts."""
    told = Event.objects.filter(
        data_return__collection=walk.collection_id, kind=Happening.RECHECKED.value, at__gte=walk.asked_at
    )
    return (told.filter(at__lte=walk.finished_at) if walk.finished_at else told).count()


def take_up_rechecks(*, sole_worker: bool) -> int:
    """Queue rechecks whose worker is gone once more; give how many."""
    from collectory.portal.rules.tasks import recheck

    return take_up(Recheck, recheck, sole_worker=sole_worker)


def check_again(data_return: Return, begun: list[RuleSwitch], actor: Actor) -> bool:
    """Check the data that a return holds with the rules of now; whether the result is another one.

    Where somebody changes the return meanwhile, nothing is done: what they bring is checked anyway.
    """
    base = data_return.current_revision
    assert base is not None, "only what is there can be checked again"
    result = checked(reading.dataset(base), data_return)
    found = reading.findings(base).drop("finding")
    if found.equals(result.findings):
        _say_the_same(data_return, base, result)
        return False
    kept = keep(result.dataset, result, base.tables)
    with transaction.atomic():
        current = locked(data_return.pk)
        if current.current_revision_id != base.pk or current.standing is State.AUTHORISED:
            return False
        revision = add_checked_again(current, kept)
        record(
            current,
            actor,
            Happening.RECHECKED,
            reason=why_checked_again(reading.edition_of(data_return), begun, base),
            details={
                "errors": [base.errors, kept.errors],
                "queries": [base.queries, kept.queries],
                **({"words_only": True} if _differ_in_words(found, result.findings) else {}),
            },
            revision=revision,
        )
    return True


def _differ_in_words(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether the same is found, and only said in other words."""
    columns = ["identity", "priority"]
    return before.select(columns).sort(columns).equals(after.select(columns).sort(columns))


def _say_the_same(data_return: Return, base: Revision, result: Result) -> None:
    skipped = [{"rule": one.rule, "why": one.why} for one in result.skipped]
    with transaction.atomic():
        current = locked(data_return.pk)
        if current.current_revision_id == base.pk:
            Revision.objects.filter(pk=base.pk).update(
                rules_version=result.rules_version, skipped=skipped, checked_at=timezone.now()
            )


HAPPENED = {
    SwitchKind.SOFTEN: "is a query instead of an error from now on",
    SwitchKind.WITHDRAW: "is no longer asked",
    SwitchKind.RESTORE: "is again as it was published",
}


def why_checked_again(edition: Edition, begun: list[RuleSwitch], base: Revision) -> str:
    """The reasons of the switches that have begun since a revision was checked, or that the service has new rules."""
    since = [one for one in begun if one.starts_at > base.checked_at]
    said = [
        f"Rule {number_of(edition, one.rule_key)} {HAPPENED[SwitchKind(one.kind)]}: {one.reason.rstrip('.')}."
        for one in since
    ]
    return " ".join(said) or OF_THE_SERVICE


def actor_of(begun: list[RuleSwitch]) -> Actor:
    """Who checks again: the service, on behalf of the department."""
    last = begun[-1].organisation if begun else None
    department = last or Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT).order_by("pk")[0]
    return Actor(None, department, "", Part.COLLECTOR)
