"""From clashes to cases: opened, closed by new data, re-opened; what is remembered; many cost few queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collectory.portal.cases.models import Case, CaseRecord, Kind, TwoChildren
from collectory.portal.cases.proposals import Proposal, What
from collectory.portal.cases.services import removing
from collectory.portal.cases.services.keeping import keep
from collectory.portal.cases.states import Happening as H
from collectory.portal.cases.states import State as S
from collectory.portal.collections.models import DataCollection
from tests.portal.cases_world import clash, collector, do, end, kept, of, record, school, side, source, states

NOT_SAME = Proposal(What.NOT_SAME)


@pytest.fixture
def both(collection: DataCollection) -> DataCollection:
    """Besides the three schools of 855 one of 856."""
    school("8564001", "Fern High School", "856", agent="856", email="office@fern.example", collection=collection)
    return collection


def same_person(collection: DataCollection, *places: str, verdict: str = "different-upn", **values: str) -> object:
    rows = [record(of(collection, place), {"upn": f"B{place}00000", **values}) for place in places]
    return clash(*rows, kind=Kind.SAME_PERSON, verdict=verdict, key="osborne|ada|2009-03-01")


def test_a_clash_opens_a_case_closes_it_and_opens_it_again(both: DataCollection) -> None:
    found = clash(record(of(both, "8554002"), {}), record(of(both, "8564001"), {}))
    case = kept(both, found)
    assert case.standing is S.OPEN and case.across and {one.to_do for one in case.sides.all()} == {"propose"}
    version = case.version
    assert kept(both, found).version == version, "told again, nothing changes"
    case = end(both, found)
    assert case.standing is S.CLOSED and not case.sides.filter(present=True).exists()
    end(both, found)
    opened = case.opened_at
    case = kept(both, found)
    assert case.standing is S.OPEN and case.opened_at > opened
    assert states(case) == ["open", "closed", "open"]


def test_one_return_alone_or_a_right_pair_is_no_case(both: DataCollection) -> None:
    ours, theirs = of(both, "8554002"), of(both, "8564001")
    keep(both, [clash(record(ours, {}), record(ours, {}, 1), verdict="one-return")])
    keep(both, [clash(record(ours, {"status": "M"}), record(theirs, {"status": "S"}), verdict="allowed", key="2")])
    hours = {"funded_hours": "5"}
    young = clash(record(ours, hours), record(theirs, hours), kind=Kind.UNDER_FIVES, verdict="within-entitlement")
    keep(both, [young])
    assert not Case.objects.exists()


def test_a_case_that_is_right_now_closes(both: DataCollection) -> None:
    ours, theirs = of(both, "8554002"), of(both, "8564001")
    case = kept(both, clash(record(ours, {}), record(theirs, {})))
    keep(both, [clash(record(ours, {"status": "M"}), record(theirs, {"status": "S"}), verdict="allowed")])
    case.refresh_from_db()
    assert case.standing is S.CLOSED


def test_five_sides_join_and_leave_and_a_school_may_stand_in_it_twice(both: DataCollection) -> None:
    places = ["8554001", "8554002", "8552001", "8564001"]
    school("8564002", "Moss School", "856", collection=both)
    ours = of(both, "8554002")
    first = [record(of(both, place), {}) for place in places[:2]]
    case = kept(both, clash(*first, record(ours, {}, row=9)))
    assert case.sides.count() == 2 and side(case, "8554002").records.count() == 2
    every = [record(of(both, place), {}) for place in [*places, "8564002"]]
    case = kept(both, clash(*every))
    assert case.sides.filter(present=True).count() == 5
    assert [event.kind for event in case.events.all()] == [H.OPENED, H.CHANGED, H.JOINED]
    case = kept(both, clash(*every[1:3]))
    assert set(case.sides.filter(present=True).values_list("organisation__native_id", flat=True)) == set(places[1:3])
    assert case.events.last().kind == H.LEFT and case.standing is S.OPEN


def test_a_file_with_the_same_values_elsewhere_changes_the_place_and_no_more(both: DataCollection) -> None:
    ours, theirs = of(both, "8554002"), of(both, "8564001")
    case = kept(both, clash(record(ours, {}), record(theirs, {})))
    assert kept(both, clash(record(ours, {}, row=5, revision=2), record(theirs, {}))).version == case.version


def test_a_proposal_stays_when_data_change_and_says_so(both: DataCollection) -> None:
    ours, theirs = of(both, "8554002"), of(both, "8564001")
    case = kept(both, clash(record(ours, {}), record(theirs, {})))
    by = side(case, "8554002").pk
    do(case, source("8554002"), H.PROPOSED, proposal=Proposal(What.STATUS, by=by, status="S"))
    case = kept(both, clash(record(ours, {"status": "M"}), record(theirs, {}), message="C and M"))
    standing = case.folded()
    assert case.standing is S.PROPOSED and standing.touched and case.message == "C and M"


def test_only_what_the_kind_shows_is_kept(both: DataCollection) -> None:
    more = {"postcode": "AB1 2CD", "ethnicity": "WBRI", "middle_names": "Jane", "former_upn": "C1"}
    kept(both, clash(record(of(both, "8554002"), more), record(of(both, "8564001"), more)))
    for row in CaseRecord.objects.all():
        assert set(row.values) == {"upn", "status", "surname", "forename", "birth_date"}


def test_not_the_same_child_is_remembered_while_the_data_stay_the_same(both: DataCollection) -> None:
    def later(slug: str, *, live: bool = True) -> DataCollection:
        made = DataCollection.objects.create(
            slug=slug, edition_key=both.edition_key, title=slug, opens_at=both.opens_at, closes_at=both.closes_at
        )
        made.is_live = live
        made.save()
        for native_id in ("8554002", "8564001", "8552001"):
            school(native_id, "", "", collection=made)
        return made

    case = kept(both, same_person(both, "8554002", "8564001"))
    do(case, source("8554002"), H.PROPOSED, proposal=NOT_SAME)
    assert not TwoChildren.objects.exists(), "one side alone says nothing"
    do(case, source("8564001"), H.AGREED)
    case.refresh_from_db()
    assert case.standing is S.SETTLED

    spring = later("spring")
    known = kept(spring, same_person(spring, "8554002", "8564001", status="M"))
    assert known.standing is S.SETTLED and known.events.last().kind == H.REMEMBERED, "the status does not matter"
    other = later("summer")
    assert kept(other, same_person(other, "8554002", "8564001", sex="F")).standing is S.OPEN
    third = later("autumn")
    assert kept(third, same_person(third, "8554002", "8564001", "8552001")).standing is S.OPEN, "one of them is new"
    trial = later("trial", live=False)
    assert kept(trial, same_person(trial, "8554002", "8564001")).standing is S.OPEN, "live does not reach into a trial"

    do(known, source("8554002"), H.WITHDRAWN, "It is the same child after all.")
    assert not TwoChildren.objects.exists()
    winter = later("winter")
    assert kept(winter, same_person(winter, "8554002", "8564001")).standing is S.OPEN


def test_what_is_settled_opens_again_when_the_children_are_others(both: DataCollection) -> None:
    case = kept(both, same_person(both, "8554002", "8564001"))
    do(case, collector(), H.DECIDED, "The schools have rung each other.", proposal=NOT_SAME)
    case.refresh_from_db()
    assert case.standing is S.SETTLED
    assert kept(both, same_person(both, "8554002", "8564001", status="M")).standing is S.SETTLED
    assert kept(both, same_person(both, "8554002", "8564001", middle_names="Jane")).standing is S.OPEN


def test_one_upn_for_two_children_still_needs_new_data(both: DataCollection) -> None:
    rows = [
        record(of(both, "8554002"), {}),
        record(of(both, "8564001"), {"birth_date": "2010-01-01", "forename": "Bo"}),
    ]
    case = kept(both, clash(*rows, verdict="birth-dates-differ"))
    do(case, source("8554002"), H.PROPOSED, proposal=NOT_SAME)
    do(case, source("8564001"), H.AGREED)
    case.refresh_from_db()
    assert case.standing is S.AGREED and {one.to_do for one in case.sides.all()} == {"change"}


def test_twins_and_namesakes_are_not_thrown_together(both: DataCollection) -> None:
    """Twins at both schools make a case each; namesakes at one school and a third child elsewhere make one of three."""
    ours, theirs = of(both, "8554002"), of(both, "8564001")
    twins = [
        clash(record(ours, {"forename": name}, row), record(theirs, {"forename": name}, row), key=name)
        for row, name in enumerate(["Ada", "Eda", "Ida"])
    ]
    keep(both, twins)
    assert Case.objects.count() == 3
    for case in Case.objects.all():
        assert len({each.values["forename"] for one in case.sides.all() for each in one.records.all()}) == 1
    rows = [record(ours, {"upn": "X1"}), record(ours, {"upn": "X2"}, 1), record(theirs, {"upn": "X3"})]
    case = kept(both, clash(*rows, kind=Kind.SAME_PERSON, verdict="different-upn", key="namesakes"))
    assert side(case, "8554002").records.count() == 2 and case.sides.count() == 2


def test_many_clashes_cost_as_many_queries_as_few(both: DataCollection) -> None:
    ours, theirs = of(both, "8554002"), of(both, "8564001")

    def some(start: int, count: int) -> list[object]:
        return [clash(record(ours, {}), record(theirs, {}), key=str(start + number)) for number in range(count)]

    def queries(found: list[object]) -> int:
        with CaptureQueriesContext(connection) as told:
            keep(both, found)  # type: ignore[arg-type]
        return len(told)

    few, many = queries(some(0, 5)), queries(some(1000, 300))
    assert many < few + 30, "a few more, because SQLite takes so many values in a query"
    assert Case.objects.count() == 305
    ended = [(one.kind, one.key) for one in Case.objects.all()]
    keep(both, [], ended)
    assert set(Case.objects.values_list("state", flat=True)) == {"closed"}


def test_cases_go_with_the_data_of_a_familiarisation(both: DataCollection) -> None:
    both.is_live = False
    both.save()
    case = kept(both, same_person(both, "8554002", "8564001"))
    do(case, collector(), H.DECIDED, "So it is.", proposal=NOT_SAME)
    assert TwoChildren.objects.filter(familiarisation=both).exists()
    removing.remove(both)
    assert not Case.objects.exists() and not CaseRecord.objects.exists() and not TwoChildren.objects.exists()
