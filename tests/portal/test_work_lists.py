"""The collector's pages: work lists over many returns, bulk authorisation, judging by rule, statistics of rules."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.collector import statistics, work_lists
from collectory.portal.collector.work_lists import Wanted
from collectory.portal.judging.models import Ok, Question
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, RuleTally
from collectory.portal.returns.services import answering, asking, noting
from collectory.portal.returns.services.explaining import findings_with_explanation
from collectory.portal.returns.states import State
from tests.portal import opened
from tests.portal.in_state import bring_to, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
BASE = "/collections/school-census-2021-autumn/"


@pytest.fixture
def collector(collection: DataCollection) -> Membership:
    """The department's collector."""
    return Membership.objects.get(user__username="department")


def schools(collection: DataCollection, state: State, count: int, agent: str = "855") -> list[Return]:
    """Returns of so many new schools in a state, without data."""
    authority = Organisation.objects.get(native_id="855")
    first = Organisation.objects.count()
    made = []
    for number in range(first, first + count):
        school = Organisation.objects.create(
            native_id=f"855{5000 + number}",
            name=f"School {number}",
            kind="school",
            authority=authority,
            agent=Organisation.objects.get(native_id=agent),
        )
        made.append(bring_to(Return.objects.create(collection=collection, organisation=school), state))
    return made


def pupils(count: int, wrong: int) -> dict[str, object]:
    """A return of so many pupils, of whom some have a birth date that is none."""
    rows = [
        {"UPN": f"A{number:012d}", "Surname": f"Made{number}", "Forename": "Ada", "Gender": "F",
         "DOB": "30/02/2010" if number < wrong else "2009-03-01"}
        for number in range(count)
    ]  # fmt: skip
    return opened.tables(rows, {})


def rule_of(data_return: Return) -> str:
    """The rule that says that a birth date is none."""
    found = findings_with_explanation(data_return)
    texts = reading.findings(data_return.current_revision)["message"]
    return str(found.filter(texts.str.contains("irth") & (found["entity"] == "PupilOnRoll"))["rule_key"][0])


def ids(returns: object) -> list[str]:
    return [one.organisation.native_id for one in returns]  # type: ignore[attr-defined]


def test_each_return_is_on_its_lists(
    collection: DataCollection, census_return: Return, membership: Membership, collector: Membership
) -> None:
    approved, amended = schools(collection, State.APPROVED, 1), schools(collection, State.AMENDED_BY_COLLECTOR, 1)
    schools(collection, State.SUBMITTED, 1)  # its authority has to approve it first
    own = schools(collection, State.SUBMITTED, 1, agent="000")
    back = schools(collection, State.REJECTED_BY_COLLECTOR, 1)
    opened.load(census_return, membership, pupils(3, 3))
    asking.ask_about_return(census_return, collector, "Is a site missing?")
    asking.ask_about_return(approved[0], collector, "Which site?")
    answering.answer(
        approved[0], person(ids(approved)[0], Role.SOURCE), Question.objects.get(data_return=approved[0]).pk, "None."
    )

    def listed(which: str, **more: str) -> list[str]:
        return ids(work_lists.returns_wanted(collection, collector, Wanted(which, **more)))

    assert listed("inbox") == ids([*approved, *amended, *own]), "oldest first"
    assert listed("waiting") == ["8554001"] and listed("answered") == ids(approved)
    assert set(listed("not-sent")) == {"8552001", "8554001", "8554002", *ids(back)}
    assert len(listed("all")) == 8 == len(listed("all", authority="855"))
    assert listed("all", authority="999") == [] and listed("all", name="8554001") == ["8554001"]
    assert listed("all", rule=rule_of(census_return)) == ["8554001"]
    counts = work_lists.work_list(collection, collector, Wanted()).counts
    assert counts == {"inbox": 3, "answered": 1, "waiting": 1, "not-sent": 4, "all": 8}


def test_the_list_takes_the_same_queries_whatever_its_length(
    collection: DataCollection, signed_in: SignIn, collector: Membership
) -> None:
    client = signed_in("department")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{BASE}work/").status_code == 200
        return len(caught)

    asking.ask_about_return(schools(collection, State.APPROVED, 2)[0], collector, "Why?")
    queries()  # what the first one keeps for the others is not counted
    few = queries()
    schools(collection, State.APPROVED, 60)
    assert queries() == few
    page = client.get(f"{BASE}work/?page=2").content.decode()
    assert "Page 2 of 2" in page and page.count('name="return"') == 12
    for address in ["work/?page=99&list=nothing&rule=none&authority=x&name=%25", "statistics/?sort=nothing"]:
        assert client.get(BASE + address).status_code == 200
    assert signed_in("larkshire").get(f"{BASE}work/").status_code == 404
    assert signed_in("larkshire").get(f"{BASE}statistics/").status_code == 404


def test_many_are_authorised_after_what_cannot_be_was_listed(
    collection: DataCollection, signed_in: SignIn, collector: Membership
) -> None:
    client = signed_in("department")
    first, second, third = schools(collection, State.APPROVED, 3)
    early = schools(collection, State.SUBMITTED, 1)[0]
    asking.ask_about_return(third, collector, "Why?")
    chosen = {"return": [one.pk for one in (first, second, third, early)], "which": "chosen"}
    page = client.post(f"{BASE}work/authorise/", chosen).content.decode()
    assert "2 returns can be authorised" in page and "2 returns cannot be authorised" in page
    assert "1 question that is not settled" in page and "has to be approved before" in page
    shown = re.findall(r'name="shown" value="([^"]+)"', page)
    assert len(shown) == 2
    # Somebody asks about the second one while the page is open.
    asking.ask_about_return(second, collector, "And you?")
    answer = client.post(f"{BASE}work/authorise/", {"confirm": "yes", "shown": [*shown, "x", f"{early.pk}:1"]})
    assert answer.status_code == 409 and "1 return is authorised" in answer.content.decode()
    states = [Return.objects.get(pk=one.pk).state for one in (first, second, third, early)]
    assert states == ["authorised", "approved", "approved", "submitted"]
    every = client.post(f"{BASE}work/authorise/", {"which": "every"}).content.decode()
    assert "None of the returns chosen" in every
    nothing = client.post(f"{BASE}work/authorise/", {"which": "chosen"}).content.decode()
    assert "No return was chosen" in nothing
    foreign = signed_in("larkshire").post(f"{BASE}work/authorise/", {"confirm": "yes", "shown": shown})
    assert foreign.status_code in {302, 409} and Return.objects.filter(state="authorised").count() == 1


def test_a_rule_with_1500_findings_is_judged_in_pages_and_at_once(
    census_return: Return, membership: Membership, signed_in: SignIn
) -> None:
    opened.load(census_return, membership, pupils(1500, 1500))
    key, client = rule_of(census_return), signed_in("department")
    address = f"{BASE}8554001/collector/rules/{key}/"
    errors = census_return.errors
    with CaptureQueriesContext(connection) as caught:
        page = client.get(f"{address}?page=3").content.decode()
    assert len(caught) < 60 and page.count('name="finding"') == 50 and "Page 3 of 30" in page
    form = dict(re.findall(r'type="hidden" name="(show|page|revision|version)" value="([^"]*)"', page))
    picked = re.findall(r'name="finding" value="(\d+)"', page)[:2]
    nothing = client.post(address, {**form, "act": "ok"})
    assert nothing.status_code == 422 and "Nothing is chosen" in nothing.content.decode()
    answer = client.post(address, {**form, "act": "ok", "finding": picked})
    assert answer.status_code == 302 and "page=3" in answer.url
    stale = client.post(address, {**form, "act": "ok", "which": "every"})
    assert stale.status_code == 422 and "has changed since" in stale.content.decode() and Ok.objects.count() == 2
    census_return.refresh_from_db()
    form["version"] = str(census_return.version)
    for act, text in [("ask", "Are these birth dates known?"), ("ok", "")]:
        census_return.refresh_from_db()
        form["version"] = str(census_return.version)
        with CaptureQueriesContext(connection) as caught:
            assert client.post(address, {**form, "act": act, "text": text, "which": "every"}).status_code == 302
        assert len(caught) < 80, "rows are written by the hundred"
    census_return.refresh_from_db()
    assert (census_return.errors, census_return.ok_errors) == (errors - 1500, 1500)
    assert Question.objects.get().asked.count() == 1498 and Question.objects.get().state == "settled"
    source = signed_in("harcourt")
    shown = source.get(f"{BASE}8554001/all-errors/?ok=yes").content.decode()
    assert "1,500" in shown and "OK’d" in shown
    assert source.get(address).status_code == 403, "the source reads OKs and gives none"
    undo = {**form, "show": "ok", "act": "undo", "which": "every", "version": str(census_return.version)}
    assert client.post(address, undo).status_code == 302
    census_return.refresh_from_db()
    assert (census_return.errors, census_return.ok_errors) == (errors, 0)


def test_the_source_is_told_of_questions_and_answers_in_place(
    census_return: Return, membership: Membership, collector: Membership, signed_in: SignIn
) -> None:
    opened.load(census_return, membership, pupils(3, 3))
    found = findings_with_explanation(census_return)
    chosen = found.filter(found["rule_key"] == rule_of(census_return))["finding"]
    asking.ask(census_return, collector, "Seen a <b>certificate</b>?", revision=1, findings=chosen)
    asking.ask_about_return(census_return, collector, "Is a site missing?")
    source, base = signed_in("harcourt"), f"{BASE}8554001/"
    assert "2 questions wait for you" in source.get(base).content.decode()
    assert "2 questions wait for the source" in source.get(f"{base}notes/").content.decode()
    on_finding = source.get(f"{base}all-errors/1/{chosen[0]}/").content.decode()
    assert "Seen a &lt;b&gt;certificate&lt;/b&gt;?" in on_finding and "Question waiting for the source" in on_finding
    questions = source.get(f"{base}questions/").content.decode()
    assert questions.count("Send the answer") == 2 and "Ask again" not in questions
    first = Question.objects.exclude(rule_key="").get()
    empty = source.post(f"{base}questions/{first.pk}/answer/", {"text": ""})
    assert empty.status_code == 422 and "Write the note" in empty.content.decode()
    assert source.post(f"{base}questions/{first.pk}/answer/", {"text": "Yes, of each."}).status_code == 302
    assert "1 question waits for you" in source.get(base).content.decode()
    assert source.post(f"{base}questions/999/answer/", {"text": "Yes"}).status_code == 404
    reader = signed_in("harcourt-reader")
    assert "Send the answer" not in reader.get(f"{base}questions/").content.decode()
    desk = signed_in("department")
    assert "1 answer to read" in desk.get(f"{base}collector/").content.decode()
    assert "Yes, of each." in desk.get(f"{base}collector/rules/{first.rule_key}/?show=answered").content.decode()
    desk.post(f"{base}questions/{first.pk}/ask-again/", {"text": "When?"})
    desk.post(f"{base}questions/{first.pk}/ask-again/", {"text": "", "close": "yes"})
    first.refresh_from_db()
    assert first.state == "settled"


def test_statistics_of_rules(
    collection: DataCollection, census_return: Return, membership: Membership, collector: Membership, signed_in: SignIn
) -> None:
    opened.load(census_return, membership, pupils(5, 4))
    key = rule_of(census_return)
    opened.load(census_return, membership, pupils(5, 3))
    found = findings_with_explanation(census_return)
    chosen = found.filter(found["rule_key"] == key)["finding"]
    noted = noting.note_on_findings(census_return, membership, "=2+2", revision=2, findings=chosen[:2])
    asked = asking.ask(census_return, collector, "Why?", revision=2, findings=chosen[1:])
    assert not isinstance(noted, Refusal) and not isinstance(asked, Refusal)
    signed_in("department").post(
        f"{BASE}8554001/all-errors/2/{chosen[0]}/judge/", {"act": "ok", "text": "Fine", "revision": "2"}
    )
    other = Return.objects.get(collection=collection, organisation__native_id="8554002")
    wharf = Membership.objects.get(user__username="wharf")
    opened.load(other, wharf, pupils(2, 2))
    opened.load(other, wharf, pupils(2, 0))
    edition = reading.edition_of(census_return)
    with CaptureQueriesContext(connection) as caught:
        lines = {line.rule_key: line for line in statistics.lines(collection, edition)}
    assert len(caught) == 4
    line = lines[key]
    assert (line.findings, line.returns, line.ever, line.corrected) == (3, 1, 2, 1 + 2)
    assert (line.explained, line.asked, line.ok) == (2, 2, 1)
    tallies = RuleTally.objects.filter(revision__in=[census_return.current_revision, other.current_revision_id])
    assert tallies.filter(rule_key=key).count() == 1, "the second return has been put right"
    assert statistics.lines(collection, edition, "999") == []
    assert {one.rule_key for one in statistics.lines(collection, edition, "855")} == set(lines)
    client = signed_in("department")
    page = client.get(f"{BASE}statistics/?sort=-corrected&authority=855").content.decode()
    assert 'aria-sort="descending"' in page and line.message[:20] in page
    text = b"".join(client.get(f"{BASE}statistics/rules.csv?sort=-ever").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    row = next(each for each in rows if each["Rule no."].lstrip("'") == line.number)
    assert (row["Findings now"], row["Corrected"], row["OK’d"]) == ("3", "3", "1")
