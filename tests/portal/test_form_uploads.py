"""A form by every way in: keyed, from XML, an export, the spreadsheet, JSON and CSV: the same return each time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping

import lxml.html
import polars as pl
import pytest
import python_calamine
import xlsxwriter
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

import collectory
from collectory.engine import read_tables
from collectory.engine.keying import keyed
from collectory.engine.writing.exporting import export_bytes
from collectory.engine.writing.template import write_template
from collectory.engine.writing.xml import write_xml
from collectory.portal.people.models import Membership
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services import keying
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.services.keying import Keying
from tests.portal.conftest import work_off

pytestmark = pytest.mark.django_db(transaction=True)
Returns = Callable[[str, str], Return]
EDITION = "sen2-2014"


@pytest.fixture
def data_return(form_returns: Returns) -> Return:
    return form_returns(EDITION, "855")


@pytest.fixture
def clerk(data_return: Return) -> Membership:
    return Membership.objects.get(user__username="larkshire-sen")


def values(faults: float = 0.1) -> dict[str, str]:
    """A return of the authority by item, with a few faults."""
    edition = collectory.edition(EDITION)
    assert edition.blade.sample is not None and edition.form is not None
    tables = edition.blade.sample(edition, 900, faults, 3, "855")
    return {
        f"{item.entity}.{item.field}": text
        for item in edition.form.items
        if (text := tables[item.entity][item.field][0]) is not None
    }


def hand_in(data_return: Return, clerk: Membership, content: bytes, name: str) -> Upload:
    outcome = accept(data_return, clerk, ContentFile(content, name=name), confirmed=True)
    assert isinstance(outcome, Upload), outcome
    work_off()
    outcome.refresh_from_db()
    data_return.refresh_from_db()
    return outcome


def key_in(data_return: Return, clerk: Membership, given: Mapping[str, str]) -> None:
    """Type all values into the form, tab by tab."""
    edition = reading.edition_of(data_return)
    assert edition.form is not None
    for tab in edition.form.tabs:
        cells = {
            (item.entity, item.field): given.get(f"{item.entity}.{item.field}", "")
            for item in tab.items
            if not item.given
        }
        data_return.refresh_from_db()
        current = data_return.current_revision
        outcome = keying.key(
            data_return, clerk, Keying(tab.key, current.number if current else 0, f"form-{tab.key}", cells)
        )
        assert isinstance(outcome, (keying.Saved, keying.Nothing))
    data_return.refresh_from_db()


def state_of(data_return: Return) -> tuple[dict[str, list[dict[str, object]]], list[tuple[object, ...]], int, int]:
    """All that a return holds and all that was found in it."""
    revision = data_return.current_revision
    assert revision is not None
    edition = reading.edition_of(data_return)
    assert edition.form is not None
    tables = {name: reading.table(revision, name).to_dicts() for name in edition.form.entities}
    found = reading.findings(revision).select("rule", "priority", "message", "identity").sort(pl.all())
    return tables, found.rows(), data_return.errors, data_return.queries


def test_every_way_in_gives_the_same_return(data_return: Return, clerk: Membership, tmp_path) -> None:
    given = values()
    key_in(data_return, clerk, given)
    by_keying = state_of(data_return)
    assert by_keying[2] > 0, "some faults, so that there is something to compare"
    edition = collectory.edition(EDITION)
    dataset = keyed(given, edition, "855").dataset  # type: ignore[union-attr]
    ways = {
        "return.xml": write_xml(dataset),
        "form.xlsx": write_template(edition, dataset, "855"),
        "form.json": json.dumps(given).encode(),
        "form.csv": "\n".join(["item,value", *(f'"{name}","{text}"' for name, text in given.items())]).encode(),
        "csv.zip": export_bytes(dataset, "csv"),
        "xml.zip": export_bytes(dataset, "xml"),
    }
    for name, content in ways.items():
        upload = hand_in(data_return, clerk, content, name)
        assert upload.outcome == "loaded", (name, upload.refusal_title, upload.refusal_message)
        assert state_of(data_return) == by_keying, name


def moved(content: bytes, sheet: str, first: int, second: int) -> bytes:
    """The spreadsheet with two rows of a sheet in each other's place."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if name == sheet:
                rows[first], rows[second] = rows[second], rows[first]
            copy = made.add_worksheet(name)
            for number, row in enumerate(rows):
                copy.write_row(number, 0, row)
    return buffer.getvalue()


def test_a_spreadsheet_with_rows_moved_is_rejected_by_name_and_the_last_good_return_kept(
    data_return: Return, clerk: Membership, signed_in: Callable[[str], Client]
) -> None:
    edition = collectory.edition(EDITION)
    tables = edition.blade.sample(edition, 900, 0.0, 3, "855")  # type: ignore[misc]
    good = write_template(edition, read_tables(tables, edition), "855")
    assert hand_in(data_return, clerk, good, "form.xlsx").outcome == "loaded"
    before = state_of(data_return)
    upload = hand_in(data_return, clerk, moved(good, "Part 1", 5, 6), "form.xlsx")
    assert (
        upload.outcome == "refused"
        and "1.1b Tot510 (5 to 10) stands in row 6 and belongs in row 7" in upload.refusal_message
    )
    assert state_of(data_return) == before and data_return.state == "loaded and validated"
    client = signed_in("larkshire-sen")
    names = [data_return.collection.slug, "855"]
    page = client.get(reverse("upload-progress", args=[*names, upload.pk])).content.decode()
    assert (
        "Rejected" in page
        and "1.1b Tot510 (5 to 10) stands in row 6 and belongs in row 7" in page
        and "What you loaded before is untouched" in page
    )
    assert "was rejected" in client.get(reverse("source-page", args=names)).content.decode()


def test_the_upload_page_offers_the_spreadsheet_with_the_present_values(
    data_return: Return, clerk: Membership, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("larkshire-sen")
    names = [data_return.collection.slug, "855"]
    page = lxml.html.fromstring(client.get(reverse("upload", args=names)).content.decode())
    link = next(each for each in page.iter("a") if "spreadsheet" in (each.text or ""))
    assert link.get("href") == reverse("form-spreadsheet", args=names)
    key_in(data_return, clerk, {"Part1.Tot05": "77"})
    answer = client.get(link.get("href"))
    assert answer["Content-Disposition"].endswith('filename="sen2-2014-855.xlsx"')
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name("Part 1")
    assert [row[2] for row in sheet.to_python() if row[3] == "Part1.Tot05"] == [77]
    assert hand_in(data_return, clerk, answer.content, "form.xlsx").outcome == "loaded"


def test_other_authorities_files_are_rejected(data_return: Return, clerk: Membership) -> None:
    edition = collectory.edition(EDITION)
    tables = edition.blade.sample(edition, 900, 0.0, 3, "856")  # type: ignore[misc]
    dataset = read_tables(tables, edition)
    for content in (write_xml(dataset), write_template(edition, dataset)):
        upload = hand_in(data_return, clerk, content, "other")
        assert (upload.outcome, upload.refusal_code) == ("refused", "wrong-source")
    assert data_return.state == "no data"


def test_a_collection_without_a_form_has_no_spreadsheet(
    census_return: Return, signed_in: Callable[[str], Client]
) -> None:
    names = [census_return.collection.slug, census_return.organisation.native_id]
    assert signed_in("harcourt").get(reverse("form-spreadsheet", args=names)).status_code == 404
