"""kill -9 of real processes while a file is on its way; two files at once; stopping."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.portal.census_files import census
from tests.portal.service import Service, Visitor, wait_for

pytestmark = pytest.mark.own_service


def settled(visitor: Visitor, address: str) -> str:
    """Wait for an upload's outcome and give its page."""
    path = address.removeprefix(visitor.service.address)
    wait_for(lambda: json.loads(visitor.page(f"{path}progress/"))["finished"], "the upload finishes")
    return visitor.page(path)


def state_of(service: Service) -> dict[str, object]:
    """What the database says about the return."""
    answer = service.ask(
        "import json; from collectory.portal.returns.models import *;"
        "r = Return.objects.get(organisation__native_id='8554001');"
        "print(json.dumps({'state': r.state, 'revisions': r.revisions.count(), 'events': r.events.count(),"
        "'outcomes': sorted(r.uploads.values_list('outcome', flat=True)),"
        "'pupils': r.current_revision.records['PupilOnRoll'] if r.current_revision else 0}))"
    )
    return dict(json.loads(answer))


def test_a_killed_worker_is_replaced_and_the_upload_completes(service: Service) -> None:
    visitor = Visitor(service)
    address, _ = visitor.upload(census(3000))
    killed = set()
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and len(killed) < 2:
        worker = service.worker()
        if worker and worker not in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)
        time.sleep(0.02)
    assert killed
    assert "Your file is loaded and validated" in settled(visitor, address)
    wanted = {"state": "loaded and validated", "revisions": 1, "events": 1, "outcomes": ["loaded"], "pupils": 3000}
    assert state_of(service) == wanted
    a_run_of_probable_matching_whose_worker_is_killed_goes_on(service)


def a_run_of_probable_matching_whose_worker_is_killed_goes_on(service: Service) -> None:
    """In the service that is there already, because starting one takes long."""
    runs = "from collectory.portal.probable.models import Run; r = Run.objects.get();"
    service.ask(
        "from collectory.portal.collections.models import *; from collectory.portal.people.models import *;"
        "from collectory.portal.probable.services import running;"
        "running.count(DataCollection.objects.get(slug='school-census-2021-autumn'),"
        " Membership.objects.filter(role='collector').earliest('pk'))"
    )

    def stage() -> str:
        with contextlib.closing(sqlite3.connect(service.data / "collectory.sqlite3", timeout=30)) as database:
            return str(database.execute("select stage from probable_run").fetchone()[0])

    def apart() -> list[int]:
        return [pid for pid, line in service.children().items() if "match_probable" in line]

    wait_for(lambda: stage() == "asked", "the comparisons are counted")
    service.ask(f"{runs} from collectory.portal.probable.services import running; running.confirm(r)")
    wait_for(lambda: stage() == "running", "pupils are compared")
    process, worker = apart(), service.worker()
    assert process and worker
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in process), "what compares ends with its worker")
    wait_for(lambda: stage() == "finished", "it is taken up again and ends")
    assert service.ask(f"{runs} print(r.attempts, r.found)") == "2 0"


@pytest.mark.parametrize("pause", [0.0, 0.3, 0.8])
def test_the_whole_service_killed_during_an_upload(service: Service, pause: float) -> None:
    visitor = Visitor(service)
    address, _ = visitor.upload(census(3000))
    time.sleep(pause)
    service.kill_everything()
    service.start()
    visitor = Visitor(service)
    assert "Your file is loaded and validated" in settled(visitor, address)
    wanted = {"state": "loaded and validated", "revisions": 1, "events": 1, "outcomes": ["loaded"], "pupils": 3000}
    assert state_of(service) == wanted


def test_two_uploads_at_once(service: Service) -> None:
    answers: list[tuple[str, str]] = []

    def send(visitor: Visitor, pupils: int) -> None:
        answers.append(visitor.upload(census(pupils)))

    visitors = [Visitor(service), Visitor(service)]
    threads = [threading.Thread(target=send, args=[visitor, 2000 + n]) for n, visitor in enumerate(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [address for address, _ in answers if "/uploads/" in address]
    told = [page for address, page in answers if "/uploads/" not in address]
    for address in taken:
        assert "Your file is loaded and validated" in settled(visitors[0], address)
    for page in told:
        assert "Another file is being checked" in page
    found = state_of(service)
    assert len(taken) + len(told) == 2 and found["revisions"] == found["events"] == len(taken) >= 1


def test_only_the_supervisor_killed_leaves_nothing_that_holds_the_port(service: Service) -> None:
    assert service.process is not None
    below = list(service.children())
    assert len(below) >= 3
    service.process.kill()
    service.process.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), "the children end")
    service.start()
    assert service.stop() == 0


def test_a_killed_web_process_is_replaced(service: Service) -> None:
    web = next(pid for pid, line in service.children().items() if "gunicorn" in line)
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: web not in service.children(), "the dead one is gone")
    wait_for(lambda: "My data" in Visitor(service).page("/collections/"), "the portal answers again")
    assert service.stop() == 0
