"""What changed between two states of a return."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings

from collectory.blade import Edition
from collectory.engine import Dataset
from collectory.engine.comparing import CHANGES, compare, paired_rows
from tests.engine.random_returns import returns
from tests.engine.small_blade import blade, small_return, typical_return


def rows(old: Dataset, new: Dataset, **options: bool) -> list[tuple[Any, ...]]:
    return compare(old, new, **options).drop("old_record", "new_record").rows()


def edited(dataset: Dataset, entity: str, row: int, **values: str | None) -> Dataset:
    table = dataset.tables[entity].with_columns(
        pl.when(pl.col("_row") == row).then(pl.lit(value, pl.String)).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    )
    return dataset.with_tables({entity: table})


def test_a_return_does_not_differ_from_itself() -> None:
    changes = compare(typical_return(), typical_return())
    assert changes.height == 0
    assert changes.schema == CHANGES


def test_changed_values_are_told_with_key_field_old_and_new() -> None:
    new = edited(typical_return(), "Loan", 1, Until="2021-12-01", LoanID="9")
    new = edited(new, "Header", 0, Town="0124")
    assert rows(typical_return(), new) == [
        ("changed", "Header", [], "Town", "0123", "0124"),
        ("changed", "Loan", ["A001", "Zoë's garden"], "Until", "1970-01-01", "2021-12-01"),
        ("changed", "Loan", ["A001", "Zoë's garden"], "LoanID", None, "9"),
    ]


def test_added_and_removed_records_bring_what_lies_below_them() -> None:
    old = small_return(Reader=[{"Ticket": "A001"}])
    new = small_return(
        Reader=[{"Ticket": "C003", "Remark": "new"}, {"Ticket": "A001"}],
        Loan=[{"_parent": 0, "Book": "Atlas"}, {"_parent": 1, "Book": "Globe"}],
    )
    added = [
        ("added", "Reader", ["C003"], None, None, None),
        ("added", "Loan", ["C003", "Atlas"], None, None, None),
        ("added", "Loan", ["A001", "Globe"], None, None, None),
    ]
    assert rows(old, new) == added
    assert rows(new, old) == [("removed", *each[1:]) for each in added]
    assert compare(old, new)["new_record"].to_list() == [0, 0, 1]
    assert compare(new, old)["old_record"].to_list() == [0, 0, 1]


def test_values_of_added_and_removed_records_can_be_told_too() -> None:
    old, new = small_return(), small_return(Reader=[{"Ticket": "C003", "Remark": "new"}])
    assert rows(old, new, values=True) == [
        ("added", "Reader", ["C003"], None, None, None),
        ("added", "Reader", ["C003"], "Ticket", None, "C003"),
        ("added", "Reader", ["C003"], "Remark", None, "new"),
    ]
    assert rows(new, old, values=True)[2] == ("removed", "Reader", ["C003"], "Remark", "new", None)


def test_the_order_of_records_is_no_change() -> None:
    old = small_return(
        Reader=[{"Ticket": "A001"}, {"Ticket": "B002"}],
        Loan=[{"_parent": 0, "Book": "Atlas"}, {"_parent": 1, "Book": "Atlas"}, {"_parent": 1, "Book": "Globe"}],
    )
    new = small_return(
        Reader=[{"Ticket": "B002"}, {"Ticket": "A001"}],
        Loan=[{"_parent": 0, "Book": "Globe"}, {"_parent": 0, "Book": "Atlas"}, {"_parent": 1, "Book": "Atlas"}],
    )
    assert rows(old, new) == []


def test_records_of_one_key_are_told_apart_by_their_order() -> None:
    old = small_return(Reader=[{"Ticket": "A001", "Remark": "one"}, {"Ticket": "A001", "Remark": "two"}])
    new = small_return(Reader=[{"Ticket": "A001", "Remark": "one"}, {"Ticket": "A001", "Remark": "three"}])
    assert rows(old, new) == [("changed", "Reader", ["A001"], "Remark", "two", "three")]
    assert rows(old, small_return(Reader=[{"Ticket": "A001", "Remark": "one"}])) == [
        ("removed", "Reader", ["A001"], None, None, None)
    ]


def test_a_corrected_key_is_a_change_and_no_new_record() -> None:
    new = edited(typical_return(), "Reader", 0, Ticket="Z009")
    new = edited(new, "Loan", 2, Book="Globe")
    assert rows(typical_return(), new) == [
        ("changed", "Reader", ["A001"], "Ticket", "A001", "Z009"),
        ("changed", "Loan", ["B002", "Atlas"], "Book", "Atlas", "Globe"),
    ]


def test_records_without_a_key_are_told_apart_by_their_names() -> None:
    old = small_return(Reader=[{"Surname": "Able"}, {"Surname": "Baker", "Remark": "x"}])
    new = small_return(Reader=[{"Surname": "Zulu"}, {"Surname": "Baker", "Remark": "y"}])
    assert rows(old, new) == [
        ("added", "Reader", [""], None, None, None),
        ("changed", "Reader", [""], "Remark", "x", "y"),
        ("removed", "Reader", [""], None, None, None),
    ]


def test_editions_with_other_tables_compare_in_what_they_share() -> None:
    other = Edition(blade, "library-2022", "Library survey 2022", year="2022", when="2022")
    now = typical_return()
    tables = {**now.tables, "Reader": now.tables["Reader"].with_columns(pl.lit("x").alias("Remark"))}
    assert [row[3] for row in rows(now, Dataset(other, tables))] == ["Remark", "Remark"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(returns(), returns())
def test_every_record_and_every_difference_is_told_once(old: Dataset, new: Dataset) -> None:
    changes = compare(old, new)
    pairs = paired_rows(old, new)
    for entity in new.edition.entities:
        own = changes.filter(pl.col("entity") == entity.name)
        told = {
            kind: own.filter((pl.col("change") == kind) & pl.col("field").is_null()) for kind in ("added", "removed")
        }
        before, now = old.tables[entity.name].to_dicts(), new.tables[entity.name].to_dicts()
        both = pairs[entity.name].drop_nulls().rows()
        assert sorted([one for one, _ in both] + told["removed"]["old_record"].to_list()) == list(range(len(before)))
        assert sorted([two for _, two in both] + told["added"]["new_record"].to_list()) == list(range(len(now)))
        expected = {
            (one, two, field.name, before[one][field.name], now[two][field.name])
            for one, two in both
            for field in entity.fields
            if before[one][field.name] != now[two][field.name]
        }
        found = (
            own.filter(pl.col("change") == "changed").select("old_record", "new_record", "field", "old", "new").rows()
        )
        assert len(found) == len(expected)
        assert set(found) == expected
        if entity.parent is not None:
            above = dict(pairs[entity.parent.name].drop_nulls().rows())
            assert all(above[before[one]["_parent"]] == now[two]["_parent"] for one, two in both)
