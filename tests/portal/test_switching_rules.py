"""Switching a rule while a collection runs: impact first, then stored returns are checked again; stale results."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from collectory.blade import SwitchKind
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.returns import reading
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.states import CHANGES_NOTHING, Happening, State, fold
from collectory.portal.rules.models import Impact, Recheck, RuleSwitch
from collectory.portal.rules.services import deciding, impact, rechecking
from tests.portal.conftest import work_off
from tests.portal.many_returns import loaded_returns

pytestmark = pytest.mark.django_db(transaction=True)
SOFTEN, WITHDRAW, RESTORE = SwitchKind.SOFTEN, SwitchKind.WITHDRAW, SwitchKind.RESTORE
RULE = "Address.PostCode.required"


def department() -> Membership:
    return Membership.objects.get(user__username="department")


def fresh(collection: DataCollection) -> DataCollection:
    return DataCollection.objects.get(pk=collection.pk)


def rule_with_errors(one: Return) -> str:
    """A rule that is an error in this return, and that says nothing about other rules."""
    edition = reading.edition_of(one)
    silencing = {key for rule in edition.rules for key in rule.silenced_by}
    tallies = one.current_revision.tallies.filter(priority="error").exclude(rule_key__in=silencing)
    return tallies.order_by("-findings", "rule_key").values_list("rule_key", flat=True)[0]


def switched(
    collection: DataCollection, key: str, kind: SwitchKind = SOFTEN, starts_at: dt.datetime | None = None
) -> tuple[Impact, RuleSwitch]:
    """A switch with all its steps: thought of, worked out, confirmed."""
    found = impact.propose(fresh(collection), department(), key, kind, "Suppliers misread it.", starts_at)
    assert isinstance(found, Impact), found
    work_off()
    found.refresh_from_db()
    assert found.is_finished and not found.failed
    made = deciding.confirm(found, department())
    assert isinstance(made, RuleSwitch), made
    return found, made


def follow(one: Return, *steps: Happening, part: str = "source") -> None:
    from django.db import transaction

    from collectory.portal.people.parts import Part

    parts = {Happening.SUBMITTED: Part.SOURCE, Happening.APPROVED: Part.AGENT, Happening.AUTHORISED: Part.COLLECTOR}
    for step in steps:
        with transaction.atomic():
            current = locked(one.pk)
            record(current, Actor(None, current.organisation, "", parts[step]), step, revision=current.current_revision)


def test_the_severity_of_a_rule_changes_in_mid_collection(collection: DataCollection) -> None:
    returns = loaded_returns(collection, 40)
    follow(returns[0], Happening.SUBMITTED)
    follow(returns[1], Happening.SUBMITTED, Happening.APPROVED)
    follow(returns[2], Happening.SUBMITTED, Happening.APPROVED, Happening.AUTHORISED)
    before = {one.pk: one for one in Return.objects.filter(collection=collection)}
    key = rule_with_errors(returns[0])
    number = returns[0].current_revision.tallies.get(rule_key=key).findings

    found, _ = switched(collection, key)
    counts = found.counts
    assert (counts["returns"], counts["changed"], counts["authorised"]) == (40, 39, 1)
    assert counts["findings"] == {"softer": 39 * number, "gone": 0}
    assert counts["states"] == {"loaded and validated": 37, "submitted": 1, "approved": 1}
    assert counts["errors"]["before"] - counts["errors"]["after"] == 39 * number
    assert not Event.objects.filter(kind="checked again").exists(), "nothing is changed by looking or confirming"

    work_off()
    recheck = Recheck.objects.get()
    assert (recheck.total, recheck.done, recheck.changed, recheck.failed) == (39, 39, 39, [])
    for one in Return.objects.filter(collection=collection, current_revision__isnull=False):
        was = before[one.pk]
        dates = ("state", "submitted_at", "approved_at", "authorised_at")
        assert [getattr(one, name) for name in dates] == [getattr(was, name) for name in dates]
        standing = fold(one.events.exclude(kind__in=[kind.value for kind in CHANGES_NOTHING]).order_by("id"))
        assert standing.state is one.standing and standing.submitted_at == one.submitted_at
        events = one.events.filter(kind="checked again")
        if one.standing is State.AUTHORISED:
            assert not events.exists() and one.current_revision_id == was.current_revision_id
            assert rechecking.is_stale(one) and one.errors == was.errors
            continue
        event = events.get()
        assert "is a query instead of an error from now on: Suppliers misread it." in event.reason
        assert event.user is None and event.organisation.native_id == "000"
        assert (one.errors, one.queries) == (was.errors - number, was.queries + number)
        now, old = one.current_revision, was.current_revision
        assert event.details == {"errors": [old.errors, now.errors], "queries": [old.queries, now.queries]}
        assert (now.data_of, now.tables, now.made_at, now.cause) == (old, old.tables, old.made_at, old.cause)
        assert now.rules_version != old.rules_version and not rechecking.is_stale(one)
        assert set(reading.findings(now).filter(pl.col("rule_key") == key)["priority"]) == {"query"}
        assert set(reading.findings(old).filter(pl.col("rule_key") == key)["priority"]) == {"error"}, "kept"
    assert rechecking.sweep() == 0, "nothing is left to do"
    work_off()
    assert Event.objects.filter(kind="checked again").count() == 39 and Recheck.objects.count() == 1
