"""The rule catalogue in the portal: searched, filtered, taken away; rules across editions; who may see what."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

import collectory
from collectory.blade import Edition
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import User
from collectory.portal.returns.models import Return
from collectory.portal.rules.catalogue import Wanted, chosen, chosen_across, rows_of
from collectory.portal.rules.models import RuleSwitch
from collectory.portal.rules.switching import edition_in

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
RULES = "/collections/school-census-2021-autumn/rules/"


def switch(collection: DataCollection, key: str, kind: str) -> None:
    department = User.objects.get(username="department")
    membership = department.memberships.get()
    RuleSwitch.objects.create(
        collection=collection,
        rule_key=key,
        kind=kind,
        reason="The guidance <contradicts> it.",
        starts_at=timezone.now(),
        user=department,
        organisation=membership.organisation,
        role=membership.role,
    )


def test_every_rule_is_found_by_its_number_and_by_words(collection: DataCollection) -> None:
    edition = edition_in(collection)
    assert [row["key"] for row in rows_of(edition)] == [rule.key for rule in edition.rules]
    for rule in edition.rules:
        found = chosen(edition, Wanted(words=rule.number or rule.key))
        assert found and (found[0]["rule"] == (rule.number or rule.key))
    boarders = chosen(edition, Wanted(words="PART-TIME boarder"))
    assert boarders and all("boarder" in row["searched"] and "part-time" in row["searched"] for row in boarders)
    queries = chosen(edition, Wanted(priority="query", level="return"))
    assert queries and {(row["priority"], row["level"]) for row in queries} == {("query", "return")}
    part = rows_of(edition)[100]["parts"][0]
    in_part = chosen(edition, Wanted(part=part))
    assert in_part and all(part in row["parts"] for row in in_part) and len(in_part) < len(rows_of(edition))


def test_the_page_and_its_files(collection: DataCollection, signed_in: SignedIn) -> None:
    edition = edition_in(collection)
    first, second = edition.rules[0], edition.rules[1]
    switch(collection, first.key, "soften")
    switch(collection, second.key, "withdraw")
    client = signed_in("harcourt")
    page = client.get(RULES).content.decode()
    assert f"Count <strong>{len(edition.rules)}</strong>" in page and "Page 1 of" in page
    assert "The guidance &lt;contradicts&gt; it." in page and "Not asked" in page
    assert "Switched rules" not in page, "switching is the collector's"
    changed = client.get(RULES, {"switched": "changed"}).content.decode()
    assert "Count <strong>2</strong> of" in changed
    assert "No rule fits" in client.get(RULES, {"words": "no such words anywhere"}).content.decode()
    assert client.get(RULES, {"page": "9999", "priority": "x", "level": "%00"}).status_code == 200

    rows = list(csv.DictReader(io.StringIO(client.get(f"{RULES}download/csv/").content.decode(), newline="")))
    answer = json.loads(client.get(f"{RULES}download/json/").content)
    markdown = client.get(f"{RULES}download/md/").content.decode()
    assert len(rows) == len(answer["rules"]) == markdown.count("\n## ") == len(edition.rules)
    assert [row["switched"] for row in rows[:3]] == [one["switched"] for one in answer["rules"][:3]]
    assert [row["switched"] for row in rows[:3]] == ["softened", "withdrawn", ""]
    assert rows[0]["priority"] == "query" and "Softened since" in markdown
    assert client.get(f"{RULES}download/pdf/").status_code == 404


def test_the_page_takes_the_same_number_of_queries_whatever_it_shows(
    collection: DataCollection, signed_in: SignedIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = signed_in("department")
    client.get(RULES)
    for query in ({}, {"words": "1"}, {"page": "3"}):
        with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
            assert client.get(RULES, query).status_code == 200


def test_rules_across_editions(collection: DataCollection, signed_in: SignedIn) -> None:
    client = signed_in("larkshire")
    page = client.get(f"{RULES}across/", {"change": "added", "term": "AUT"}).content.decode()
    assert "added" in page and "2024" in page
    blade = collectory.blades()["school_census"]
    assert len(chosen_across(blade, Wanted())) == len({key for one in blade.editions for key in edition_keys(one)})
    rows = list(csv.DictReader(io.StringIO(client.get(f"{RULES}across/csv/").content.decode(), newline="")))
    assert len(rows) == len(chosen_across(blade, Wanted()))
    for one in blade.editions:
        asked = {rule.key: rule.priority for rule in one.rules}
        assert {row["key"]: row[one.key] for row in rows if row[one.key]} == asked
    assert len(json.loads(client.get(f"{RULES}across/json/").content)["rules"]) == len(rows)
    assert client.get(f"{RULES}across/md/").content.decode().startswith("# Rules of School Census")


def edition_keys(edition: Edition) -> set[str]:
    return {rule.key for rule in edition.rules}


def test_who_may_look_and_who_may_switch(collection: DataCollection, signed_in: SignedIn) -> None:
    switches = f"{RULES}switches/"
    for username in ("harcourt", "harcourt-reader", "larkshire", "department"):
        answer = signed_in(username).get(RULES)
        assert answer.status_code == 200
        assert (f'{switches}new/100/"' in answer.content.decode()) == (username == "department"), "the way to switch"
        page = signed_in(username).get(f"{RULES}100/").content.decode()
        assert (f'{switches}new/100/"' in page) == (username == "department"), "the way to switch, on the rule's page"
        assert signed_in(username).get(switches).status_code == (200 if username == "department" else 404)
    Return.objects.filter(organisation__native_id="8554001").delete()
    assert signed_in("harcourt").get(RULES).status_code == 404, "who owes nothing here has no business here"
    assert signed_in("department").get("/collections/no-such/rules/").status_code == 404
    collection.opens_at = timezone.now() + dt.timedelta(days=2)
    collection.save()
    assert signed_in("larkshire").get(RULES).status_code == 404
    assert signed_in("department").get(RULES).status_code == 200
