"""What the collector judges: the rules of a return with what is left of each, and a rule's findings by the page."""

from __future__ import annotations

from typing import Any

import polars as pl

from collectory.portal.judging.models import Asked, Question
from collectory.portal.returns import finding_list, thread_list
from collectory.portal.returns.finding_list import Page
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.explaining import (
    ANOTHER_LOOK,
    EXPLAINED,
    NOT_EXPLAINED,
    by_rule,
    findings_with_explanation,
)

SHOWS = {
    "": "To be judged",
    "explained": "Explained",
    "another-look": "Note for other values",
    "not-explained": "Not explained",
    "asked": "Waiting for the source",
    "answered": "Answered",
    "ok": "OK’d",
    "all": "All",
}
SHOWN = 50


def asked_places(data_return: Return, *states: Question.State) -> dict[str, set[str]]:
    """By rule, the places of the findings that a question in one of these states is about."""
    rows = Asked.objects.filter(question__data_return=data_return, question__state__in=states)
    found: dict[str, set[str]] = {}
    for rule, place in rows.values_list("question__rule_key", "place"):
        found.setdefault(rule, set()).add(place)
    return found


def rules_to_judge(data_return: Return) -> list[dict[str, Any]]:
    """The rows of `finding_list.rules_found` with `left` (not OK'd), `asked`, `answered`; what has some left first."""
    rows = finding_list.rules_found(data_return, by_rule(data_return))
    asked = asked_places(data_return, Question.State.WITH_SOURCE)
    answered = asked_places(data_return, Question.State.WITH_COLLECTOR)
    for row in rows:
        row["left"] = row["findings"] - row["ok"]
        row["asked"] = len(asked.get(row["rule_key"], ()))
        row["answered"] = len(answered.get(row["rule_key"], ()))
    return sorted(rows, key=lambda row: not row["left"])


def of_rule(data_return: Return, rule_key: str, show: str) -> pl.DataFrame:
    """A rule's findings that a filter of SHOWS finds, all pages; columns as in `findings_with_explanation`."""
    found = findings_with_explanation(data_return).filter(pl.col("rule_key") == rule_key)
    words = {"explained": EXPLAINED, "another-look": ANOTHER_LOOK, "not-explained": NOT_EXPLAINED}
    if show == "all":
        return found
    if show == "ok":
        return found.filter("accepted")
    found = found.filter(~pl.col("accepted"))
    if show in words:
        return found.filter(pl.col("explanation") == words[show])
    states = {"asked": Question.State.WITH_SOURCE, "answered": Question.State.WITH_COLLECTOR}
    if show in states:
        places = asked_places(data_return, states[show]).get(rule_key, set())
        return found.filter(pl.col("place").is_in(sorted(places)))
    return found


def page_of(data_return: Return, found: pl.DataFrame, number: int) -> Page:
    """The page of this number, each row as in `finding_list.with_words` and with `at`."""
    pages = max(1, -(-found.height // SHOWN))
    number = max(1, min(number, pages))
    rows = finding_list.with_words(data_return, found.slice((number - 1) * SHOWN, SHOWN))
    said = thread_list.at_places(data_return, [row["place"] for row in rows])
    for row in rows:
        row["at"] = said[row["place"]]
    return Page(rows, found.height, number, pages)


def next_rule(data_return: Return, rule_key: str) -> str:
    """The rule after this one that has something left to judge; "" when none has."""
    rules = [row["rule_key"] for row in rules_to_judge(data_return) if row["left"]]
    after = rules[rules.index(rule_key) + 1 :] if rule_key in rules else rules
    others = [one for one in rules if one != rule_key]
    return (after or others or [""])[0]
