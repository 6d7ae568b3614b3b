"""Notes: written once, found again after the next upload, withdrawn but never changed, by spreadsheet too."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import polars as pl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from collectory.engine import Refusal
from collectory.portal.people.models import Membership
from collectory.portal.returns import items, reading
from collectory.portal.returns.models import Event, Note, Return, Upload
from collectory.portal.returns.services import noting
from collectory.portal.returns.services.explaining import (
    ANOTHER_LOOK,
    EXPLAINED,
    NOT_EXPLAINED,
    explanations,
    findings_with_explanation,
)
from tests.portal.census_files import census, upn

BASE = "/collections/school-census-2021-autumn/8554001/"
pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[str], Client]
HandIn = Callable[..., Upload]
WRONG = {"DOB": "2010-02-30"}


@pytest.fixture
def faulty(hand_in: HandIn, census_return: Return) -> Return:
    """A return of three pupils whose birth date is none."""
    assert hand_in(census(3, pupil=WRONG)).outcome == "loaded"
    census_return.refresh_from_db()
    return census_return


def on_birth_dates(data_return: Return) -> pl.DataFrame:
    """The findings that the birth dates are none, one for each pupil."""
    data_return.refresh_from_db()
    found = reading.findings(data_return.current_revision)
    key = found.filter(pl.col("entity") == "PupilOnRoll", pl.col("message").str.contains("irth"))["rule_key"][0]
    return findings_with_explanation(data_return).filter(pl.col("rule_key") == key)


def explain(data_return: Return, membership: Membership, finding: int, text: str = "Seen the certificate.") -> Event:
    outcome = noting.note_on_findings(
        data_return, membership, text, revision=data_return.current_revision.number, findings=[finding]
    )
    assert isinstance(outcome, Event), outcome
    return outcome


def page(client: Client, address: str) -> str:
    answer = client.get(BASE + address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_note_explains_its_finding_and_no_other(faulty: Return, membership: Membership) -> None:
    before = explanations(faulty)
    assert before.open_errors == faulty.errors and before.explained == 0
    first = on_birth_dates(faulty)["finding"][0]
    event = explain(faulty, membership, first)
    assert on_birth_dates(faulty)["explanation"].to_list() == [EXPLAINED, NOT_EXPLAINED, NOT_EXPLAINED]
    after = explanations(faulty)
    assert (after.open_errors, after.explained_errors, after.explained) == (before.open_errors - 1, 1, 1)
    assert event.kind == "noted" and event.details["notes"] == 1
    assert "certificate" not in str(event.details), "no text of a person in the event"


def test_after_an_upload_of_the_same_values_the_note_is_with_its_finding(
    faulty: Return, membership: Membership, hand_in: HandIn
) -> None:
    explain(faulty, membership, on_birth_dates(faulty)["finding"][2])
    # Another file, one pupil more: rows move, the values of the third pupil do not.
    hand_in(census(4, pupil=WRONG), confirmed=True)
    assert on_birth_dates(faulty)["explanation"].to_list() == [NOT_EXPLAINED, NOT_EXPLAINED, EXPLAINED, NOT_EXPLAINED]


def test_after_a_change_of_values_it_needs_another_look_until_somebody_says_it_is_right(
    faulty: Return, membership: Membership, hand_in: HandIn, signed_in: SignIn
) -> None:
    explain(faulty, membership, on_birth_dates(faulty)["finding"][0])
    old = faulty.current_revision.number
    hand_in(census(3, pupil={"DOB": "2010-02-31"}), confirmed=True)
    found = on_birth_dates(faulty)
    assert found["explanation"].to_list() == [ANOTHER_LOOK, NOT_EXPLAINED, NOT_EXPLAINED]
    assert explanations(faulty).needs_another_look == 1 and explanations(faulty).explained == 0
    client = signed_in("harcourt")
    new, finding = faulty.current_revision.number, found["finding"][0]
    assert "Needs another look" in page(client, "all-errors/") and "Still right" in page(client, "all-errors/")
    # The address of the finding in the earlier revision leads to where it is now.
    answer = client.get(f"{BASE}all-errors/{old}/{finding}/")
    assert answer.status_code == 302 and answer.url == f"{BASE}all-errors/{new}/{finding}/"
    client.post(f"{BASE}all-errors/{new}/{finding}/still-right/")
    assert on_birth_dates(faulty)["explanation"].to_list()[0] == EXPLAINED
    first, second = Note.objects.order_by("pk")
    assert second.confirms == first and second.text == first.text and first.identity != second.identity
    assert "Repeated as still right" in page(client, f"all-errors/{new}/{finding}/")
    # Saying it again writes nothing.
    assert client.post(f"{BASE}all-errors/{new}/{finding}/still-right/").status_code == 422
    assert Note.objects.count() == 2


def test_a_note_whose_finding_is_gone_is_kept_and_comes_back_with_it(
    faulty: Return, membership: Membership, hand_in: HandIn, signed_in: SignIn
) -> None:
    number, finding = faulty.current_revision.number, on_birth_dates(faulty)["finding"][0]
    explain(faulty, membership, finding, "Passport seen.")
    hand_in(census(3), confirmed=True)
    client = signed_in("harcourt")
    notes = page(client, "notes/")
    assert "Passport seen." in notes and "No longer raised" in notes and upn(1) in notes
    gone = page(client, f"all-errors/{number}/{finding}/")
    assert "no longer raised" in gone and "Passport seen." in gone and "Save note" not in gone
    assert client.post(f"{BASE}all-errors/{number}/{finding}/note/", {"text": "Late"}).status_code == 422
    hand_in(census(3, pupil={**WRONG, "Surname": "Back"}), confirmed=True)
    assert on_birth_dates(faulty)["explanation"][0] == EXPLAINED


def test_one_note_for_all_findings_of_a_rule(faulty: Return, signed_in: SignIn, membership: Membership) -> None:
    key = on_birth_dates(faulty)["rule_key"][0]
    client = signed_in("harcourt")
    explain(faulty, membership, on_birth_dates(faulty)["finding"][0], "By itself")
    form = {"text": "Checked all.", "which": "open", "revision": faulty.current_revision.number}
    assert client.post(f"{BASE}rules/{key}/note/", {**form, "revision": "99"}).status_code == 422
    assert client.post(f"{BASE}rules/{key}/note/", {**form, "text": "  "}).status_code == 422
    assert client.post(f"{BASE}rules/{key}/note/", form).status_code == 302
    assert set(on_birth_dates(faulty)["explanation"]) == {EXPLAINED}
    assert Note.objects.filter(text="Checked all.").count() == 2
    listed = page(client, "notes/")
    assert listed.count("Checked all.") == 1 and "2 findings" in listed


def test_a_rule_that_wants_a_note_for_each_says_so(faulty: Return, signed_in: SignIn) -> None:
    edition = reading.edition_of(faulty)
    rule = next((each for each in edition.rules if each.note == "reason-per-record"), None)
    assert rule is not None, "the edition has a rule that wants a note for each record"
    client = signed_in("harcourt")
    form = {"text": "All alike.", "which": "open", "revision": faulty.current_revision.number}
    answer = client.post(f"{BASE}rules/{rule.key}/note/", form)
    assert answer.status_code == 422 and "a note for each record" in answer.content.decode()


def test_return_level_notes(faulty: Return, signed_in: SignIn) -> None:
    client = signed_in("harcourt")
    assert client.post(BASE + "notes/return/add/", {"text": ""}).status_code == 422
    text = "<b>Roof</b> & flood\r\nclosed a week"
    assert client.post(BASE + "notes/return/add/", {"text": text}).status_code == 302
    shown = page(client, "notes/return/")
    assert "&lt;b&gt;Roof&lt;/b&gt; &amp; flood" in shown and "<b>Roof" not in shown
    for heading in ["User", "Role", "Organisation", "Native ID", "Date and Time"]:
        assert f">{heading}</th>" in shown
    assert "Amina Osei" in shown and "Harcourt Spinney Academy" in shown and ">8554001</td>" in shown
    assert Note.objects.get().text == "<b>Roof</b> & flood\nclosed a week"
    assert explanations(faulty).explained == 0, "a return level note explains no finding"


def test_notes_on_a_data_item_survive_an_upload(faulty: Return, signed_in: SignIn, hand_in: HandIn) -> None:
    client = signed_in("harcourt")
    number = faulty.current_revision.number
    item = f"notes/item/PupilOnRoll/{number}/1/Surname/"
    assert "Note Page" in page(client, item) and "Data Item" in page(client, item)
    assert client.post(f"{BASE}{item}add/", {"text": "Changed by deed poll."}).status_code == 302
    hand_in(census(5, pupil=WRONG), confirmed=True)
    faulty.refresh_from_db()
    revision = faulty.current_revision
    assert list(items.notes_on_record(faulty, revision, "PupilOnRoll", 1)) == ["Surname"]
    assert items.notes_on_record(faulty, revision, "PupilOnRoll", 2) == {}
    assert "deed poll" in page(client, f"notes/item/PupilOnRoll/{revision.number}/1/Surname/")
    assert "In force<" in page(client, "notes/")
    hand_in(census(3, pupil={**WRONG, "Surname": "Other"}), confirmed=True)
    assert "Needs another look" in page(client, "notes/")
    for wrong in ["Nothing/1/1/Surname", "PupilOnRoll/1/1/Nothing", "PupilOnRoll/1/99/Surname", "PupilOnRoll/99/1/UPN"]:
        assert client.get(f"{BASE}notes/item/{wrong}/").status_code == 404


def test_a_withdrawn_note_is_kept_and_explains_nothing(
    faulty: Return, membership: Membership, signed_in: SignIn
) -> None:
    key = on_birth_dates(faulty)["rule_key"][0]
    client = signed_in("harcourt")
    form = {"text": "Checked all.", "which": "open", "revision": faulty.current_revision.number}
    client.post(f"{BASE}rules/{key}/note/", form)
    first = Note.objects.order_by("pk").first()
    address = f"notes/{first.pk}/withdraw/"
    assert "3" in page(client, address)
    assert client.post(BASE + address, {"which": "one", "reason": ""}).status_code == 422
    assert client.post(BASE + address, {"which": "one", "reason": "Wrong pupil"}).status_code == 302
    assert on_birth_dates(faulty)["explanation"].to_list().count(EXPLAINED) == 2
    assert client.get(BASE + address).status_code == 404, "withdrawn already"
    second = Note.objects.order_by("pk")[1]
    client.post(f"{BASE}notes/{second.pk}/withdraw/", {"which": "alike", "reason": "All wrong"})
    assert EXPLAINED not in on_birth_dates(faulty)["explanation"].to_list()
    assert Note.objects.count() == 3 and "Reason: Wrong pupil" in page(client, "notes/")


def test_notes_are_searched_without_words_in_addresses(
    faulty: Return, membership: Membership, signed_in: SignIn
) -> None:
    found = on_birth_dates(faulty)["finding"]
    explain(faulty, membership, found[0], "Certificate.")
    explain(faulty, membership, found[1], "Passport.")
    client = signed_in("harcourt")
    answer = client.post(BASE + "notes/", {"words": upn(2), "scope": "finding", "standing": "explained"})
    assert answer.status_code == 302 and upn(2) not in answer.url
    listed = client.get(answer.url).content.decode()
    assert "Passport." in listed and "Certificate." not in listed
    assert "Count <strong>0</strong>" in client.get(BASE + "notes/?standing=withdrawn").content.decode()


def test_all_notes_download(faulty: Return, membership: Membership, signed_in: SignIn) -> None:
    explain(faulty, membership, on_birth_dates(faulty)["finding"][0], '=cmd|"/c calc"')
    answer = signed_in("harcourt").get(BASE + "notes/notes.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 1 and rows[0]["User"] == "Amina Osei" and rows[0]["State"] == "Explained"
    assert rows[0]["Note Detail"].startswith("'=") and rows[0]["Number of the record"] == upn(1)
    xlsx = signed_in("harcourt").get(BASE + "notes/notes.xlsx")
    assert b"".join(xlsx.streaming_content)[:2] == b"PK"


@pytest.mark.parametrize("account", ["harcourt-reader"])
def test_viewers_read_and_do_not_write(account: str, faulty: Return, membership: Membership, signed_in: SignIn) -> None:
    finding, number = on_birth_dates(faulty)["finding"][0], faulty.current_revision.number
    explain(faulty, membership, finding)
    client = signed_in(account)
    for address in ["all-errors/", f"all-errors/{number}/{finding}/", "notes/", "notes/return/"]:
        shown = page(client, address)
        assert "Save note" not in shown and "Withdraw<" not in shown
    key = on_birth_dates(faulty)["rule_key"][0]
    for address in [
        f"all-errors/{number}/{finding}/note/",
        f"all-errors/{number}/{finding}/still-right/",
        f"rules/{key}/note/",
        f"rules/{key}/still-right/",
        "notes/return/add/",
        f"notes/item/PupilOnRoll/{number}/0/UPN/add/",
        f"notes/{Note.objects.get().pk}/withdraw/",
        "notes/spreadsheet/",
    ]:
        assert client.post(BASE + address, {"text": "x", "reason": "x"}).status_code == 403, address
    assert Note.objects.count() == 1


def test_texts_that_are_no_notes(faulty: Return, membership: Membership) -> None:
    for text in ["", " \n ", "\0\x07", "x" * (noting.LONGEST + 1)]:
        outcome = noting.note_on_return(faulty, membership, text)
        assert isinstance(outcome, Refusal) and outcome.message
    assert Note.objects.count() == 0 and not Event.objects.filter(kind="noted")
    assert isinstance(noting.note_on_return(faulty, membership, "a\0b\x1b[2J"), Event)
    assert Note.objects.get().text == "ab[2J"


def sheet_of(client: Client) -> list[dict[str, str]]:
    answer = client.get(BASE + "all-errors/all-errors.csv")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def as_xlsx(rows: list[dict[str, str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for down, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *rows]):
            for at, value in enumerate(row.values()):
                sheet.write_string(down, at, value)
    return buffer.getvalue()


def as_csv(rows: list[dict[str, str]], encoding: str, delimiter: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("form", ["xlsx", "csv", "excel-csv"])
def test_round_trip_by_spreadsheet(form: str, faulty: Return, membership: Membership, signed_in: SignIn) -> None:
    explain(faulty, membership, on_birth_dates(faulty)["finding"][0], "Known – as before")
    client = signed_in("harcourt")
    rows = sheet_of(client)
    places = [number for number, row in enumerate(rows) if row["Explained"]]
    references = {f"F{one}" for one in on_birth_dates(faulty)["identity"]}
    ours = [number for number in places if rows[number]["Reference"] in references]
    for number, text in zip(ours, ["Known – as before", "Café seen", "=1+1 is two"], strict=True):
        rows[number]["New note"] = text
    rows.append({**rows[0], "Reference": "F0000000000000000", "New note": "of nothing"})
    rows.append({**rows[0], "Reference": "nonsense", "New note": "of nothing"})
    rows.reverse()
    content = {
        "xlsx": lambda: as_xlsx(rows),
        "csv": lambda: as_csv(rows, "utf-8-sig", ","),
        "excel-csv": lambda: as_csv(rows, "cp1252", ";"),
    }[form]()
    answer = client.post(BASE + "notes/spreadsheet/", {"file": SimpleUploadedFile(f"notes.{form[-4:]}", content)})
    assert answer.status_code == 302, answer.content
    shown = client.get(answer.url).content.decode()
    assert "2 notes to be added" in shown and "Café seen" in shown and "Known – as before" not in shown
    for words in ["Unchanged", "No longer raised", "Not understood"]:
        assert words in shown
    assert Note.objects.count() == 1, "looking adds nothing"
    assert client.post(answer.url).status_code == 302
    assert set(Note.objects.values_list("text", flat=True)) == {"Known – as before", "Café seen", "=1+1 is two"}
    assert set(on_birth_dates(faulty)["explanation"]) == {EXPLAINED}
    assert client.get(BASE + "notes/spreadsheet/preview/").status_code == 302, "nothing waits any more"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 not a zip", b"\0\1\2\3", b"Name,Note\r\nx,y\r\n", b"\xff\xfe\xfd", b"a" * 100],
    ids=["empty", "broken", "binary", "other columns", "no text", "one word"],
)
def test_a_spreadsheet_that_is_none(content: bytes, faulty: Return, signed_in: SignIn) -> None:
    client = signed_in("harcourt")
    answer = client.post(BASE + "notes/spreadsheet/", {"file": SimpleUploadedFile("notes.xlsx", content)})
    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.content.decode()
    assert client.post(BASE + "notes/spreadsheet/").status_code == 422
