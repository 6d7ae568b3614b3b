"""Returns that are loaded make, end and re-open cases: the whole way from the rows of a file."""

from __future__ import annotations

import pytest

from collectory.portal.cases import joining
from collectory.portal.cases.models import Case, Kind
from collectory.portal.cases.states import Happening as H
from collectory.portal.cases.states import State as S
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import StatusDecision
from collectory.portal.duplicates.services import finding
from collectory.portal.people.models import Role
from collectory.portal.returns.addresses import url_of_record
from tests.portal.claimed import claim, pupil
from tests.portal.in_state import person

pytestmark = pytest.mark.django_db
A, B, C = "8557001", "9317001", "9317002"


def test_files_open_close_and_reopen_a_case(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1), pupil(2)])
    claim(collection, B, [pupil(9), pupil(1)])
    case = Case.objects.get()
    assert (case.kind, case.verdict, case.state, case.across) == ("same-upn", "not-allowed", "open", True)
    sides = {side.organisation.native_id: side for side in case.sides.all()}
    theirs = sides[B].records.get()
    assert (theirs.entity, theirs.record, theirs.revision) == ("PupilOnRoll", 1, 1)
    assert theirs.values == {
        "upn": pupil(1)["UPN"],
        "status": "C",
        "surname": "Surname1",
        "forename": "Forename1",
        "birth_date": "2010-01-31",
    }
    assert "/1/1/" in url_of_record(sides[B].data_return, theirs.entity, theirs.record, theirs.revision)

    claim(collection, B, [pupil(1, EnrolStatus="M")])
    case.refresh_from_db()
    assert case.standing is S.OPEN and case.events.last().kind == H.CHANGED
    assert case.events.last().organisation.native_id == B
    claim(collection, B, [pupil(1, EnrolStatus="S")])
    claim(collection, A, [pupil(1, EnrolStatus="M"), pupil(2)])
    case.refresh_from_db()
    assert case.standing is S.CLOSED
    claim(collection, B, [pupil(1)])
    case.refresh_from_db()
    assert case.standing is S.OPEN and Case.objects.count() == 1


def test_a_file_that_only_moves_the_pupil_says_nothing(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1), pupil(2)])
    claim(collection, B, [pupil(1)])
    events = Case.objects.get().events.count()
    claim(collection, B, [pupil(5), pupil(6), pupil(1)])
    assert Case.objects.get().events.count() == events


def test_twice_in_one_return_is_no_case_and_a_school_may_have_two_records(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1), pupil(1)])
    assert not Case.objects.exists()
    claim(collection, B, [pupil(1)])
    case = Case.objects.get()
    assert sorted(side.records.count() for side in case.sides.all()) == [1, 2]
    claim(collection, B, [pupil(3)])
    case.refresh_from_db()
    assert case.standing is S.CLOSED, "what is left is between nobody"


def test_twins_at_two_schools_and_namesakes(collection: DataCollection) -> None:
    twins = [pupil(n, Surname="Twin", Forename=name) for n, name in ((1, "Ada"), (2, "Eda"), (3, "Ida"))]
    claim(collection, A, twins)
    claim(collection, B, twins)
    assert Case.objects.count() == 3 and set(Case.objects.values_list("kind", flat=True)) == {"same-upn"}
    same = {"Surname": "Same", "Forename": "Name"}
    claim(collection, A, [pupil(11, **same), pupil(12, **same)])
    claim(collection, B, [pupil(13, **same)])
    case = Case.objects.get(kind=Kind.SAME_PERSON)
    upns = {record.values["upn"] for side in case.sides.all() for record in side.records.all()}
    assert upns == {pupil(n)["UPN"] for n in (11, 12, 13)}


def test_five_schools(collection: DataCollection) -> None:
    for number in range(5):
        claim(collection, f"855700{number}", [pupil(1)])
    case = Case.objects.get()
    assert case.sides.filter(present=True).count() == 5
    for number in range(4):
        claim(collection, f"855700{number}", [pupil(100 + number)])
    case.refresh_from_db()
    assert case.standing is S.CLOSED


def test_a_pair_that_the_collector_finds_allowed_closes_its_cases(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1, EnrolStatus="F")])
    claim(collection, B, [pupil(1, EnrolStatus="S")])
    assert not Case.objects.exists()
    someone = person("000", Role.COLLECTOR)
    said = {"collection": collection, "pair": "F+S", "reason": "As agreed.", "starts_at": collection.opens_at}
    who = {"user": someone.user, "organisation": someone.organisation, "role": someone.role}
    StatusDecision.objects.create(**said, **who, verdict="not-allowed")
    finding.everywhere(collection)
    assert Case.objects.get().standing is S.OPEN
    StatusDecision.objects.create(**said, **who, verdict="allowed")
    finding.everywhere(collection)
    assert Case.objects.get().standing is S.CLOSED


def test_clashes_from_before_are_caught_up_with(collection: DataCollection) -> None:
    claim(collection, A, [pupil(1), pupil(2)])
    claim(collection, B, [pupil(1), pupil(2)])
    Case.objects.all().delete()
    assert joining.catch_up() == 2 and joining.catch_up() == 0
    assert Case.objects.count() == 2
