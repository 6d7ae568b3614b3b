"""Uploads in pieces: the tus protocol, breaks, kills at any point, expiry, and the virus scanner."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from collectory.portal.people.models import Membership
from collectory.portal.transfer import scanning, store
from collectory.portal.transfer.models import Delivery, SealedContent, TransferredFile, UnfinishedUpload
from collectory.portal.transfer.services import checking, upkeep, uploading
from collectory.portal.transfer.services.recording import handler_for
from collectory.portal.transfer.states import State
from tests.portal.deliveries import NAME, archive, checked, delivery, file_type, send, sent

pytestmark = pytest.mark.django_db
TUS = {"Tus-Resumable": "1.0.0"}
SignedIn = Callable[[str], Client]


def begin(client: Client, owed: Delivery, length: int, name: str = NAME, **more: str) -> Any:
    """Create an upload."""
    about = f"filename {base64.b64encode(name.encode()).decode()}"
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": about, **more}
    return client.post(f"/transfer/{owed.pk}/uploads/", headers=headers)


def add(client: Client, address: str, offset: int, data: bytes, **more: str) -> Any:
    """Add bytes to an upload."""
    headers = {**TUS, "Upload-Offset": str(offset), **more}
    return client.patch(address, data, content_type="application/offset+octet-stream", headers=headers)


def stands(client: Client, address: str) -> int:
    """Where an upload stands."""
    answer = client.head(address, headers=TUS)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def test_an_upload_in_pieces_broken_off_and_gone_on_with(signed_in: SignedIn) -> None:
    owed = delivery()
    client = signed_in("harcourt")
    content = archive("UPN\n" + "A800000000001\n" * 2000)
    answer = begin(client, owed, len(content))
    assert answer.status_code == 201 and answer["Upload-Expires"].endswith("GMT")
    address = answer["Location"]
    assert stands(client, address) == 0
    at = len(content) * 9 // 10
    assert add(client, address, 0, content[:at]).status_code == 204
    assert f"{at * 100 // len(content)}% has come" in client.get(f"/transfer/{owed.pk}/send/").content.decode()
    assert add(client, address, 0, content).status_code == 409, "not where it stands"
    assert client.post(address).status_code == 200 and not TransferredFile.objects.exists(), "it is not complete"
    assert add(client, address, stands(client, address), content[at:] + b"too much").status_code == 204
    assert stands(client, address) == len(content)
    receipt = client.post(address, follow=True).content.decode()
    file = TransferredFile.objects.get()
    assert file.content is not None and b"".join(store.pieces(file.content)) == content
    assert hashlib.sha256(content).hexdigest() == file.sha256 and file.sha256 in receipt
    assert client.head(address, headers=TUS).status_code == 410


def test_the_protocol_says_no_in_its_own_words(signed_in: SignedIn, settings: Any) -> None:
    owed = delivery()
    client = signed_in("harcourt")
    offer = client.options(f"/transfer/{owed.pk}/uploads/")
    assert offer["Tus-Extension"] == "creation,expiration,checksum,termination" and offer["Tus-Version"] == "1.0.0"
    assert begin(client, owed, 10, **{"Tus-Resumable": "0.2"}).status_code == 412
    assert begin(client, owed, 10, **{"Upload-Metadata": "filename ???"}).status_code == 400
    assert begin(client, owed, 10, **{"Upload-Length": "-1"}).status_code == 400
    assert begin(client, owed, settings.TRANSFER_LIMIT + 1).status_code == 413
    other = begin(client, owed, 10, name="8552001_Collect-Blade-Export.zip")
    assert other.status_code == 422 and "another school" in other.content.decode(), "said before anything is sent"
    address = begin(client, owed, 100)["Location"]
    wrong = client.patch(address, b"x", content_type="text/plain", headers={**TUS, "Upload-Offset": "0"})
    assert wrong.status_code == 415
    digest = base64.b64encode(hashlib.sha1(b"PK\x03\x04other").digest()).decode()
    assert add(client, address, 0, b"PK\x03\x04", **{"Upload-Checksum": f"sha1 {digest}"}).status_code == 460
    assert add(client, address, 0, b"PK\x03\x04", **{"Upload-Checksum": "md5 xyz"}).status_code == 400
    assert stands(client, address) == 0
    digest = base64.b64encode(hashlib.sha256(b"PK\x03\x04").digest()).decode()
    assert add(client, address, 0, b"PK\x03\x04", **{"Upload-Checksum": f"sha256 {digest}"}).status_code == 204
    assert client.delete(address, headers=TUS).status_code == 204
    assert not SealedContent.objects.exists()
    refused = add(client, begin(client, owed, 4)["Location"], 0, b"%PDF")
    assert refused.status_code == 422 and not SealedContent.objects.exists()
    for _ in range(uploading.MOST_AT_A_TIME):
        begin(client, owed, 10)
    assert begin(client, owed, 10).status_code == 429


def test_an_upload_is_its_senders_alone(signed_in: SignedIn) -> None:
    owed = delivery()
    address = begin(signed_in("harcourt"), owed, 100)["Location"]
    for username, status in [("larkshire", 410), ("harcourt-reader", 403), ("wharf", 404), ("department", 404)]:
        client = signed_in(username)
        assert client.head(address, headers=TUS).status_code == status, username
        assert add(client, address, 0, b"x").status_code == status
        assert client.delete(address, headers=TUS).status_code == status
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in("harcourt").cookies
    assert add(strict, address, 0, b"x").status_code == 403, "a forged request"


def test_what_came_before_the_line_broke_is_kept(membership: Membership) -> None:
    owed = delivery()
    handler = handler_for(membership, owed)
    upload = uploading.start(owed, handler, NAME, 3000)
    assert isinstance(upload, UnfinishedUpload)

    def broken() -> Iterator[bytes]:
        yield b"a" * 1000
        yield b"b" * 500
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        uploading.add(upload, broken())
    again = UnfinishedUpload.objects.select_related("content").get()
    assert again.content.size == 1500
    stale = UnfinishedUpload.objects.select_related("content").get()
    uploading.add(again, [b"c" * 1500])
    with pytest.raises(uploading.Overtaken):
        uploading.add(stale, [b"d" * 10])
    content = SealedContent.objects.get()
    assert b"".join(store.pieces(content)) == b"a" * 1000 + b"b" * 500 + b"c" * 1500


def test_uploads_that_are_not_finished_go(membership: Membership, settings: Any) -> None:
    owed = delivery()
    upload = uploading.start(owed, handler_for(membership, owed), NAME, 3000)
    assert isinstance(upload, UnfinishedUpload)
    uploading.add(upload, [b"a" * 1000])
    place = Path(default_storage.path(store._path(upload.content, 0)))
    assert place.exists()
    upkeep.go_round(timezone.now() + timezone.timedelta(hours=settings.TRANSFER_HOURS - 1))
    assert UnfinishedUpload.objects.exists() and place.exists()
    upkeep.go_round(timezone.now() + timezone.timedelta(hours=settings.TRANSFER_HOURS + 1))
    assert not UnfinishedUpload.objects.exists() and not SealedContent.objects.exists() and not place.exists()


def test_a_content_that_nothing_names_goes_and_no_other(membership: Membership) -> None:
    owed = delivery()
    file = sent(owed, membership)
    left = store.keep([b"of a request that was killed"])
    waiting = uploading.start(owed, handler_for(membership, owed), NAME, 3000)
    assert isinstance(waiting, UnfinishedUpload)
    assert store.sweep() == 0, "it may still be on its way"
    assert store.sweep(timezone.now() + timezone.timedelta(hours=13)) == 1
    assert {one.pk for one in SealedContent.objects.all()} == {file.content_id, waiting.content_id} - {left.pk}


def test_a_check_whose_worker_was_killed_is_taken_up(membership: Membership, settings: Any) -> None:
    owed = delivery()
    file = sent(owed, membership)
    # As a worker leaves it that is killed in the middle.
    TransferredFile.objects.filter(pk=file.pk).update(stage="checking", attempts=1, alive_at=timezone.now())
    assert checking.recover() == 0, "it shows signs of life"
    assert checking.recover(sole_worker=True) == 0, "its task waits"
    TransferredFile.objects.filter(pk=file.pk).update(task_id="")
    assert checking.recover(sole_worker=True) == 1
    checked(owed)
    assert owed.standing is State.RECEIVED
    assert [one.kind for one in owed.events.all()] == ["received", "checked"]
    again = sent(owed, membership, archive("UPN\nB\n"))
    TransferredFile.objects.filter(pk=again.pk).update(stage="checking", attempts=3, alive_at=None, task_id="")
    assert checking.recover() == 1
    owed.refresh_from_db()
    assert owed.standing is State.RECEIVED and owed.events.last().kind == "check failed"


EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLAMD = shutil.which("clamd") or ("/usr/sbin/clamd" if Path("/usr/sbin/clamd").exists() else None)


@pytest.fixture
def clamd(tmp_path: Path, settings: Any) -> Iterator[str]:
    """A daemon of ClamAV with one signature of our own, that of the EICAR file: real ones cannot be downloaded here."""
    database = tmp_path / "signatures"
    database.mkdir()
    signature = f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Eicar-Test\n"
    (database / "own.hdb").write_text(signature)
    place = tmp_path / "clamd.socket"
    (tmp_path / "clamd.conf").write_text(
        f"LocalSocket {place}\nDatabaseDirectory {database}\nForeground yes\nStreamMaxLength 1M\n"
        f"PidFile {tmp_path / 'pid'}\nTemporaryDirectory {tmp_path}\n"
    )
    daemon = subprocess.Popen([str(CLAMD), "--config-file", str(tmp_path / "clamd.conf")], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if place.exists():
                break
            assert daemon.poll() is None, "clamd ended"
            time.sleep(0.1)
        settings.CLAMD = str(place)
        yield str(place)
    finally:
        daemon.kill()
        daemon.wait()


@pytest.mark.skipif(CLAMD is None, reason="no ClamAV here (Debian has it as clamav-daemon)")
def test_a_virus_is_found_and_its_file_is_nobodys(
    signed_in: SignedIn, membership: Membership, clamd: str, settings: Any
) -> None:
    owed = delivery(file_type(name_pattern=""))
    sent(owed, membership, b"harmless", name="harmless.txt")
    checked(owed)
    assert owed.current_file is not None and owed.current_file.scan == "clean"
    assert "scanned for viruses before" in signed_in("larkshire").get("/transfer/desk/").content.decode()
    before = SealedContent.objects.count()
    bad = sent(owed, membership, EICAR, name="notes.txt")
    checked(owed)
    bad.refresh_from_db()
    assert bad.scan == "infected" and bad.content is None and SealedContent.objects.count() == before
    assert owed.standing is State.QUESTIONS and owed.current_file != bad
    event = owed.events.last()
    assert event is not None and event.kind == "virus found" and "Eicar-Test" in event.details["virus"]
    assert signed_in("larkshire").get(f"/transfer/{owed.pk}/files/2/download/").status_code == 404
    large = sent(owed, membership, os.urandom(3 << 20), name="large.bin")
    checked(owed)
    large.refresh_from_db()
    assert large.scan == "not scanned", "larger than the daemon takes"


def answering(place: Path, answer: bytes) -> threading.Thread:
    """A process at a scanner's address that speaks the protocol of clamd, for answers that are hard to get."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(place))
    listening.listen()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, listening, connection.makefile("rb") as come:
            assert come.read(10) == b"zINSTREAM\0"
            while length := struct.unpack("!I", come.read(4))[0]:
                come.read(length)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def test_a_file_waits_for_a_scanner_that_does_not_answer(
    membership: Membership, settings: Any, tmp_path: Path, signed_in: SignedIn
) -> None:
    settings.CLAMD = str(tmp_path / "nobody")
    owed = delivery()
    file = sent(owed, membership)
    checked(owed)
    file.refresh_from_db()
    assert owed.standing is State.CHECKING and file.attempts == 0 and not file.may_be_opened
    assert signed_in("larkshire").get(f"/transfer/{owed.pk}/files/1/download/").status_code == 404
    thread = answering(tmp_path / "nobody", b"stream: OK\0")
    checked(owed)
    thread.join(10)
    file.refresh_from_db()
    assert owed.standing is State.RECEIVED and file.scan == "clean" and file.may_be_opened


def test_what_a_scanner_says(settings: Any, tmp_path: Path) -> None:
    for number, (answer, verdict) in enumerate(
        {
            b"stream: OK\0": scanning.Verdict(),
            b"stream: Some.Virus FOUND\0": scanning.Verdict(virus="Some.Virus"),
            b"INSTREAM size limit exceeded. ERROR\0": scanning.Verdict(
                why_not="it is larger than the virus scanner takes"
            ),
        }.items()
    ):
        settings.CLAMD = str(tmp_path / str(number))
        answering(tmp_path / str(number), answer)
        assert scanning.scan([b"x" * 100_000]) == verdict
    settings.CLAMD = str(tmp_path / "odd")
    answering(tmp_path / "odd", b"what?\0")
    with pytest.raises(scanning.ScannerGone):
        scanning.scan([b"x"])
    settings.CLAMD = ""
    assert scanning.scan([b"x"]).why_not


def test_a_refused_content_is_no_files(membership: Membership) -> None:
    owed = delivery()
    send(owed, membership, b"%PDF")
    assert not TransferredFile.objects.exists()
