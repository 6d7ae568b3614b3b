"""What a switch would do to the stored returns, worked out before anything is changed.

counts of an Impact:
    returns, changed           looked at; with other findings than now
    findings                   {"gone", "new", "softer", "harder"}
    errors, queries            {"before", "after"}, findings of all returns together
    to_zero                    returns that have findings now and would have none
    errors_gone, errors_come   returns whose last error goes, and whose first error comes
    states                     {state: changed returns in it}
    authorised                 authorised returns that would be others, and are left as they are
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from collectory.blade import ERROR, Edition, Rule, Switch, SwitchKind
from collectory.engine import Refusal
from collectory.engine.checking.compile import compiled
from collectory.engine.checking.structure import STRUCTURE_RULES
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, RuleTally
from collectory.portal.returns.services.revising import checked
from collectory.portal.returns.states import State
from collectory.portal.rules.models import Impact
from collectory.portal.rules.services.walking import Counts, added, each_of, enqueue, take_up, walk_on
from collectory.portal.rules.switching import edition_at, rule_in

log = logging.getLogger(__name__)

LONGEST = 1000


def propose(
    collection: DataCollection,
    membership: Membership,
    rule_key: str,
    kind: SwitchKind,
    reason: str,
    starts_at: dt.datetime | None,
) -> Impact | Refusal:
    """Have it worked out what a switch would do. Nothing is changed."""
    from collectory.portal.rules.tasks import work_out

    reason = reason.strip()
    if problem := problem_with(collection, rule_key, kind, reason, starts_at):
        return problem
    with transaction.atomic():
        found = Impact.objects.create(
            collection=collection,
            rule_key=rule_key,
            kind=kind.value,
            reason=reason,
            starts_at=starts_at,
            asked_by=membership.user,
            of_version=compiled(edition_at(collection, starts_at or timezone.now())).version,
        )
        enqueue(found, work_out)
    return found


def possible(edition: Edition, key: str) -> list[SwitchKind]:
    """What can be done to a rule as it is now."""
    rule, switch = rule_in(edition, key), edition.switches.get(key)
    if rule is None:
        return []
    published = rule_in(edition.as_published, key)
    found = []
    if published is not None and published.priority == ERROR and not (switch and switch.kind is SwitchKind.SOFTEN):
        found.append(SwitchKind.SOFTEN)
    if not (switch and switch.kind is SwitchKind.WITHDRAW):
        found.append(SwitchKind.WITHDRAW)
    if switch is not None:
        found.append(SwitchKind.RESTORE)
    return found


def problem_with(
    collection: DataCollection, rule_key: str, kind: SwitchKind, reason: str, starts_at: dt.datetime | None
) -> Refusal | None:
    """Why a switch cannot be; None where it can."""
    now = timezone.now()
    if not reason:
        return Refusal("reason", "There is no reason", "Say why. The sources concerned read it.", "")
    if len(reason) > LONGEST:
        return Refusal("reason", "The reason is too long", f"Use {LONGEST:,} characters at most.", "")
    if starts_at is not None and starts_at <= now:
        return Refusal("date", "The date has passed", "Choose a day after today, or “as soon as I confirm it”.", "")
    edition = edition_at(collection, starts_at or now)
    if kind not in possible(edition, rule_key):
        return Refusal(
            "kind",
            "This would change nothing",
            "The rule is that already by then, or it is a query, which cannot be softened.",
            "Look at the rule as it is now and choose again.",
        )
    return None


def switch_of(impact: Impact) -> Switch:
    """The switch that is thought of."""
    return Switch(impact.rule_key, SwitchKind(impact.kind), impact.reason, impact.starts_at)


class Considered:
    """All returns with data: what each would be with the switch."""

    def __init__(self, before: Edition, after: Edition, key: str) -> None:
        self.before, self.after, self.key = before, after, key
        self.version = compiled(before).version
        self.is_plain = _is_plain(before, after, key)
        self.concerned = _concerned(before, after, key)
        self.to_ask = self.concerned | {
            one for rule in after.rules if rule.key in self.concerned for one in rule.explained_by
        }

    def returns(self, walk: Impact) -> QuerySet[Return]:
        """Every return that has data."""
        return Return.objects.filter(collection=walk.collection, current_revision__isnull=False)

    def look(self, walk: Impact, returns: list[Return], alive: Callable[[], None]) -> tuple[Counts, list[int]]:
        """Compare each with what it would be."""
        revisions = [each.current_revision_id for each in returns]
        tallies = {one.revision_id: one for one in RuleTally.objects.filter(revision__in=revisions, rule_key=self.key)}
        failed: list[int] = []
        counts: Counts = {}
        for each in each_of(returns, alive):
            revision = each.current_revision
            assert revision is not None
            try:
                if self.is_plain and revision.rules_version == self.version:
                    counts = added(counts, self._from_tally(each, tallies.get(revision.pk)))
                else:
                    counts = added(counts, self._from_check(each))
            except Exception:
                log.exception("the impact on return %d could not be worked out", each.pk)
                failed.append(each.pk)
        return counts, failed

    def _from_tally(self, data_return: Return, tally: RuleTally | None) -> Counts:
        """What the return's own counts say, where only findings of this rule can become others."""
        revision = data_return.current_revision
        assert revision is not None
        number, errors, queries = (tally.findings if tally else 0), revision.errors, revision.queries
        after = self.after.switches.get(self.key)
        softened = after is not None and after.kind is SwitchKind.SOFTEN
        from_errors = number if tally and tally.priority == ERROR else 0
        moved = number if softened else 0
        return _counts(
            data_return,
            {"softer": moved, "gone": number - moved},
            (errors, queries),
            (errors - from_errors, queries - (number - from_errors) + moved),
        )

    def _from_check(self, data_return: Return) -> Counts:
        """What the rules say, asked with the switch: those that it concerns, and where the stored result is stale, all
        of them, without it too."""
        revision = data_return.current_revision
        assert revision is not None
        dataset = replace(reading.dataset(revision), edition=self.before)
        switched = replace(dataset, edition=self.after)
        if revision.rules_version != self.version:
            before, after = checked(dataset, data_return).findings, checked(switched, data_return).findings
            return _counts(data_return, _difference(before, after), _by_priority(before), _by_priority(after))
        is_concerned = pl.col("rule_key").is_in(self.concerned)
        before = reading.findings(revision).filter(is_concerned)
        after = checked(switched, data_return, only=self.to_ask).findings.filter(is_concerned)
        (errors, queries), (errors_after, queries_after) = _by_priority(before), _by_priority(after)
        return _counts(
            data_return,
            _difference(before, after),
            (revision.errors, revision.queries),
            (revision.errors - errors + errors_after, revision.queries - queries + queries_after),
        )


def _is_plain(before: Edition, after: Edition, key: str) -> bool:
    """Whether the switch can only take findings of its rule away or soften them, and touches no other rule's."""
    now = before.as_switched(STRUCTURE_RULES[key.partition(".")[2]]) if key.startswith("structure.") else None
    asked_now = now is not None or _asked(before, key) is not None
    silences = any(key in rule.explained_by for rule in (*before.rules, *after.rules))
    switch = after.switches.get(key)
    return asked_now and not silences and switch is not None


def _concerned(before: Edition, after: Edition, key: str) -> set[str]:
    """The rules whose findings can become others: the switched one, and those that it silences.

    A rule is silenced by what fails of the others, whether or not that is silenced itself: it goes no further.
    """
    return {key, *(rule.key for rule in (*before.rules, *after.rules) if key in rule.explained_by)}


def _asked(edition: Edition, key: str) -> Rule | None:
    return next((rule for rule in edition.rules if rule.key == key), None)


def _difference(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """How many findings go, come, or have another priority: found by their identity."""
    columns = ["identity", "priority"]
    both = before.select(columns).join(after.select(columns), on="identity", how="full", coalesce=True, suffix="_after")
    was, becomes = pl.col("priority"), pl.col("priority_after")
    counted = both.select(
        gone=becomes.is_null().sum(),
        new=was.is_null().sum(),
        softer=((was == "error") & (becomes == "query")).sum(),
        harder=((was == "query") & (becomes == "error")).sum(),
    )
    return {name: int(value) for name, value in counted.row(0, named=True).items()}


def _by_priority(findings: pl.DataFrame) -> tuple[int, int]:
    errors = int((findings["priority"] == "error").sum())
    return errors, findings.height - errors


def _counts(data_return: Return, findings: dict[str, int], before: tuple[int, int], after: tuple[int, int]) -> Counts:
    changed = any(findings.values())
    authorised = data_return.standing is State.AUTHORISED
    counts: dict[str, Any] = {"returns": 1, "changed": 0, "authorised": 0}
    if authorised:
        return {**counts, "authorised": int(changed)}
    return {
        **counts,
        "changed": int(changed),
        "findings": findings,
        "errors": {"before": before[0], "after": after[0]},
        "queries": {"before": before[1], "after": after[1]},
        "to_zero": int(sum(before) > 0 and sum(after) == 0),
        "errors_gone": int(before[0] > 0 and after[0] == 0),
        "errors_come": int(before[0] == 0 and after[0] > 0),
        **({"states": {data_return.state: 1}} if changed else {}),
    }


def run(pk: int) -> None:
    """Do what is left of working out an impact."""
    found = Impact.objects.select_related("collection").filter(pk=pk).first()
    if found is None:
        return
    at = found.starts_at or timezone.now()
    before = edition_at(found.collection, at)
    after = before.switched([switch_of(found)])
    walk_on(Impact, pk, Considered(before, after, found.rule_key))


def take_up_impacts(*, sole_worker: bool) -> int:
    """Queue impacts whose worker is gone once more; give how many."""
    from collectory.portal.rules.tasks import work_out

    return take_up(Impact, work_out, sole_worker=sole_worker)
