"""Submitting, the receipt, withdrawing, deleting, and what the collection's policy asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from django.test import Client

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection, ErrorPolicy, QueryPolicy
from collectory.portal.people.models import Membership
from collectory.portal.returns import reading
from collectory.portal.returns.models import Note, Receipt, Return, Upload
from collectory.portal.returns.services import deleting, submitting
from collectory.portal.returns.services.explaining import explanations
from collectory.portal.returns.states import State
from tests.portal.census_files import census
from tests.portal.in_state import bring_to

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Upload]
SignedIn = Callable[[str], Client]
FAULTY = census(14, pupil={"NCyearActual": "99"})


def explain(data_return: Return, membership: Membership, places: int | None = None) -> None:
    """Write a note on each finding, or on the first so many."""
    assert data_return.current_revision is not None
    for finding in reading.findings(data_return.current_revision).head(places or 10_000).iter_rows(named=True):
        Note.objects.create(
            data_return=data_return,
            author=membership.user,
            role=membership.role,
            organisation=membership.organisation,
            text="It is right as it is: the pupil is taught outside a year group.",
            scope=Note.Scope.FINDING,
            rule_key=finding["rule_key"],
            place=finding["place"],
            identity=finding["identity"],
        )


def test_unexplained_findings_keep_a_return_from_being_submitted(
    hand_in: HandIn, census_return: Return, membership: Membership
) -> None:
    hand_in(FAULTY)
    refused = submitting.submit(census_return, membership, version=census_return.version)
    assert isinstance(refused, Refusal) and refused.code == "not-ready"
    assert f"{census_return.errors:,} errors need" in refused.message
    explain(census_return, membership)
    counts = explanations(census_return)
    assert (counts.open_errors, counts.open_queries, counts.needs_another_look) == (0, 0, 0)
    assert counts.explained == census_return.errors + census_return.queries > 0
    receipt = submitting.submit(census_return, membership, version=census_return.version)
    assert isinstance(receipt, Receipt)


def test_notes_survive_the_next_upload_while_the_values_are_the_same(
    hand_in: HandIn, census_return: Return, membership: Membership
) -> None:
    hand_in(FAULTY)
    explain(census_return, membership)
    hand_in(census(15, pupil={"NCyearActual": "99"}))
    same = explanations(census_return)
    assert same.explained >= 14
    hand_in(census(14, pupil={"NCyearActual": "98"}))
    changed = explanations(census_return)
    assert changed.needs_another_look >= 14
    assert changed.open_errors >= 14


def test_policies(hand_in: HandIn, census_return: Return, collection: DataCollection) -> None:
    hand_in(FAULTY)
    for errors, ready in [(ErrorPolicy.CORRECTED, False), (ErrorPolicy.EXPLAINED, False), (ErrorPolicy.OPEN, True)]:
        collection.errors_at_submission = errors
        collection.queries_at_submission = QueryPolicy.OPEN
        collection.save()
        census_return.collection.refresh_from_db()
        assert submitting.readiness(census_return).is_ready is ready, errors


@pytest.mark.usefixtures("lenient")
def test_the_receipt_is_kept_as_it_was(
    hand_in: HandIn, census_return: Return, membership: Membership, signed_in: SignedIn
) -> None:
    content = census(14)
    hand_in(content)
    receipt = submitting.submit(census_return, membership, version=census_return.version)
    assert isinstance(receipt, Receipt)
    assert receipt.sha256 == hashlib.sha256(content).hexdigest()
    assert receipt.file_name == "8554001_SC3_855LL21_001.XML"
    assert receipt.counts["records"]["PupilOnRoll"] == 14
    census_return.refresh_from_db()
    assert census_return.submitted_at == receipt.at
    hand_in(census(20), confirmed=True)
    page = (
        signed_in("harcourt")
        .get(f"/collections/school-census-2021-autumn/8554001/receipts/{receipt.reference}/")
        .content.decode()
    )
    assert receipt.sha256 in page and "no longer stands" in page and "Amina Osei" in page


@pytest.mark.usefixtures("lenient")
def test_a_page_that_is_out_of_date_submits_nothing(
    hand_in: HandIn, census_return: Return, membership: Membership
) -> None:
    hand_in(census(14))
    seen = census_return.version
    hand_in(census(15))
    outcome = submitting.submit(census_return, membership, version=seen)
    assert isinstance(outcome, Refusal) and outcome.code == "changed-meanwhile"
    assert census_return.events.count() == 2


@pytest.mark.usefixtures("lenient")
def test_withdrawing_needs_a_reason_and_gives_the_return_back(
    hand_in: HandIn, census_return: Return, signed_in: SignedIn
) -> None:
    hand_in(census(14))
    client = signed_in("harcourt")
    base = "/collections/school-census-2021-autumn/8554001"
    answer = client.post(f"{base}/submit/", {"version": census_return.version})
    assert "Tick the box to make the declaration" in answer.content.decode()
    answer = client.post(f"{base}/submit/", {"version": census_return.version, "declare": "yes"})
    assert answer.status_code == 302 and "/receipts/" in answer.url
    census_return.refresh_from_db()
    assert census_return.state == "submitted"
    answer = client.post(f"{base}/withdraw/", {"version": census_return.version, "reason": "  "})
    assert "Say why you withdraw" in answer.content.decode()
    client.post(f"{base}/withdraw/", {"version": census_return.version, "reason": "A class was left out"})
    census_return.refresh_from_db()
    assert census_return.state == "loaded and validated" and census_return.submitted_at is None
    assert "A class was left out" in client.get(f"{base}/history/").content.decode()


def test_deleting_keeps_history_and_notes(
    hand_in: HandIn, census_return: Return, membership: Membership, signed_in: SignedIn
) -> None:
    hand_in(FAULTY)
    explain(census_return, membership, places=3)
    client = signed_in("harcourt")
    address = "/collections/school-census-2021-autumn/8554001/delete/"
    answer = client.post(address, {"version": census_return.version})
    assert "Tick the box to confirm" in answer.content.decode()
    client.post(address, {"version": census_return.version, "confirm": "yes"})
    census_return.refresh_from_db()
    assert census_return.state == "no data" and census_return.current_revision is None
    assert (census_return.errors, census_return.queries) == (0, 0)
    assert census_return.notes.count() == 3 and census_return.revisions.count() == 1
    assert [event.kind for event in census_return.events.all()] == ["uploaded", "deleted"]
    refused = deleting.delete(census_return, membership, reason="", version=census_return.version)
    assert isinstance(refused, Refusal)
    assert hand_in(FAULTY).outcome == "loaded", "the same file may be loaded after a deletion"


@pytest.mark.parametrize("state", [State.SUBMITTED, State.APPROVED, State.AMENDED_BY_COLLECTOR])
def test_deleting_what_is_on_its_way_needs_a_reason(
    state: State, hand_in: HandIn, census_return: Return, membership: Membership, signed_in: SignedIn
) -> None:
    hand_in(FAULTY)
    bring_to(census_return, state)
    client = signed_in("harcourt")
    form = {"version": census_return.version, "confirm": "yes"}
    address = "/collections/school-census-2021-autumn/8554001/delete/"
    answer = client.post(address, form)
    assert "Say why you delete the return" in answer.content.decode()
    refused = deleting.delete(census_return, membership, reason=" ", version=census_return.version)
    assert isinstance(refused, Refusal) and refused.code == "no-reason"
    census_return.refresh_from_db()
    assert census_return.standing is state
    client.post(address, {**form, "reason": "It is another school's file"})
    census_return.refresh_from_db()
    assert census_return.state == "no data" and census_return.approved_at is census_return.submitted_at is None
    assert census_return.events.latest("pk").reason == "It is another school's file"


def test_an_authorised_return_is_not_deleted(census_return: Return, membership: Membership) -> None:
    bring_to(census_return, State.AUTHORISED)
    refused = deleting.delete(census_return, membership, reason="Too late", version=census_return.version)
    assert isinstance(refused, Refusal) and "after the department reopens it" in refused.message


def test_the_source_page_says_why_an_act_is_not_possible(signed_in: SignedIn) -> None:
    page = signed_in("harcourt").get("/collections/school-census-2021-autumn/8554001/").content.decode()
    for label in [
        "Upload return from file", "Add return on screen", "Open return", "Submit return", "Export to file",
        "Launch reports", "Delete return",
    ]:  # fmt: skip
        assert label in page
    assert page.count("Not available now. Nothing has been loaded yet.") >= 3
    reader = signed_in("harcourt-reader").get("/collections/school-census-2021-autumn/8554001/").content.decode()
    assert "lets you read the return but not do this" in reader


def test_a_closed_collection_takes_nothing(
    census_return: Return, collection: DataCollection, membership: Membership, signed_in: SignedIn
) -> None:
    collection.closes_at = collection.opens_at
    collection.save()
    client = signed_in("harcourt")
    assert (
        "The collection has closed"
        in client.get("/collections/school-census-2021-autumn/8554001/upload/").content.decode()
    )
