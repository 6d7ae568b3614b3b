"""Work on many returns: a zip of files, approving and rejecting many, exports, the queues, and kills."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import sources
from collectory.portal.desk.models import Job
from collectory.portal.desk.services import judging, loading, results, running
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.returns.models import Event, Return, Upload
from collectory.portal.returns.services import accepting, approving, submitting
from collectory.portal.returns.states import State
from collectory.portal.rules.models import Recheck
from tests.portal.census_files import census
from tests.portal.conftest import work_off
from tests.portal.in_state import bring_to, person
from tests.portal.many_schools import schools

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[str], Client]
BASE = "/collections/school-census-2021-autumn"


class Killed(BaseException):
    """kill -9, as far as Python can show it."""


@pytest.fixture
def agent(collection: DataCollection) -> Membership:
    """The agent of Larkshire."""
    return Membership.objects.select_related("organisation", "user").get(user__username="larkshire")


def zipped(files: dict[str, bytes]) -> ContentFile:  # type: ignore[type-arg]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return ContentFile(buffer.getvalue(), name="returns.zip")


def loaded(collection: DataCollection, agent: Membership, files: dict[str, bytes], *, replace: bool = False) -> Job:
    job = loading.start(collection, agent, zipped(files), replace=replace)
    assert isinstance(job, Job), job
    work_off()
    job.refresh_from_db()
    assert job.is_finished
    return job


def codes(job: Job) -> dict[str, str]:
    """What became of each file: "loaded", or the words of why not."""
    items = job.items.select_related("upload")
    return {each.name: each.upload.outcome if each.upload and each.upload.outcome == "loaded" else
            each.title or each.upload.refusal_title for each in items}  # fmt: skip


def test_ten_bad_files_in_a_hundred(collection: DataCollection, agent: Membership, signed_in: SignedIn) -> None:
    returns = schools(collection, 95)
    good = [each.organisation.native_id for each in returns[:90]]
    bring_to(returns[90], State.SUBMITTED)
    bring_to(returns[91], State.AUTHORISED)
    files = {f"sheet {number}.XML": census(1, native_id=native_id) for number, native_id in enumerate(good)}
    bad = {
        "folder/8554001.XML": (census(1, native_id="8554001"), "The file is of no return that you may load"),
        "9999999.XML": (census(1, native_id="9999999"), "The file is of no return that you may load"),
        "readme.txt": (b"These are all our returns.", "The file is not XML"),
        "none.XML": (b"", "The file is empty"),
        "year.XML": (census(1, native_id=good[0], header={"Year": "2020"}), "The file is for another year"),
        "again.XML": (census(2, native_id=good[0]), "Another file in the archive is from the same organisation"),
        "nested.zip": (zipped({"a.XML": census(1, native_id="8555094")}).read(), "The file is an archive itself"),
        "submitted.XML": (census(1, native_id="8555090"), "The return has changed"),
        "authorised.XML": (census(1, native_id="8555091"), "The return cannot be uploaded now"),
        "half.XML": (census(1, native_id="8555092")[:-400], "The file is cut off"),
    }
    job = loaded(collection, agent, files | {name: content for name, (content, _) in bad.items()})
    found = codes(job)
    assert [found[name] for name in files] == ["loaded"] * 90
    for name, (_, title) in bad.items():
        assert title in found[name.split("/")[-1]], name
    assert Return.objects.filter(state="loaded and validated").count() == 90
    data_return = Return.objects.get(organisation__native_id=good[5])
    event = data_return.events.get()
    assert event.kind == "uploaded" and event.part == "agent" and event.user == agent.user, "an ordinary upload"
    page = signed_in("larkshire").get(f"{BASE}/queues/{job.pk}/").content.decode()
    assert "90 loaded, 10 not loaded." in page
    page = signed_in("larkshire").get(f"{BASE}/queues/{job.pk}/?show=refused").content.decode()
    assert "That is" not in page and page.count("<strong>") >= 10 and "nested.zip" in page and "sheet 1.XML" not in page


def test_confirming_lets_a_zip_replace_what_was_submitted(collection: DataCollection, agent: Membership) -> None:
    (data_return,) = schools(collection, 1)
    bring_to(data_return, State.SUBMITTED)
    job = loaded(collection, agent, {"a.XML": census(1, native_id="8555000")}, replace=True)
    data_return.refresh_from_db()
    assert codes(job) == {"a.XML": "loaded"} and data_return.standing is State.LOADED


def with_flag(content: bytes) -> bytes:
    """An archive whose entries say that they are encrypted."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(signature) + offset] |= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<Message/>", "not a zip archive"),
        (zipped({}).read(), "is empty"),
        (zipped({"../../etc/passwd": b"x"}).read(), "unsafe file names"),
        (zipped({"/tmp/a.XML": b"x"}).read(), "unsafe file names"),
        (zipped({"a.XML": b"\0" * (64 << 20)}).read(), "too large"),
        (zipped({f"{number}.XML": b"" for number in range(loading.MOST_FILES + 1)}).read(), "too many files"),
        (with_flag(zipped({"a.XML": b"x"}).read()), "password"),
        (zipped({"a.XML": census(1)}).read()[:-30], "cannot be unpacked"),
    ],
    ids=["no zip", "empty", "path", "absolute", "bomb", "many", "encrypted", "cut off"],
)
def test_an_archive_that_is_refused_as_a_whole(
    content: bytes, words: str, collection: DataCollection, agent: Membership
) -> None:
    outcome = loading.start(collection, agent, ContentFile(content, name="a.zip"), replace=False)
    assert isinstance(outcome, Refusal) and words in outcome.title
    assert not Job.objects.exists()


def test_a_file_that_swells_more_than_its_archive_says(collection: DataCollection, agent: Membership) -> None:
    honest = zipped({"a.XML": b" " * 5_000_000}).read()
    size = (5_000_000).to_bytes(4, "little")
    lying = ContentFile(honest.replace(size, (5_000).to_bytes(4, "little")), name="a.zip")
    job = loading.start(collection, agent, lying, replace=False)
    assert isinstance(job, Job)
    work_off()
    item = job.items.get()
    assert item.outcome == "refused" and item.upload is None, item.title


def claim_and_die(job: Job, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: int) -> None:
    """A worker takes the job's task, and dies when it comes to something for the so manieth time."""
    original, calls = getattr(place, name), 0

    def die(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Killed
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(place, name, die)
        task = DBTaskResult.objects.get(pk=job.task_id)
        task.claim("dead-worker")
        with pytest.raises(Killed):
            task.task.call(*task.args_kwargs["args"])


POINTS = [(loading, "read_return"), (loading, "accept"), (accepting, "actor_for"), (running, "settle")]


@pytest.mark.parametrize(("place", "name"), POINTS, ids=[name for _, name in POINTS])
def test_a_worker_killed_in_a_zip_is_followed_by_another(
    place: Any, name: str, collection: DataCollection, agent: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = schools(collection, 4)
    files = {f"{n}.XML": census(1, native_id=each.organisation.native_id) for n, each in enumerate(returns)}
    job = loading.start(collection, agent, zipped(files), replace=False)
    assert isinstance(job, Job)
    claim_and_die(job, monkeypatch, place, name, after=2)
    assert job.items.exclude(outcome="").count() == Upload.objects.count() == 2
    assert running.recover(sole_worker=False) == 0, "a worker that was alive a moment ago is left alone"
    assert running.recover(sole_worker=True) == 1
    work_off()
    job.refresh_from_db()
    assert job.is_finished and set(codes(job).values()) == {"loaded"} and Upload.objects.count() == 4
    assert [each.events.count() for each in returns] == [1, 1, 1, 1]


def test_an_item_that_always_breaks_off_fails_and_can_be_tried_again(
    collection: DataCollection, agent: Membership, monkeypatch: pytest.MonkeyPatch, signed_in: SignedIn
) -> None:
    returns = schools(collection, 3)
    for each in returns:
        bring_to(each, State.SUBMITTED)
    job = judging.ask("approve", collection, returns, agent)
    running.confirm(job)
    original = approving.approve

    def broken(data_return: Return, *args: Any, **kwargs: Any) -> Any:
        if data_return.pk == returns[1].pk:
            raise OSError("the disk is full")
        return original(data_return, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(approving, "approve", broken)
        work_off()
    assert [each.outcome for each in job.items.all()] == ["done", "failed", "done"]
    client = signed_in("larkshire")
    page = client.get(f"{BASE}/queues/").content.decode()
    assert "2 approved, 1 failed" in page and "Try again" in page
    client.post(f"{BASE}/queues/{job.pk}/retry/")
    work_off()
    assert [each.outcome for each in job.items.all()] == ["done", "done", "done"]
    assert Event.objects.filter(kind="approved").count() == 3


def test_approving_many_lists_first_what_cannot_be(
    collection: DataCollection, agent: Membership, signed_in: SignedIn
) -> None:
    returns = schools(collection, 10)
    for each, state in zip(returns, [State.SUBMITTED] * 4 + [State.AMENDED_BY_AGENT] + list(State)[:5], strict=True):
        bring_to(each, state)
    client = signed_in("larkshire")
    nothing = client.post(f"{BASE}/sources/approve/", {"filter": "find=8555", "which": "ticked"})
    assert nothing.status_code == 422 and "Tick the returns" in nothing.content.decode()
    answer = client.post(f"{BASE}/sources/approve/", {"filter": "find=8555", "which": "all"})
    page = client.get(answer.url).content.decode()
    assert "7 returns will be approved" in page and page.count("The return has not been submitted.") == 1
    assert "Made School 005" in page.split("What cannot be")[1] and not Event.objects.filter(kind="approved").exists()
    # One is withdrawn and submitted again while the page is open: not the return that was shown.
    taken_back = returns[2]
    school = person("8555002", Role.SOURCE)
    assert isinstance(submitting.withdraw(taken_back, school, reason="Wrong", version=taken_back.version), Event)
    client.post(answer.url)
    work_off()
    job = Job.objects.get()
    assert [each.outcome for each in job.items.all()] == [
        "done",
        "done",
        "refused",
        *["done"] * 2,
        *["refused"] * 3,
        "done",
        "done",
    ]
    approved = Return.objects.filter(state="approved").values_list("organisation__native_id", flat=True)
    assert sorted(approved) == ["8555000", "8555001", "8555003", "8555004", "8555008", "8555009"]
    assert client.post(answer.url).url == f"{BASE}/queues/{job.pk}/", "confirming twice does nothing twice"
    work_off()
    assert Event.objects.filter(kind="approved").count() == 6
    page = client.get(f"{BASE}/queues/{job.pk}/").content.decode()
    assert "6 approved, 4 not approved." in page


def test_rejecting_many_needs_a_reason_and_calling_off_does_nothing(
    collection: DataCollection, signed_in: SignedIn
) -> None:
    returns = schools(collection, 2)
    for each in returns:
        bring_to(each, State.SUBMITTED)
    client = signed_in("larkshire")
    form = {"which": "ticked", "return": [each.pk for each in returns]}
    first = client.post(f"{BASE}/sources/reject/", form).url
    client.post(first, {"call-off": "yes"})
    assert not Job.objects.exists()
    second = client.post(f"{BASE}/sources/reject/", form).url
    assert client.post(second, {"reason": " "}).status_code == 422
    client.post(second, {"reason": "Year 9 is missing everywhere"})
    work_off()
    assert {(each.state, each.events.last().reason) for each in Return.objects.filter(pk__in=form["return"])} == {
        ("rejected by agent", "Year 9 is missing everywhere")
    }


def test_somebody_who_lost_the_role_does_nothing_more(collection: DataCollection, agent: Membership) -> None:
    (data_return,) = schools(collection, 1)
    bring_to(data_return, State.SUBMITTED)
    job = judging.ask("approve", collection, [data_return], agent)
    running.confirm(job)
    Membership.objects.filter(pk=agent.pk).update(archived_at=timezone.now())
    work_off()
    data_return.refresh_from_db()
    assert data_return.standing is State.SUBMITTED and "no longer acts" in job.items.get().message


def test_exports_of_many(collection: DataCollection, agent: Membership, signed_in: SignedIn) -> None:
    returns = schools(collection, 3)
    loaded(collection, agent, {f"{n}.XML": census(2, native_id=f"855500{n}") for n in range(2)})
    client = signed_in("larkshire")
    address = client.post(f"{BASE}/sources/export/", {"filter": "find=8555", "which": "all", "format": "xml"}).url
    assert client.get(f"{address}result/").status_code == 404, "not before it is made"
    work_off()
    page = client.get(address).content.decode()
    assert "2 exported, 1 not exported." in page and "Nothing has been loaded yet" in page
    answer = client.get(f"{address}result/")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        names = archive.namelist()
        assert names == ["8555000_Collect-Blade-Export.zip", "8555001_Collect-Blade-Export.zip"]
        with zipfile.ZipFile(io.BytesIO(archive.read(names[1]))) as inner:
            assert b"<Estab>5001</Estab>" in inner.read(inner.namelist()[0])
    assert [each.kind for each in returns[0].events.all()] == ["uploaded", "exported"]
    assert not returns[2].events.exists()
    seen = AccessLog.objects.filter(action="export").values_list("subject", flat=True)
    assert sorted(seen) == ["school-census-2021-autumn 8555000", "school-census-2021-autumn 8555001"]
    # Nobody else's: another authority, and an agent of it with the same address.
    Organisation.objects.create(native_id="856", name="Elsewhere", kind="authority")
    other = Client()
    other.force_login(person("856", Role.AGENT).user, "django.contrib.auth.backends.ModelBackend")
    assert {other.get(f"{address}{page}").status_code for page in ("", "result/", "progress/")} == {404}
    assert signed_in("department").get(f"{address}result/").status_code == 200, "the collector sees all"
    job = Job.objects.get(kind="export")
    Job.objects.filter(pk=job.pk).update(result_until=timezone.now())
    results.throw_away_old()
    assert client.get(f"{address}result/").status_code == 404
    assert not any(default_storage.listdir(f"results/{job.pk}")[1])
    assert "thrown away" in client.get(address).content.decode()


def test_an_authority_exports_academies_only_where_it_may_read_them(
    collection: DataCollection, signed_in: SignedIn, agent: Membership
) -> None:
    client = signed_in("larkshire")
    form = {"filter": "whose=academies", "which": "all"}
    assert client.post(f"{BASE}/sources/export/", form).status_code == 422, "there are none to choose"
    academy = Return.objects.get(organisation__native_id="8554001")
    pretended = client.post(f"{BASE}/sources/export/", {"which": "ticked", "return": [academy.pk]})
    assert pretended.status_code == 422 and not Job.objects.exists()
    Organisation.objects.filter(native_id="8554001").update(authority_reads=True)
    assert client.post(f"{BASE}/sources/export/", form).status_code == 302
    Organisation.objects.filter(native_id="8554001").update(authority_reads=False)
    work_off()
    assert Job.objects.get().items.get().outcome == "refused", "what may be read is asked again when it is written"


def test_the_queues(collection: DataCollection, agent: Membership, signed_in: SignedIn) -> None:
    schools(collection, 2)
    loaded(collection, agent, {"a.XML": census(1, native_id="8555000"), "b.txt": b"no"})
    academy = Return.objects.get(organisation__native_id="8554001")
    school = Membership.objects.get(user__username="harcourt")
    accepting.accept(academy, school, ContentFile(census(1), name="own.XML"), confirmed=False)
    mine = Return.objects.get(organisation__native_id="8555001")
    upload = accepting.accept(mine, agent, ContentFile(census(1, native_id="8555001"), name="c.XML"), confirmed=False)
    assert isinstance(upload, Upload)
    client = signed_in("larkshire")
    page = client.get(f"{BASE}/queues/").content.decode()
    assert "1 loaded, 1 not loaded" in page and "returns.zip" in page and "Owen Batra" in page
    assert "Made School 001" in page and "Waiting to be read" in page and "Harcourt" not in page
    assert "Harcourt Spinney Academy" in signed_in("department").get(f"{BASE}/queues/").content.decode()
    Recheck.objects.create(collection=collection, total=5, done=5, failed=[7], finished_at=timezone.now())
    assert "5 checked, 1 failed" in signed_in("department").get(f"{BASE}/queues/").content.decode()
    assert "Check returns again" not in client.get(f"{BASE}/queues/").content.decode()
    # A file that the service failed to check is handed in again from here.
    Upload.objects.filter(pk=upload.pk).update(stage="finished", outcome="failed")
    page = client.get(f"{BASE}/queues/").content.decode()
    assert f"{BASE}/queues/uploads/{upload.pk}/retry/" in page
    answer = client.post(f"{BASE}/queues/uploads/{upload.pk}/retry/")
    assert "/8555001/uploads/" in answer.url
    work_off()
    mine.refresh_from_db()
    assert mine.standing is State.LOADED
    again = client.post(f"{BASE}/queues/uploads/{upload.pk}/retry/")
    assert again.status_code in {302, 409}


def test_single_files_are_not_kept_waiting_by_many(collection: DataCollection, agent: Membership) -> None:
    schools(collection, 2)
    job = loading.start(collection, agent, zipped({"a.XML": census(1, native_id="8555000")}), replace=False)
    assert isinstance(job, Job)
    single = Return.objects.get(organisation__native_id="8555001")
    upload = accepting.accept(single, agent, ContentFile(census(1, native_id="8555001")), confirmed=False)
    assert isinstance(upload, Upload)
    order = DBTaskResult.objects.ready().values_list("pk", flat=True)
    assert [str(key) for key in order] == [upload.task_id, job.task_id]


def test_approving_and_uploading_at_the_same_moment(collection: DataCollection, agent: Membership) -> None:
    (data_return,) = schools(collection, 1)
    school = person("8555000", Role.SOURCE)
    for attempt in range(6):
        Upload.objects.all().delete()
        data_return.events.all().delete()
        bring_to(data_return, State.SUBMITTED)
        version, start, outcomes = data_return.version, threading.Barrier(2), {}

        def approve() -> None:
            start.wait()
            outcomes["approve"] = approving.approve(data_return, agent, version=version)
            connection.close()

        def upload() -> None:
            file = ContentFile(census(1, native_id="8555000"), name="a.XML")
            start.wait()
            outcomes["upload"] = accepting.accept(data_return, school, file, confirmed=True, seen="submitted")
            connection.close()

        threads = [threading.Thread(target=each) for each in (approve, upload)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = {name for name, outcome in outcomes.items() if isinstance(outcome, Refusal)}
        assert len(refused) == 1, (attempt, outcomes)
        data_return.refresh_from_db()
        if "approve" in refused:
            assert "A file is being checked" in outcomes["approve"].message
            assert data_return.standing is State.SUBMITTED
        else:
            assert "The return is approved now" in outcomes["upload"].message
            assert data_return.standing is State.APPROVED


def test_all_that_the_filter_finds_is_one_question(collection: DataCollection, agent: Membership) -> None:
    counts = []
    for first, more in ((0, 1), (1, 4), (5, 55)):  # the first of all also fills caches
        schools(collection, more, first)
        with CaptureQueriesContext(connection) as queries:
            chosen = sources.chosen(sources.own(collection, agent), sources.Wanted())
            judging.ask("approve", collection, sources.with_all(chosen, collection), agent)
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_a_long_job_takes_turns_and_comes_to_its_end(
    collection: DataCollection, agent: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = schools(collection, 4)
    for each in returns:
        bring_to(each, State.SUBMITTED)
    monkeypatch.setattr(running, "TURN", 0.0)
    job = judging.ask("approve", collection, returns, agent)
    running.confirm(job)
    work_off()
    job.refresh_from_db()
    assert job.is_finished and job.attempts >= 4, "each turn does one at least"
    assert Event.objects.filter(kind="approved").count() == 4
