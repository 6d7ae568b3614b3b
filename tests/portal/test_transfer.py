"""Files that are received: sealed on the disk, kept before they are answered, stale when the return moves."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from collectory.engine import Refusal
from collectory.portal.people.models import Membership
from collectory.portal.returns.models import Return
from collectory.portal.transfer import keys, store
from collectory.portal.transfer.models import SealedContent, TransferredFile
from collectory.portal.transfer.services.receiving import Received
from collectory.portal.transfer.states import State
from tests.portal import opened
from tests.portal.deliveries import NAME, UPN, archive, checked, delivery, file_type, send, sent

pytestmark = pytest.mark.django_db


def on_disk() -> dict[str, bytes]:
    """Every file of the transfer's store, by its path."""
    root = Path(default_storage.path("transfer"))
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_is_kept_can_be_read_again_and_by_nobody_else(membership: Membership) -> None:
    content = archive("UPN,Surname\n" + f"{UPN},Osborne\n" * 1000)
    before = set(on_disk())
    file = sent(delivery(), membership, content)
    assert file.content is not None and b"".join(store.pieces(file.content)) == content
    new = {path: data for path, data in on_disk().items() if path not in before}
    assert new
    for path, data in new.items():
        for readable in (UPN.encode(), b"PK\x03\x04", b"Osborne", b"PupilOnRoll", b"8554001"):
            assert readable not in data and readable not in path.encode()
        assert os.stat(default_storage.path(f"transfer/{path}")).st_mode & 0o077 == 0


def test_a_large_content_is_in_pieces_and_none_can_be_swapped(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PIECE", 1000)
    content = store.keep([os.urandom(700) for _ in range(5)])
    assert (content.pieces, content.size) == (4, 3500)
    first, second = (Path(default_storage.path(store._path(content, number))) for number in (0, 1))
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    with pytest.raises(store.Damaged):
        list(store.pieces(content))
    first.write_bytes(kept)
    assert sum(map(len, store.pieces(content))) == 3500
    Path(default_storage.path(store._path(content, 3))).unlink()
    with pytest.raises(store.Damaged):
        list(store.pieces(content))


def test_a_new_key_takes_over_without_writing_the_files_again(db: None, settings: Any) -> None:
    old = dict(settings.TRANSFER_KEYS)
    content = store.keep([b"something"])
    before = on_disk()
    settings.TRANSFER_KEYS = {"new": os.urandom(32), **old}
    assert b"".join(store.pieces(content)) == b"something"
    assert store.rewrap() == SealedContent.objects.count() and store.rewrap() == 0
    settings.TRANSFER_KEYS = {"new": settings.TRANSFER_KEYS["new"]}
    content.refresh_from_db()
    assert content.key_id == "new" and b"".join(store.pieces(content)) == b"something"
    assert on_disk() == before
    settings.TRANSFER_KEYS = {"new": os.urandom(32)}
    with pytest.raises(keys.NoKey):
        list(store.pieces(content))


def test_keys_that_cannot_be_used_are_refused_without_being_told() -> None:
    for wrong in (["a:c2hvcnQ="], ["nothing"], ["a b:" + "A" * 43 + "="], ["a:" + "A" * 43 + "="] * 2):
        with pytest.raises(Exception, match="COLLECTORY_TRANSFER_KEYS") as refused:
            keys.parsed(wrong)
        assert "c2hvcnQ" not in str(refused.value)
    assert settings.TRANSFER_KEYS


def test_the_file_is_received_then_checked_and_waits_for_the_team(membership: Membership) -> None:
    owed = delivery()
    assert owed.standing is State.AWAITED
    file = sent(owed, membership)
    assert owed.standing is State.CHECKING and not file.may_be_opened
    checked(owed)
    file.refresh_from_db()
    assert owed.standing is State.RECEIVED and file.may_be_opened
    assert [event.kind for event in owed.events.all()] == ["received", "checked"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Current-Blade-Export.zip", "wrong-name"),
        ("8554001_Collect-Blade-Export (1).zip", "wrong-name"),
        ("8552001_Collect-Blade-Export.zip", "another-school"),
        ("855 4002.zip", "another-school"),
        ("8554001_SC3_855LL21_001.xml", "wrong-kind"),
        ("census", "wrong-kind"),
    ],
)
def test_names(membership: Membership, name: str, code: str) -> None:
    owed = delivery()
    outcome = send(owed, membership, name=name)
    assert isinstance(outcome, Refusal) and outcome.code == code
    assert not owed.files.exists()
    if code == "wrong-name":
        assert NAME in outcome.action
        file = sent(owed, membership, name=name, under_right_name=True)
        assert (file.name, file.sent_name) == (NAME, name)


def test_capitals_do_not_matter(membership: Membership) -> None:
    assert sent(delivery(), membership, name=NAME.upper()).name == NAME


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no content"),
        (b"%PDF-1.7", "a PDF document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"MZ\x90", "a program"),
        (b"UPN,Surname", "a text file"),
        (b"Rar!\x1a", "a RAR archive"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(membership: Membership, content: bytes, says: str) -> None:
    outcome = send(delivery(), membership, content)
    assert isinstance(outcome, Refusal) and says in outcome.message


def test_the_same_file_twice_is_received_once(membership: Membership) -> None:
    owed = delivery()
    file = sent(owed, membership)
    again = send(owed, membership)
    assert isinstance(again, Received) and not again.is_new and again.file == file
    assert owed.files.count() == 1 and owed.events.count() == 1


def loaded(data_return: Return, membership: Membership, surname: str) -> None:
    """Load the return with another surname of the first pupil."""
    pupils = [{**opened.PUPILS[0], "Surname": surname}, *opened.PUPILS[1:]]
    opened.load(data_return, membership, opened.tables(pupils))


@pytest.fixture
def submit(census_return: Return, membership: Membership, lenient: None) -> Callable[[], None]:
    """Submit the return as its school does."""
    from collectory.portal.returns.services.submitting import submit as send_in

    def submit() -> None:
        census_return.refresh_from_db()
        outcome = send_in(census_return, membership, version=census_return.version)
        assert not isinstance(outcome, Refusal), outcome
        census_return.refresh_from_db()

    return submit


def test_a_file_of_the_return_goes_stale_with_it_and_is_fresh_again(
    census_return: Return, membership: Membership, submit: Callable[[], None]
) -> None:
    from collectory.portal.returns.services.exporting import export

    owed = delivery(file_type(collection=census_return.collection))
    loaded(census_return, membership, "Osborne")
    submit()
    outcome = export(census_return, membership, "csv", own_name=True)
    assert not isinstance(outcome, Refusal)
    file = sent(owed, membership, outcome[0].read())
    assert file.revision == census_return.current_revision, "recognised by its bytes, though it came by hand"
    checked(owed)
    assert owed.standing is State.RECEIVED
    loaded(census_return, membership, "Other")
    owed.refresh_from_db()
    assert owed.standing is State.STALE and "changed" in owed.stale_because
    loaded(census_return, membership, "Osborne")
    owed.refresh_from_db()
    assert owed.standing is State.STALE and "not submitted" in owed.stale_because
    submit()
    owed.refresh_from_db()
    assert owed.standing is State.RECEIVED
    assert [one.kind for one in owed.events.all()] == ["received", "checked", "went stale", "fresh again"]


def test_the_same_file_does_not_do_where_a_new_one_is_wanted(membership: Membership) -> None:
    owed = delivery()
    sent(owed, membership)
    owed.again_reason = "Year 9 is missing"
    owed.save()
    outcome = send(owed, membership)
    assert isinstance(outcome, Refusal) and outcome.code == "same-file"
    assert owed.files.count() == 1
    assert TransferredFile.objects.get().content is not None
