"""The Agent page: who sees which returns, the filter, the sums, and a constant number of queries."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import progress
from collectory.portal.desk.sources import own, summary
from collectory.portal.people.models import Organisation, Role
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.states import State
from tests.portal.in_state import bring_to, person
from tests.portal.many_schools import schools

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
BASE = "/collections/school-census-2021-autumn"


def listed(client: Client, query: str = "") -> list[str]:
    """The native IDs in the table, in its order."""
    page = client.get(f"{BASE}/sources/?{query}").content.decode()
    return re.findall(r'collectory-number">([0-9]{7})<', page)


@pytest.fixture
def returns(collection: DataCollection) -> list[Return]:
    """Ten schools in ten states, beside the demonstration's three."""
    found = schools(collection, 10)
    for data_return, state in zip(found, State, strict=True):
        bring_to(data_return, state)
    Return.objects.filter(pk=found[1].pk).update(errors=7, queries=2)
    Return.objects.filter(pk=found[2].pk).update(queries=31, ok_errors=4)
    return found


def test_each_sees_the_returns_that_are_theirs(returns: list[Return], signed_in: SignedIn) -> None:
    made = [each.organisation.native_id for each in returns]
    agent, department = signed_in("larkshire"), signed_in("department")
    assert listed(agent) == ["8552001", "8554002", *made], "the academy reports to the department"
    assert listed(department) == ["8552001", "8554001", "8554002", *made]
    assert listed(department, "whose=academies") == ["8554001"]
    assert listed(agent, "whose=academies") == []
    Organisation.objects.filter(native_id="8554001").update(authority_reads=True)
    assert listed(agent, "whose=academies") == ["8554001"] and "8554001" not in listed(agent)
    page = agent.get(f"{BASE}/sources/?whose=academies").content.decode()
    assert "change nothing" in page and "Approve returns" not in page and "Export to file" in page
    other = Organisation.objects.create(native_id="856", name="Elsewhere", kind="authority")
    signed = Client()
    signed.force_login(person(other.native_id, Role.AGENT).user, "django.contrib.auth.backends.ModelBackend")
    assert listed(signed) == []


def test_filters(returns: list[Return], signed_in: SignedIn) -> None:
    agent = signed_in("larkshire")
    made = [each.organisation.native_id for each in returns]
    assert listed(agent, "find=school+made+003") == [made[3]]
    assert listed(agent, "find=8555&sort=-id") == made[::-1]
    assert listed(agent, "state=authorised") == [made[9]]
    assert listed(agent, "state=waiting") == made[3:5]
    assert listed(agent, "phase=special") == made[2::3] and listed(agent, "phase=special&find=005") == [made[5]]
    assert listed(agent, "errors=some") == [made[1]]
    assert listed(agent, "queries=some&sort=-queries") == [made[2], made[1]]
    assert listed(agent, "queries=none&errors=none&find=8555") == [made[0], *made[3:]]
    old = timezone.now() - dt.timedelta(days=20)
    Return.objects.filter(pk=returns[4].pk).update(touched_at=old)
    assert listed(agent, "untouched=14&find=8555") == [made[0], made[4]], "never touched counts as not touched"
    day = timezone.localdate(old).isoformat()
    assert listed(agent, f"date=touched&since={day}&until={day}") == [made[4]]
    assert listed(agent, f"until={day}") == [made[4]], "without a kind of date: when it was last touched"
    today = timezone.localdate().isoformat()
    assert listed(agent, f"date=authorised&since={today}") == [made[9]]
    nonsense = "state=lost&sort=password&errors=2&date=birth&since=2021-99-99&untouched=-3&page=99&show=9999&whose=all"
    assert len(listed(agent, nonsense)) == 12


def test_the_list_as_a_file_has_all_that_the_filter_finds(returns: list[Return], signed_in: SignedIn) -> None:
    Organisation.objects.filter(pk=returns[3].organisation_id).update(name="=2+2 School")
    answer = signed_in("larkshire").get(f"{BASE}/sources/list.csv?state=waiting")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Native ID", "Name", "Type"] and len(rows) == 3
    assert rows[1][1] == "'=2+2 School" and rows[1][4] == "submitted"


def test_the_performance_summary(returns: list[Return], collection: DataCollection) -> None:
    agent = person("855", Role.AGENT)
    found = summary(own(collection, agent))
    assert found.expected == 12 and (found.errors, found.queries, found.ok_errors) == (7, 33, 4)
    assert [(words, count) for words, count, _ in found.steps] == [
        ("Received", 9), ("Submitted", 5), ("Approved", 3), ("Authorised", 1),
    ]  # fmt: skip
    # Move what happened to the authorised return to four days, and read the line of each step.
    days = [timezone.now() - dt.timedelta(days=days) for days in (4, 3, 2, 1)]
    for event, day in zip(returns[9].events.order_by("id"), days, strict=True):
        Event.objects.filter(pk=event.pk).update(at=day)
    only = Return.objects.filter(pk=returns[9].pk)
    line = progress.progress(collection, only, 1)
    ends = {name: counts[-6:] for name, counts in line.counts.items()}
    assert ends == {
        "Received": (0, 1, 1, 1, 1, 1), "Submitted": (0, 0, 1, 1, 1, 1),
        "Approved": (0, 0, 0, 1, 1, 1), "Authorised": (0, 0, 0, 0, 1, 1),
    }  # fmt: skip
    assert line.days[-1] == timezone.localdate() and line.days[0] == timezone.localtime(collection.opens_at).date()
    every = progress.progress(collection, own(collection, agent), 12)
    assert {name: counts[-1] for name, counts in every.counts.items()} == {
        words: count for words, count, _ in found.steps
    }, "the line ends where the sums are"


PAGES = [
    "/collections/",
    *(f"{BASE}/{page}" for page in ("sources/", "sources/?show=250", "queues/", "sources/by-rule/")),
]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("username", ["larkshire", "department"])
def test_a_constant_number_of_queries(
    address: str, username: str, collection: DataCollection, signed_in: SignedIn
) -> None:
    client = signed_in(username)
    counts = []
    for first, more in ((0, 5), (5, 55)):
        for data_return in schools(collection, more, first):
            bring_to(data_return, State.SUBMITTED)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_my_data_collections_has_a_line_for_each_collection(returns: list[Return], signed_in: SignedIn) -> None:
    agent = signed_in("larkshire")
    page = html.unescape(agent.get("/collections/").content.decode())
    assert page.count('name="return"') == 1 and "12 returns" in page and "9 received, 2 waiting for approval" in page
    answer = agent.post("/collections/", {"return": "school-census-2021-autumn"})
    assert answer.url == f"{BASE}/sources/"
    assert "Harcourt Spinney Academy (8554001)" in signed_in("harcourt").get("/collections/").content.decode()
    page = signed_in("harcourt").post("/collections/", {"return": "school-census-2021-autumn"}).content.decode()
    assert "Choose a data collection." in page, "a source chooses a return"


def test_the_page_says_it_in_words_and_numbers(returns: list[Return], signed_in: SignedIn) -> None:
    page = html.unescape(signed_in("larkshire").get(f"{BASE}/sources/").content.decode())
    for heading in ("Filter by", "Performance summary", "Sources", "Agent functions"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", page), heading
    assert "<polyline" in page and "Figures of this chart" in page and "Rejected by collector" in page
    reader = Client()
    reader.force_login(person("855", Role.AGENT_VIEWER).user, "django.contrib.auth.backends.ModelBackend")
    page = reader.get(f"{BASE}/sources/").content.decode()
    assert "Approve returns" not in page and "Load a zip" not in page and "Export to file" in page
