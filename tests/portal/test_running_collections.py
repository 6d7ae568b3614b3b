"""Data collections run from the portal: opened, changed with a reason, open to each part at its moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.collections import asked
from collectory.portal.collections.asked import own_dates
from collectory.portal.collections.models import AuthorityDates, DataCollection
from collectory.portal.collections.services import excusing, opening
from collectory.portal.collections.who import Who
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act, returns_of
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.states import State
from tests.portal.census_files import census
from tests.portal.conftest import work_off
from tests.portal.in_state import bring_to, person
from tests.portal.many_schools import schools

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
HOUR = dt.timedelta(hours=1)
FORM = {
    "edition": "school-census-2021-autumn",
    "is_live": "familiarisation",
    "title": "Trial run",
    "opens_at": "2031-10-01T07:30",
    "closes_at": "2031-11-01T16:00",
    "errors_at_submission": "open",
    "queries_at_submission": "open",
    "allows_upload": "yes",
    "sources": "schools",
}


@pytest.fixture
def department(collection: DataCollection) -> Membership:
    return Membership.objects.get(user__username="department")


def organisation(native_id: str) -> Organisation:
    return Organisation.objects.get(native_id=native_id)


def second_authority() -> Organisation:
    """Authority 856 with one school, 8562001."""
    authority = Organisation.objects.create(native_id="856", name="Fenshire", kind=Organisation.Kind.AUTHORITY)
    Organisation.objects.create(
        native_id="8562001", name="Fen School", kind=Organisation.Kind.SCHOOL, phase="primary",
        school_type="maintained", authority=authority, agent=authority,
    )  # fmt: skip
    return authority


def test_a_collection_is_opened_after_a_preview(collection: DataCollection, signed_in: SignedIn) -> None:
    client = signed_in("department")
    expected = Organisation.objects.filter(kind="school", is_open=True, school_type="maintained").count()
    form = {**FORM, "types": ["maintained"]}
    page = client.post("/collections/open/", form).content.decode()
    assert f"{expected} organisations would have to return" in page and DataCollection.objects.count() == 1
    assert 'value="Trial run"' in client.post("/collections/open/", {**form, "change": "yes"}).content.decode()
    answer = client.post("/collections/open/", {**form, "confirmed": "yes"})
    made = DataCollection.objects.get(title="Trial run")
    assert answer.headers["Location"] == f"/collections/{made.slug}/manage/"
    assert not made.is_live and made.returns.count() == expected and timezone.localtime(made.opens_at).hour == 7
    assert made.changes.get().after == f"{expected} returns: all schools of type maintained"
    page = client.get(f"/collections/{made.slug}/manage/").content.decode()
    assert "Trial run (familiarisation)" in page and "1 October 2031 at 7:30am" in page
    assert "Trial run" not in signed_in("larkshire").get("/collections/").content.decode()


def test_what_is_filled_in_wrongly_is_said_and_kept(collection: DataCollection, signed_in: SignedIn) -> None:
    client = signed_in("department")
    wrong = {
        **FORM,
        "title": "",
        "opens_at": "soon",
        "closes_at": "1/10/2031",
        "deadline_at": "2032-01-01",
        "edition": "x",
    }
    answer = client.post("/collections/open/", {**wrong, "native_ids": "8552001 9999999"})
    page = answer.content.decode()
    assert answer.status_code == 422 and DataCollection.objects.count() == 1
    for words in ("Enter a title", "“soon” is no date", "must be after “Deadline”", "Choose an edition", "9999999"):
        assert words in page, words


def test_22_000_returns_are_made_with_few_queries(collection: DataCollection, department: Membership) -> None:
    Organisation.objects.bulk_create(
        Organisation(native_id=f"9{number:06d}", name="Made", kind="school", school_type="maintained")
        for number in range(22_000)
    )
    values = {"title": "All", "opens_at": timezone.now(), "closes_at": timezone.now() + HOUR}
    with CaptureQueriesContext(connection) as queries:
        made = opening.open_collection(collection.edition_key, values, Who(), is_live=True, membership=department)
    assert isinstance(made, DataCollection) and made.returns.count() > 22_000
    assert len(queries) < 400, "in one go, not one by one"


def test_each_part_and_authority_has_its_moments(collection: DataCollection, department: Membership) -> None:
    authority = second_authority()
    now = timezone.now()
    values = {
        "title": "Staggered", "opens_at": now + 2 * HOUR, "closes_at": now + 10 * HOUR,
        "closes_to_agents_at": now + 20 * HOUR, "closes_wholly_at": now + 30 * HOUR,
    }  # fmt: skip
    made = opening.open_collection(collection.edition_key, values, Who(), is_live=True, membership=department)
    assert isinstance(made, DataCollection) and not made.has_opened
    AuthorityDates.objects.create(collection=made, authority=authority, opens_at=now - HOUR)
    made = DataCollection.objects.get(pk=made.pk)
    early, late = organisation("8562001"), organisation("8552001")
    assert made.has_opened
    assert made.why_closed(Part.SOURCE, early) == "" and "opens on" in made.why_closed(Part.SOURCE, late)
    assert made.why_closed(Part.AGENT, authority) == "", "the authority itself has its own dates"
    assert made.why_closed(Part.SOURCE, late, now + 3 * HOUR) == ""
    assert "Ask your agent" in made.why_closed(Part.SOURCE, late, now + 11 * HOUR)
    assert made.why_closed(Part.AGENT, late, now + 11 * HOUR) == ""
    assert "closed to agents" in made.why_closed(Part.AGENT, late, now + 21 * HOUR)
    assert made.why_closed(Part.COLLECTOR, late, now + 21 * HOUR) == ""
    assert "for everybody" in made.why_closed(Part.COLLECTOR, late, now + 31 * HOUR)

    def sees(native_id: str, role: Role) -> bool:
        return bool(returns_of(person(native_id, role)).filter(collection=made).exists())

    assert sees("8562001", Role.SOURCE) and not sees("8552001", Role.SOURCE)
    assert sees("856", Role.AGENT) and not sees("855", Role.AGENT)
    assert returns_of(department).filter(collection=made, organisation=late).exists()


def test_closing_refuses_with_the_reason(
    collection: DataCollection, census_return: Return, membership: Membership
) -> None:
    DataCollection.objects.update(closes_at=timezone.now() - HOUR, closes_wholly_at=timezone.now() + HOUR)
    census_return = Return.objects.get(pk=census_return.pk)
    assert "has closed to sources on" in why_not(census_return, Act.UPLOAD, membership)
    assert why_not(census_return, Act.NOTE, membership) == "", "questions are answered until the collector closes"
    DataCollection.objects.update(closes_wholly_at=timezone.now() - HOUR)
    census_return = Return.objects.get(pk=census_return.pk)
    assert "for everybody" in why_not(census_return, Act.NOTE, membership)
    assert "for everybody" in why_not(census_return, Act.REJECT, Membership.objects.get(user__username="department"))


@pytest.mark.django_db(transaction=True)
def test_a_file_handed_in_before_the_closing_counts(census_return: Return, membership: Membership) -> None:
    upload = accept(census_return, membership, ContentFile(census(), name="in-time.xml"), confirmed=False)
    assert isinstance(upload, Upload)
    DataCollection.objects.update(closes_at=timezone.now() - HOUR)
    work_off()
    upload.refresh_from_db()
    census_return.refresh_from_db()
    assert upload.outcome == Upload.Outcome.LOADED and census_return.standing is State.LOADED
    later = accept(
        Return.objects.get(pk=census_return.pk), membership, ContentFile(b"<x/>", name="late.xml"), confirmed=True
    )
    assert isinstance(later, Refusal) and "has closed" in later.message


def test_changes_after_opening_need_a_reason_and_are_kept(collection: DataCollection, department: Membership) -> None:
    later = collection.closes_at + dt.timedelta(days=7)
    refused = opening.change(collection, {"closes_at": later}, reason=" ", membership=department)
    assert refused is opening.NO_REASON and not collection.changes.exists()
    done = opening.change(
        collection, {"closes_at": later, "title": collection.title}, reason="Snow", membership=department
    )
    assert not isinstance(done, Refusal) and [one.what for one in done] == ["Closes to sources"]
    line = collection.changes.get()
    assert line.user == department.user and line.reason == "Snow" and line.before != line.after
    early = {organisation("855").pk: (timezone.now() - HOUR, None)}
    assert opening.set_dates(collection, early, reason="", membership=department) is opening.NO_REASON
    assert opening.set_dates(collection, early, reason="Asked for", membership=department) == 1
    assert opening.set_dates(collection, early, reason="", membership=department) == 0, "nothing differs"
    assert opening.set_dates(collection, {}, reason="Not needed", membership=department) == 1
    assert collection.changes.count() == 3 and not collection.authority_dates.exists()


def test_who_oks_is_chosen_and_kept_in_words(
    collection: DataCollection, department: Membership, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("department")
    address = reverse("change-collection", args=[collection.slug])
    form = {**asked.given_of(collection), "allows_upload": "yes", "who_oks": "agents", "reason": "Agreed"}
    assert client.post(address, {name: value for name, value in form.items() if value}).status_code == 302
    collection.refresh_from_db()
    assert collection.agents_ok
    line = collection.changes.get(what="Who OKs")
    assert (line.before, line.after) == (
        "the department alone",
        "the department, and agents until they have approved",
    )
    assert line.after in client.get(reverse("manage-collection", args=[collection.slug])).content.decode()


def test_dates_are_pasted_as_lines(collection: DataCollection) -> None:
    found, problems = own_dates("855; 2026-10-01 07:30; 8/10/2026 16:00\n\n")
    (opens, deadline) = found[organisation("855").pk]
    assert not problems and opens and deadline and timezone.localtime(deadline).day == 8
    _, problems = own_dates("855\tsoon\n999; 2026-10-01\n855; ;\n")
    assert ["Line 1" in problems[0], "no authority 999" in problems[1], "no date" in problems[2]] == [True] * 3


def test_newcomers_are_added_and_the_closed_excused(
    collection: DataCollection, department: Membership, signed_in: SignedIn
) -> None:
    collection.who = Who(authorities=("855", "856")).as_json()
    collection.save()
    opening.add_newcomers(collection, membership=department)
    second_authority()
    client = signed_in("department")
    page = client.get(f"/collections/{collection.slug}/manage/who/").content.decode()
    assert "1 organisation must return and has no return yet" in page and "Fen School" in page
    client.post(f"/collections/{collection.slug}/manage/who/add/")
    added = Return.objects.get(collection=collection, organisation__native_id="8562001")
    Organisation.objects.filter(native_id="8562001").update(status="closed")
    page = client.get(f"/collections/{collection.slug}/manage/who/").content.decode()
    assert f'/manage/who/{added.pk}/"' in page
    before = client.get(f"/collections/{collection.slug}/manage/").content.decode()
    assert client.post(f"/collections/{collection.slug}/manage/who/{added.pk}/", {"reason": ""}).status_code == 422
    client.post(f"/collections/{collection.slug}/manage/who/{added.pk}/", {"reason": "Closed in August"})
    added.refresh_from_db()
    assert added.excused_at and added.events.get().reason == "Closed in August"
    assert "not expected any more" in why_not(
        Return.objects.get(pk=added.pk), Act.UPLOAD, person("8562001", Role.SOURCE)
    )
    after = client.get(f"/collections/{collection.slug}/manage/").content.decode()
    assert "1 excused" in after and "1 excused" not in before
    assert excusing.expect_again(added, department) is not None and excusing.expect_again(added, department) is None
    added.refresh_from_db()
    assert added.excused_at is None


def test_lists_ask_for_the_dates_once(collection: DataCollection, signed_in: SignedIn) -> None:
    schools(collection, 3)
    AuthorityDates.objects.create(collection=collection, authority=organisation("855"), opens_at=timezone.now() - HOUR)
    client = signed_in("larkshire")

    def count() -> int:
        mine = returns_of(Membership.objects.get(user__username="larkshire")).values_list("pk", flat=True)
        with CaptureQueriesContext(connection) as queries:
            form = {"return": [str(pk) for pk in mine]}
            answer = client.post(f"/collections/{collection.slug}/sources/approve/", form, follow=True)
        assert answer.status_code == 200
        return len(queries)

    first = count()
    for each in schools(collection, 12, first=100):
        bring_to(each, State.SUBMITTED)
    assert count() == first
