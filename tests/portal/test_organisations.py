"""Loading organisations from a register: what would change, what cannot be used, and putting it in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.organisations.changes import Change
from collectory.portal.organisations.loading import apply, changes_shown, preview
from collectory.portal.organisations.models import Register
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.returns.models import Return, Upload
from tests.portal.census_files import census
from tests.portal.registers import links, register, school

pytestmark = pytest.mark.django_db

HARCOURT = school(
    "8554001", "Harcourt Spinney Academy", "923370", Type="Academy converter", code="2901", name="Willow Trust"
)
WHARF = school("8554002", "Wharf Lane High School", "923383")
BRAMBLE = school("8552001", "Bramble Hill Primary School", "997361", Phase="Primary")
AS_THEY_ARE = (HARCOURT, WHARF, BRAMBLE)


@pytest.fixture
def department(collection: DataCollection) -> Membership:
    """The collector."""
    return Membership.objects.get(user__username="department")


def shown(*rows: dict[str, str], beside: bytes = b"", encoding: str = "cp1252") -> Register:
    found = preview(None, "register.csv", register(*rows, encoding=encoding), links=beside)
    assert isinstance(found, Register), found
    return found


def loaded(*rows: dict[str, str], beside: bytes = b"") -> Register:
    found = apply(shown(*rows, beside=beside), None)
    assert isinstance(found, Register), found
    return found


def of(found: Register, what: str) -> dict[str, Change]:
    return {one.native_id: one for one in changes_shown(found).of(what)}


def get(native_id: str) -> Organisation:
    return Organisation.objects.select_related("agent", "authority", "trust", "successor").get(native_id=native_id)


def test_a_preview_shows_everything_and_changes_nothing(collection: DataCollection) -> None:
    before = list(Organisation.objects.values())
    found = shown(
        HARCOURT,
        {**WHARF, "EstablishmentName": "Wharf Lane Community School"},
        school("8554003", "École de l’Étang", "900003", Type="Free schools", OpenDate="01-09-2021"),
        school("8567001", "Fern Special", "900004", Type="Foundation special school", Phase="Not applicable"),
        school("8559999", "Somebody's private school", "900005", Type="Other independent school"),
        school("8554088", "Long gone", "900006", EstablishmentStatus="Closed"),
    )
    assert list(Organisation.objects.values()) == before and Register.in_force() is None
    assert found.counts == {"new": 4, "changed": 2, "closes": 0, "merged": 0, "missing": 1, "problem": 0}
    assert set(of(found, "new")) == {"8554003", "8567001", "856", "T2901"}
    assert of(found, "changed")["8554002"].values == {
        "name": ("Wharf Lane High School", "Wharf Lane Community School"),
        "urn": ("", "923383"),
    }
    assert of(found, "changed")["8554001"].values["trust"] == ("", "T2901")
    assert of(found, "missing")["8552001"].name == "Bramble Hill Primary School"
    assert changes_shown(found).not_taken == {
        "Closed, and never known here": 1,
        "Other independent school: makes no returns": 1,
    }


def test_what_was_shown_is_put_in_force(collection: DataCollection, department: Membership) -> None:
    found = shown(
        HARCOURT,
        WHARF,
        school("8554003", "École de l’Étang", "900003", Type="Free schools", OpenDate="01-09-2021"),
        school("8567001", "Fern Special", "900004", Type="Foundation special school", Phase="Not applicable"),
        school("8554005", "To be", "900007", EstablishmentStatus="Proposed to open"),
    )
    assert apply(found, department) == found
    free, special, trust = get("8554003"), get("8567001"), get("T2901")
    assert (free.name, free.school_type, free.opened_on) == ("École de l’Étang", "free school", dt.date(2021, 9, 1))
    assert free.agent == get("000") and free.authority == get("855") and free.is_open
    assert (special.phase, special.school_type) == ("special", "maintained")
    assert special.agent == special.authority == get("856") and get("856").agent == get("000")
    assert (trust.kind, trust.name) == ("trust", "Willow Trust") and get("8554001").trust == trust
    assert not get("8554005").is_open, "a school that is proposed is not open yet"
    assert get("8552001").is_open, "what the file does not have is left alone"
    line = AccessLog.objects.get(action="organisations loaded")
    assert line.user == department.user and line.subject == f"register {found.pk}"
    found.refresh_from_db()
    assert found.applied_by == department.user and Register.in_force() == found
    again = apply(found, department)
    assert isinstance(again, Refusal) and again.code == "applied"
    assert shown(HARCOURT, WHARF).counts == {**dict.fromkeys(found.counts, 0), "missing": 2}, "nothing to do"


def test_the_agent_follows_the_type_and_goes_with_it_when_it_changes(collection: DataCollection) -> None:
    loaded(*AS_THEY_ARE)
    assert get("8554002").agent == get("855") and get("8554001").agent == get("000")
    converted = school(
        "8554002", "Wharf Lane Academy", "955000", Type="Academy converter", code="2901", name="Willow Trust"
    )
    old = {**WHARF, "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2021"}
    found = loaded(HARCOURT, BRAMBLE, old, converted)
    changed = of(found, "changed")["8554002"].values
    assert changed["agent"] == ("855", "000") and changed["trust"] == ("", "T2901")
    assert changed["urn"] == ("923383", "955000")
    assert get("8554002").is_open and get("8554002").trust == get("T2901")
    assert Return.objects.filter(organisation=get("8554002")).count() == 1, "the same number, the same return"


def test_a_foundations_trust_does_not_run_a_maintained_school(collection: DataCollection) -> None:
    loaded({**WHARF, "Trusts (code)": "3000", "Trusts (name)": "The Wharf Foundation"})
    assert get("8554002").trust is None and not Organisation.objects.filter(native_id="T3000").exists()


def test_a_closing_and_a_merger(collection: DataCollection) -> None:
    loaded(*AS_THEY_ARE)
    closing = {**BRAMBLE, "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2021"}
    closing["ReasonEstablishmentClosed (name)"] = "Result of amalgamation"
    without = shown(HARCOURT, WHARF, closing)
    assert of(without, "closes")["8552001"].why == "Result of amalgamation"
    heir = school("8553999", "Bramble and Wharf All-through", "900010", Phase="All through")
    beside = links(("997361", "900010", "Successor - merged"), ("900010", "997361", "Predecessor - merged"))
    found = loaded(HARCOURT, WHARF, closing, heir, beside=beside)
    assert of(found, "merged")["8552001"].values["successor"] == ("", "8553999")
    old = get("8552001")
    assert (old.status, old.closed_on, old.successor) == ("closed", dt.date(2021, 8, 31), get("8553999"))
    assert get("8553999").phase == "all-through"
    assert not Membership.objects.filter(organisation=get("8553999")).exists(), "a merger gives nobody a new role"
    last = school("8556000", "The third of them", "900011")
    closed_again = {**heir, "EstablishmentStatus (name)": "Closed"}
    loaded(HARCOURT, WHARF, closing, closed_again, last, beside=links(("900010", "900011", "Successor")))
    assert get("8552001").successor == get("8553999").successor == get("8556000"), "whoever stands in its place today"


def test_a_school_that_goes_on_under_another_number(collection: DataCollection) -> None:
    loaded(*AS_THEY_ARE)
    moved = {**BRAMBLE, "LA (code)": "856", "LA (name)": "Fernmouth City Council", "EstablishmentNumber": "2077"}
    found = loaded(HARCOURT, WHARF, moved)
    assert of(found, "merged")["8552001"].values == {"status": ("open", "closed"), "successor": ("", "8562077")}
    new = get("8562077")
    assert get("8552001").successor == new and not get("8552001").is_open
    assert new.authority == get("856") and new.agent == get("856")
    assert Membership.objects.get(user__username="bramble", organisation=new).role == Role.SOURCE
    assert Return.objects.get(organisation__native_id="8552001").organisation != new, "history stays with its number"


def test_rows_that_cannot_be_used_say_where_and_why_and_hold_up_no_other(collection: DataCollection) -> None:
    found = loaded(
        HARCOURT,
        {**WHARF, "TypeOfEstablishment (name)": "Hedge school"},
        school("8554010", "Odd status", "900020", EstablishmentStatus="Pending"),
        school("8554011", "Odd date", "900021", OpenDate="31-02-2021"),
        school("855401", "Short number", "900022"),
        school("8554012", "", "900023"),
        school("8554013", "Same number as the next", "900024"),
        school("8554013", "Same number as the one before", "900025"),
        school("8554014", "Same URN as the first", "923370"),
    )
    problems = [(one.row, one.name) for one in changes_shown(found).of("problem")]
    assert problems == [
        (3, "TypeOfEstablishment (name)"),
        (4, "EstablishmentStatus (name)"),
        (5, "OpenDate"),
        (6, "EstablishmentNumber"),
        (7, "EstablishmentName"),
        (9, "EstablishmentNumber"),
        (10, "URN"),
    ]
    said = [one.values[one.name][1] for one in changes_shown(found).of("problem")]
    assert "“Hedge school” is not a type" in said[0] and "31-02-2021" in said[2] and "row 8" in said[5]
    assert "8554002" not in of(found, "missing"), "a row that cannot be used does not make a school missing"
    assert get("8554002").name == "Wharf Lane High School" and get("8554013").urn == "900024"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 a spreadsheet", "cannot be read"),
        (b"<Message/>", "cannot be read"),
        (b"URN,EstablishmentName\r\n1,A\r\n", "lacks LA (code), EstablishmentNumber, TypeOfEstablishment"[:20]),
        (register(), "names no school"),
        (register(school("8559001", "A", Type="Miscellaneous")), "names no school"),
    ],
)
def test_files_that_are_no_register(data: bytes, said: str, collection: DataCollection) -> None:
    found = preview(None, "x.csv", data)
    assert isinstance(found, Refusal) and said in str(found)
    assert not Register.objects.exists()


def test_utf_8_is_read_as_well(collection: DataCollection) -> None:
    found = shown(school("8554003", "Ysgol Tŷ Gwyn", "900003"), encoding="utf-8")
    assert of(found, "new")["8554003"].name == "Ysgol Tŷ Gwyn"


def test_nothing_but_what_was_shown_is_done(collection: DataCollection, department: Membership) -> None:
    found = shown({**WHARF, "EstablishmentName": "Wharf Lane Community School"})
    Organisation.objects.filter(native_id="8554002").update(name="Renamed by hand meanwhile")
    refused = apply(found, department)
    assert isinstance(refused, Refusal) and refused.code == "changed-meanwhile"
    assert get("8554002").name == "Renamed by hand meanwhile" and Register.in_force() is None
    found.refresh_from_db()
    assert of(found, "changed")["8554002"].values["name"][0] == "Renamed by hand meanwhile", "shown anew"
    assert apply(found, department) == found and get("8554002").name == "Wharf Lane Community School"


def test_a_large_register_is_loaded_and_loaded_again_with_few_queries(collection: DataCollection) -> None:
    rows = [
        school(f"{300 + n // 400:03}{2000 + n % 400:04}", f"School {n}", f"{200000 + n}", Phase="Primary")
        for n in range(2_000)
    ]
    with CaptureQueriesContext(connection) as first:
        loaded(*rows)
    renamed = [{**row, "EstablishmentName": row["EstablishmentName"] + " renamed"} for row in rows]
    with CaptureQueriesContext(connection) as second:
        found = loaded(*renamed)
    assert found.counts["changed"] == 2_000 and found.counts["new"] == 0
    assert Organisation.objects.filter(name__endswith=" renamed").count() == 2_000
    # SQLite takes some thousand values in a statement, which is 60 organisations; PostgreSQL a batch of a thousand.
    assert len(first) < 80 and len(second) < 80


@pytest.mark.django_db(transaction=True)
def test_the_rules_read_the_register_in_force(collection: DataCollection, hand_in: Callable[..., Upload]) -> None:
    with_urn = census(header={"URN": "123456"})
    without = hand_in(with_urn)
    revision = without.revision
    assert {"rule": "160", "why": "no register of organisations was given"} in revision.skipped
    loaded({**HARCOURT, "URN": "654321"})
    hand_in(census(4, header={"URN": "123456"}))
    revision = Return.objects.get(organisation__native_id="8554001").current_revision
    assert revision is not None and "160" not in [one["rule"] for one in revision.skipped]
    assert revision.tallies.get(number="160").findings == 1
    loaded({**WHARF, "LA (code)": "856", "LA (name)": "Fernmouth City Council"})
    hand_in(census(5, header={"URN": "654321"}))
    revision = Return.objects.get(organisation__native_id="8554001").current_revision
    assert revision is not None and not revision.tallies.filter(number="160").exists()
    assert "160" not in [one["rule"] for one in revision.skipped], "a register of one council keeps the others' rows"


def test_the_command_shows_first_and_does_it_when_told(collection: DataCollection, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(register(HARCOURT, {**WHARF, "TypeOfEstablishment (name)": "Hedge school"}))
    said = StringIO()
    call_command("load_organisations", str(path), stdout=said)
    assert "Trust – → T2901" in said.getvalue() and "row 3, TypeOfEstablishment (name)" in said.getvalue()
    assert Register.in_force() is None and get("8554001").trust is None
    call_command("load_organisations", str(path), "--confirm", stdout=said)
    assert get("8554001").trust == get("T2901")
    path.write_bytes(b"<no register/>")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_organisations", str(path))
