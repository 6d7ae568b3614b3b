"""A process that stops at any statement it sends to the database, as kill -9 would stop it.

The statement is not sent and nothing after it runs: neither a handler nor a clean-up of ours may catch it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django_tasks_db.models import DBTaskResult

from collectory.portal.people.models import Membership
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services import approving, submitting, uploading
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.states import fold
from tests.portal.census_files import census
from tests.portal.conftest import work_off

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """What takes the place of the process's end."""


class Countdown:
    """Lets so many statements pass, and is the end at the next one."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return execute(sql, params, many, context)


@contextmanager
def killed_after(statements: int):  # type: ignore[no-untyped-def]
    """Runs the block until that many statements have been sent; gives a list that holds whether it was killed."""
    was_killed = []
    try:
        with connection.execute_wrapper(Countdown(statements)):
            yield was_killed
    except Killed:
        was_killed.append(True)


def handed_in(data_return: Return, membership: Membership) -> Upload:
    """A file that waits to be checked."""
    upload = accept(data_return, membership, ContentFile(census(2), name="census.xml"), confirmed=True)
    assert isinstance(upload, Upload)
    return upload


def at_rest(data_return: Return) -> Return:
    """The return as it is, after looking whether its state is what its events say."""
    found = Return.objects.get(pk=data_return.pk)
    assert fold(found.events.order_by("pk")).state is found.standing
    return found


@pytest.mark.parametrize("act", ["submit", "approve", "reject", "withdraw"])
def test_an_act_that_is_killed_at_each_statement_happens_wholly_or_not_at_all(
    act: str, census_return: Return, membership: Membership
) -> None:
    census_return.collection.errors_at_submission = "open"
    census_return.collection.queries_at_submission = "open"
    census_return.collection.save()
    handed_in(census_return, membership)
    work_off()
    department = Membership.objects.get(user__username="department")
    census_return.refresh_from_db()
    if act != "submit":
        submitting.submit(census_return, membership, version=census_return.version)
    doing: dict[str, Callable[[Return], Any]] = {
        "submit": lambda one: submitting.submit(one, membership, version=one.version),
        "approve": lambda one: approving.approve(one, department, version=one.version),
        "reject": lambda one: approving.reject(one, department, reason="A class is missing", version=one.version),
        "withdraw": lambda one: submitting.withdraw(one, membership, reason="Too early", version=one.version),
    }
    for statements in range(200):
        before = at_rest(census_return)
        events = before.events.count()
        with killed_after(statements) as was_killed:
            doing[act](before)
        after = at_rest(census_return)
        if was_killed:
            assert (after.standing, after.version, after.events.count()) == (before.standing, before.version, events)
            assert before.receipts.count() == after.receipts.count()
        else:
            assert after.events.count() == events + 1 and after.standing is not before.standing
            return
    raise AssertionError("it never came to its end")


def test_a_web_process_killed_while_it_takes_a_file_keeps_all_of_it_or_nothing(
    census_return: Return, membership: Membership
) -> None:
    """Before the last statement nothing was promised; from then on the file is seen to wait, with its task."""
    for statements in range(100):
        with killed_after(statements) as was_killed:
            handed_in(census_return, membership)
        after = at_rest(census_return)
        assert after.state == "no data"
        if was_killed:
            assert not after.uploads.exists() and not DBTaskResult.objects.exists()
        else:
            break
    upload = census_return.uploads.get()
    assert (upload.stage, str(DBTaskResult.objects.get().pk)) == (Upload.Stage.WAITING, upload.task_id)
    work_off()
    assert at_rest(census_return).state == "loaded and validated"


def test_a_worker_killed_at_each_statement_leaves_the_file_loaded_or_still_to_be_loaded(
    census_return: Return, membership: Membership, settings: Any
) -> None:
    """From its looking for what is left over to the end of the task: each next worker dies a statement later."""
    settings.UPLOAD_ATTEMPTS = 1000
    settings.UPLOAD_SILENCE = -1  # who is dead is known at once
    upload = handed_in(census_return, membership)
    for statements in range(300):
        with killed_after(statements) as was_killed:
            uploading.recover()
            call_command("db_worker", interval=0.01, startup_delay=False, reload=False, batch=True, verbosity=0)
        upload.refresh_from_db()
        after = at_rest(census_return)
        loaded = upload.outcome == Upload.Outcome.LOADED
        assert loaded is (after.state == "loaded and validated") is (after.current_revision is not None)
        assert after.revisions.count() == after.events.count() == int(loaded)
        if not was_killed:
            assert loaded
            return
        assert loaded or (not upload.is_finished and upload.outcome == "")
    raise AssertionError("it never came to its end")
