"""The pages of cases: what each side sees of the other, lists with filters, many at once, the list as a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collectory.portal.cases.models import Case, CaseEvent, CaseSide
from collectory.portal.cases.proposals import Proposal, What
from collectory.portal.cases.services.keeping import keep
from collectory.portal.cases.states import Happening as H
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import AccessLog, Membership
from tests.portal.cases_world import agent, clash, collector, do, end, kept, of, record, school, side, source

LIST = "/collections/school-census-2021-autumn/cases/"
Signed = Callable[[Membership], Client]


@pytest.fixture
def across(collection: DataCollection) -> DataCollection:
    """A maintained school of another council beside the three of 855."""
    school("8564001", "Fern High School", "856", agent="856", email="office@fern.example", collection=collection)
    return collection


@pytest.fixture
def as_(across: DataCollection) -> Signed:
    """A client of somebody."""

    def sign_in(membership: Membership) -> Client:
        client = Client()
        client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def case(across: DataCollection) -> Case:
    """A case of 8554002 and 8564001, whose dates of birth differ."""
    rows = [
        record(of(across, "8554002"), {"postcode": "AB1 2CD"}),
        record(of(across, "8564001"), {"birth_date": "2009-03-02", "ethnicity": "WBRI"}),
    ]
    return kept(across, clash(*rows))


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def at(case: Case, act: str = "") -> str:
    return f"{LIST}{case.pk}/{act}"


def test_a_case_shows_the_clash_and_who_to_ask_and_nothing_more(case: Case, as_: Signed) -> None:
    page = text(as_(source("8554002")).get(at(case)))
    for there in ("Fern High School", "office@fern.example", "2009-03-02", "differs", "Council 856", "No data"):
        assert there in page
    assert "AB1 2CD" not in page and "WBRI" not in page
    assert "each of the two schools is funded for one half of the pupil" in page
    assert "Only its own people see it" in page


def test_every_look_is_in_the_access_log_of_both(case: Case, as_: Signed) -> None:
    as_(source("8554002")).get(at(case))
    line = AccessLog.objects.get()
    assert (line.action, line.subject) == ("look case", f"school-census-2021-autumn D{case.pk}")
    assert line.about == of(case.collection, "8564001").organisation
    as_(collector()).get(at(case))
    assert AccessLog.objects.count() == 3, "the department looks at both"
    as_(source("8554002")).get(LIST)
    assert AccessLog.objects.filter(action="listed cases").count() == 1


def test_propose_agree_and_disagree_on_the_page(case: Case, as_: Signed) -> None:
    school_, other = as_(source("8554002")), as_(source("8564001"))
    form = {"version": case.version, "what": "status", "by": side(case, "8554002").pk, "status": "S"}
    assert school_.post(at(case, "propose/"), form).status_code == 302
    page = text(other.get(at(case)))
    assert "changes the enrolment status to S" in page and "Answer the proposal" in page.replace("answer", "Answer")
    refused = other.post(at(case, "disagree/"), {"version": case.version + 1, "reason": ""})
    assert refused.status_code == 422 and "Say why you disagree" in text(refused)
    late = other.post(at(case, "agree/"), {"version": case.version})
    assert late.status_code == 409 and "while you had the page open" in text(late)
    assert other.post(at(case, "agree/"), {"version": case.version + 1}).status_code == 302
    assert "Change the data and load it" in text(school_.get(at(case))).replace("change", "Change")


def test_what_was_typed_comes_back_with_what_is_wrong(case: Case, as_: Signed) -> None:
    form = {"version": case.version, "what": "upn", "reason": "<b>Part</b> of the week"}
    answer = as_(source("8554002")).post(at(case, "propose/"), form)
    page = text(answer)
    assert answer.status_code == 422 and "Choose who changes its data." in page and "Choose the UPN" in page
    assert "&lt;b&gt;Part&lt;/b&gt; of the week" in page
    assert re.search(r'value="upn" checked', page) and "no such element" not in page


def test_who_is_no_longer_concerned_sees_no_more(across: DataCollection, as_: Signed) -> None:
    places = ("8554002", "8564001", "8552001")
    case = kept(across, clash(*(record(of(across, place), {}) for place in places)))
    kept(across, clash(*(record(of(across, place), {}) for place in places[:2])))
    do(case, source("8564001"), H.SAID, "Secret of the two")
    page = text(as_(source("8552001")).get(at(case)))
    assert "does not claim this pupil any more" in page
    assert "Secret of the two" not in page and "office@fern.example" not in page
    assert "Secret of the two" in text(as_(source("8554002")).get(at(case)))
    found = clash(*(record(of(across, place), {}) for place in places[:2]))
    end(across, found)
    page = text(as_(source("8554002")).get(at(case)))
    assert "office@fern.example" not in page and "Closed, the data have changed" in page


def test_a_closed_case_shows_ones_own_record_alone(case: Case, as_: Signed, across: DataCollection) -> None:
    keep(across, [], [(case.kind, case.key)])
    page = text(as_(source("8554002")).get(at(case)))
    assert "2009-03-01" in page and "2009-03-02" not in page


def test_lists_and_filters(across: DataCollection, as_: Signed) -> None:
    ours, theirs, near = of(across, "8554002"), of(across, "8564001"), of(across, "8552001")
    one = kept(across, clash(record(ours, {"surname": "Ash"}), record(theirs, {}), key="1"))
    two = kept(across, clash(record(ours, {"surname": "Birch"}), record(near, {}), key="2", verdict="unusual"))
    kept(across, clash(record(theirs, {"surname": "Cedar"}), record(of(across, "8554001"), {}), key="3"))
    Case.objects.filter(pk=one.pk).update(opened_at=timezone.now() - dt.timedelta(days=10))
    client = as_(source("8554002"))

    def listed(query: str) -> list[str]:
        page = text(client.get(f"{LIST}?{query}"))
        return re.findall(r'collectory-who-is">(\w+)', page)

    assert listed("") == ["Ash", "Birch"], "oldest first, and none of others"
    assert listed("sort=-age") == ["Birch", "Ash"]
    assert listed("verdict=unusual") == ["Birch"] == listed("where=within") == listed("other=Bramble")
    assert listed("age=7") == ["Ash"] == listed("where=across") == listed("other=856") == listed("kind=same-upn&age=7")
    assert listed("list=closed") == [] == listed("state=agreed")
    assert listed("other=Wharf") == [], "one's own school is not the other side"
    do(two, source("8554002"), H.PROPOSED, proposal=Proposal(What.NOT_SAME))
    assert listed("") == ["Ash"], "the others have to answer"
    assert listed("list=open") == ["Ash", "Birch"]
    assert listed("sort=other") == ["Ash"] and listed("page=99") == ["Ash"] and listed("sort=own&list=all")

    client = as_(agent("855"))
    assert listed("list=open&own=Wharf") == ["Ash", "Osborne"], "of a case of two of its schools the first one's pupil"
    client = as_(agent("856"))
    assert len(listed("list=all")) == 2, "its school has a case with the near one and with the academy"
    client = as_(collector())
    assert len(listed("list=all")) == 3 and listed("") == []
    do(one, source("8554002"), H.PROPOSED, proposal=Proposal(What.LEFT, by=side(one, "8564001").pk))
    do(one, source("8564001"), H.DISAGREED, "She is here every day.")
    assert listed("") == ["Ash"], "what the sides do not settle waits for the department"


def test_the_list_as_a_file(across: DataCollection, case: Case, as_: Signed) -> None:
    ours, theirs = of(across, "8554002"), of(across, "8564001")
    kept(across, clash(record(ours, {"surname": "=1+1"}), record(theirs, {}), key="formula"))
    answer = as_(source("8554002")).get(f"{LIST}list.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2 and rows[0]["Case"] == f"D{case.pk}"
    assert rows[0]["Other side"] == "8564001 Fern High School" and rows[0]["Statuses"] == "C+C"
    assert rows[1]["Pupil"].startswith("'=1+1")
    assert AccessLog.objects.filter(action="list of cases downloaded").count() == 1
    assert as_(source("8554001")).get(f"{LIST}list.csv").content.decode("utf-8-sig").strip() == '"Case"'


def many(across: DataCollection, count: int, other: str = "8564001", start: int = 0) -> list[Case]:
    ours, theirs = of(across, "8554002"), of(across, other)
    found = [
        clash(record(ours, {"surname": f"P{start + n}"}, n), record(theirs, {}, n), key=str(start + n))
        for n in range(count)
    ]
    keep(across, found)
    return list(Case.objects.filter(key__in=[one.key for one in found]).order_by("pk"))


def test_the_same_is_proposed_and_agreed_in_many(across: DataCollection, as_: Signed) -> None:
    alike, else_ = many(across, 3), many(across, 1, "8552001", 50)
    client = as_(source("8554002"))
    assert client.post(f"{LIST}propose/", {}).status_code == 422
    page = text(client.post(f"{LIST}propose/", {"case": [one.pk for one in [*alike, *else_]]}))
    assert "not all alike" in page and "Propose this in 3 cases" in page and "Propose this in 1 case" in page
    assert "no such element" not in page
    ours = of(across, "8554002").organisation
    form = {"shown": [f"{one.pk}:{one.version}" for one in alike], "confirm": "yes", "what": "status", "status": "S"}
    missing = client.post(f"{LIST}propose/", form)
    assert missing.status_code == 422 and "Choose who changes its data." in text(missing)
    answer = client.post(f"{LIST}propose/", {**form, "by": ours.pk}, follow=True)
    assert "You have proposed this in 3 cases." in text(answer)
    events = CaseEvent.objects.filter(kind=H.PROPOSED)
    assert {event.details["by"] for event in events} == set(
        CaseSide.objects.filter(organisation=ours, case__in=alike).values_list("pk", flat=True)
    )

    other = as_(source("8564001"))
    page = text(other.post(f"{LIST}agree/", {"case": [one.pk for one in alike]}))
    assert "Agree in 3 cases" in page and page.count("Wharf Lane High School changes the enrolment status") == 3
    shown = re.findall(r'name="shown" value="([^"]+)"', page)
    do(alike[0], source("8554002"), H.WITHDRAWN, "We look again.")
    left = other.post(f"{LIST}agree/", {"shown": shown, "confirm": "yes"})
    assert left.status_code == 409 and "1 case was left as it is" in text(left)
    assert sorted(Case.objects.filter(pk__in=[one.pk for one in alike]).values_list("state", flat=True)) == [
        "agreed",
        "agreed",
        "open",
    ]


def test_nobody_acts_on_cases_of_others_by_their_numbers(across: DataCollection, case: Case, as_: Signed) -> None:
    form = {"shown": [f"{case.pk}:{case.version}"], "confirm": "yes", "what": "not-same"}
    as_(source("8554001")).post(f"{LIST}propose/", form)
    as_(collector()).post(f"{LIST}propose/", form)
    assert not CaseEvent.objects.filter(kind=H.PROPOSED).exists()


def test_a_long_list_costs_as_many_queries_as_a_short_one(across: DataCollection, as_: Signed) -> None:
    def queries(who: Membership) -> int:
        client = as_(who)
        client.get(LIST)
        with CaptureQueriesContext(connection) as told:
            assert client.get(f"{LIST}?list=all&sort=other").status_code == 200
        return len(told)

    many(across, 3)
    people = [source("8554002"), agent("856"), collector()]
    few = [queries(who) for who in people]
    many(across, 120, start=100)
    assert [queries(who) for who in people] == few


def test_the_department_sets_until_when(across: DataCollection, case: Case, as_: Signed) -> None:
    client = as_(collector())
    assert client.post(f"{LIST}deadline/", {"date": "soon"}).status_code == 422
    assert client.post(f"{LIST}deadline/", {"date": "2030-11-04"}).status_code == 302
    assert "4 November 2030" in text(as_(source("8554002")).get(at(case)))
    change = across.changes.get()
    assert change.what == "Cases to be settled by" and change.after.startswith("4 November 2030")
    assert as_(agent("855")).post(f"{LIST}deadline/", {"date": "2030-11-04"}).status_code == 404
