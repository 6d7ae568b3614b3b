"""What changed about each rule from edition to edition: added, ended, priority, words, parameters."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Blade, Edition, Rule, When, rule
from collectory.engine.writing.across import ADDED, ENDED, PARAMETERS, PRIORITY, WORDS, across, across_csv
from tests.engine.members_blade import blade as members
from tests.engine.members_blade import member


def _rule(number: str, message: str = "Too many.", priority: Any = ERROR, when: When | None = None) -> Rule:
    @rule(number, priority, on=member, message=message, why="Because.", fix="Mend it.", when=when or When())
    def most_members(record: Any, edition: Edition) -> pl.Expr:
        return record.count(member) < edition.most

    return most_members


def town() -> Blade:
    """Four editions in two terms: three rules that differ in each way a rule can."""
    earlier, later = When(until="2021-9"), When(since="2022-1")
    blade = replace_rules(
        [
            _rule("10"),
            _rule("20", when=earlier),
            _rule("30", when=later),
            _rule("40", "Old words.", when=earlier),
            _rule("40", "New words.", QUERY, when=later),
            _rule("50", when=When(terms=("AUT",))),
        ]
    )
    for year in ("2021", "2022"):
        for turn, term in (("1", "SPR"), ("3", "AUT")):
            blade.add_editions(
                Edition(
                    blade,
                    f"town-{year}-{turn}",
                    f"Town {year} {turn}",
                    year,
                    f"{year}-{turn}",
                    term,
                    parameters={"most": 5 if year == "2021" else 6},
                )
            )
    return blade


def replace_rules(rules: list[Rule]) -> Blade:
    return replace(
        members, name="town", title="Town", rules=tuple(rules), editions=(), terms={"SPR": "spring", "AUT": "autumn"}
    )


def test_every_way_in_which_a_rule_changes() -> None:
    found = {one.key: one for one in across(town())}
    kinds = {
        key: [(change.edition, change.kind) for change in found[key].changes] for key in ("10", "20", "30", "40", "50")
    }
    both = ["town-2022-1", "town-2022-3"]
    assert kinds["10"] == [(each, PARAMETERS) for each in both]
    assert found["10"].changes[0].words == "most: 5 → 6"
    assert kinds["20"] == [(each, ENDED) for each in both]
    assert kinds["30"] == [(each, ADDED) for each in both]
    assert kinds["40"] == [(each, kind) for each in both for kind in (PRIORITY, WORDS, PARAMETERS)]
    assert [change.words for change in found["40"].changes[:2]] == ["error → query", "“Old words.” → “New words.”"]
    assert kinds["50"] == [("town-2022-3", PARAMETERS)], "a rule of one term does not come and go with the other"
    assert found["20"].priorities == {"town-2021-1": "error", "town-2021-3": "error"}
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(across_csv(town()).decode("utf-8-sig"), newline=""))}
    assert (rows["40"]["town-2021-1"], rows["40"]["town-2022-1"], rows["50"]["town-2022-1"]) == ("error", "query", "")
    assert "town-2022-3: priority changed (error → query)" in rows["40"]["changes"]
