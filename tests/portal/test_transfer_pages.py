"""The pages of both sides: sending with and without scripts, receipts, questions, the desk, and who may do what."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.telling.models import News, ToTell
from collectory.portal.telling.services import spreading
from collectory.portal.transfer.models import (
    Delivery,
    FileQuestion,
    FileType,
    SealedContent,
    TransferredFile,
    UnfinishedUpload,
)
from collectory.portal.transfer.services import upkeep
from collectory.portal.transfer.services.expecting import expect
from collectory.portal.transfer.states import State
from tests.portal.deliveries import NAME, archive, checked, delivery, file_type, sent
from tests.portal.in_state import person
from tests.portal.many_schools import schools

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def choose(client: Client, owed: Delivery, content: bytes | None = None, name: str = NAME, **more: str) -> Any:
    """Send a file by the form, in one request."""
    file = SimpleUploadedFile(name, archive() if content is None else content)
    return client.post(f"/transfer/{owed.pk}/send/", {"file": file, **more}, follow=True)


def told(kind: str) -> set[str]:
    """Who is told of something by now."""
    while spreading.spread_piece():
        pass
    return set(News.objects.filter(kind=kind).values_list("user__username", flat=True))


def test_a_school_sends_and_sees_a_receipt(signed_in: SignedIn) -> None:
    owed = delivery()
    client = signed_in("harcourt")
    assert "School Census Submission" in text(client.get("/transfer/"))
    page = text(client.get(f"/transfer/{owed.pk}/send/"))
    assert NAME in page and "not scanned for viruses" in page
    answer = choose(client, owed)
    file = TransferredFile.objects.get()
    assert file.reference in text(answer) and file.sha256 in text(answer) and "File received" in text(answer)
    assert not UnfinishedUpload.objects.exists() and SealedContent.objects.count() == 1
    again = text(choose(client, owed))
    assert "had come before" in again and file.reference in again
    assert SealedContent.objects.count() == 1, "the second copy is gone"


def test_a_file_without_a_school_in_its_name_is_offered_the_right_one(signed_in: SignedIn) -> None:
    owed = delivery()
    client = signed_in("harcourt")
    page = text(choose(client, owed, name="Current-Blade-Export.zip"))
    assert f"Send it as {NAME}" in page and not TransferredFile.objects.exists()
    upload = UnfinishedUpload.objects.get()
    answer = client.post(f"/transfer/{owed.pk}/uploads/{upload.pk}/", {"right-name": "yes"}, follow=True)
    assert "File received" in text(answer) and TransferredFile.objects.get().name == NAME
    again = client.post(f"/transfer/{owed.pk}/uploads/{upload.pk}/", {"right-name": "yes"})
    assert again.status_code == 302 and TransferredFile.objects.count() == 1, "a double click"


def test_what_cannot_be_sent_is_said_kindly_and_leaves_nothing(signed_in: SignedIn, settings: Any) -> None:
    owed = delivery()
    client = signed_in("harcourt")
    assert "another school" in text(choose(client, owed, name="8552001_Collect-Blade-Export.zip"))
    assert "a PDF document" in text(choose(client, owed, b"%PDF-1.7"))
    assert "Choose the file to send" in text(client.post(f"/transfer/{owed.pk}/send/", {}))
    assert "no date and time" in text(choose(client, owed, stated="last week"))
    assert not SealedContent.objects.exists() and not UnfinishedUpload.objects.exists()
    settings.UPLOAD_LIMIT = 1000
    assert "too large" in text(choose(client, owed, archive("x" * 5000)))
    settings.TRANSFER_KEYS = {}
    assert "have not given it a key" in text(client.get(f"/transfer/{owed.pk}/send/"))
    assert "have not given it a key" in text(choose(client, owed))
    assert not TransferredFile.objects.exists()


def test_the_form_is_protected_against_forged_requests(signed_in: SignedIn) -> None:
    owed = delivery()
    client = signed_in("harcourt")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert choose(strict, owed).status_code == 403
    assert not TransferredFile.objects.exists()


def test_questions_go_to_and_fro(signed_in: SignedIn, membership: Membership) -> None:
    owed = delivery()
    sent(owed, membership)
    checked(owed)
    school, team = signed_in("harcourt"), signed_in("larkshire")
    place = f"/transfer/{owed.pk}/"
    assert "The question is empty" in text(team.post(place + "questions/", {"question": " "}))
    team.post(place + "questions/", {"question": "Why are there no pupils in year 9?"})
    owed.refresh_from_db()
    question = FileQuestion.objects.get()
    assert owed.standing is State.QUESTIONS and told("question on file") == {"harcourt"}
    assert "year 9" not in str(ToTell.objects.get(kind="question on file").details)
    assert "no pupils in year 9" in text(school.get(place))
    school.post(f"{place}questions/{question.pk}/", {"text": "They are on a trip."})
    owed.refresh_from_db()
    assert owed.standing is State.RECEIVED and "larkshire" in told("answer on file")
    assert "1 answer to read" in text(team.get("/transfer/desk/"))
    school.post(f"{place}questions/{question.pk}/", {"text": "", "settle": "yes"})
    question.refresh_from_db()
    assert question.state == "with team", "the school does not settle"
    team.post(f"{place}questions/{question.pk}/", {"text": "", "settle": "yes"})
    question.refresh_from_db()
    assert question.state == "settled"
    assert "is settled" in text(school.post(f"{place}questions/{question.pk}/", {"text": "But"}))


def test_accepting_and_asking_for_a_new_file(signed_in: SignedIn, membership: Membership) -> None:
    owed = delivery()
    sent(owed, membership)
    checked(owed)
    team = signed_in("larkshire")
    place = f"/transfer/{owed.pk}/"
    team.post(place + "accept/", {"version": owed.version})
    owed.refresh_from_db()
    assert owed.standing is State.ACCEPTED and told("file accepted") == {"harcourt"}
    stale = team.post(place + "new-file/", {"version": owed.version - 1, "reason": "Year 9 is missing"})
    assert stale.status_code == 409 and "colleague was faster" in text(stale)
    assert "The reason is empty" in text(team.post(place + "new-file/", {"version": owed.version, "reason": ""}))
    team.post(place + "new-file/", {"version": owed.version, "reason": "Year 9 is missing"})
    owed.refresh_from_db()
    assert owed.standing is State.QUESTIONS and told("new file wanted") == {"harcourt"}
    school = signed_in("harcourt")
    assert "Year 9 is missing" in text(school.get(place))
    assert "the file that you sent before" in text(choose(school, owed))
    choose(school, owed, archive("UPN\nA\n"))
    owed.refresh_from_db()
    assert owed.standing is State.CHECKING and "larkshire" in told("new file came")
    checked(owed)
    assert owed.standing is State.RECEIVED and owed.again_reason == ""


def test_only_its_sender_and_the_team_open_a_file_and_each_time_is_written_down(
    signed_in: SignedIn, membership: Membership
) -> None:
    owed = delivery()
    file = sent(owed, membership)
    address = f"/transfer/{owed.pk}/files/{file.number}/download/"
    assert signed_in("larkshire").get(address).status_code == 404, "nobody opens what waits to be scanned"
    checked(owed)
    for username in ("wharf", "department"):
        assert signed_in(username).get(address).status_code == 404
    assert not AccessLog.objects.filter(action__startswith="downloaded").exists()
    for username in ("harcourt", "harcourt-reader", "larkshire"):
        answer = signed_in(username).get(address)
        assert b"".join(answer.streaming_content) == archive()
        assert AccessLog.objects.filter(action="downloaded a file sent", user__username=username).count() == 1


WRITES = {
    "send/": "SEND",
    "submitted/": "SEND",
    "questions/": "JUDGE",
    "accept/": "JUDGE",
    "new-file/": "JUDGE",
    "colleague/": "JUDGE",
    "": "LOOK",
    "files/1/receipt/": "LOOK",
    "files/1/download/": "LOOK",
}


def test_the_matrix_of_a_delivery(signed_in: SignedIn, membership: Membership, collection: DataCollection) -> None:
    """Every role at the school, its trust, another school, the authority, another authority and the department."""
    trust = Organisation.objects.create(native_id="T901", name="Willow Trust", kind=Organisation.Kind.TRUST)
    Organisation.objects.create(native_id="856", name="Fernmouth", kind=Organisation.Kind.AUTHORITY)
    Organisation.objects.filter(native_id="8554001").update(trust=trust)
    owed = delivery()
    sent(owed, membership)
    checked(owed)
    look = {("source", "8554001"), ("source_viewer", "8554001"), ("source", "T901"), ("source_viewer", "T901")}
    look |= {("agent", "855"), ("agent_viewer", "855")}
    does = {
        "LOOK": look,
        "SEND": {("source", "8554001"), ("source", "T901"), ("agent", "855")},
        "JUDGE": {("agent", "855")},
    }
    for role in Role:
        for native_id in ("8554001", "T901", "8554002", "855", "856", "000"):
            who = person(native_id, role)
            client = Client()
            client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
            for path, handling in WRITES.items():
                method = client.get if handling == "LOOK" else client.post
                status = method(f"/transfer/{owed.pk}/{path}").status_code
                key = (role.value, native_id)
                if key in does[handling]:
                    assert status not in {403, 404} and status < 500, (key, path, status)
                else:
                    assert status == (403 if key in look else 404), (key, path, status)
            desk = client.get("/transfer/desk/")
            assert desk.status_code == (
                200 if who.role in {"agent", "agent_viewer"} and native_id[:2] == "85" and len(native_id) == 3 else 404
            )
            if desk.status_code == 200:
                assert ("Harcourt" in text(desk)) == (native_id == "855")


def test_a_file_type_is_made_and_its_schools_are_asked(signed_in: SignedIn) -> None:
    team = signed_in("larkshire")
    page = "/transfer/desk/file-types/new/"
    wrong = text(team.post(page, {"name": "", "retention_days": "0", "due_at": "soon", "senders": "listed"}))
    for problem in ("Enter a name", "from 1 to", "no date and time", "numbers of the schools"):
        assert problem in wrong
    form = {"name": "Admissions", "senders": "self-reporting", "on_receipt": "keep", "retention_days": "30"}
    assert "1 schools are asked" in text(team.post(page, form, follow=True))
    made = FileType.objects.get()
    assert [one.organisation.native_id for one in made.deliveries.all()] == ["8554001"]
    assert "of this name already" in text(team.post(page, form))
    strange = {**form, "name": "B", "senders": "listed", "native_ids": "8554002 9999999"}
    assert "9999999" in text(team.post(page, strange))
    change = f"/transfer/desk/file-types/{made.pk}/"
    team.post(change, {**form, "senders": "maintained"})
    assert set(made.deliveries.filter(not_expected=False).values_list("organisation__native_id", flat=True)) == {
        "8554002",
        "8552001",
    }
    assert "Admissions" in text(team.get("/transfer/desk/file-types/"))


def test_the_grid_of_300_schools_takes_as_many_queries_as_one_of_three(
    signed_in: SignedIn, collection: DataCollection, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    team = signed_in("larkshire")
    kinds = [file_type(name=f"Type {number}", begins_on=timezone.localdate()) for number in range(4)]
    for kind in kinds:
        expect(kind)
    team.get("/transfer/desk/?show=300")
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert "3 schools with 12 files" in text(team.get("/transfer/desk/?show=300"))
    schools(collection, 300)
    for kind in kinds:
        expect(kind)
    with CaptureQueriesContext(connection) as many:
        page = text(team.get("/transfer/desk/?show=300"))
    assert "303 schools with 1,212 files" in page
    assert len(many) == len(few), (len(many), len(few))
    assert "Made School 150" in page


def test_filters_of_the_grid_and_its_file(signed_in: SignedIn, membership: Membership) -> None:
    trust = Organisation.objects.create(native_id="T901", name="Willow Trust", kind=Organisation.Kind.TRUST)
    Organisation.objects.filter(native_id="8554001").update(trust=trust)
    kind = file_type(due_at=timezone.now() - timezone.timedelta(days=1))
    later = file_type(name="Later", begins_on=timezone.localdate() + timezone.timedelta(days=9), name_pattern="")
    expect(kind)
    expect(later)
    owed = delivery(kind)
    sent(owed, membership)
    checked(owed)
    team = signed_in("larkshire")

    def found(query: str) -> set[str]:
        page = text(team.get(f"/transfer/desk/?{query}"))
        return {name for name in ("Harcourt", "Wharf", "Bramble") if f">{name}" in page}

    assert found("") == {"Harcourt", "Wharf", "Bramble"}
    assert found("state=received") == {"Harcourt"}
    assert found("state=overdue") == {"Wharf", "Bramble"}
    assert found("state=not+due") == {"Harcourt", "Wharf", "Bramble"}
    assert found(f"state=not+due&type={kind.pk}") == set()
    assert found("trust=T901") == {"Harcourt"}
    assert found("find=wharf") == {"Wharf"}
    assert found("contact=nobody") == {"Harcourt", "Wharf", "Bramble"}
    other = Delivery.objects.get(file_type=kind, organisation__native_id="8552001")
    me = Membership.objects.get(user__username="larkshire").user
    team.post("/transfer/desk/assign/", {"which": "ticked", "delivery": [other.pk], "colleague": me.pk})
    assert found(f"contact={me.pk}") == {"Bramble"}
    assert other.events.get().kind == "assigned"
    csv = team.get("/transfer/desk/grid.csv?state=received").content.decode("utf-8-sig")
    assert '"8554001"' in csv and "received" in csv and "8554002" not in csv
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(team.get("/transfer/desk/grid.xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["Native ID", "School", "Trust"] and len(rows) == 4


def test_many_are_reminded_after_a_preview_and_once(signed_in: SignedIn, membership: Membership) -> None:
    kind = file_type(due_at=timezone.now())
    expect(kind)
    team = signed_in("larkshire")
    every = {"which": "all", "filter": ""}
    page = text(team.post("/transfer/desk/remind/", every))
    assert "3 files wait" in page and "of Wharf Lane High School" in page and "Send 3 reminders" in page
    assert not ToTell.objects.exists()
    for wrong, why in [
        ("A800000000001 is missing", "a UPN"),
        ("born 03/04/2012", "a date of birth"),
        ("{pupil}", "cannot be filled in"),
        ("", "Write what"),
    ]:
        assert why in text(team.post("/transfer/desk/remind/", {**every, "text": wrong, "send": "yes"}))
    form = {**every, "text": "Please send {file} of {school} ({number}).", "send": "yes"}
    assert "3 reminders" in text(team.post("/transfer/desk/remind/", form, follow=True))
    assert "0 reminders" in text(team.post("/transfer/desk/remind/", form, follow=True)), "a double click"
    assert told("file awaited") == {"harcourt", "wharf", "bramble"}
    said = News.objects.get(kind="file awaited", user__username="wharf").words
    assert "Please send School Census Submission of Wharf Lane High School (8554002)." in said
    assert "Wharf Lane" in text(signed_in("wharf").get("/news/"))
    assert "Tick files" in text(team.post("/transfer/desk/remind/", {"which": "ticked"}))


def test_dates_of_submission_that_are_stated_make_a_file_stale(signed_in: SignedIn) -> None:
    owed = delivery(file_type(edition_key="school-census-2021-autumn"))
    client = signed_in("harcourt")
    choose(client, owed, stated="2026-10-08T15:30")
    checked(owed)
    assert owed.standing is State.RECEIVED
    place = f"/transfer/{owed.pk}/submitted/"
    assert "in the future" in text(client.post(place, {"submitted": "2031-01-01T10:00"}))
    assert "Date Submitted" in text(client.post(place, {"submitted": ""}))
    client.post(place, {"submitted": "2026-10-08T15:30"})
    owed.refresh_from_db()
    assert owed.standing is State.RECEIVED, "the same submission"
    signed_in("larkshire").post(place, {"submitted": "2026-10-15T09:00"})
    owed.refresh_from_db()
    assert owed.standing is State.STALE and "15 October 2026" in owed.stale_because
    assert told("file stale") == {"harcourt"} | told("nothing"), "the team member who said so is not told"
    choose(client, owed, archive("UPN\nB\n"), stated="2026-10-15T09:00")
    checked(owed)
    assert owed.standing is State.RECEIVED


def test_contents_go_on_their_day_and_receipts_stay(signed_in: SignedIn, membership: Membership) -> None:
    owed = delivery(file_type(retention_days=30))
    file = sent(owed, membership)
    checked(owed)
    soon = timezone.now() + timezone.timedelta(days=29)
    assert upkeep.go_round(soon) == 0
    assert upkeep.go_round(soon + timezone.timedelta(days=1)) == 1
    file.refresh_from_db()
    assert file.content is None and file.deleted_at is not None and not SealedContent.objects.exists()
    client = signed_in("harcourt")
    assert client.get(f"/transfer/{owed.pk}/files/1/download/").status_code == 404
    assert "Content deleted on" in text(client.get(f"/transfer/{owed.pk}/files/1/receipt/"))
    assert upkeep.go_round(soon + timezone.timedelta(days=2)) == 0
    assert owed.events.last().kind == "content deleted"
