"""All errors: summary, list, filters, details, rule pages, downloads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from collectory.portal.people.models import AccessLog
from collectory.portal.returns import reading
from collectory.portal.returns.models import Note, Return, Upload
from collectory.portal.returns.services.explaining import explanations
from tests.portal.census_files import census, upn

BASE = "/collections/school-census-2021-autumn/8554001/"
pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[str], Client]
HandIn = Callable[..., Upload]


@pytest.fixture
def faulty(hand_in: HandIn, census_return: Return) -> Return:
    """A return of 60 pupils who all have a birth date that is none, and a surname that is a script."""
    assert hand_in(census(60, pupil={"DOB": "2010-02-30", "Forename": "<script>alert(1)</script>"})).outcome == "loaded"
    census_return.refresh_from_db()
    return census_return


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_without_data_it_says_so(signed_in: SignIn) -> None:
    client = signed_in("harcourt")
    for page in ["all-errors/", "all-errors/not-checked/", "notes/", "notes/return/", "notes/spreadsheet/", "export/"]:
        text_of(client, BASE + page)
    assert "Nothing has been loaded yet" in text_of(client, BASE + "all-errors/")
    assert client.get(BASE + "all-errors/all-errors.csv").status_code == 404


def test_summary_then_list(signed_in: SignIn, faulty: Return) -> None:
    page = text_of(signed_in("harcourt"), BASE + "all-errors/")
    assert page.index('id="summary"') < page.index('id="list"')
    for heading in ["Rule no.", "Return level", "Error message", "Priority", "OK’d", "Details", "Notes"]:
        assert f">{heading}</th>" in page
    assert f"Count <strong>{faulty.errors + faulty.queries}</strong>" in page
    assert re.search(r"Error report on \d+ \w+ \d{4} at", page) and faulty.organisation.name in page
    assert "2010-02-30" in page and "NULL" not in page.split('id="list"')[0]


def birth_date(data_return: Return) -> dict[str, Any]:
    """The first finding about a pupil's birth date."""
    found = reading.findings(data_return.current_revision)
    return found.filter(pl.col("entity") == "PupilOnRoll", pl.col("message").str.contains("irth")).row(0, named=True)


def test_values_cannot_become_markup(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    number = birth_date(faulty)["finding"]
    for address in ["all-errors/", f"all-errors/{faulty.current_revision.number}/{number}/"]:
        page = text_of(client, BASE + address)
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_pages_of_10_50_and_100(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    every = faulty.errors + faulty.queries
    for size in (10, 50, 100):
        page = text_of(client, f"{BASE}all-errors/?show={size}")
        rows = re.findall(r'id="finding-(\d+)"', page)
        assert rows == [str(number) for number in range(min(size, every))]
    last = -(-every // 10)
    page = text_of(client, f"{BASE}all-errors/?show=10&page={last}")
    assert f"Page {last} of {last}." in page
    assert re.findall(r'id="finding-(\d+)"', page)[-1] == str(every - 1)
    assert text_of(client, f"{BASE}all-errors/?show=10&page=99999") and text_of(client, f"{BASE}all-errors/?page=x")


def test_filters(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    found = reading.findings(faulty.current_revision)
    for query, column, value in [
        ("priority=query", "priority", "query"),
        ("level=return", "level", "return"),
        (f"rule={birth_date(faulty)['rule_key']}", "rule_key", birth_date(faulty)["rule_key"]),
    ]:
        count = int((found[column] == value).sum())
        page = text_of(client, f"{BASE}all-errors/?{query}")
        assert f"Count <strong>{count}</strong> of" in page
    assert "Nothing fits what you chose" in text_of(client, f"{BASE}all-errors/?explanation=explained")


def test_a_pupil_is_found_without_a_name_or_number_in_any_address(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    answer = client.post(BASE + "all-errors/", {"words": f"made00007 {upn(7)}", "show": "50"})
    assert answer.status_code == 302
    assert upn(7) not in answer.url and "made" not in answer.url.lower()
    page = text_of(client, answer.url.split("#")[0])
    listed = page.split('id="list"')[1]
    assert upn(7) in listed and upn(8) not in listed
    addresses = " ".join(re.findall(r'(?:href|action)="([^"]*)"', page))
    assert upn(7) not in addresses and "made00007" not in addresses.lower()
    # The token means nothing to somebody else.
    other = signed_in("harcourt-reader")
    assert upn(8) in text_of(other, answer.url.split("#")[0])


def test_details_link_to_the_cells(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    number = faulty.current_revision.number
    finding = birth_date(faulty)
    page = text_of(client, f"{BASE}all-errors/?rule={finding['rule_key']}")
    assert "2010-02-30" in page
    assert re.search(rf'href="{BASE}open/PupilOnRoll/{number}/{finding["record"]}/#item-\w+"', page)


def test_rule_page(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    key = reading.findings(faulty.current_revision)["rule_key"][-1]
    page = text_of(client, f"{BASE}rules/{key}/")
    for heading in ["Why it matters", "How to put it right", "Acceptable note", "What it reads", "Whom it applies to"]:
        assert heading in page
    assert client.get(BASE + "rules/no-such-rule/").status_code == 404
    shared = client.get(f"/collections/school-census-2021-autumn/rules/{key}/")
    assert shared.status_code == 302 and shared.url == f"{BASE}rules/{key}/"
    assert "Why it matters" in text_of(signed_in("department"), f"/collections/school-census-2021-autumn/rules/{key}/")


def test_every_rule_of_the_edition_has_a_page(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt")
    for rule in reading.edition_of(faulty).rules:
        assert client.get(f"{BASE}rules/{rule.key}/").status_code == 200, rule.key


def test_rules_not_checked(signed_in: SignIn, faulty: Return) -> None:
    skipped = faulty.current_revision.skipped
    assert skipped, "rules that need the school register or last term's return"
    page = text_of(signed_in("harcourt"), BASE + "all-errors/not-checked/")
    assert skipped[0]["rule"] in page and f"{len(skipped)} rules could not be checked" in page


def download(client: Client, name: str) -> bytes:
    answer = client.get(BASE + name)
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment;")
    return b"".join(answer.streaming_content)


def test_downloads_have_every_finding(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("harcourt-reader")
    every = faulty.errors + faulty.queries
    text = download(client, "all-errors/all-errors.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == every
    book = CalamineWorkbook.from_filelike(io.BytesIO(download(client, "all-errors/all-errors.xlsx")))
    sheet = book.get_sheet_by_index(0).to_python()
    assert len(sheet) == every + 1 and sheet[0] == list(rows[0])
    assert {row["Reference"] for row in rows} == {row[sheet[0].index("Reference")] for row in sheet[1:]}
    assert AccessLog.objects.filter(action="downloaded findings").count() == 2
    assert client.get(BASE + "all-errors/all-errors.pdf").status_code == 404


def test_no_cell_of_a_download_is_a_formula(signed_in: SignIn, hand_in: HandIn) -> None:
    hand_in(census(2, pupil={"DOB": "2010-02-30", "Forename": "=HYPERLINK(1)", "MiddleNames": "+1+1"}))
    client = signed_in("harcourt")
    text = download(client, "all-errors/all-errors.csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@", "-", "\t"}]
    import zipfile

    with zipfile.ZipFile(io.BytesIO(download(client, "all-errors/all-errors.xlsx"))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_another_schools_list_is_not_there(signed_in: SignIn, faulty: Return) -> None:
    client = signed_in("wharf")
    for page in ["all-errors/", "all-errors/1/0/", "notes/", "all-errors/all-errors.csv", "export/", "rules/1520/"]:
        assert client.get(BASE + page).status_code == 404
    own = BASE.replace("8554001", "8554002")
    assert client.get(f"{own}all-errors/{faulty.current_revision.number}/0/").status_code == 404


def queries_for(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_twenty_thousand_findings(signed_in: SignIn, hand_in: HandIn, census_return: Return) -> None:
    wrong = {"DOB": "2010-02-30", "PartTime": "half", "EnrolStatus": "Z", "NCyearActual": "77", "Ethnicity": "Q"}
    hand_in(census(4000, pupil=wrong))
    census_return.refresh_from_db()
    every = census_return.errors + census_return.queries
    assert every >= 20_000
    client = signed_in("harcourt")
    first, last = f"{BASE}all-errors/?show=100", f"{BASE}all-errors/?show=100&page={-(-every // 100)}"
    assert f"Count <strong>{every:,}</strong>" in text_of(client, first)
    few = len(text_of(client, f"{BASE}all-errors/?show=10"))
    assert len(text_of(client, last)) < 12 * few, "a page is as long as its rows, not as the list"
    assert queries_for(client, first) <= queries_for(client, f"{BASE}all-errors/?show=10") + 1
    text = download(client, "all-errors/all-errors.csv").decode("utf-8-sig")
    assert text.count("\r\n") == every + 1
    key = birth_date(census_return)["rule_key"]
    number = census_return.current_revision.number
    form = {"text": "All seen.", "which": "open", "revision": number}
    with CaptureQueriesContext(connection) as caught:
        assert client.post(f"{BASE}rules/{key}/note/", form).status_code == 302
    assert Note.objects.count() == 4000 and len(caught) < 100, "notes are written many at a time"
    assert "4,000 findings" in text_of(client, BASE + "notes/")
    assert explanations(census_return).explained == 4000
