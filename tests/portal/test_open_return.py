"""Open return: parts, lists, searches that leave no trace in addresses, and the page of one record."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
import pytest
from django.test import Client
from django.urls import reverse

from collectory.portal.people.models import Membership
from collectory.portal.returns import cells, reading, record_pages
from collectory.portal.returns.addresses import url_of_cell, url_of_entity, url_of_record
from collectory.portal.returns.models import Note, Return
from tests.portal.opened import PUPILS, load, tables

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture
def opened(census_return: Return, membership: Membership) -> Return:
    """The return of 8554001 with four pupils."""
    load(census_return, membership, tables())
    return census_return


def listed(client: Client, address: str) -> list[str]:
    """The surnames of a list of pupils, in order."""
    page = client.get(address).content.decode()
    rows = re.findall(
        r'<tr class="govuk-table__row">\s*<td class="govuk-table__cell collectory-number">.*?</tr>', page, re.S
    )
    names = "|".join(each["Surname"].replace("'", "&#39;") for each in PUPILS)
    return [found[1].replace("&#39;", "'") for row in rows if (found := re.search(f">({names})<", row))]


def test_every_finding_is_counted_once_among_the_parts(opened: Return, signed_in: SignedIn) -> None:
    revision = opened.current_revision
    assert revision is not None
    counts = cells.of_entities(revision)
    assert sum(one.errors for one in counts.values()) == revision.errors > 0
    assert sum(one.queries for one in counts.values()) == revision.queries
    page = signed_in("harcourt").get(reverse("open-return", args=["school-census-2021-autumn", "8554001"]))
    words = page.content.decode()
    assert "Pupils on roll" in words and "Return level errors" in words and "Suspensions and exclusions" in words


def test_a_records_counts_hold_those_of_the_records_under_it(opened: Return) -> None:
    revision = opened.current_revision
    assert revision is not None
    own = reading.findings(revision).filter((pl.col("entity") == "PupilOnRoll") & (pl.col("record") == 2)).height
    under = reading.findings(revision).filter(
        ((pl.col("entity") == "TermlyExclusion") & (pl.col("record") == 1))
        | ((pl.col("entity") == "Address") & (pl.col("record") == 2))
        | pl.col("entity").is_in(["ProgrammeAim", "LearningAim"])
    )
    row = cells.of_records(revision, "PupilOnRoll").filter(record=2).row(0, named=True)
    assert under.height > 0 and row["errors"] + row["queries"] == own + under.height


def test_lists_are_sorted_narrowed_and_paged(opened: Return, signed_in: SignedIn) -> None:
    client, address = signed_in("harcourt"), url_of_entity(opened, "PupilOnRoll")
    assert listed(client, address) == ["Osborne", "Núñez", "O'Hara", "Without"]
    assert listed(client, f"{address}?sort=Surname") == ["Núñez", "O'Hara", "Osborne", "Without"]
    assert listed(client, f"{address}?sort=-DOB") == ["Osborne", "O'Hara", "Without", "Núñez"], "no date comes last"
    assert listed(client, f"{address}?Gender=F") == ["Osborne", "O'Hara"]
    assert listed(client, f"{address}?sort=-errors")[0] in {"O'Hara", "Núñez", "Without"}
    for nonsense in ["?sort=Nope", "?page=0", "?page=9999999999", "?size=1", "?Gender=<b>", "?show=x", "?search=zzz"]:
        assert listed(client, address + nonsense) == ["Osborne", "Núñez", "O'Hara", "Without"]
    assert client.get(url_of_entity(opened, "Nonsense")).status_code == 404


def test_numbers_and_codes_are_sorted_as_numbers(
    census_return: Return, membership: Membership, signed_in: SignedIn
) -> None:
    years = ["10", "9", "X", "11"]
    load(census_return, membership, tables([{**one, "NCyearActual": year} for one, year in zip(PUPILS, years)], {}))
    address = url_of_entity(census_return, "PupilOnRoll") + "?sort=NCyearActual"
    assert listed(signed_in("harcourt"), address) == ["Núñez", "Osborne", "Without", "O'Hara"]


def test_more_than_a_page(census_return: Return, membership: Membership, signed_in: SignedIn) -> None:
    load(census_return, membership, tables([{"Surname": f"Pupil {row:03d}"} for row in range(123)], {}))
    client, address = signed_in("harcourt"), url_of_entity(census_return, "PupilOnRoll")
    page = client.get(f"{address}?size=10&page=13").content.decode()
    assert "121 to 123 are shown" in page and "Pupil 122" in page and "Pupil 119" not in page
    last = client.get(f"{address}?size=10&page=99").content.decode()
    assert "121 to 123 are shown" in last


def test_words_searched_for_stand_in_no_address(opened: Return, signed_in: SignedIn, caplog: object) -> None:
    client, address = signed_in("harcourt"), url_of_entity(opened, "PupilOnRoll")
    answer = client.post(address, {"words": "NÚÑEZ b800", "show": "errors", "Gender": "M"})
    to = answer["Location"]
    assert "show=errors" in to and "Gender=M" in to
    assert not re.search("n.ñez|b800|%C3", to, re.I)
    assert listed(client, to) == ["Núñez"]
    page = client.get(to).content.decode()
    assert 'value="NÚÑEZ b800"' in page, "the form shows what was searched for"
    links = re.findall('href="([^"]*)"', page)
    assert any("search=" in link for link in links) and not any(re.search("n.ñez|b8000|%C3", link) for link in links)
    assert len(listed(signed_in("harcourt"), to)) == 2, "the token means nothing in another session"


@pytest.mark.parametrize(
    ("words", "within", "found"),
    [
        ("o'h", "", ["O'Hara"]),
        ("9", "NCyearActual", ["Osborne", "Núñez", "O'Hara", "Without"]),
        ("0", "NCyearActual", []),
        ("ada", "Surname", []),
        ("ada", "Forename", ["Osborne"]),
        (".*", "", []),
        ("A800000000001", "UPN", ["Osborne"]),
    ],
)
def test_searches(opened: Return, signed_in: SignedIn, words: str, within: str, found: list[str]) -> None:
    client = signed_in("harcourt")
    answer = client.post(url_of_entity(opened, "PupilOnRoll"), {"words": words, "in": within})
    assert listed(client, answer["Location"]) == found


def test_next_leads_through_what_was_chosen(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    page = client.get(url_of_record(opened, "PupilOnRoll", 0) + "?Gender=F").content.decode()
    following = re.search('rel="next" href="([^"]*)"', page)
    assert following and following[1] == url_of_record(opened, "PupilOnRoll", 2) + "?Gender=F"
    assert 'rel="prev"' not in page and "1 of 2" in page


def test_a_record_shows_values_meanings_findings_and_what_is_under_it(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    address = url_of_cell(opened, "PupilOnRoll", 1, "PupilOnRoll.DOB")
    assert address.endswith("/open/PupilOnRoll/1/1/#item-DOB")
    page = client.get(address.partition("#")[0]).content.decode()
    item = re.search('<tr[^>]*id="item-DOB">.*?</tr>', page, re.S)
    assert item and "30/02/2010" in item[0] and "collectory-cell--error" in item[0] and "✖" in item[0]
    assert "Error 1600" in page and "Male" in page and "AB1 1CD" in page
    assert "Núñez" not in re.search("<title>(.*?)</title>", page, re.S)[1], "titles end up in histories"  # type: ignore[index]
    assert "Núñez" not in "".join(re.findall('(?:href|action)="([^"]*)"', page))
    assert client.get(url_of_record(opened, "PupilOnRoll", 4)).status_code == 404
    assert client.get(url_of_record(opened, "PupilOnRoll", 0, 7)).status_code == 404


def test_an_only_record_is_shown_at_once(opened: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    answer = client.get(url_of_entity(opened, "School"))
    assert answer["Location"] == url_of_record(opened, "School", 0)
    assert "Return level errors" in client.get(answer["Location"]).content.decode()


def test_records_and_items_with_notes_are_marked(opened: Return, membership: Membership, signed_in: SignedIn) -> None:
    revision = opened.current_revision
    assert revision is not None
    entity = reading.edition_of(opened).entity("PupilOnRoll")
    finding = cells.findings_at(revision, "PupilOnRoll", 1).filter(pl.col("at_fields").list.contains("DOB"))
    Note.objects.create(
        data_return=opened,
        author=membership.user,
        role=membership.role,
        organisation=membership.organisation,
        text="Seen.",
        scope=Note.Scope.FINDING,
        rule_key=finding["rule_key"][0],
        place=finding["place"][0],
        identity=finding["identity"][0],
    )
    page = record_pages.record_page(opened, revision, entity, 1, set())
    assert {item.field.name: item.notes for group in page.groups for item in group.items if item.notes} == {"DOB": 1}
    items = [item for group in page.groups for item in group.items]
    explained = {one.explanation: item.field.name for item in items for one in item.messages}
    assert explained["explained"] == "DOB" and explained["not explained"] != "DOB"
    client = signed_in("harcourt")
    assert listed(client, url_of_entity(opened, "PupilOnRoll") + "?show=notes") == ["Núñez"]


def test_before_anything_is_loaded(census_return: Return, signed_in: SignedIn) -> None:
    client = signed_in("harcourt")
    page = client.get(reverse("open-return", args=["school-census-2021-autumn", "8554001"])).content.decode()
    assert "Nothing has been loaded" in page
    assert client.get(url_of_entity(census_return, "PupilOnRoll")).status_code == 302
    edits = client.get(reverse("edits", args=["school-census-2021-autumn", "8554001"]))
    assert "Nothing has been changed on screen" in edits.content.decode()


def test_memory_is_bounded_and_shares_what_did_not_change(opened: Return) -> None:
    memory = reading.Memory(limit=100)
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    for number in [1, 2, 1, 3, 1, 2]:
        assert memory.get(number, lambda number=number: make(number), lambda _: 40) == number
        assert memory.bytes <= 100
    assert made == [1, 2, 3, 2], "the least recently used went"
    assert memory.get("big", lambda: "big", lambda _: 101) == "big" and memory.bytes <= 100
