"""What people do in cases: who speaks for whom, two who act at once, double clicks, and what they read when refused."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.cases.models import Case, CaseEvent, Kind
from collectory.portal.cases.parties import sides_of, spoken_for, who_settles
from collectory.portal.cases.proposals import Proposal, What, problems_with, read, statuses_of, words
from collectory.portal.cases.services.acting import LONGEST, Deed, act
from collectory.portal.cases.states import Happening as H
from collectory.portal.cases.states import State as S
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation, Role
from tests.portal.cases_world import agent, clash, collector, do, end, kept, of, record, school, side, source
from tests.portal.in_state import person


@pytest.fixture
def across(collection: DataCollection) -> DataCollection:
    """A maintained school of each of two councils, and academies."""
    school("8564001", "Fern High School", "856", agent="856", email="office@fern.example", collection=collection)
    school("8564002", "Moss Academy", "856", collection=collection)
    return collection


def case_of(collection: DataCollection, *places: str) -> Case:
    return kept(collection, clash(*(record(of(collection, place), {}) for place in places)))


def change(case: Case, native_id: str, status: str = "S") -> Proposal:
    return Proposal(What.STATUS, by=side(case, native_id).pk, status=status)


def test_a_school_proposes_and_the_other_council_agrees_for_its_own(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8564001")
    done = do(case, source("8554002"), H.PROPOSED, proposal=change(case, "8554002"))
    assert isinstance(done, CaseEvent) and done.sides == [side(case, "8554002").pk]
    assert isinstance(do(case, agent("855"), H.AGREED), Refusal), "its own council speaks for the same side"
    agreed = do(case, agent("856"), H.AGREED)
    assert isinstance(agreed, CaseEvent) and agreed.part == "agent" and agreed.sides == [side(case, "8564001").pk]
    case.refresh_from_db()
    assert case.standing is S.AGREED and side(case, "8554002").to_do == "change"


def test_a_council_of_both_schools_settles_it_alone(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8552001")
    do(case, agent("855"), H.PROPOSED, proposal=change(case, "8552001"))
    case.refresh_from_db()
    assert case.standing is S.AGREED
    assert isinstance(do(case, source("8552001"), H.WITHDRAWN, "The pupil is with us all week."), CaseEvent)
    case.refresh_from_db()
    assert case.standing is S.OPEN


def test_who_speaks_for_which_side(across: DataCollection) -> None:
    sides = sides_of(case_of(across, "8554001", "8554002", "8564002"))

    def speaks(native_id: str, role: Role) -> list[str]:
        return [one.organisation.native_id for one in spoken_for(person(native_id, role), sides)]

    assert speaks("8554001", Role.SOURCE) == ["8554001"]
    assert speaks("855", Role.AGENT) == ["8554002"], "not for the academy, which reports for itself"
    assert speaks("856", Role.AGENT) == []
    assert speaks("8554001", Role.SOURCE_VIEWER) == speaks("855", Role.AGENT_VIEWER) == []
    assert speaks("000", Role.COLLECTOR) == []


def test_a_trust_and_the_successor_of_a_closed_school_speak_for_it(across: DataCollection) -> None:
    trust = Organisation.objects.create(native_id="T9", name="Trust", kind=Organisation.Kind.TRUST)
    successor = Organisation.objects.create(native_id="8559999", name="New School", kind=Organisation.Kind.SCHOOL)
    Organisation.objects.filter(native_id="8564002").update(trust=trust)
    Organisation.objects.filter(native_id="8554002").update(successor=successor, status=Organisation.Status.CLOSED)
    case = case_of(across, "8554002", "8564002")
    assert isinstance(do(case, source("8559999"), H.PROPOSED, proposal=change(case, "8554002")), CaseEvent)
    assert isinstance(do(case, source("T9"), H.AGREED), CaseEvent)


def test_who_is_to_settle_it(across: DataCollection) -> None:
    def settled_by(*places: str) -> str:
        Case.objects.all().delete()
        return who_settles(sides_of(case_of(across, *places)))

    assert "Larkshire County Council settles it with them" in settled_by("8554002", "8552001")
    assert "a maintained school and an academy" in settled_by("8554001", "8554002")
    assert "they settle it between them" in settled_by("8554001", "8564002")
    assert "Council 856 and Larkshire County Council settle it with each other" in settled_by("8554002", "8564001")
    assert "Larkshire County Council and Moss Academy" in settled_by("8554002", "8564002")


def test_two_sides_at_once_one_wins_and_the_other_is_told(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8564001")
    version = case.version
    first = act(case.pk, source("8554002"), Deed(H.PROPOSED, version, "", change(case, "8554002")))
    second = act(case.pk, source("8564001"), Deed(H.PROPOSED, version, "Ours is C.", change(case, "8554002", "M")))
    assert isinstance(first, CaseEvent)
    assert isinstance(second, Refusal) and second.code == "overtaken"
    assert second.message.startswith("Wharf Lane High School proposed something else while you had the page open")
    assert CaseEvent.objects.filter(kind=H.PROPOSED).count() == 1


def test_pressed_twice_it_is_done_once_and_not_refused(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8564001")
    deed = Deed(H.PROPOSED, case.version, "Part of the week.", change(case, "8554002"))
    first, again = (act(case.pk, source("8554002"), deed) for _ in range(2))
    assert isinstance(first, CaseEvent) and first == again
    assert CaseEvent.objects.filter(kind=H.PROPOSED).count() == 1


def test_new_data_in_the_middle_are_said(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8564001")
    do(case, source("8554002"), H.PROPOSED, proposal=change(case, "8554002"))
    case.refresh_from_db()
    seen = case.version
    rows = [record(of(across, "8554002"), {"status": "M"}), record(of(across, "8564001"), {})]
    kept(across, clash(*rows))
    refused = act(case.pk, source("8564001"), Deed(H.AGREED, seen))
    assert isinstance(refused, Refusal) and refused.message.startswith("The data have changed while")
    assert isinstance(do(case, source("8564001"), H.AGREED), CaseEvent)


def test_reasons_are_asked_for_and_not_too_long(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8564001")
    do(case, source("8554002"), H.PROPOSED, proposal=change(case, "8554002"))
    for kind in (H.DISAGREED, H.WITHDRAWN, H.SAID):
        assert isinstance(do(case, source("8554002"), kind, "  "), Refusal)
    assert isinstance(do(case, source("8554002"), H.SAID, "x" * (LONGEST + 1)), Refusal)
    assert isinstance(do(case, source("8564001"), H.DISAGREED, "The pupil is ours on all days."), CaseEvent)


def test_the_collector_decides_and_takes_it_back(across: DataCollection) -> None:
    case = case_of(across, "8554001", "8564002")
    assert isinstance(do(case, source("8554001"), H.DECIDED, "We do.", proposal=change(case, "8554001")), Refusal)
    assert isinstance(do(case, collector(), H.DECIDED, "By the dates.", proposal=change(case, "8554001")), CaseEvent)
    refused = do(case, source("8554001"), H.PROPOSED, proposal=change(case, "8564002"))
    assert isinstance(refused, Refusal) and "decided" in refused.message
    assert isinstance(do(case, source("8554001"), H.SAID, "That cannot be."), CaseEvent)
    do(case, collector(), H.REVOKED, "The school has shown the register.")
    case.refresh_from_db()
    assert case.standing is S.OPEN


def test_nothing_is_done_in_a_closed_case_nor_after_the_end(across: DataCollection) -> None:
    found = clash(record(of(across, "8554002"), {}), record(of(across, "8564001"), {}))
    case = kept(across, found)
    by = change(case, "8554002")
    end(across, found)
    refused = do(case, source("8554002"), H.PROPOSED, proposal=by)
    assert isinstance(refused, Refusal)
    case = kept(across, found)
    across.closes_wholly_at = timezone.now() - dt.timedelta(minutes=1)
    across.save()
    refused = do(case, source("8554002"), H.PROPOSED, proposal=by)
    assert isinstance(refused, Refusal) and "closed for everybody" in refused.message


def test_a_proposal_reads_well_and_what_is_missing_is_said(across: DataCollection) -> None:
    case = case_of(across, "8554002", "8564001")
    sides = sides_of(case)
    ours = str(side(case, "8554002").pk)
    given = {"what": "status", "by": ours, "status": "S", "since": "2021-10-07"}
    assert problems_with(case, sides, given, "") == {}
    told = words(read(given), sides, statuses_of(case))
    assert told == (
        "Wharf Lane High School changes the enrolment status to S (current subsidiary, dual registered) "
        "from 7 October 2021."
    )
    for field, value in {"what": "nothing", "by": "0", "status": "Z", "since": "tomorrow"}.items():
        assert list(problems_with(case, sides, {**given, field: value}, "")) == [field]
    assert list(problems_with(case, sides, {"what": "upn", "by": ours, "upn": "Z999"}, "")) == ["upn"]
    assert list(problems_with(case, sides, {"what": "other"}, "")) == ["reason"]
    assert problems_with(case, sides, {"what": "as-it-is"}, ""), "two sole registrations are not right as they are"
    assert not problems_with(case, sides, {"what": "as-it-is"}, "By law.", collector=True)


def test_two_subsidiary_registrations_may_be_right(across: DataCollection) -> None:
    rows = [record(of(across, place), {"status": "S"}) for place in ("8554002", "8564001")]
    case = kept(across, clash(*rows, verdict="unusual"))
    assert not problems_with(case, sides_of(case), {"what": "as-it-is"}, "")
    do(case, source("8554002"), H.PROPOSED, proposal=Proposal(What.AS_IT_IS))
    do(case, source("8564001"), H.AGREED)
    case.refresh_from_db()
    assert case.standing is S.SETTLED
    rows = [record(of(across, place), {"status": "M"}) for place in ("8554002", "8564001")]
    assert kept(across, clash(*rows)).standing is S.OPEN, "what was found right is another thing now"


def test_same_person_offers_another_upn_first(across: DataCollection) -> None:
    rows = [record(of(across, place), {"upn": f"X{place}"}) for place in ("8554002", "8564001")]
    case = kept(across, clash(*rows, kind=Kind.SAME_PERSON, verdict="different-upn"))
    given = {"what": "upn", "by": str(side(case, "8564001").pk), "upn": "X8554002"}
    assert words(read(given), sides_of(case), {}) == "The UPN was issued wrongly. Fern High School takes UPN X8554002."
    assert not problems_with(case, sides_of(case), given, "")
