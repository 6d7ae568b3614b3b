"""The demonstration's country: made of a register, with people for every role and returns in every state."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from collectory.portal.demonstration import country, files_to_try, returns, transfers
from collectory.portal.demonstration.claims import CLAIMS
from collectory.portal.duplicates import reports
from collectory.portal.duplicates.models import Clash
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.people.permissions import returns_of
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services.accepting import accept
from collectory.portal.returns.services.uploading import check_upload
from collectory.portal.returns.states import State
from collectory.portal.transfer.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_country_is_as_large_as_it_should_be_and_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = country.set_up()
    kinds = Counter(Organisation.objects.values_list("kind", flat=True))
    assert kinds == {"department": 1, "authority": 3, "school": 60, "trust": 2}
    agents = Counter(Organisation.objects.filter(kind="school").values_list("agent__native_id", flat=True))
    assert agents["000"] == 21 and sum(agents.values()) == 60, "a third are academies and free schools"
    assert Return.objects.filter(collection=collection).count() == 60
    held = set(Membership.objects.values_list("role", flat=True))
    assert held == set(Role.values), "an account for each role"
    assert all(User.objects.filter(username=one.username).exists() for one in country.ACCOUNTS)
    trust = Membership.objects.get(user__username="willow")
    assert returns_of(trust).filter(organisation__native_id="8554001").exists()
    assert {plan.state for plan in returns.plans().values()} == set(State), "every state is planned for"
    before = list(Organisation.objects.values()), User.objects.count(), Membership.objects.count()
    with CaptureQueriesContext(connection) as again:
        country.set_up()
    assert (list(Organisation.objects.values()), User.objects.count(), Membership.objects.count()) == before
    assert len(again) < 150
    page = Client().get("/sign-in/").content.decode()
    for account in country.ACCOUNTS:
        assert f">{account.username}</dt>" in page


def test_returns_get_where_their_plans_lead_by_the_services_alone() -> None:
    collection = country.set_up()
    wanted = {
        State.AUTHORISED: 0.05,
        State.REJECTED_BY_AGENT: 0.1,
        State.AMENDED_BY_SOURCE: 0.05,
        State.AMENDED_BY_COLLECTOR: 0.0,
        State.REJECTED_BY_COLLECTOR: 0.05,
        State.AMENDED_BY_AGENT: 0.0,
    }
    chosen: dict[State, str] = {}
    for native_id, plan in returns.plans().items():
        if wanted.get(plan.state) == plan.faults:
            chosen.setdefault(plan.state, native_id)
    assert len(chosen) == len(wanted)
    assert returns.fill(collection, only=lambda native_id: native_id in chosen.values()) == len(wanted)
    for state, native_id in chosen.items():
        assert Return.objects.get(collection=collection, organisation__native_id=native_id).standing is state, native_id
    assert returns.fill(collection, only=lambda native_id: native_id in chosen.values()) == 0, "what is done stays done"


def test_schools_of_the_country_claim_the_same_pupils() -> None:
    collection = country.set_up()
    schools = {school for claim in CLAIMS for school in (claim.school, claim.of)} - {"8554001"}
    assert returns.fill(collection, only=lambda native_id: native_id in schools) == len(schools)
    found: dict[tuple[str, str], set[frozenset[str]]] = {}
    for clash in Clash.objects.filter(returns__gt=1):
        who = clash.sides.values_list("data_return__organisation__native_id", flat=True)
        found.setdefault((clash.kind, clash.verdict), set()).add(frozenset(who))
    assert {frozenset({"8552003", "8552006"}), frozenset({"8562003", "8552003"})} <= found["same-upn", "not-allowed"]
    assert frozenset({"8562003", "8552006"}) in found["same-upn", "birth-dates-differ"]
    assert frozenset({"8562002", "8552006"}) in found["same-person", "different-upn"]
    assert frozenset({"8572003", "8552003"}) in found["under-fives", "over-entitlement"]
    assert Clash.objects.count() < 30, "the others have pupils of their own"
    source = Membership.objects.get(user__username="harcourt")
    file = ContentFile(files_to_try()[1].read_bytes(), name="try.xml")
    upload = accept(Return.objects.get(organisation__native_id="8554001"), source, file, confirmed=True)
    assert isinstance(upload, Upload)
    check_upload(upload.pk)
    tried = Return.objects.get(organisation__native_id="8554001")
    assert reports.counts_of(tried) == {"same-upn": 3, "same-person": 1, "under-fives": 0}


def test_the_performance_team_has_files_in_each_state() -> None:
    collection = country.set_up()
    plans = returns.plans()
    submitted = {State.SUBMITTED, State.APPROVED, State.AUTHORISED}
    chosen = [number for number, plan in plans.items() if plan.state in submitted and number.startswith("855")][:6]
    returns.fill(collection, only=lambda native_id: native_id in chosen)
    transfers.set_up(collection)
    stand = Counter(one.standing.value for one in Delivery.objects.select_related("file_type"))
    assert set(stand) == {"not due", "awaited", "received", "questions", "accepted", "stale"}, stand
    before = Delivery.objects.count()
    transfers.set_up(collection)
    assert Delivery.objects.count() == before, "made once"
