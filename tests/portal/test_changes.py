"""History of items and records, and the list of edits: worked out from the revisions."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from collectory.portal.people.models import AccessLog, Membership
from collectory.portal.returns import changes, following, reading
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import editing
from collectory.portal.returns.services.editing import Amendment, Kind, Saved
from tests.portal.opened import PUPILS, load, tables

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[str], Client]


@pytest.fixture
def opened(census_return: Return, membership: Membership) -> Return:
    """The return of 8554001 with four pupils."""
    load(census_return, membership, tables())
    return census_return


@pytest.fixture
def edit(opened: Return, membership: Membership) -> Callable[..., Saved]:
    """Do one edit on the current revision."""

    def edit(kind: Kind, entity: str, row: int | None = None, **more: object) -> Saved:
        opened.refresh_from_db()
        assert opened.current_revision is not None
        number = opened.current_revision.number
        values = {name: value for name, value in more.items() if name != "children"}
        asked = Amendment(
            kind, entity, number, f"form-{number}", row=row, values=values, children=more.get("children", ())
        )
        saved = editing.edit(opened, membership, asked)
        assert isinstance(saved, Saved)
        opened.refresh_from_db()
        return saved

    return edit


def pupil(data_return: Return, row: int) -> list[tuple[object, ...]]:
    entity = reading.edition_of(data_return).entity("PupilOnRoll")
    return [
        (one.what, one.revision.number, one.field.name if one.field else "", one.old, one.new)
        for one in changes.history_of_record(data_return, entity, row)
    ]


def test_history_of_a_record_across_edits_of_it_and_of_others(opened: Return, edit: Callable[..., Saved]) -> None:
    edit(Kind.CHANGE, "PupilOnRoll", 2, Surname="Once")
    edit(Kind.DELETE, "PupilOnRoll", 0)
    edit(Kind.CHANGE, "PupilOnRoll", 0, Surname="Somebody else")
    edit(Kind.CHANGE, "PupilOnRoll", 1, Surname="Twice", Gender="M")
    edit(Kind.ADD, "PupilOnRoll", Surname="New")
    assert pupil(opened, 1) == [
        ("changed", 5, "Surname", "Once", "Twice"),
        ("changed", 5, "Gender", "F", "M"),
        ("changed", 2, "Surname", "O'Hara", "Once"),
        ("loaded", 1, "", None, None),
    ]
    assert pupil(opened, 3) == [("added", 6, "", None, None)]


def test_history_goes_on_through_a_new_file(opened: Return, edit: Callable[..., Saved], membership: Membership) -> None:
    edit(Kind.CHANGE, "PupilOnRoll", 0, Surname="Corrected")
    again = [dict(each) for each in PUPILS[::-1]]
    again[3]["Surname"] = "In the new file"
    load(opened, membership, tables([*again, {"UPN": "Z8", "Surname": "Came later"}], {}), "second.xml")
    assert pupil(opened, 3) == [
        ("changed", 3, "Surname", "Corrected", "In the new file"),
        ("changed", 2, "Surname", "Osborne", "Corrected"),
        ("loaded", 1, "", None, None),
    ]
    assert pupil(opened, 4) == [("added", 3, "", None, None)]
    assert pupil(opened, 0)[-1] == ("loaded", 1, "", None, None), "a pupil without a number is known by name"


def test_a_record_is_followed_through_every_kind_of_change(
    opened: Return, edit: Callable[..., Saved], membership: Membership
) -> None:
    edition = reading.edition_of(opened)
    exclusion, address = edition.entity("TermlyExclusion"), edition.entity("Address")
    edit(Kind.ADD, "TermlyExclusion", 1, StartDate="2021-02-02")
    assert following.row_now(opened, 1, exclusion, 1) == 2
    assert following.row_now(opened, 2, exclusion, 1) == 1
    edit(Kind.DELETE, "PupilOnRoll", 0)
    assert following.row_now(opened, 1, exclusion, 0) is None
    assert following.row_now(opened, 1, exclusion, 1) == 1
    assert following.row_now(opened, 1, address, 3) == 2
    load(opened, membership, tables())
    assert following.row_now(opened, 1, exclusion, 1) == 1, "found again in a file by its keys"
    assert following.row_now(opened, 2, exclusion, 1) is None, "the file does not have the one keyed on screen"
    assert following.row_now(opened, 1, exclusion, 99) is None
    assert following.row_now(opened, 99, exclusion, 0) is None


def test_the_list_of_edits_names_everything_to_be_repeated(
    opened: Return, edit: Callable[..., Saved], signed_in: SignedIn
) -> None:
    edit(Kind.CHANGE, "PupilOnRoll", 1, DOB="2010-02-28", Surname='=HYPERLINK("x")')
    edit(Kind.ADD, "TermlyExclusion", 1, StartDate="2021-02-02", Category="SUSP")
    edit(Kind.DELETE, "PupilOnRoll", 0)
    client = signed_in("harcourt")
    where = [opened.collection.slug, opened.organisation.native_id]
    rows = list(csv.reader(io.StringIO(body(client.get(reverse("edits-file", args=[*where, "csv"]))))))
    picked = [(row[3], row[5], row[6], row[9], row[10], row[11]) for row in rows[1:]]
    assert picked == [
        ("Changed", "Núñez, Béla", "B800000000002", "Surname", "Núñez", '\'=HYPERLINK("x")'),
        ("Changed", "Núñez, Béla", "B800000000002", "DOB", "30/02/2010", "2010-02-28"),
        ("Added", '\'=HYPERLINK("x"), Béla', "B800000000002", "Category", "", "SUSP"),
        ("Added", '\'=HYPERLINK("x"), Béla', "B800000000002", "StartDate", "", "2021-02-02"),
        ("Deleted", "Osborne, Ada", "A800000000001", "", "", ""),
        ("Deleted", "Osborne, Ada", "A800000000001", "", "", ""),
        ("Deleted", "Osborne, Ada", "A800000000001", "", "", ""),
    ]
    assert {row[4] for row in rows[-3:]} == {"Pupil on roll", "Address", "Suspension or exclusion"}
    sheet = client.get(reverse("edits-file", args=[*where, "xlsx"]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content)))  # type: ignore[attr-defined]
    cells = book.get_sheet_by_index(0).to_python()
    assert len(cells) == len(rows) and "2010-02-28" in cells[2]
    assert AccessLog.objects.filter(action="downloaded changes").count() == 2
    page = client.get(reverse("edits", args=where)).content.decode()
    assert "7 changes since the last upload" in page


def body(answer: object) -> str:
    """The text of an answer that is sent in pieces."""
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


def test_a_new_file_begins_the_list_anew(opened: Return, edit: Callable[..., Saved], membership: Membership) -> None:
    edit(Kind.CHANGE, "PupilOnRoll", 1, DOB="2010-02-28")
    assert len(changes.edits_since_upload(opened)) == 1
    load(opened, membership, tables())
    assert changes.edits_since_upload(opened) == []


def test_the_page_of_an_items_history(opened: Return, edit: Callable[..., Saved], signed_in: SignedIn) -> None:
    edit(Kind.CHANGE, "PupilOnRoll", 1, DOB="2010-02-28")
    edit(Kind.CHANGE, "PupilOnRoll", 1, Surname="Other")
    where = [opened.collection.slug, opened.organisation.native_id, "PupilOnRoll"]
    client = signed_in("harcourt")
    page = client.get(reverse("record-history", args=[*where, 3, 1]) + "?item=DOB").content.decode()
    assert "30/02/2010" in page and "Amina Osei" in page and "census.xml" in page and "Edited on screen" in page
    assert "Other</span></td>" not in page, "the history of one item shows that item"
    assert client.get(reverse("record-history", args=[*where, 3, 1]) + "?item=Nonsense").status_code == 404
    moved = client.get(reverse("record-history", args=[*where, 1, 1]) + "?item=DOB")
    assert moved["Location"] == reverse("record-history", args=[*where, 3, 1]) + "?item=DOB"
    record = client.get(reverse("record", args=[*where, 3, 1])).content.decode()
    assert record.count("changed on screen</span>") == 2
