"""Approve and reject: every state and part of the specification's table, allowed or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Role
from collectory.portal.returns.models import Event, Return, Upload
from collectory.portal.returns.services import approving, submitting
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.states import State
from tests.portal.census_files import census
from tests.portal.in_state import bring_to, person

SignedIn = Callable[[str], Client]
ACADEMY, MAINTAINED = "8554001", "8554002"
WAITING = {State.SUBMITTED, State.AMENDED_BY_AGENT}
PASSED = {State.APPROVED, State.AMENDED_BY_COLLECTOR}

# Who, of which school, what: from which states. Written from the specification's section 5.2, rows 9, 10 and 13.
ALLOWED: dict[tuple[str, Role, str, str], set[State]] = {
    ("855", Role.AGENT, MAINTAINED, "approve"): WAITING,
    ("855", Role.AGENT, MAINTAINED, "reject"): WAITING,
    ("000", Role.COLLECTOR, ACADEMY, "approve"): WAITING,
    ("000", Role.COLLECTOR, ACADEMY, "reject"): WAITING | PASSED,
    ("000", Role.COLLECTOR, MAINTAINED, "approve"): set(),
    ("000", Role.COLLECTOR, MAINTAINED, "reject"): WAITING | PASSED,
    ("855", Role.AGENT, ACADEMY, "approve"): set(),
    ("855", Role.AGENT, ACADEMY, "reject"): set(),
    ("855", Role.AGENT_VIEWER, MAINTAINED, "approve"): set(),
    ("855", Role.AGENT_VIEWER, MAINTAINED, "reject"): set(),
    (MAINTAINED, Role.SOURCE, MAINTAINED, "approve"): set(),
    (MAINTAINED, Role.SOURCE, MAINTAINED, "reject"): set(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("own", "role", "school", "act"), ALLOWED)
def test_every_state_and_part(
    collection: DataCollection, own: str, role: Role, school: str, act: str, state: State
) -> None:
    data_return = bring_to(Return.objects.get(collection=collection, organisation__native_id=school), state)
    membership = person(own, role)
    before = data_return.events.count()
    if act == "approve":
        outcome = approving.approve(data_return, membership, version=data_return.version)
        after = State.APPROVED
    else:
        outcome = approving.reject(data_return, membership, reason="Year 9 is missing", version=data_return.version)
        after = State.REJECTED_BY_COLLECTOR if role is Role.COLLECTOR else State.REJECTED_BY_AGENT
    data_return.refresh_from_db()
    if state in ALLOWED[own, role, school, act]:
        assert isinstance(outcome, Event) and data_return.events.count() == before + 1
        assert (data_return.standing, outcome.from_state, outcome.to_state) == (after, state, after)
        assert (data_return.approved_at == outcome.at) is (act == "approve")
    else:
        assert isinstance(outcome, Refusal) and outcome.message and data_return.events.count() == before
        assert data_return.standing is state


@pytest.mark.django_db
def test_the_reason_of_each_refusal_says_what_is_the_matter(collection: DataCollection) -> None:
    agent = person("855", Role.AGENT)
    said = {
        State.NO_DATA: "has not been submitted",
        State.LOADED: "has not been submitted",
        State.APPROVED: "approved already",
        State.REJECTED_BY_AGENT: "not been submitted again",
        State.AMENDED_BY_COLLECTOR: "changed it since",
        State.AUTHORISED: "only after the department reopens it",
    }
    for state, words in said.items():
        data_return = Return.objects.get(collection=collection, organisation__native_id=MAINTAINED)
        data_return.events.all().delete()
        outcome = approving.approve(bring_to(data_return, state), agent, version=data_return.version)
        assert isinstance(outcome, Refusal) and words in outcome.message, state
    department = person("000", Role.COLLECTOR)
    outcome = approving.approve(data_return, department, version=data_return.version)
    assert isinstance(outcome, Refusal) and "Larkshire County Council (855) approves this return" in outcome.message


@pytest.mark.django_db
def test_a_page_that_is_out_of_date_approves_nothing(collection: DataCollection) -> None:
    data_return = Return.objects.get(collection=collection, organisation__native_id=MAINTAINED)
    seen = bring_to(data_return, State.SUBMITTED).version
    agent = person("855", Role.AGENT)
    for outcome in (
        approving.approve(data_return, agent, version=seen - 1),
        approving.reject(data_return, agent, reason="Year 9 is missing", version=seen - 1),
    ):
        assert isinstance(outcome, Refusal) and outcome.code == "changed-meanwhile"
    empty = approving.reject(data_return, agent, reason="  ", version=seen)
    assert isinstance(empty, Refusal) and empty.code == "no-reason"
    collection.closes_at = collection.opens_at
    collection.save()
    closed = approving.approve(data_return, agent, version=seen)
    assert isinstance(closed, Refusal) and "has closed" in closed.message


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("lenient")
def test_the_chain_on_its_pages(
    hand_in: Callable[..., Upload], census_return: Return, signed_in: SignedIn, collection: DataCollection
) -> None:
    hand_in(census(14))
    school, department = signed_in("harcourt"), signed_in("department")
    base = "/collections/school-census-2021-autumn/8554001"
    assert "Approve return" not in school.get(f"{base}/").content.decode(), "not the business of the source"
    page = department.get(f"{base}/").content.decode()
    assert "Approve return" in page and "Not available now. The return has not been submitted." in page
    school.post(f"{base}/submit/", {"version": census_return.version, "declare": "yes"})
    census_return.refresh_from_db()
    seen = census_return.version

    answer = department.post(f"{base}/reject/", {"version": seen, "reason": " "})
    assert answer.status_code == 422 and "Say why you reject the return" in answer.content.decode()
    department.post(f"{base}/reject/", {"version": seen, "reason": "Year 9 is missing"})
    page = school.get(f"{base}/").content.decode()
    assert "Rejected by collector" in page and "Reason: Year 9 is missing" in page

    census_return.refresh_from_db()
    school.post(f"{base}/submit/", {"version": census_return.version, "declare": "yes"})
    assert "of which unexplained" in department.get(f"{base}/approve/").content.decode()
    late = department.post(f"{base}/approve/", {"version": seen})
    assert late.status_code == 409 and "has changed since you opened this page" in late.content.decode()
    census_return.refresh_from_db()
    answer = department.post(f"{base}/approve/", {"version": census_return.version}, follow=True)
    assert "The return of Harcourt Spinney Academy is approved." in answer.content.decode()

    first, second = [receipt.reference for receipt in census_return.receipts.order_by("at")]
    page = school.get(f"{base}/receipts/{first}/").content.decode()
    assert "Rejected on" in page and "Reason: Year 9 is missing" in page and "Approved on" not in page
    page = school.get(f"{base}/receipts/{second}/").content.decode()
    assert "Approved on" in page and "by Department for Learning (Collector)" in page and "Rejected on" not in page
    page = school.get(f"{base}/history/").content.decode()
    assert page.index(">Approved") < page.index(">Rejected") and "Ruth Delaney" in page
    refused = submitting.withdraw(
        census_return, person(ACADEMY, Role.SOURCE), reason="Wrong file", version=census_return.version
    )
    assert isinstance(refused, Refusal)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("lenient")
def test_an_upload_confirmed_for_another_state_is_told_so(
    hand_in: Callable[..., Upload], census_return: Return, signed_in: SignedIn
) -> None:
    hand_in(census(14))
    school = signed_in("harcourt")
    base = "/collections/school-census-2021-autumn/8554001"
    school.post(f"{base}/submit/", {"version": census_return.version, "declare": "yes"})
    page = school.get(f"{base}/upload/").content.decode()
    assert '<input type="hidden" name="seen" value="submitted">' in page
    census_return.refresh_from_db()
    department = person("000", Role.COLLECTOR)
    assert isinstance(approving.approve(census_return, department, version=census_return.version), Event)
    outcome = accept(
        census_return,
        person(ACADEMY, Role.SOURCE),
        ContentFile(census(15), name="census.xml"),
        confirmed=True,
        seen=State.SUBMITTED,
    )
    assert isinstance(outcome, Refusal) and "The return is approved now" in outcome.message
