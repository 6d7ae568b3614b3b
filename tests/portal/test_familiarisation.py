"""The end of a familiarisation: data go, counts and events stay; live data are never touched, kills lose nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from collectory.portal import storage
from collectory.portal.collections.models import DataCollection, ReleasedBlob
from collectory.portal.collections.services import emptying, opening
from collectory.portal.collections.who import Who
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Note, Return, Revision, Upload
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.states import Happening, State
from tests.portal import opened

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
HOUR = dt.timedelta(hours=1)
SCHOOLS = ("8554001", "8552001", "8554002")


@pytest.fixture
def trial(collection: DataCollection, membership: Membership) -> DataCollection:
    """A familiarisation beside the live collection, with data in three returns of it and in one live return."""
    department = Membership.objects.get(user__username="department")
    now = timezone.now()
    values = {"title": "Trial", "opens_at": now - HOUR, "closes_at": now + HOUR}
    made = opening.open_collection(collection.edition_key, values, Who(), is_live=False, membership=department)
    assert isinstance(made, DataCollection)
    for native_id in SCHOOLS:
        data_return = Return.objects.get(collection=made, organisation__native_id=native_id)
        who = Membership.objects.filter(organisation__native_id=native_id).first() or membership
        Membership.objects.get_or_create(user=who.user, organisation=data_return.organisation, role="source")
        theirs = Membership.objects.get(user=who.user, organisation=data_return.organisation, role="source")
        revision = opened.load(data_return, theirs, opened.tables())
        revision.refresh_from_db()
        event = Event.objects.filter(data_return=data_return).latest("pk")
        Note.objects.create(
            data_return=data_return, author=who.user, role="source", organisation=data_return.organisation,
            text="Ada Osborne is right", scope="return", event=event,
        )  # fmt: skip
    return made


def ended(trial: DataCollection) -> DataCollection:
    DataCollection.objects.filter(pk=trial.pk).update(closes_at=timezone.now() - HOUR)
    return DataCollection.objects.get(pk=trial.pk)


def test_every_page_says_that_it_is_for_familiarisation(trial: DataCollection, signed_in: SignedIn) -> None:
    school, department = signed_in("harcourt"), signed_in("department")
    own = f"/collections/{trial.slug}/8554001/"
    for address in (own, f"{own}history/", f"{own}upload/", f"{own}open/"):
        assert "<strong>Familiarisation.</strong>" in school.get(address).content.decode(), address
    for page in ("sources", "queues", "work", "statistics", "manage", "rules"):
        address = f"/collections/{trial.slug}/{page}/"
        assert "<strong>Familiarisation.</strong>" in department.get(address).content.decode(), address
    assert "Trial (familiarisation)" in school.get("/collections/").content.decode()
    live = school.get("/collections/school-census-2021-autumn/8554001/").content.decode()
    assert "Familiarisation." not in live


def test_nothing_is_removed_before_the_end_or_of_a_live_collection(trial: DataCollection) -> None:
    live = DataCollection.objects.get(is_live=True)
    DataCollection.objects.filter(pk=live.pk).update(closes_at=timezone.now() - HOUR)
    assert emptying.empty_all() == 0
    assert not emptying.empty(trial) and not emptying.empty(DataCollection.objects.get(pk=live.pk))
    assert Revision.objects.filter(data_return__collection=trial).count() == 3 and not ReleasedBlob.objects.exists()


def test_the_data_go_and_counts_and_events_stay(trial: DataCollection, census_return: Return, membership: Membership,
                                                signed_in: SignedIn) -> None:  # fmt: skip
    kept = opened.load(census_return, membership, opened.tables())
    errors = sum(Return.objects.filter(collection=trial).values_list("errors", flat=True))
    assert errors
    trial = ended(trial)
    assert emptying.empty_all() == 1 and emptying.empty_all() == 0
    trial.refresh_from_db()
    assert trial.emptied_at is not None
    assert trial.counts_at_end["received"] == 3 and trial.counts_at_end["errors"] == errors
    for model in (Revision, Upload, Note):
        assert not model._default_manager.filter(data_return__collection=trial).exists(), model
    events = Event.objects.filter(data_return__collection=trial)
    assert events.filter(kind=Happening.UPLOADED.value).count() == 3
    assert not events.exclude(kind=Happening.EMPTIED.value).exclude(details={}, reason="").exists()
    one = Return.objects.get(collection=trial, organisation__native_id="8554001")
    assert one.standing is State.NO_DATA and one.events.latest("pk").details["notes"] == 1
    assert "were removed on" in why_not(one, Act.UPLOAD, membership)
    school = signed_in("harcourt")
    for page in ("", "history/"):
        assert school.get(f"/collections/{trial.slug}/8554001/{page}").status_code == 200
    page = signed_in("department").get(f"/collections/{trial.slug}/manage/").content.decode()
    assert "3 returns received" in page
    kept.refresh_from_db()
    census_return.refresh_from_db()
    assert census_return.current_revision_id == kept.pk and storage.read(kept.findings)


def test_blobs_go_a_day_later_where_nothing_names_them(
    trial: DataCollection, census_return: Return, membership: Membership
) -> None:
    only_there = Return.objects.get(collection=trial, organisation__native_id="8552001").current_revision
    assert only_there is not None
    shared = storage.save(b"handed in twice")
    alone = storage.save(b"handed in for the trial only")
    Upload.objects.filter(data_return__organisation__native_id="8554002").update(sha256=shared)
    Upload.objects.filter(data_return__organisation__native_id="8552001").update(sha256=alone)
    emptying.empty(ended(trial))
    opened.load(census_return, membership, opened.tables())
    Upload.objects.filter(data_return=census_return).update(sha256=shared)
    assert emptying.delete_released() == {}, "not at once: somebody may be handing in the same bytes"
    now = timezone.now()
    assert emptying.delete_released(now + dt.timedelta(hours=30))["deleted"] >= 1
    assert storage.read(shared) == b"handed in twice"
    with pytest.raises(FileNotFoundError):
        storage.read(alone)
    assert storage.read(census_return.events.latest("pk").revision.findings), "the live return can be read"  # type: ignore[union-attr]
    assert emptying.delete_released(now + dt.timedelta(hours=30)) == {}


def test_bytes_that_come_back_are_not_deleted(trial: DataCollection, settings: Any, monkeypatch: Any) -> None:
    sha256 = storage.save(b"old")
    later = timezone.now() + dt.timedelta(hours=40)
    ReleasedBlob.objects.create(sha256=sha256)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: later - HOUR)
        assert not storage._is_there(sha256), "old enough to be written again"
    assert not storage.delete(sha256, unless_since=timezone.now() - HOUR)
    assert emptying.delete_released(timezone.now() + emptying.GRACE - HOUR) == {} and storage.read(sha256) == b"old"


def test_a_worker_killed_at_any_return_is_taken_up_from(trial: DataCollection, monkeypatch: Any) -> None:
    trial = ended(trial)
    record = emptying.record
    for place in range(3):
        count = 0

        def die(*args: Any, place: int = place, **more: Any) -> Any:
            nonlocal count
            count += 1
            if count > 1:
                raise KeyboardInterrupt
            return record(*args, **more)

        with monkeypatch.context() as patched:
            patched.setattr(emptying, "record", die)
            if place < 2:
                with pytest.raises(KeyboardInterrupt):
                    emptying.empty(trial)
            else:
                assert emptying.empty(trial)
        left = Revision.objects.filter(data_return__collection=trial).count()
        assert left == 2 - place, "what was done before the kill is done, the one at hand is whole"
    assert Event.objects.filter(kind=Happening.EMPTIED.value).count() == 3


def test_a_file_that_is_being_checked_is_waited_for(trial: DataCollection) -> None:
    running = Upload.objects.filter(data_return__collection=trial)[0]
    Upload.objects.filter(pk=running.pk).update(stage=Upload.Stage.CHECKING, outcome="")
    trial = ended(trial)
    assert not emptying.empty(trial) and Revision.objects.filter(data_return__collection=trial).count() == 1
    Upload.objects.filter(pk=running.pk).update(stage=Upload.Stage.FINISHED)
    assert emptying.empty(trial)


def test_the_worker_does_it_in_turns(trial: DataCollection, monkeypatch: Any) -> None:
    ended(trial)
    monkeypatch.setattr(emptying, "TURN", 0.0)
    emptying.look_after()
    emptying.look_after()
    queued = DBTaskResult.objects.filter(task_path__endswith="remove_data", status="READY")
    assert queued.count() == 1, "queued once"
    emptying.work()
    assert queued.count() == 1 and emptying.something_left()
    monkeypatch.setattr(emptying, "TURN", 60.0)
    emptying.work()
    assert not emptying.something_left() and DataCollection.objects.get(pk=trial.pk).emptied_at


def test_the_command_does_it_all(trial: DataCollection) -> None:
    ended(trial)
    call_command("tick", "--only-look")
    assert DataCollection.objects.get(pk=trial.pk).emptied_at is None
    call_command("tick")
    call_command("tick")
    assert DataCollection.objects.get(pk=trial.pk).emptied_at is not None
