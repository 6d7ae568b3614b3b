"""Who gets to which case, for every address of one: a matrix made of the URL list, by role and organisation."""

from __future__ import annotations

import itertools

import pytest
from django.test import Client
from django.urls import get_resolver

from collectory.portal.cases.models import Case, CaseEvent
from collectory.portal.cases.services.keeping import keep
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import AccessLog, Organisation, Role
from collectory.portal.people.permissions import Act
from tests.portal.cases_world import clash, kept, of, record, school
from tests.portal.in_state import person
from tests.portal.test_permissions import addresses

OF_A_CASE = [
    (route, pattern)
    for route, pattern in addresses(get_resolver("collectory.portal.urls").url_patterns)
    if pattern.callback.permission.kind == "case"
]
# Sides: 8554002, maintained, of 855; 8564002, an academy of the trust T9 in 856. 8552001 and 857 have nothing to do
# with it; 856 may read the academy's returns, but is not its agent.
PLACES = ["8554002", "8564002", "8552001", "855", "856", "857", "T9", "000"]


@pytest.fixture
def case(collection: DataCollection) -> Case:
    """The case of the two sides."""
    trust = Organisation.objects.create(native_id="T9", name="Trust", kind=Organisation.Kind.TRUST)
    school("8564002", "Moss Academy", "856", collection=collection)
    school("8574001", "Far School", "857", agent="857", collection=collection)
    Organisation.objects.filter(native_id="8564002").update(trust=trust, authority_reads=True)
    return kept(collection, clash(*(record(of(collection, place), {}) for place in ("8554002", "8564002"))))


def expected(role: str, own: str, act: Act) -> int:
    """Written out from the words of the issue, not taken from the table that it tests."""
    match role:
        case "source" | "source_viewer":
            looks = own in {"8554002", "8564002", "T9"}
        case "agent" | "agent_viewer":
            # The department plays the agent for academies, and somebody may act for it in that role.
            looks = own in {"855", "856", "000"}
        case "collector" | "collector_viewer":
            looks = own == "000"
        case _:
            looks = False
    if not looks:
        return 404
    speaks = (role == "source" and own in {"8554002", "8564002", "T9"}) or (role == "agent" and own in {"855", "000"})
    may = {Act.LOOK: True, Act.SETTLE: speaks, Act.DECIDE: role == "collector"}[act]
    return 200 if may else 403


def test_matrix_of_cases(case: Case) -> None:
    assert len(OF_A_CASE) >= 8
    people = {}
    for role, own in itertools.product(Role, PLACES):
        people[role.value, own] = client = Client()
        client.force_login(person(own, role).user, backend="django.contrib.auth.backends.ModelBackend")
    for route, pattern in OF_A_CASE:
        act = pattern.callback.permission.act  # type: ignore[attr-defined]
        address = "/" + route.replace("<slug:collection>", case.collection.slug).replace("<int:case>", str(case.pk))
        for method in ("get", "post"):
            assert getattr(Client(), method)(address).status_code == 302, "not signed in: to the sign-in page"
            for (role, own), client in people.items():
                status = getattr(client, method)(address).status_code
                if (wanted := expected(role, own, act)) == 200:
                    # Past the guard: the page itself may refuse the method, or what was not filled in.
                    assert status in {200, 405, 409, 422}, (route, method, role, own, status)
                else:
                    assert status == wanted, (route, method, role, own, status)
    assert CaseEvent.objects.filter(case=case).count() == 1, "an empty form does nothing"


def test_what_does_not_exist_answers_as_what_is_not_yours(case: Case) -> None:
    client = Client()
    client.force_login(person("8552001", Role.SOURCE).user, backend="django.contrib.auth.backends.ModelBackend")
    before = AccessLog.objects.count()
    for number in (case.pk, 999999, 2**70):
        assert client.get(f"/collections/{case.collection.slug}/cases/{number}/").status_code == 404
    assert AccessLog.objects.count() == before, "who saw nothing is not written down as having looked"


def test_a_side_that_left_reads_and_speaks_no_more(case: Case, collection: DataCollection) -> None:
    places = ("8554002", "8564002", "8552001")
    kept(collection, clash(*(record(of(collection, place), {}) for place in places)))
    kept(collection, clash(*(record(of(collection, place), {}) for place in places[:2])))
    client = Client()
    client.force_login(person("8552001", Role.SOURCE).user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/collections/{collection.slug}/cases/{case.pk}/"
    assert client.get(address).status_code == 200
    assert client.post(f"{address}say/", {"reason": "Still here."}).status_code == 403


def test_a_collection_that_has_not_opened_has_no_cases_to_see(case: Case, collection: DataCollection) -> None:
    client = Client()
    client.force_login(person("8554002", Role.SOURCE).user, backend="django.contrib.auth.backends.ModelBackend")
    DataCollection.objects.update(opens_at=collection.closes_at)
    keep(collection, [])
    assert client.get(f"/collections/{collection.slug}/cases/{case.pk}/").status_code == 404
    assert client.get(f"/collections/{collection.slug}/cases/").status_code == 404
