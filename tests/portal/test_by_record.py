"""Children in Need in the portal: errors by child, reports with their downloads, CSV sets and odd files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import lxml.html
import polars as pl
import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collectory.engine import Dataset, edition, read_tables
from collectory.engine.writing.csv_set import write_csv_set
from collectory.engine.writing.xml import write_xml
from collectory.portal.demonstration import forms
from collectory.portal.people.models import Membership
from collectory.portal.returns import by_record, reading
from collectory.portal.returns.models import Return, Revision, Upload
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.services.revising import add_revision, checked, keep
from collectory.portal.returns.states import Happening
from tests.portal.census_files import census, upn
from tests.portal.conftest import work_off

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[str], Client]
WHO = "larkshire-sen"
NAMES = ["children-in-need-2025", "855"]


def made(year: int, children: int, faults: float = 0.0, seed: int = 1) -> Dataset:
    of = edition(f"children-in-need-{year}")
    assert of.blade.sample is not None
    return read_tables(of.blade.sample(of, children, faults, seed, "855"), of)


def put(data_return: Return, dataset: Dataset) -> None:
    membership = Membership.objects.get(user__username=WHO)
    kept = keep(dataset, checked(dataset, data_return))
    with transaction.atomic():
        current = locked(data_return.pk)
        actor = actor_for(membership, current)
        record(
            current,
            actor,
            Happening.UPLOADED,
            revision=add_revision(current, kept, actor, Revision.Cause.UPLOAD),
        )
    data_return.refresh_from_db()


@pytest.fixture
def returns(form_returns: Callable[[str, str], Return], monkeypatch: pytest.MonkeyPatch) -> dict[int, Return]:
    """The authority's returns of 2025 and of the year before, without data."""
    found = {}
    organisation = form_returns("sen2-2014", "855").organisation
    for year in (2024, 2025):
        collection = forms._collection(f"children-in-need-{year}", runs=year == 2025)
        found[year], _ = Return.objects.get_or_create(collection=collection, organisation=organisation)
    return found


def shared(dataset: Dataset) -> Dataset:
    """The same return with the ID of the first child at the second too."""
    table = dataset.tables["ChildIdentifiers"]
    ids = [table["LAchildID"][0], *table["LAchildID"][:1], *table["LAchildID"][2:]]
    return dataset.with_tables({"ChildIdentifiers": table.with_columns(pl.Series("LAchildID", ids))})


def page_of(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=[*NAMES, *args]))
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def cells(page: str) -> list[list[str]]:
    rows = lxml.html.fromstring(page).xpath("//table[contains(@class, 'collectory-findings')]/tbody/tr")
    return [[" ".join(each.text_content().split()) for each in row] for row in rows]


def test_children_with_most_errors_come_first(returns: dict[int, Return], signed_in: SignIn) -> None:
    now = returns[2025]
    put(now, made(2025, 300, 0.4))
    client = signed_in(WHO)
    assert reverse("errors-by-record", args=[*NAMES, "ChildIdentifiers"]) in page_of(client, "all-errors")
    rows = cells(page_of(client, "errors-by-record", "ChildIdentifiers"))
    counts = [tuple(int(re.sub(r"\D", "", each)) for each in row[1:3]) for row in rows]
    assert counts == sorted(counts, reverse=True) and len(rows) == by_record.SIZE
    kind = edition("children-in-need-2025").entity("ChildIdentifiers")
    every = by_record.counted(now, kind)
    of_return = reading.findings(now.current_revision).filter(pl.col("entity") == "Header").height
    of_return += reading.findings(now.current_revision).filter(pl.col("record").is_null()).height
    assert int(every["errors"].sum() + every["queries"].sum()) == now.errors + now.queries - of_return
    assert client.get(reverse("errors-by-record", args=[*NAMES, "CINdetails"])).status_code == 404


def test_as_many_questions_to_the_database_for_more_children(returns: dict[int, Return], signed_in: SignIn) -> None:
    client = signed_in(WHO)
    asked = []
    for children in (30, 400):
        put(returns[2025], made(2025, children, 0.5))
        with CaptureQueriesContext(connection) as queries:
            page_of(client, "errors-by-record", "ChildIdentifiers")
        first = by_record.counted(returns[2025], edition("children-in-need-2025").entity("ChildIdentifiers"))["row"][0]
        revision = returns[2025].current_revision
        assert revision is not None
        with CaptureQueriesContext(connection) as more:
            page_of(client, "errors-of-record", "ChildIdentifiers", revision.number, first)
        asked.append((len(queries), len(more)))
    assert asked[0] == asked[1]


def test_one_child_shows_all_that_was_found_and_leads_to_the_cells(
    returns: dict[int, Return], signed_in: SignIn
) -> None:
    now = returns[2025]
    put(returns[2024], made(2024, 60))
    put(now, shared(made(2025, 60, 0.6)))
    revision = now.current_revision
    assert revision is not None
    kind = edition("children-in-need-2025").entity("ChildIdentifiers")
    counts = by_record.counted(now, kind)
    client = signed_in(WHO)
    for at, row in enumerate(counts["row"][:3]):
        page = page_of(client, "errors-of-record", kind.name, revision.number, row)
        shown = re.findall(r'id="finding-(\d+)"', page)
        assert len(shown) == len(set(shown)) == counts["errors"][at] + counts["queries"][at]
        following = reverse("errors-of-record", args=[*NAMES, kind.name, revision.number, counts["row"][at + 1]])
        assert f'rel="next" href="{following}"' in page
        ids = reading.table(revision, kind)["LAchildID"].drop_nulls().to_list()
        assert not any(each in address for address in re.findall(r'href="([^"]*)"', page) for each in ids)
    page = page_of(client, "errors-of-record", kind.name, revision.number, 0)
    assert reverse("errors-of-record", args=[*NAMES, kind.name, revision.number, 1]) in page
    assert "Same Local authority child ID" in page
    cell = lxml.html.fromstring(page).xpath("//tr[starts-with(@id, 'finding-')]/td[5]//a/@href")[0]
    assert client.get(cell.partition("#")[0]).status_code == 200
    same = set(reading.table(returns[2024].current_revision, kind)["LAchildID"]) & set(
        reading.table(revision, kind)["LAchildID"][2:]
    )
    known = (pl.col("LAchildID").is_in(sorted(same))) & (pl.col("_row") > 1)
    row = reading.table(revision, kind).filter(known)["_row"][0]
    page = page_of(client, "errors-of-record", kind.name, revision.number, row)
    assert "Children in Need 2024" in page.partition('id="before"')[2]
    address = lxml.html.fromstring(page).xpath("//*[@id='before']/following-sibling::p[1]/a/@href")[0]
    assert "children-in-need-2024" in address and client.get(address).status_code == 200


def test_reports_are_shown_listed_and_downloaded(returns: dict[int, Return], signed_in: SignIn) -> None:
    put(returns[2024], made(2024, 50))
    put(returns[2025], made(2025, 300))
    client = signed_in(WHO)
    listing = page_of(client, "reports")
    reports = edition("children-in-need-2025").blade.reports
    for name in ("all-errors", "all-notes", "history"):
        assert f'href="{reverse(name, args=NAMES)}' in listing
    for report in reports:
        assert reverse("report", args=[*NAMES, report.name]) in listing
        page = page_of(client, "report", report.name)
        assert "Compared with Children in Need 2024" in page and "style=" not in page
    page = page_of(client, "report", "assessments-working-days-list")
    answer = client.get(reverse("report-table", args=[*NAMES, "assessments-working-days-list", 1, "csv"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0][-1] == "Working days" and len(lines) > 150
    assert lines[1][0] in page
    sheet = client.get(reverse("report-table", args=[*NAMES, "key-indicators", 1, "xlsx"]))
    assert b"".join(sheet.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    for table, form in ((0, "csv"), (2, "csv"), (1, "pdf")):
        assert client.get(reverse("report-table", args=[*NAMES, "key-indicators", table, form])).status_code == 404


def uploaded(data_return: Return, content: bytes, name: str) -> Upload:
    outcome = accept(
        data_return, Membership.objects.get(user__username=WHO), ContentFile(content, name=name), confirmed=True
    )
    assert isinstance(outcome, Upload), outcome
    work_off()
    outcome.refresh_from_db()
    data_return.refresh_from_db()
    return outcome


def test_csv_files_of_a_council_are_uploaded_and_exported(returns: dict[int, Return], signed_in: SignIn) -> None:
    dataset = made(2025, 30)
    assert uploaded(returns[2025], write_csv_set(dataset), "cin.zip").outcome == "loaded"
    assert returns[2025].current_revision is not None
    assert returns[2025].current_revision.records["Section47"] == dataset.records["Section47"]


WITHOUT_DATES = re.compile(rb"<(\w*[dD]ate\w*|DateOfInitialCPC|InitialCPCtarget)>[^<]*</\1>")


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"", "refused"),
        (b"<Message></Message>", "refused"),
        (write_xml(made(2024, 3)), "refused"),
        (re.sub(rb"(?s)<Children>.*</Children>", b"<Children></Children>", write_xml(made(2025, 3))), "loaded"),
        (re.sub(rb"(?s)<CINdetails>.*?</CINdetails>", b"", write_xml(made(2025, 9))), "loaded"),
        (WITHOUT_DATES.sub(b"", write_xml(made(2025, 30))), "loaded"),
    ],
    ids=["empty", "without a header", "another year", "no children", "no episodes", "no dates"],
)
def test_odd_files_are_told_in_words(
    returns: dict[int, Return], signed_in: SignIn, content: bytes, outcome: str
) -> None:
    data_return = returns[2025]
    accepted = accept(
        data_return, Membership.objects.get(user__username=WHO), ContentFile(content, name="cin.xml"), confirmed=True
    )
    if not isinstance(accepted, Upload):
        assert outcome == "refused" and accepted.message.endswith(".")
        return
    work_off()
    accepted.refresh_from_db()
    data_return.refresh_from_db()
    assert accepted.outcome == outcome, accepted.refusal
    client = signed_in(WHO)
    if outcome == "refused":
        assert data_return.current_revision is None
        return
    for name, *args in (
        *(("report", report.name) for report in edition("children-in-need-2025").blade.reports),
        ("errors-by-record", "ChildIdentifiers"),
        ("all-errors",),
        ("open-return",),
    ):
        page_of(client, name, *args)


def test_pupils_of_a_census_are_listed_the_same_way(
    census_return: Return, hand_in: Callable[..., Upload], signed_in: SignIn
) -> None:
    assert hand_in(census(20, pupil={"DOB": "2010-02-30"})).outcome == "loaded"
    census_return.refresh_from_db()
    revision = census_return.current_revision
    assert revision is not None
    client = signed_in("harcourt")
    names = [census_return.collection.slug, census_return.organisation.native_id]
    page = client.get(reverse("errors-by-record", args=[*names, "PupilOnRoll"])).content.decode()
    assert len(cells(page)) == 20
    one = client.get(reverse("errors-of-record", args=[*names, "PupilOnRoll", revision.number, 3])).content.decode()
    assert "2010-02-30" in one and not any(upn(3) in each for each in re.findall(r'href="([^"]*)"', one))
    assert client.get(reverse("errors-of-record", args=[*names, "PupilOnRoll", revision.number, 99])).status_code == 404
