"""Switching a rule while a collection runs: impact first, then stored returns are checked again; stale results."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

import collectory
from collectory.blade import Switch, SwitchKind
from collectory.engine import Refusal
from collectory.portal import storage
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, User
from collectory.portal.people.parts import Part
from collectory.portal.returns import changes, following, reading
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.states import CHANGES_NOTHING, Happening, State, fold
from collectory.portal.rules.models import Impact, Recheck, RuleSwitch
from collectory.portal.rules.services import deciding, impact, rechecking, walking
from collectory.portal.rules.switching import edition_in, version_in
from collectory.portal.telling.models import ToTell
from tests.portal.census_files import census
from tests.portal.conftest import work_off
from tests.portal.many_returns import loaded_returns

pytestmark = pytest.mark.django_db(transaction=True)
OF_ALL = {"Header", "School", "PupilOnRoll"}
SOFTEN, WITHDRAW, RESTORE = SwitchKind.SOFTEN, SwitchKind.WITHDRAW, SwitchKind.RESTORE


def department() -> Membership:
    return Membership.objects.get(user__username="department")


def fresh(collection: DataCollection) -> DataCollection:
    return DataCollection.objects.get(pk=collection.pk)


def rule_with_errors(one: Return) -> str:
    """A rule that is an error in this return, and that says nothing about other rules."""
    edition = reading.edition_of(one)
    silencing = {key for rule in edition.rules for key in rule.explained_by}
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


def follow(one: Return, *steps: Happening) -> None:
    """Let a return take these steps of the chain."""
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
    assert (recheck.total, recheck.done, rechecking.changed_by(recheck), recheck.failed) == (39, 39, 39, [])
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


def test_an_impact_run_tells_the_same_as_the_recheck_that_follows(collection: DataCollection) -> None:
    """Restoring cannot be told from tallies: the rules are asked."""
    returns = loaded_returns(collection, 3)
    key = rule_with_errors(returns[0])
    withdrawn, _ = switched(collection, key, WITHDRAW)
    number = withdrawn.counts["findings"]["gone"]
    work_off()
    before = sum(Return.objects.values_list("errors", flat=True))
    restored, _ = switched(collection, key, RESTORE)
    assert restored.counts["findings"] == {"gone": 0, "new": number, "softer": 0, "harder": 0}
    work_off()
    assert sum(Return.objects.values_list("errors", flat=True)) == before + number == restored.counts["errors"]["after"]
    assert not edition_in(fresh(collection)).switches
    for one in Return.objects.filter(current_revision__isnull=False):
        events = list(one.events.filter(kind="checked again").order_by("id"))
        assert ["no longer asked" in event.reason for event in events] == [True, False]
        assert "as it was published" in events[1].reason
        revisions = list(one.revisions.order_by("number"))
        assert len({revision.first_with_its_data for revision in revisions}) == 1
        assert reading.findings(revisions[0]).equals(reading.findings(revisions[2]))


def test_a_rule_that_silences_others_is_worked_out_by_asking(collection: DataCollection) -> None:
    found = edition_in(collection)
    silencing = {key for rule in found.rules for key in rule.explained_by}
    assert silencing
    for key in silencing & {rule.key for rule in found.rules}:
        after = found.switched([Switch(key, WITHDRAW)])
        assert not impact.Considered(found, after, key).is_plain


def test_asking_the_rules_concerned_tells_the_same_as_asking_all(collection: DataCollection) -> None:
    """Every rule that silences others and has findings is withdrawn in thought; so is one that silences none."""
    edition = collectory.edition(collection.edition_key)
    assert edition.blade.sample is not None
    made = edition.blade.sample(edition, 60, 0.3, 3, "8557000")
    below = {name: table for name, table in made.items() if name not in OF_ALL}
    one = loaded_returns(collection, 1, pl.DataFrame(made["PupilOnRoll"]).to_dicts(), below)[0]
    found = edition_in(collection)
    revision = Revision.objects.get(pk=one.current_revision_id)
    silencing = {key for rule in found.rules for key in rule.explained_by}
    with_findings = set(revision.tallies.values_list("rule_key", flat=True))
    keys = sorted(silencing & with_findings & {rule.key for rule in found.rules})
    assert len(keys) >= 3
    came = 0
    for key in [*keys, rule_with_errors(one)]:
        considered = impact.Considered(found, found.switched([Switch(key, WITHDRAW)]), key)
        some = considered._from_check(one)
        considered.version = "another one"
        assert considered._from_check(one) == some, key
        came += some["findings"]["new"]
    assert came, "silenced rules speak"


def test_a_planned_switch_begins_by_itself_and_can_be_called_off(
    collection: DataCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = loaded_returns(collection, 2)
    key = rule_with_errors(returns[0])
    at = timezone.now() + dt.timedelta(days=3)
    _, planned = switched(collection, key, WITHDRAW, at)
    _, other = switched(collection, key, SOFTEN, at + dt.timedelta(days=2))
    assert rechecking.sweep() == 0 and not edition_in(fresh(collection)).switches
    assert isinstance(deciding.call_off(other, department(), " "), Refusal)
    assert isinstance(deciding.call_off(other, department(), "Not needed."), RuleSwitch)
    assert isinstance(deciding.call_off(other, department(), "Twice."), Refusal)

    later = timezone.now() + dt.timedelta(days=6)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert {key: switch.kind for key, switch in edition_in(fresh(collection)).switches.items()} == {key: WITHDRAW}
    assert isinstance(deciding.call_off(planned, department(), "Too late."), Refusal)
    work_off()
    assert Event.objects.filter(kind="checked again").count() == 2
    for one in Return.objects.filter(current_revision__isnull=False):
        assert key not in set(reading.findings(one.current_revision)["rule_key"])


def test_what_cannot_be_is_refused(collection: DataCollection) -> None:
    loaded_returns(collection, 1)
    rules = edition_in(collection).rules
    query = next(rule.key for rule in rules if rule.priority == "query")
    error, other = (rule.key for rule in rules[:2])
    yesterday = timezone.now() - dt.timedelta(days=1)
    for key, kind, reason, at in (
        (query, SOFTEN, "Why.", None),
        (error, RESTORE, "Why.", None),
        ("no-such-rule", WITHDRAW, "Why.", None),
        (error, SOFTEN, "  ", None),
        (error, SOFTEN, "x" * 5000, None),
        (error, SOFTEN, "Why.", yesterday),
    ):
        assert isinstance(impact.propose(fresh(collection), department(), key, kind, reason, at), Refusal), key
    assert not Impact.objects.exists()
    first = impact.propose(fresh(collection), department(), error, SOFTEN, "Why.", None)
    second = impact.propose(fresh(collection), department(), other, SOFTEN, "Why.", None)
    assert isinstance(first, Impact) and isinstance(second, Impact)
    assert isinstance(deciding.confirm(first, department()), Refusal), "the impact is not known yet"
    work_off()
    assert isinstance(deciding.confirm(first, department()), RuleSwitch)
    assert deciding.confirm(first, department()) == deciding.DONE_ALREADY
    assert deciding.confirm(second, department()) == deciding.OTHER_RULES
    assert RuleSwitch.objects.count() == 1


def test_a_killed_recheck_is_taken_up_where_it_stopped(
    collection: DataCollection, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The process dies in the middle of a piece, twice; what was done stays done, and each return is told once."""
    monkeypatch.setattr(walking, "PIECE", 4)
    settings.UPLOAD_SILENCE = 1800  # seconds: however slow this machine is, what was alive just now counts as alive
    returns = loaded_returns(collection, 12)
    key = rule_with_errors(returns[0])
    found = impact.propose(fresh(collection), department(), key, SOFTEN, "Why.", None)
    assert isinstance(found, Impact)
    work_off()
    assert isinstance(deciding.confirm(found, department()), RuleSwitch)
    walk = Recheck.objects.get()
    real, calls = rechecking.check_again, []

    def dies(data_return: Return, *rest: object) -> bool:
        calls.append(data_return.pk)
        if len(calls) in {6, 8}:
            raise SystemExit  # as sudden as a kill: nothing after it is written down
        return real(data_return, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rechecking, "check_again", dies)
    for done in (4, 5):
        with pytest.raises(SystemExit):
            rechecking.run(walk.pk)
        walk.refresh_from_db()
        assert (walk.done, walk.is_finished) == (done, False)
        rechecking.run(walk.pk)  # somebody else sees that it was alive a moment ago
        walk.refresh_from_db()
        assert walk.done == done
        Recheck.objects.filter(pk=walk.pk).update(alive_at=timezone.now() - dt.timedelta(hours=1))
    long_ago = timezone.now() - dt.timedelta(hours=1)
    DBTaskResult.objects.filter(pk=walk.task_id).update(status="RUNNING", started_at=long_ago)
    assert rechecking.take_up_rechecks(sole_worker=False) == 1
    work_off()
    walk.refresh_from_db()
    assert (walk.is_finished, walk.done, rechecking.changed_by(walk), walk.failed) == (True, 12, 12, [])
    assert Event.objects.filter(kind="checked again").count() == 12
    assert set(Event.objects.filter(kind="checked again").values_list("data_return", flat=True)) == {
        one.pk for one in returns
    }


def test_a_return_at_which_workers_die_is_left_out_and_one_that_breaks_off_too(
    collection: DataCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = loaded_returns(collection, 4)
    switched(collection, rule_with_errors(returns[0]))
    walk = Recheck.objects.get()
    real = rechecking.check_again

    def dies(data_return: Return, *rest: object) -> bool:
        if data_return.pk == returns[1].pk:
            raise SystemExit
        if data_return.pk == returns[2].pk:
            raise ValueError("broken")
        return real(data_return, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rechecking, "check_again", dies)
    for _ in range(10):
        Recheck.objects.filter(pk=walk.pk).update(alive_at=timezone.now() - dt.timedelta(hours=1))
        try:
            rechecking.run(walk.pk)
        except SystemExit:
            continue
        break
    walk.refresh_from_db()
    assert walk.is_finished and walk.failed == [returns[1].pk, returns[2].pk]
    assert Event.objects.filter(kind="checked again").count() == 2
    assert rechecking.sweep() == 0, "it rests before it is tried again"
    Recheck.objects.update(finished_at=timezone.now() - dt.timedelta(hours=2))
    monkeypatch.setattr(rechecking, "check_again", real)
    work_off()
    assert Event.objects.filter(kind="checked again").count() == 4
    assert not rechecking.stale_returns(fresh(collection)).exists()


def test_an_edit_and_an_upload_use_the_switched_rules_and_come_before_a_recheck(
    collection: DataCollection, census_return: Return, hand_in: Callable[..., object]
) -> None:
    hand_in(census(3, pupil={"Surname": None}))
    assert census_return.errors
    key = rule_with_errors(census_return)
    switched(collection, key, WITHDRAW)
    work_off()
    census_return.refresh_from_db()
    base = census_return.current_revision
    assert base.data_of is not None and key not in set(reading.findings(base)["rule_key"])
    hand_in(census(4, pupil={"Surname": None}))
    after = census_return.current_revision
    assert after.data_of is None and key not in set(reading.findings(after)["rule_key"])
    assert after.rules_version == base.rules_version == version_in(fresh(collection))
    # A file that was checked just before a switch is found stale afterwards.
    Revision.objects.filter(pk=after.pk).update(rules_version="earlier")
    assert rechecking.sweep() == 1
    work_off()
    after.refresh_from_db()
    census_return.refresh_from_db()
    assert census_return.current_revision == after and after.rules_version == base.rules_version, (
        "the result is the same"
    )


def test_somebody_changes_a_return_while_it_is_checked_again(
    collection: DataCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = loaded_returns(collection, 2)
    switched(collection, rule_with_errors(returns[0]))
    real = rechecking.keep

    def meanwhile(*given: object) -> object:
        loaded_returns(fresh(collection), 1)  # another file for the first school
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rechecking, "keep", meanwhile)
    work_off()
    first = Return.objects.get(pk=returns[0].pk)
    assert first.current_revision.data_of is None and not first.events.filter(kind="checked again").exists()
    assert not rechecking.is_stale(first)


def test_the_command_checks_stale_returns_again_also_where_the_collection_has_closed(
    collection: DataCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    returns = loaded_returns(collection, 3)
    slug = collection.slug
    Revision.objects.filter(data_return=returns[0]).update(rules_version="of an earlier release")
    DataCollection.objects.filter(pk=collection.pk).update(closes_at=timezone.now() - dt.timedelta(days=1))
    assert rechecking.sweep() == 0, "a new release alone changes nothing about what has closed"
    call_command("recheck", slug, "--look")
    assert f"{slug}: 1 stale" in capsys.readouterr().out and not Recheck.objects.exists()
    call_command("recheck", slug)
    call_command("recheck", slug)
    said = capsys.readouterr().out
    assert "1 are checked again by the workers" in said and "being checked again already" in said
    work_off()
    call_command("recheck", slug)
    assert "every result is of the rules of now" in capsys.readouterr().out
    assert not Event.objects.filter(kind="checked again").exists(), "the same findings: nobody is told anything"
    assert [each.number for each in returns[0].revisions.all()] == [1]
    with pytest.raises(CommandError):
        call_command("recheck", "no-such-collection")


def test_the_same_findings_in_other_words_are_kept_and_told_to_nobody(collection: DataCollection) -> None:
    one = loaded_returns(collection, 1)[0]
    ToTell.objects.all().delete()
    before = reading.findings(one.current_revision).drop("finding")
    buffer = io.BytesIO()
    before.with_columns(pl.lit("In earlier words.").alias("message")).write_parquet(buffer)
    earlier = {"findings": storage.save(buffer.getvalue()), "rules_version": "of an earlier release"}
    Revision.objects.filter(data_return=one).update(**earlier)
    rechecking.sweep()
    work_off()
    one.refresh_from_db()
    assert one.current_revision.number == 2
    assert reading.findings(one.current_revision).drop("finding").equals(before), "people read the words of now"
    assert Event.objects.get(kind=Happening.RECHECKED.value).details["words_only"]
    assert not ToTell.objects.exists()


def test_checking_again_takes_a_constant_number_of_queries_for_each_return(
    collection: DataCollection, django_assert_max_num_queries: Callable[..., object]
) -> None:
    returns = loaded_returns(collection, 6)
    switched(collection, rule_with_errors(returns[0]))
    walk = Recheck.objects.get()
    with django_assert_max_num_queries(12 + 6 * 24):  # type: ignore[attr-defined]
        rechecking.run(walk.pk)
    assert Event.objects.filter(kind="checked again").count() == 6


def test_notes_and_the_way_from_one_revision_to_the_next_outlive_a_recheck(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    one = loaded_returns(collection, 1)[0]
    User.objects.get(username="wharf").memberships.update(organisation=one.organisation)
    client = signed_in("wharf")
    address = f"/collections/{collection.slug}/{one.organisation.native_id}/"
    old = reading.findings(one.current_revision)
    key = rule_with_errors(one)
    kept = old.filter((pl.col("rule_key") != key) & pl.col("record").is_not_null()).row(-1, named=True)
    switched(collection, key, WITHDRAW)
    work_off()
    now = Return.objects.get(pk=one.pk)
    there = reading.findings(now.current_revision).filter(pl.col("identity") == kept["identity"])
    assert there["finding"][0] != kept["finding"], "numbers have moved on"
    shown = [collection.slug, one.organisation.native_id, 1, kept["finding"]]
    noted = client.post(reverse("note-on-finding", args=shown), {"text": "Seen."})
    assert noted.status_code == 302 and f"/2/{there['finding'][0]}/" in noted.url
    assert now.notes.get().identity == kept["identity"], "written on the finding that was shown, by whatever number"
    entity = edition_in(fresh(collection)).entity("PupilOnRoll")
    assert [following.row_now(now, 1, entity, row) for row in range(3)] == [0, 1, 2]
    assert [change.what for change in changes.history_of_record(now, entity, 0)] == ["loaded"]

    page = client.get(address).content.decode()
    assert "was changed by the department" in page and "Suppliers misread it." in page
    assert "checked with earlier rules" not in page
    Revision.objects.filter(pk=now.current_revision_id).update(rules_version="earlier")
    assert "It will be checked again; you need do nothing." in client.get(address).content.decode()
    assert "Suppliers misread it." in client.get(f"{address}all-errors/").content.decode()
    rule = client.get(f"{address}rules/{key}/").content.decode()
    assert "Withdrawn on" in rule and "Suppliers misread it." in rule
    history = client.get(f"{address}history/").content.decode()
    assert "Checked again with changed rules" in history and "is no longer asked: Suppliers misread it." in history


def test_a_rule_is_switched_on_screen(collection: DataCollection, signed_in: Callable[[str], Client]) -> None:
    returns = loaded_returns(collection, 2)
    key = rule_with_errors(returns[0])
    client = signed_in("department")
    rules = f"/collections/{collection.slug}/rules/"
    form = f"{rules}switches/new/{key}/"
    assert "Switch rule" in client.get(form).content.decode()
    refused = client.post(form, {"reason": " ", "when": "later", "date-day": "31", "date-month": "2"})
    assert refused.status_code == 422
    for said in ("Choose what to do with the rule", "Say why", "Enter the day, month and year"):
        assert said in refused.content.decode()
    impact_page = client.post(form, {"kind": "soften", "reason": "Suppliers <b>misread</b> it.", "when": "now"}).url
    assert "Waiting to begin" in client.get(impact_page).content.decode()
    assert client.get(f"{impact_page}progress/").json() == {
        "finished": False,
        "stage": "Waiting to begin",
        "percentage": 0,
    }
    assert client.post(impact_page).status_code == 422
    work_off()
    page = client.get(impact_page).content.decode()
    assert "2 of 2 stored returns would change" in page and "Suppliers &lt;b&gt;misread&lt;/b&gt; it." in page
    assert client.post(impact_page).status_code == 302
    switches = client.get(f"{rules}switches/").content.decode()
    assert "Stored returns are being checked again: 0 of 2" in switches and "Softened to a query" in switches
    assert client.post(impact_page).status_code == 422
    work_off()
    assert "2 returns have another result than before" in client.get(f"{rules}switches/").content.decode()
    in_a_year = timezone.localtime() + dt.timedelta(days=365)
    date = {"date-day": in_a_year.day, "date-month": in_a_year.month, "date-year": in_a_year.year}
    planned = client.post(form, {"kind": "restore", "reason": "It was put right.", "when": "later", **date}).url
    work_off()
    client.post(planned)
    switch = RuleSwitch.objects.last()
    assert switch is not None and timezone.localtime(switch.starts_at).date() == in_a_year.date()
    off = f"{rules}switches/{switch.pk}/call-off/"
    assert "Call off" in client.get(off).content.decode() and client.post(off).status_code == 422
    assert client.post(off, {"reason": "They did not."}).status_code == 302
    assert "Called off on" in client.get(f"{rules}switches/").content.decode()
    assert client.get(f"{rules}switches/new/no-such-rule/").status_code == 404
    assert client.get(f"{rules}switches/impact/99999/").status_code == 404
