"""For whom a person acts: trusts, successors, authorities that may read, and switching from one role to another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role, User
from collectory.portal.people.permissions import Act, may, part_in, returns_of
from collectory.portal.returns.models import Return, Upload

pytestmark = pytest.mark.django_db
HARCOURT = "/collections/school-census-2021-autumn/8554001/"
WHARF = "/collections/school-census-2021-autumn/8554002/"


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def organisation(native_id: str) -> Organisation:
    return Organisation.objects.get(native_id=native_id)


def given(username: str, role: Role, native_id: str) -> Membership:
    """One more role for a person."""
    user, _ = User.objects.get_or_create(username=username)
    return Membership.objects.create(user=user, organisation=organisation(native_id), role=role)


def changed(native_id: str, **values: object) -> None:
    Organisation.objects.filter(native_id=native_id).update(**values)


def shown(membership: Membership) -> set[str]:
    """The native IDs of the returns that a person may look at."""
    return set(returns_of(membership).values_list("organisation__native_id", flat=True))


def test_a_trust_acts_for_its_schools_and_no_others(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    trust = Organisation.objects.create(native_id="T901", name="Willow Trust", kind=Organisation.Kind.TRUST)
    changed("8554001", trust=trust)
    officer, reader = given("officer", Role.SOURCE, "T901"), given("reader", Role.SOURCE_VIEWER, "T901")
    assert shown(officer) == shown(reader) == {"8554001"}
    assert may(officer, Act.SUBMIT, organisation("8554001")) and not may(reader, Act.SUBMIT, organisation("8554001"))
    client = signed_in("officer")
    page = text(client.get(HARCOURT))
    assert "Harcourt Spinney Academy" in page and "Willow Trust" in page
    assert AccessLog.objects.get().subject == "school-census-2021-autumn 8554001"
    assert client.get(WHARF).status_code == 404
    changed("8554001", trust=None)
    assert client.get(HARCOURT).status_code == 404


def test_a_successor_reads_what_was_returned_under_the_old_number(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    changed("8554002", status="closed", successor=organisation("8552001"))
    heir = Membership.objects.get(user__username="bramble")
    assert shown(heir) == {"8552001", "8554002"}
    old = organisation("8554002")
    assert {act for act in Act if may(heir, act, old)} == {Act.LOOK, Act.EXPORT, Act.SETTLE}
    client = signed_in("bramble")
    assert client.get(WHARF).status_code == 200
    assert client.post(WHARF + "upload/").status_code == 403
    assert not Upload.objects.exists()
    assert signed_in("wharf").get("/collections/").status_code == 403, "nobody acts for a closed school"
    assert Return.objects.filter(organisation=old).count() == 1, "the return stays with its number"


def test_an_authority_reads_an_academys_return_when_the_collector_lets_it(collection: DataCollection) -> None:
    authority = Membership.objects.get(user__username="larkshire")
    academy = organisation("8554001")
    assert part_in(authority, academy) is None and shown(authority) == {"8554002", "8552001"}
    changed("8554001", authority_reads=True)
    academy.refresh_from_db()
    assert shown(authority) == {"8554001", "8554002", "8552001"}
    assert {act for act in Act if may(authority, act, academy)} == {Act.LOOK, Act.EXPORT}


def test_the_frame_says_for_whom_one_acts_and_offers_to_change_only_where_there_is_a_choice(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    page = text(signed_in("harcourt").get("/collections/"))
    assert "acting as <strong>Source</strong>" in page and "whom you act for" not in page
    given("harcourt", Role.AGENT, "855")
    client = signed_in("harcourt")
    page = text(client.get("/collections/"))
    assert "acting as <strong>Agent</strong>" in page and "Larkshire County Council" in page
    assert "whom you act for" in page
    listed = text(client.get("/organisation/"))
    assert "Harcourt Spinney Academy (8554001) as Source" in listed and listed.count('type="radio"') == 2
    assert "You act in this role now. Check, approve and reject" in listed


def test_a_page_that_is_open_to_another_role_says_so_and_switches(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    given("harcourt", Role.AGENT, "855")
    own = Membership.objects.get(user__username="harcourt", role=Role.SOURCE)
    client = signed_in("harcourt")
    closed = client.get(HARCOURT + "?tab=2")
    assert closed.status_code == 403
    page = text(closed)
    assert "You act as Agent for Larkshire County Council" in page
    assert "Switch to Source for Harcourt Spinney Academy and open it" in page
    assert f'name="next" value="{HARCOURT}?tab=2"' in page
    opened = client.post("/organisation/", {"membership": str(own.pk), "next": HARCOURT})
    assert opened.status_code == 302 and opened.url == HARCOURT
    assert client.get(HARCOURT).status_code == 200
    approving = client.get(WHARF)
    assert "Switch to Agent for Larkshire County Council" in text(approving)


def test_what_was_sent_in_the_wrong_role_is_not_taken(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    given("harcourt", Role.AGENT, "855")
    answer = signed_in("harcourt").post(HARCOURT + "upload/")
    assert answer.status_code == 403 and "what you sent was not taken" in text(answer)
    assert 'name="next" value=""' in text(answer)


def test_what_no_role_opens_does_not_exist_and_switching_leads_nowhere_else(
    collection: DataCollection, signed_in: Callable[[str], Client]
) -> None:
    mine = given("harcourt", Role.SOURCE, "8552001")
    client = signed_in("harcourt")
    assert client.get(WHARF).status_code == 404, "neither role opens it"
    away = client.post("/organisation/", {"membership": str(mine.pk), "next": "https://elsewhere.example/"})
    assert away.url == "/collections/"
    changed("8554001", status="closed")
    assert client.get(HARCOURT).status_code == 404, "the role that would open it ended with the school"
