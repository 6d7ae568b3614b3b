"""The reports of duplicate pupils: who sees which clashes, what of them, and the same in a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from collectory.portal.cases.models import Case
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import Clash, StatusDecision
from collectory.portal.duplicates.services import crowds
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from collectory.portal.returns.models import Return, Upload
from tests.portal.census_files import census, upn
from tests.portal.claimed import claim, pupil, school
from tests.portal.conftest import work_off

pytestmark = pytest.mark.django_db

MINE, NEAR, FAR = "8557001", "8557002", "9317001"
SLUG = "school-census-2021-autumn"
CHILD = {"DOB": "2018-01-31", "NCyearActual": "N2", "FundedHours": "15"}


@pytest.fixture
def person(collection: DataCollection) -> Callable[[str, Role], Client]:
    """A client of a person with a role at an organisation."""

    def of(native_id: str, role: Role) -> Client:
        organisation = Organisation.objects.get(native_id=native_id)
        user, _ = User.objects.get_or_create(username=f"{role}-{native_id}")
        Membership.objects.get_or_create(user=user, organisation=organisation, role=role)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return of


@pytest.fixture
def claims(collection: DataCollection) -> None:
    """Three schools in two authorities that claim some of the same pupils."""
    school(FAR, "931", email="office@far.example")
    secret = {"FormerSurname": "Secretname", "FormerUPN": "Z800000000999"}
    claim(collection, MINE, [pupil(1), pupil(2), pupil(3, UPN="A800000000333"), pupil(4, **CHILD, EnrolStatus="M")])
    claim(collection, NEAR, [pupil(1, EnrolStatus="M"), pupil(7, EnrolStatus="S")])
    claim(
        collection,
        FAR,
        [
            pupil(2, Forename="Other", **secret),
            pupil(3, MiddleNames="Ann", **secret),
            pupil(4, **CHILD, EnrolStatus="S"),
            pupil(7, EnrolStatus="S", DOB="2010-02-01"),
            pupil(8, Surname="Unclaimed"),
        ],
    )


def page(client: Client, address: str) -> str:
    """A page as text."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    """The lines of a CSV download."""
    answer = client.get(address)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("claims")
def test_a_school_sees_its_clashes_and_of_others_what_they_need(person: Callable[[str, Role], Client]) -> None:
    client = person(MINE, Role.SOURCE)
    text = page(client, f"/collections/{SLUG}/{MINE}/duplicates/same-upn/")
    assert "Count <strong>2</strong>" in text
    assert pupil(1)["UPN"] in text and pupil(2)["UPN"] in text
    assert "the school that says C changes it to S" in text and "one changes C to M (main) and the other C to S" in text
    assert "School 9317001 (9317001)" in text and "931 Council 931" in text and "office@far.example" in text
    assert "Loaded and validated" in text or "loaded and validated" in text
    assert pupil(7)["UPN"] not in text  # none of this school's
    assert "Secretname" not in text and "Unclaimed" not in text and "Z800000000999" not in text
    assert text.count("Open the record") == 2  # its own, not the others'
    assert f"/{FAR}/records" not in text
    person_text = page(client, f"/collections/{SLUG}/{MINE}/duplicates/same-person/")
    assert "A800000000333" in person_text and "Ann" in person_text and "Secretname" not in person_text
    children = page(client, f"/collections/{SLUG}/{MINE}/duplicates/under-fives/")
    assert "30 funded hours of at most" in children and "More than entitled to" in children


@pytest.mark.usefixtures("claims")
def test_a_download_has_the_same_and_nothing_more(person: Callable[[str, Role], Client]) -> None:
    client = person(MINE, Role.SOURCE)
    lines = rows_of(client, f"/collections/{SLUG}/{MINE}/duplicates/same-upn.csv")
    assert [line["School number"] for line in lines if line["UPN"] == pupil(1)["UPN"]] == [MINE, NEAR]
    assert set(lines[0]) == {
        *("Clash", "Case", "Case state", "UPN", "Verdict", "What it means", "What to do", "Birth dates differ"),
        *("LA number", "LA name", "School number", "School name", "Contact", "Return status", "Yours"),
        *("Enrolment status", "Last name", "First name", "Date of birth"),
    }
    case = Case.objects.get(kind="same-upn", key=Clash.objects.get(pk=int(lines[0]["Clash"])).key)
    assert (lines[0]["Case"], lines[0]["Case state"]) == (case.reference, case.standing.words)
    answer = client.get(f"/collections/{SLUG}/{MINE}/duplicates/same-person.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    cells = [str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row]
    assert "A800000000333" in cells and "Secretname" not in cells
    assert client.get(f"/collections/{SLUG}/{MINE}/duplicates/same-upn.exe").status_code == 404
    logged = AccessLog.objects.filter(action="downloaded duplicates", about__native_id=FAR)
    assert logged.count() == 2 and logged[0].organisation.native_id == MINE  # type: ignore[union-attr]


def test_names_that_are_formulas_stay_text(collection: DataCollection, person: Callable[[str, Role], Client]) -> None:
    claim(collection, MINE, [pupil(1)])
    claim(collection, FAR, [pupil(1, Surname="=HYPERLINK(1)")])
    lines = rows_of(person(MINE, Role.SOURCE), f"/collections/{SLUG}/{MINE}/duplicates/same-upn.csv")
    assert lines[1]["Last name"] == "'=HYPERLINK(1)"


@pytest.mark.usefixtures("claims")
def test_a_council_has_two_views(person: Callable[[str, Role], Client]) -> None:
    client = person("855", Role.AGENT)
    address = f"/collections/{SLUG}/duplicates/same-upn/"
    text = page(client, address)
    assert "Within my local authority (1)" in text and "My local authority against all others (2)" in text
    within = page(client, f"{address}?view=within")
    assert pupil(1)["UPN"] in within and pupil(2)["UPN"] not in within
    across = page(client, f"{address}?view=across")
    assert pupil(1)["UPN"] not in across and pupil(2)["UPN"] in across and pupil(7)["UPN"] in across
    assert "Birth dates differ" in across
    chosen = page(client, f"{address}?view=across&verdict=birth-dates-differ")
    assert pupil(7)["UPN"] in chosen and pupil(2)["UPN"] not in chosen
    lines = rows_of(client, f"/collections/{SLUG}/duplicates/same-upn.csv?view=within")
    assert {line["UPN"] for line in lines} == {pupil(1)["UPN"]} and {line["Yours"] for line in lines} == {"yes"}
    assert person("931", Role.AGENT).get(f"/collections/{SLUG}/{MINE}/duplicates/same-upn/").status_code == 404
    far = page(person("931", Role.AGENT), address)
    assert pupil(1)["UPN"] not in far and pupil(2)["UPN"] in far


@pytest.mark.usefixtures("claims")
def test_the_collector_sees_all(person: Callable[[str, Role], Client], signed_in: Callable[[str], Client]) -> None:
    client = signed_in("department")
    text = page(client, f"/collections/{SLUG}/duplicates/same-upn/")
    assert "All (3)" in text and "Within one authority (1)" in text and "Between authorities (2)" in text
    assert "Duplicate pupils" in page(client, f"/collections/{SLUG}/work/")
    assert "Duplicate pupils (5)" in page(client, f"/collections/{SLUG}/sources/")
    assert client.get(f"/collections/{SLUG}/duplicates/none/").status_code == 404
    assert client.get(f"/collections/{SLUG}/duplicates/").status_code == 302


@pytest.mark.usefixtures("claims")
def test_nobody_else_sees_any(person: Callable[[str, Role], Client]) -> None:
    for who in (person(MINE, Role.SOURCE), person("855", Role.SOURCE)):
        assert who.get(f"/collections/{SLUG}/{FAR}/duplicates/same-upn/").status_code == 404
        assert who.get(f"/collections/{SLUG}/{FAR}/duplicates/same-upn.csv").status_code == 404
        assert who.get(f"/collections/{SLUG}/duplicates/same-upn/").status_code == 404
        assert who.get(f"/collections/{SLUG}/duplicates/same-upn.csv").status_code == 404


@pytest.mark.usefixtures("claims")
def test_an_academy_and_an_academy_of_the_same_council_are_not_the_council_s(
    collection: DataCollection, person: Callable[[str, Role], Client]
) -> None:
    department = Organisation.objects.get(native_id="000")
    for native_id in ("8557011", "8557012"):
        school(native_id, school_type="academy", agent=department)
        claim(collection, native_id, [pupil(50)])
    client = person("855", Role.AGENT)
    assert pupil(50)["UPN"] not in page(client, f"/collections/{SLUG}/duplicates/same-upn/")
    assert not rows_of(client, f"/collections/{SLUG}/duplicates/same-upn.csv?verdict=none")
    Organisation.objects.filter(native_id="8557011").update(authority_reads=True)
    assert pupil(50)["UPN"] in page(client, f"/collections/{SLUG}/duplicates/same-upn/?view=within")


@pytest.mark.usefixtures("claims")
def test_looking_is_written_down_for_each_school(person: Callable[[str, Role], Client]) -> None:
    page(person(MINE, Role.SOURCE), f"/collections/{SLUG}/{MINE}/duplicates/same-upn/")
    logged = AccessLog.objects.filter(action="looked at duplicates")
    assert sorted(logged.values_list("about__native_id", flat=True)) == [NEAR, FAR]
    assert all(pupil(1)["UPN"] not in line.subject for line in logged)


@pytest.mark.usefixtures("claims")
def test_the_pages_of_a_return_lead_there(collection: DataCollection, person: Callable[[str, Role], Client]) -> None:
    client = person(MINE, Role.SOURCE)
    assert "same UPN: 2" in page(client, f"/collections/{SLUG}/{MINE}/")
    reports = page(client, f"/collections/{SLUG}/{MINE}/reports/")
    assert "School duplicate report – same UPN" in reports and "Count: <strong>2</strong>" in reports
    claim(collection, FAR, [])
    assert "same UPN: 1" in page(client, f"/collections/{SLUG}/{MINE}/")


def test_within_one_return_rules_lead_to_the_same_screens(
    collection: DataCollection, person: Callable[[str, Role], Client]
) -> None:
    claim(collection, MINE, [pupil(1), pupil(2), pupil(2, UPN="A800000000444")], [pupil(1)])
    client = person(MINE, Role.SOURCE)
    for number, kind in (("1520", "same-upn"), ("1620Q", "same-person")):
        rule = page(client, f"/collections/{SLUG}/{MINE}/rules/{number}/")
        assert f"/{MINE}/duplicates/{kind}/" in rule
        text = page(client, f"/collections/{SLUG}/{MINE}/duplicates/{kind}/")
        assert "Twice in one return" in text and "Count <strong>1</strong>" in text


@pytest.mark.django_db(transaction=True)
def test_the_collector_decides_what_a_pair_means(
    collection: DataCollection, person: Callable[[str, Role], Client], signed_in: Callable[[str], Client]
) -> None:
    claim(collection, MINE, [pupil(1, EnrolStatus="F")])
    claim(collection, FAR, [pupil(1, EnrolStatus="O")])
    assert not Clash.objects.exists()
    client = signed_in("department")
    address = f"/collections/{SLUG}/duplicates/statuses/"
    assert "F+O" in page(client, address)
    for given, said in (
        ({"pair": "C+C", "verdict": "allowed", "reason": "x"}, "Choose the pair"),
        ({"pair": "F+O", "verdict": "probable", "reason": "x"}, "Choose what the pair means"),
        ({"pair": "F+O", "verdict": "unusual"}, "Say why"),
        ({"pair": "F+O", "verdict": "unusual", "reason": "x", "from": "2020-01-01"}, "today or later"),
        ({"pair": "F+O", "verdict": "unusual", "reason": "x", "from": "soon"}, "today or later"),
    ):
        answer = client.post(address, given)
        assert answer.status_code == 400 and said in answer.content.decode()
    assert not StatusDecision.objects.exists()
    client.post(address, {"pair": "F+O", "verdict": "not-allowed", "reason": "no", "from": "2999-01-01"})
    work_off()
    assert StatusDecision.objects.count() == 1 and not Clash.objects.exists()
    client.post(address, {"pair": "F+O", "verdict": "unusual", "reason": "Two providers are rarely right."})
    work_off()
    assert Clash.objects.get().verdict == "unusual"
    text = page(client, address)
    assert "Two providers are rarely right." in text and "1 January 2999" in text
    assert person(MINE, Role.SOURCE).get(address).status_code == 404


def test_a_school_with_thousands_of_them(collection: DataCollection, person: Callable[[str, Role], Client]) -> None:
    claim(collection, MINE, [pupil(number) for number in range(1500)])
    claim(collection, FAR, [pupil(number) for number in range(1500)])
    client = person(MINE, Role.SOURCE)
    text = page(client, f"/collections/{SLUG}/{MINE}/duplicates/same-upn/?page=60")
    assert "Count <strong>1,500</strong>, page 60 of 60" in text
    assert "page 60 of 60" in page(client, f"/collections/{SLUG}/{MINE}/duplicates/same-upn/?page=999999")
    assert len(rows_of(client, f"/collections/{SLUG}/{MINE}/duplicates/same-upn.csv")) == 3000


def test_a_page_asks_the_database_no_more_for_many(
    collection: DataCollection,
    person: Callable[[str, Role], Client],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    claim(collection, MINE, [pupil(number) for number in range(30)])
    claim(collection, FAR, [pupil(number) for number in range(30)])
    client = person(MINE, Role.SOURCE)
    with django_assert_max_num_queries(34):  # type: ignore[attr-defined]
        page(client, f"/collections/{SLUG}/{MINE}/duplicates/same-upn/")


def test_a_return_without_data_or_matching(
    collection: DataCollection, form_returns: Callable[[str, str], Return], person: Callable[[str, Role], Client]
) -> None:
    school(MINE)
    Return.objects.create(collection=collection, organisation=Organisation.objects.get(native_id=MINE))
    text = page(person(MINE, Role.SOURCE), f"/collections/{SLUG}/{MINE}/duplicates/same-upn/")
    assert "Nothing has been loaded yet." in text
    form = form_returns("sen2-2014", "855")
    assert person("855", Role.SOURCE).get("/collections/sen2-2014/855/duplicates/same-upn/").status_code == 404
    assert "Duplicate" not in page(person("855", Role.SOURCE), f"/collections/{form.collection.slug}/855/")


@pytest.mark.usefixtures("claims")
@pytest.mark.django_db(transaction=True)
def test_a_loaded_file_says_which_pupils_are_claimed_elsewhere_too(
    collection: DataCollection,
    census_return: Return,
    hand_in: Callable[..., Upload],
    signed_in: Callable[[str], Client],
) -> None:
    number = upn(1, "8554001")
    claim(collection, FAR, [pupil(1, UPN=number, Surname="Elsewhere"), pupil(2, UPN="", FormerSurname="Secretname")])
    upload = hand_in(census(3))
    client = signed_in("harcourt")
    text = page(client, f"/collections/{SLUG}/8554001/uploads/{upload.pk}/")
    assert "1 pupil of this return is" in " ".join(text.split())
    (line,) = re.findall(
        r"<tr.*?</tr>", text.partition("claimed elsewhere, the first")[2].partition("</table>")[0], re.S
    )[1:]
    case = Case.objects.get(kind="same-upn", sides__data_return=census_return)
    assert number in line and f"School {FAR}" in line and f"/cases/{case.pk}/" in line
    assert "Elsewhere," not in line and "Secretname" not in text, "the name is that of one's own record"
    assert AccessLog.objects.filter(about__native_id=FAR, user__username="harcourt").exists()


@pytest.mark.django_db(transaction=True)
def test_within_one_return_the_findings_lead_to_the_same_reports(
    collection: DataCollection, census_return: Return, signed_in: Callable[[str], Client]
) -> None:
    twice = [pupil(1), pupil(1, Forename="Another"), pupil(2), pupil(2, UPN="A800000000222")]
    claim(collection, "8554001", twice)
    client = signed_in("harcourt")
    for rule, kind, heading in (("1520", "same-upn", pupil(1)["UPN"]), ("1620Q", "same-person", "Surname2, Forename2")):
        report = f"/collections/{SLUG}/8554001/duplicates/{kind}/"
        assert report in page(client, f"/collections/{SLUG}/8554001/rules/{rule}/"), rule
        text = page(client, report)
        assert heading in text and "Twice in one return" in text
    assert not Case.objects.exists(), "it is the school's own business"


def test_a_placeholder_shows_nothing_of_the_many_others(
    collection: DataCollection, person: Callable[[str, Role], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "MOST", 6)
    for number in range(9):
        native_id = f"85570{number:02d}"
        names = {"Surname": f"Of{native_id}"}
        claim(collection, native_id, [pupil(number, UPN="A000000000000", **names), pupil(100 + number)])
    source = person("8557003", Role.SOURCE)
    text = page(source, f"/collections/{SLUG}/8557003/duplicates/same-upn/")
    assert "A000000000000" in text and "Placeholder" in text and "8 more records have it" in text
    assert "Of8557003" in text and "Of8557004" not in text
    lines = rows_of(source, f"/collections/{SLUG}/8557003/duplicates/same-upn.csv")
    assert [line["Last name"] for line in lines] == ["Of8557003"]
    agent = person("855", Role.AGENT)
    text = page(agent, f"/collections/{SLUG}/duplicates/same-upn/")
    assert text.count("Open the record") == 5 and "4 more records have it" in text
