"""Who may do what in which state, as a table; authorising, its obstacles, many at once; reopening."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.test import Client

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.judging.models import Question
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Return, Upload
from collectory.portal.returns.services import approving, asking, authorising, editing, oking
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.editing import Amendment, Kind, Saved
from collectory.portal.returns.services.explaining import findings_with_explanation
from collectory.portal.returns.states import State
from tests.portal.census_files import census
from tests.portal.in_state import bring_to, person

HandIn = Callable[..., Upload]
SignIn = Callable[[str], Client]
SLUG = "school-census-2021-autumn"

S = State
WITH_SOURCE = {S.LOADED, S.AMENDED_BY_SOURCE, S.REJECTED_BY_AGENT, S.REJECTED_BY_COLLECTOR}
WITH_AGENT = {S.SUBMITTED, S.AMENDED_BY_AGENT}
WITH_COLLECTOR = {S.APPROVED, S.AMENDED_BY_COLLECTOR}
NEVER: set[State] = set()
# From the words of the specification (collect-functions, section 5) and the design, not from the code.
ALLOWED: dict[tuple[Role, Act], set[State]] = {
    (Role.SOURCE, Act.UPLOAD): set(S) - {S.AUTHORISED},
    (Role.SOURCE, Act.EDIT): set(S) - {S.AUTHORISED},
    (Role.SOURCE, Act.SUBMIT): WITH_SOURCE,
    (Role.SOURCE, Act.WITHDRAW): WITH_AGENT,
    (Role.SOURCE, Act.DELETE): WITH_SOURCE | WITH_AGENT | WITH_COLLECTOR,
    (Role.SOURCE, Act.APPROVE): NEVER,
    (Role.SOURCE, Act.REJECT): NEVER,
    (Role.SOURCE, Act.OK): NEVER,
    (Role.SOURCE, Act.ASK): NEVER,
    (Role.SOURCE, Act.AUTHORISE): NEVER,
    (Role.SOURCE, Act.REOPEN): NEVER,
    (Role.AGENT, Act.UPLOAD): set(S) - {S.AUTHORISED},
    (Role.AGENT, Act.EDIT): WITH_AGENT,
    (Role.AGENT, Act.SUBMIT): WITH_SOURCE,
    (Role.AGENT, Act.WITHDRAW): NEVER,
    (Role.AGENT, Act.APPROVE): WITH_AGENT,
    (Role.AGENT, Act.REJECT): WITH_AGENT,
    (Role.AGENT, Act.OK): NEVER,
    (Role.AGENT, Act.ASK): NEVER,
    (Role.AGENT, Act.DELETE): WITH_SOURCE | WITH_AGENT | WITH_COLLECTOR,
    (Role.AGENT, Act.AUTHORISE): NEVER,
    (Role.AGENT, Act.REOPEN): NEVER,
    (Role.COLLECTOR, Act.UPLOAD): NEVER,
    (Role.COLLECTOR, Act.EDIT): WITH_COLLECTOR,
    (Role.COLLECTOR, Act.SUBMIT): NEVER,
    (Role.COLLECTOR, Act.APPROVE): NEVER,
    (Role.COLLECTOR, Act.REJECT): WITH_AGENT | WITH_COLLECTOR,
    (Role.COLLECTOR, Act.OK): set(S) - {S.AUTHORISED},
    (Role.COLLECTOR, Act.ASK): set(S) - {S.AUTHORISED},
    (Role.COLLECTOR, Act.WITHDRAW): NEVER,
    (Role.COLLECTOR, Act.DELETE): NEVER,
    (Role.COLLECTOR, Act.AUTHORISE): WITH_COLLECTOR,
    (Role.COLLECTOR, Act.REOPEN): {S.AUTHORISED},
    (Role.COLLECTOR_VIEWER, Act.OK): NEVER,
    (Role.COLLECTOR_VIEWER, Act.AUTHORISE): NEVER,
    (Role.COLLECTOR_VIEWER, Act.REOPEN): NEVER,
}


@pytest.fixture
def collector(collection: DataCollection) -> Membership:
    """The department's collector."""
    return Membership.objects.get(user__username="department")


def school_in(state: State, collection: DataCollection) -> Return:
    """The return of a maintained school of its own, in this state, without data."""
    authority = Organisation.objects.get(native_id="855")
    number = Organisation.objects.count()
    school = Organisation.objects.create(
        native_id=f"855{9000 + number}", name=f"School {number}", kind="school", authority=authority, agent=authority
    )
    return bring_to(Return.objects.create(collection=collection, organisation=school), state)


def test_the_table_speaks_of_everything_that_changes_or_judges_a_return() -> None:
    of_cases = {Act.SETTLE, Act.DECIDE}  # leave the return as it is; tests/portal/test_cases_permissions.py walks them
    acts = set(Act) - {Act.LOOK, Act.EXPORT, Act.NOTE} - of_cases
    assert {(role, act) for role in (Role.SOURCE, Role.AGENT, Role.COLLECTOR) for act in acts} <= set(ALLOWED)


@pytest.mark.django_db
def test_who_may_do_what_in_which_state(collection: DataCollection) -> None:
    for state in State:
        data_return = school_in(state, collection)
        own = {Role.SOURCE: data_return.organisation.native_id, Role.AGENT: "855"}
        people = {role: person(own.get(role, "000"), role) for role, _ in ALLOWED}
        for (role, act), states in ALLOWED.items():
            why = why_not(data_return, act, people[role])
            assert (why == "") == (state in states), (state, role, act, why)
            assert why == "" or why.endswith("."), "a sentence that says why"


@pytest.mark.django_db
def test_what_the_collector_does_leads_where_it_should(collection: DataCollection, collector: Membership) -> None:
    reason = {"reason": "A class is missing"}
    for state, (act, do, more, after) in itertools.product(
        State,
        [
            (Act.AUTHORISE, authorising.authorise, {}, State.AUTHORISED),
            (Act.REOPEN, authorising.reopen, reason, State.APPROVED),
            (Act.REJECT, approving.reject, reason, State.REJECTED_BY_COLLECTOR),
        ],
    ):
        data_return = school_in(state, collection)
        before = data_return.events.count()
        outcome = do(data_return, collector, version=data_return.version, **more)
        data_return.refresh_from_db()
        if state in ALLOWED[Role.COLLECTOR, act]:
            assert isinstance(outcome, Event), (state, act, outcome)
            assert data_return.standing is after and data_return.events.count() == before + 1
            assert (data_return.authorised_at is not None) == (after is State.AUTHORISED)
        else:
            assert isinstance(outcome, Refusal) and outcome.code == "not-now" and outcome.message, (state, act)
            assert data_return.standing is state and data_return.events.count() == before


@pytest.mark.django_db
def test_the_department_approves_and_authorises_an_academy(census_return: Return, collector: Membership) -> None:
    bring_to(census_return, State.SUBMITTED)
    early = authorising.authorise(census_return, collector, version=census_return.version)
    assert isinstance(early, Refusal) and "has to be approved" in early.message
    assert isinstance(approving.approve(census_return, collector, version=census_return.version), Event)
    census_return.refresh_from_db()
    late = authorising.authorise(census_return, collector, version=census_return.version - 1)
    assert isinstance(late, Refusal) and late.code == "changed-meanwhile"
    assert isinstance(authorising.authorise(census_return, collector, version=census_return.version), Event)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("lenient")
def test_every_error_is_corrected_or_okd_and_every_question_settled(
    hand_in: HandIn, census_return: Return, membership: Membership, collector: Membership, signed_in: SignIn
) -> None:
    hand_in(census(3, pupil={"DOB": "2010-02-30"}))
    found = findings_with_explanation(census_return)
    errors = found.filter(found["priority"] == "error")
    client = signed_in("department")
    base = f"/collections/{SLUG}/8554001"
    signed_in("harcourt").post(f"{base}/submit/", {"version": census_return.version, "declare": "yes"})
    census_return.refresh_from_db()
    client.post(f"{base}/approve/", {"version": census_return.version})
    census_return.refresh_from_db()
    assert census_return.standing is State.APPROVED
    refused = authorising.authorise(census_return, collector, version=census_return.version)
    assert isinstance(refused, Refusal) and refused.code == "not-clean"
    for rule in errors["rule"].unique():
        assert f"rule {rule}" in refused.message
    page = client.get(f"{base}/authorise/").content.decode()
    assert "neither corrected nor OK’d" in page and "Authorise return</button>" not in page
    number = census_return.current_revision.number
    asked = asking.ask(census_return, collector, "Why?", revision=number, findings=errors["finding"][:1])
    assert isinstance(asked, Event)
    assert isinstance(oking.give(census_return, collector, revision=number, findings=errors["finding"][1:]), Event)
    obstacles = authorising.obstacles(Return.objects.get(pk=census_return.pk))
    assert [one.count for one in obstacles] == [1, 1], "one error, one question"
    oking.give(census_return, collector, revision=number, findings=errors["finding"])
    assert Question.objects.get().state == "settled"
    census_return.refresh_from_db()
    answer = client.post(f"{base}/authorise/", {"version": census_return.version})
    assert answer.status_code == 302
    census_return.refresh_from_db()
    assert census_return.standing is State.AUTHORISED
    again = oking.undo(census_return, collector, revision=number, findings=errors["finding"])
    assert isinstance(again, Refusal) and "Reopen it first" in again.message
    assert client.post(f"{base}/reopen/", {"version": census_return.version, "reason": " "}).status_code == 422
    assert client.post(f"{base}/reopen/", {"version": census_return.version, "reason": "A class"}).status_code == 302
    census_return.refresh_from_db()
    assert census_return.standing is State.APPROVED and census_return.authorised_at is None
    # The department amends it: what was OK'd stays so, and it can be authorised again.
    change = Amendment(Kind.CHANGE, "PupilOnRoll", number, "form-of-the-department", row=0, values={"Gender": "M"})
    assert isinstance(editing.edit(census_return, collector, change), Saved)
    census_return.refresh_from_db()
    assert census_return.standing is State.AMENDED_BY_COLLECTOR and census_return.ok_errors == errors.height
    assert isinstance(authorising.authorise(census_return, collector, version=census_return.version), Event)
    history = signed_in("harcourt").get(f"{base}/history/").content.decode()
    for words in ["Authorised", "Reopened", "Reason: A class", "OK given by the department", "Question asked"]:
        assert words in history
