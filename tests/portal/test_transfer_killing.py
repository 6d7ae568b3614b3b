"""kill -9 of the whole service while schools send files: what was answered is there, the rest leaves nothing."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time

import pytest

from tests.portal.service import Service, Visitor, wait_for

pytestmark = pytest.mark.own_service

MAKE = (
    "from collectory.portal.transfer.models import *; from collectory.portal.people.models import Organisation;"
    "from collectory.portal.transfer.services.expecting import expect;"
    "t = FileType.objects.create(organisation=Organisation.objects.get(native_id='855'), name='Anything'); expect(t);"
    "print(t.deliveries.get(organisation__native_id='8554001').pk)"
)
READ = (
    "import hashlib, json; from collectory.portal.transfer import store;"
    "from collectory.portal.transfer.models import *;"
    "print(json.dumps([[hashlib.sha256(b''.join(store.pieces(one.content))).hexdigest(), one.sha256, one.stage]"
    " for one in TransferredFile.objects.order_by('number')]))"
)
LATER = (
    "import datetime; from django.utils import timezone; from collectory.portal.transfer.services import upkeep;"
    "upkeep.go_round(timezone.now() + datetime.timedelta(hours=49))"
)


def test_what_was_answered_is_there_after_any_kill(service: Service) -> None:
    place = f"/transfer/{service.ask(MAKE)}/send/"
    answered: list[str] = []

    def send(visitor: Visitor, number: int) -> None:
        content = bytes([number]) * 17 + os.urandom(20 << 20)
        try:
            _, page = visitor.upload(content, place, f"file {number}.bin")
        except OSError:
            return  # the service went away, and nothing was promised
        if "File received" in page:
            answered.append(hashlib.sha256(content).hexdigest())

    for round_, pause in enumerate([0.2, 0.9]):
        visitor = Visitor(service)
        send(visitor, 10 * round_)
        sending = threading.Thread(target=send, args=[visitor, 10 * round_ + 1])
        sending.start()
        time.sleep(pause)
        service.kill_everything()
        sending.join()
        service.start()
    assert len(answered) >= 2
    wait_for(lambda: all(one[2] == "finished" for one in json.loads(service.ask(READ))), "the checks are taken up")
    there = json.loads(service.ask(READ))
    assert all(read == said for read, said, _ in there)
    assert set(answered) <= {read for read, _, _ in there}
    service.ask(LATER)
    kept = [one for one in (service.data / "blobs" / "transfer").rglob("*") if one.is_file()]
    # Twenty megabytes are three pieces; whatever was on its way when it was killed is gone.
    assert len(kept) == 3 * len(there), kept
