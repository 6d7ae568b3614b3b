"""The SEN2 form as the guide's figures show it: its lines, and what an empty one raises."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import polars as pl
import pytest

from collectory.blade import Heading, Item
from collectory.engine import Dataset, Result, check, edition, read_keyed, read_tables

FIGURE_11 = [
    ("", "1.1a Tot05 is mandatory", "error"),
    ("", "1.1b Tot510 is mandatory", "error"),
    ("", "1.1c Tot1115 is mandatory", "error"),
    ("", "1.1d Tot1619 is mandatory", "error"),
    ("", "1.1e TotAll is mandatory", "error"),
    (
        "3058Q",
        "Please Check: There is a significant change in the number of pupils with statements since the previous year",
        "query",
    ),
    ("3050", "The total number of children with statements must equal the sum of the age breakdown.", "error"),
    ("", "1.2i a Meyedset is mandatory", "error"),
    ("", "1.2i b Mrpmain is mandatory", "error"),
    ("", "1.2i c Msen is mandatory", "error"),
]


def empty(key: str) -> Result:
    dataset = read_keyed(b"{}", edition(key))
    assert isinstance(dataset, Dataset)
    return check(dataset)


def touching(found: pl.DataFrame, entity: str) -> Counter[str]:
    """How many findings read each field of an entity."""
    return Counter(each["field"] for fields in found["fields"].to_list() for each in fields if each["entity"] == entity)


def test_an_empty_form_of_2011_has_57_errors_and_1_query() -> None:
    result = empty("sen2-2011")
    assert (result.errors, result.queries, result.found.height) == (57, 1, 58)
    assert -(-result.found.height // 10) == 6, "pages of ten"


def test_the_first_page_of_its_errors_is_that_of_figure_11() -> None:
    assert empty("sen2-2011").found.select("rule", "message", "priority").rows()[:10] == FIGURE_11


def test_nothing_of_it_is_at_return_level_and_no_contact_is_asked_for() -> None:
    found = empty("sen2-2011").findings
    assert set(found["level"]) == {"item"} and set(found["entity"]) == {"Part1", "Part2"}


@pytest.mark.parametrize(("key", "last"), [("sen2-2011", "k"), ("sen2-2014", "p")])
def test_the_counts_beside_the_lines_are_those_of_figure_10(key: str, last: str) -> None:
    result = empty(key)
    errors = result.found.filter(pl.col("priority") == "error")
    form = edition(key).form
    assert form is not None
    counts = {
        item.reference: touching(errors, item.entity)[item.field] for item in form.items if item.entity != "LALevel"
    }
    letters = "abcdefghijklmnop"[: "abcdefghijklmnop".index(last) + 1]
    assert [counts[f"2.1{letter}"] for letter in "abcde"] == [2, 2, 2, 2, 3]
    assert [counts[f"2.2i {letter}"] for letter in letters] == [2] * len(letters)
    assert counts["2.2ii"] == 3
    assert [counts[f"2.2iii {letter}"] for letter in "abcd"] == [2, 2, 2, 2] and counts["2.2iv"] == 2
    assert [counts[name] for name in ("2.3", "2.4a", "2.4b", "2.5a", "2.5b", "2.5c", "2.6")] == [1] * 7
    first = {name: number for name, number in counts.items() if name.startswith("1.")}
    assert first == {name.replace("2.", "1.", 1): n for name, n in counts.items() if name[:3] in ("2.1", "2.2")}
    queries = result.found.filter(pl.col("priority") == "query")
    assert touching(queries, "Part1") == {"TotAll": 1} and not touching(queries, "Part2")


def test_an_empty_form_of_2014_asks_for_five_placements_more_in_each_part() -> None:
    result = empty("sen2-2014")
    assert (result.errors, result.queries) == (67, 1)


def test_details_show_the_line_with_no_value() -> None:
    first = empty("sen2-2011").findings.row(0, named=True)
    assert first["fields"] == [{"field": "Tot05", "value": None, "entity": "Part1", "record": 0}]
    assert edition("sen2-2011").entity("Part1").field("Tot05").title == "1.1a Tot05"


def test_the_form_of_2011_reads_as_in_the_guide() -> None:
    form = edition("sen2-2011").form
    assert form is not None
    assert [tab.title for tab in form.tabs] == ["LA level data", "Part 1", "Part 2"]
    assert form.tabs[2].heading == "Part 2: Assessments and placements by the authority during the 2010 calendar year"
    question = form.tabs[2].lines[0]
    assert isinstance(question, Heading) and question.mark == "2.1"
    assert "Education Act 1996" in question.text and "31 August 2010" in question.text
    assert form.item("Part1", "Meyedset").label == "registered early years settings"
    assert form.item("Part1", "Macad").label == "academies"
    assert len(form.items) == 6 + 51


def test_the_form_of_2014_differs_in_lines_and_wording_only() -> None:
    old, new = edition("sen2-2011").form, edition("sen2-2014").form
    assert old is not None and new is not None
    more = [item.reference for item in new.items if (item.entity, item.field) not in old.order]
    assert more == [f"{part}i {letter}" for part in ("1.2", "2.2") for letter in "lmnop"]
    assert "2013 calendar year" in new.tabs[2].heading
    assert new.item("Part2", "Nacad").label == "mainstream academies"
    assert new.item("Part2", "Nacad").reference == old.item("Part2", "Nacad").reference == "2.2i k"


@pytest.mark.parametrize("key", ["sen2-2011", "sen2-2014"])
def test_each_total_hints_at_the_sum_that_its_rule_wants(key: str) -> None:
    """The parts that the form adds up are those that the rule on the total reads."""
    form = edition(key).form
    assert form is not None
    hinted = {(item.entity, item.field): {*item.total_of, *item.same_as} for item in form.items if item.total_of}
    read = {
        (rule.entities[0], rule.parts[0].reads[0]): set(rule.parts[0].reads[1:])
        for rule in edition(key).rules
        if rule.key == "3050" or rule.key.startswith("C-1") or rule.key.startswith("C-2")
    }
    assert hinted == read and len(read) == 6


def test_lines_stand_in_the_order_of_their_references() -> None:
    for key in ("sen2-2011", "sen2-2014"):
        form = edition(key).form
        assert form is not None
        for tab in form.tabs[1:]:
            fields = [item.field for item in tab.items]
            known = [field.name for field in edition(key).entity(tab.entities[0]).fields]
            assert fields == known, "screen, file and list of findings have one order"
            questions = [float(line.mark) for line in tab.lines if isinstance(line, Heading) and line.level == 1]
            assert all(one < two for one, two in pairwise(questions))
            assert all(isinstance(line, (Heading, Item)) for line in tab.lines)


def test_guessed_names_are_marked_as_such() -> None:
    known = {"Tot05", "Tot510", "Tot1115", "Tot1619", "TotAll", "Meyedset", "Mrpmain", "Msen", "New05"}
    for entity in ("Part1", "Part2"):
        marks = {field.name: field.certainty for field in edition("sen2-2014").entity(entity).fields}
        assert {name for name, mark in marks.items() if mark == "A"} == known & set(marks)
        assert set(marks.values()) == {"A", "B", "C"} - ({"B"} if entity == "Part1" else set())


def test_plain_tables_of_nothing_are_an_empty_form_too() -> None:
    result = check(read_tables({}, "sen2-2011"))
    assert (result.errors, result.queries) == (57, 1)
