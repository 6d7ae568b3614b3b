"""Uploads: loaded, refused, taken up again, never by half and never twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from collectory.engine import Refusal
from collectory.portal.people.models import Membership
from collectory.portal.returns.models import Event, Return, RuleTally, Upload
from collectory.portal.returns.services import accepting, submitting, uploading
from collectory.portal.returns.services.accepting import accept, replaced_by_upload
from collectory.portal.returns.states import fold
from tests.portal.census_files import census
from tests.portal.conftest import work_off

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Upload]


class Killed(BaseException):
    """Stands for the end of the process: no handler of ours may see it."""


def snapshot(data_return: Return) -> dict[str, Any]:
    """What must not change when a file is refused."""
    data_return.refresh_from_db()
    fields = ["state", "errors", "queries", "current_revision_id", "submitted_at", "approved_at"]
    return {name: getattr(data_return, name) for name in fields}


def take(data_return: Return, membership: Membership, content: bytes, *, confirmed: bool = False) -> Upload | Refusal:
    return accept(data_return, membership, ContentFile(content, name="census.xml"), confirmed=confirmed)


def test_a_good_file_is_loaded(hand_in: HandIn, census_return: Return) -> None:
    upload = hand_in(census(14, pupil={"NCyearActual": "99"}))
    assert (upload.outcome, upload.stage, upload.percentage) == ("loaded", "finished", 100)
    revision = census_return.current_revision
    assert revision is not None and revision.upload == upload
    assert revision.records["PupilOnRoll"] == 14
    assert census_return.state == "loaded and validated"
    assert census_return.errors == revision.errors > 0
    tallies = RuleTally.objects.filter(revision=revision)
    assert sum(tally.findings for tally in tallies) == revision.errors + revision.queries
    event = census_return.events.get()
    assert (event.kind, event.from_state, event.to_state) == ("uploaded", "no data", "loaded and validated")
    assert event.user == upload.uploaded_by and event.role == "source"


def test_the_cached_state_is_the_fold_of_the_events(hand_in: HandIn, census_return: Return) -> None:
    for content in [census(14), b"nonsense", census(15), b""]:
        hand_in(content)
        standing = fold(census_return.events.all())
        assert census_return.state == standing.state.value


REFUSED = {
    "nothing in it": (b"", "empty"),
    "blank": (b"  \n \n", "empty"),
    "not XML": (b"Surname,Forename\nA,B\n", "not-xml"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "zip"),
    "cut off": (census(3)[:-40], "malformed"),
    "wrong root": (b"<Register><Pupil/></Register>", "wrong-root"),
    "hostile": (
        b'<!DOCTYPE m [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><Message><Header>&b;</Header></Message>',
        "hostile",
    ),
    "another year": (census(3, header={"Year": "2020"}), "wrong-year"),
    "another term": (census(3, header={"Term": "SPR"}), "wrong-term"),
    "another school": (census(3, native_id="8554002"), "wrong-source"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_file_leaves_the_return_as_it_was(
    content: bytes, code: str, hand_in: HandIn, census_return: Return
) -> None:
    hand_in(census(14))
    before = snapshot(census_return)
    upload = hand_in(content)
    assert upload.outcome == "refused"
    assert upload.refusal_code == code
    assert upload.refusal_title and upload.refusal_message and upload.refusal_action
    assert snapshot(census_return) == before
    assert [event.kind for event in census_return.events.all()] == ["uploaded", "upload refused"]


def test_the_same_file_again_is_refused(hand_in: HandIn, census_return: Return) -> None:
    hand_in(census(14))
    before = snapshot(census_return)
    assert hand_in(census(14)).refusal_code == "same-file"
    assert snapshot(census_return) == before
    assert hand_in(census(15)).outcome == "loaded"
    assert hand_in(census(14)).outcome == "loaded", "an earlier file may come back after another one"


def test_one_upload_at_a_time(census_return: Return, membership: Membership) -> None:
    first = take(census_return, membership, census(14))
    second = take(census_return, membership, census(15))
    assert isinstance(first, Upload)
    assert isinstance(second, Refusal) and second.code == "upload-running"
    work_off()
    first.refresh_from_db()
    assert first.outcome == "loaded"
    assert census_return.revisions.count() == 1


def test_the_database_itself_refuses_a_second_running_upload(
    census_return: Return, membership: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(census_return, membership, census(14))
    # Both requests saw no running upload: only the constraint is left.
    monkeypatch.setattr(accepting, "why_not", lambda *args: "")
    monkeypatch.setattr(type(census_return.uploads.all()), "exists", lambda self: False)
    second = take(census_return, membership, census(15))
    assert isinstance(second, Refusal) and second.code == "upload-running"
    assert census_return.uploads.count() == 1


KILL_POINTS = ["read_return", "checked", "keep", "add_revision", "record"]


@pytest.mark.parametrize("point", KILL_POINTS)
def test_a_worker_killed_at_any_point_is_followed_by_another(
    point: str, census_return: Return, membership: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = take(census_return, membership, census(14))
    assert isinstance(upload, Upload)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(uploading, point, die)
        # As the worker does: it claims the task's row, then runs it, and dies.
        task = DBTaskResult.objects.get(pk=upload.task_id)
        task.claim("dead-worker")
        with pytest.raises(Killed):
            task.task.call(*task.args_kwargs["args"])
    census_return.refresh_from_db()
    assert census_return.current_revision is None and not census_return.revisions.exists()
    assert not census_return.events.exists()

    assert uploading.recover(sole_worker=False) == 0, "a worker that was alive a moment ago is left alone"
    assert uploading.recover(sole_worker=True) == 1
    work_off()
    upload.refresh_from_db()
    census_return.refresh_from_db()
    assert (upload.outcome, upload.attempts) == ("loaded", 2)
    assert census_return.revisions.count() == census_return.events.count() == 1


def test_a_silent_worker_is_given_up_after_a_while(
    census_return: Return, membership: Membership, settings: Any
) -> None:
    upload = take(census_return, membership, census(14))
    assert isinstance(upload, Upload)
    DBTaskResult.objects.get(pk=upload.task_id).claim("dead-worker")
    assert uploading.recover() == 0
    settings.UPLOAD_SILENCE = -1
    assert uploading.recover() == 1
    settings.UPLOAD_SILENCE = 30
    work_off()
    upload.refresh_from_db()
    assert upload.outcome == "loaded"


def test_an_attempt_that_was_overtaken_leaves_no_trace(
    census_return: Return, membership: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = take(census_return, membership, census(14))
    assert isinstance(upload, Upload)
    keep = uploading.keep

    def keep_after_somebody_else_did_it_all(*args: Any) -> Any:
        kept = keep(*args)
        with monkeypatch.context() as patch:
            patch.setattr(uploading, "keep", keep)
            uploading.recover(sole_worker=True)
            work_off()
        return kept

    monkeypatch.setattr(uploading, "keep", keep_after_somebody_else_did_it_all)
    uploading.check_upload(upload.pk)
    census_return.refresh_from_db()
    assert census_return.revisions.count() == census_return.events.count() == 1
    assert Upload.objects.get(pk=upload.pk).outcome == "loaded"


def test_a_task_that_runs_again_does_nothing(hand_in: HandIn, census_return: Return) -> None:
    upload = hand_in(census(14))
    uploading.check_upload(upload.pk)
    uploading.check_upload(upload.pk)
    assert census_return.revisions.count() == census_return.events.count() == 1


def test_a_fault_of_ours_is_tried_again_and_then_said(
    hand_in: HandIn, census_return: Return, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(census(14))
    before = snapshot(census_return)

    def break_off(*args: object, **kwargs: object) -> None:
        raise RuntimeError("Surname Made00001")

    monkeypatch.setattr(uploading, "checked", break_off)
    upload = hand_in(census(15))
    assert (upload.outcome, upload.attempts) == ("failed", 3)
    assert upload.refusal_action
    assert snapshot(census_return) == before
    assert census_return.events.last().kind == "upload failed"
    assert not DBTaskResult.objects.exclude(traceback="").exists(), (
        "no traceback, which may quote data, in the database"
    )


@pytest.mark.usefixtures("lenient")
def test_uploading_over_a_submitted_return_asks_first(
    hand_in: HandIn, census_return: Return, membership: Membership
) -> None:
    hand_in(census(14))
    submitting.submit(census_return, membership, version=census_return.version)
    census_return.refresh_from_db()
    assert census_return.state == "submitted" and replaced_by_upload(census_return).asks_first
    outcome = take(census_return, membership, census(15))
    assert isinstance(outcome, Refusal) and outcome.code == "not-confirmed"
    assert hand_in(census(15), confirmed=True).outcome == "loaded"
    assert census_return.state == "loaded and validated" and census_return.submitted_at is None


@pytest.mark.usefixtures("lenient")
def test_a_return_that_moved_on_meanwhile_is_not_overwritten(
    hand_in: HandIn, census_return: Return, membership: Membership
) -> None:
    from collectory.portal.people.parts import Part
    from collectory.portal.returns.services.recording import Actor, locked, record
    from collectory.portal.returns.states import Happening

    hand_in(census(14))
    submitting.submit(census_return, membership, version=census_return.version)
    upload = take(census_return, membership, census(15), confirmed=True)
    assert isinstance(upload, Upload)
    department = Membership.objects.get(user__username="department")
    with transaction.atomic():
        record(
            locked(census_return.pk),
            Actor(department.user, department.organisation, "collector", Part.COLLECTOR),
            Happening.APPROVED,
        )
    work_off()
    upload.refresh_from_db()
    census_return.refresh_from_db()
    assert (upload.outcome, upload.refusal_code) == ("refused", "changed-meanwhile")
    assert census_return.state == "approved" and census_return.revisions.count() == 1


def test_file_names_lose_their_folders(hand_in: HandIn) -> None:
    assert hand_in(census(3), name="C:\\Users\\someone\\census.xml").file_name == "census.xml"


def test_every_event_has_its_state_before_and_after(hand_in: HandIn, census_return: Return) -> None:
    hand_in(census(14))
    hand_in(census(15))
    events = list(Event.objects.filter(data_return=census_return).order_by("id"))
    assert all(later.from_state == earlier.to_state for earlier, later in itertools.pairwise(events))
    assert sorted(census_return.revisions.values_list("number", flat=True)) == [1, 2]


def test_a_loaded_file_offers_submission_to_who_may_submit(
    hand_in: HandIn, census_return: Return, signed_in: Callable[[str], Client]
) -> None:
    upload = hand_in(census(3))
    census_return.revisions.update(errors=0, queries=0)
    names = [census_return.collection.slug, census_return.organisation.native_id]
    page, submit = reverse("upload-progress", args=[*names, upload.pk]), reverse("submit", args=names)
    for username, offered in (("harcourt", True), ("harcourt-reader", False), ("department", False)):
        shown = signed_in(username).get(page).content.decode()
        assert (submit in shown) == offered and "not submitted yet" in shown, username
