"""Data sets from plain tables."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from tests.engine.small_blade import edition, small_return


def test_rows_below_follow_theirs_when_rows_change_places() -> None:
    """Loans are put in the order of their readers; a renewal says by row, as given, which loan is its."""
    dataset = small_return(
        Reader=[{"Ticket": "A001"}, {"Ticket": "B002"}],
        Loan=[{"_parent": 1, "Book": "of B"}, {"_parent": 0, "Book": "of A"}, {"_parent": 1, "Book": "of B too"}],
        Renewal=[{"_parent": 0, "On": "of B"}, {"_parent": 1, "On": "of A"}, {"_parent": 2, "On": "of B too"}],
    )
    loans, renewals = dataset.tables["Loan"], dataset.tables["Renewal"]
    assert loans["Book"].to_list() == ["of A", "of B", "of B too"]
    assert loans["Book"].gather(renewals["_parent"]).to_list() == renewals["On"].to_list()
    assert renewals["_parent"].is_sorted()


def test_records_above_are_found_by_their_keys() -> None:
    dataset = small_return(
        Reader=[{"Ticket": "A001"}, {"Ticket": "B002"}],
        Loan=[{"Ticket": "B002", "Book": "Atlas"}, {"Ticket": "A001", "Book": "Globe"}],
        Renewal=[{"Ticket": "B002", "Book": "Atlas", "On": "2021-01-01"}],
    )
    assert dataset.tables["Loan"].select("_parent", "Book").rows() == [(0, "Globe"), (1, "Atlas")]
    assert dataset.tables["Renewal"]["_parent"].to_list() == [1]


def test_records_without_any_value_are_records() -> None:
    dataset = small_return(Reader=[{}, {}], Loan=[{"_parent": 1}])
    assert dataset.records["Reader"] == 2
    assert dataset.tables["Loan"]["_parent"].to_list() == [1]


def test_values_of_programs_become_the_text_that_files_have() -> None:
    made = datetime.datetime(2021, 10, 7, 9, 30)
    dataset = small_return(
        Header=[{"Collection": "LIB", "Year": 2021, "Made": made}],
        Library=[{"Rooms": 3.0, "Budget": 2.5}],
        Reader=[{"Ticket": "A001", "Born": datetime.date(1980, 2, 3), "Lost": True, "Remark": ""}],
    )
    assert dataset.tables["Header"].select("Year", "Made").row(0) == ("2021", "2021-10-07T09:30:00")
    assert dataset.tables["Library"].select("Rooms", "Budget").row(0) == ("3", "2.5")
    assert dataset.tables["Reader"].select("Born", "Lost", "Remark").row(0) == ("1980-02-03", "true", None)


def test_a_list_of_no_rows_is_an_empty_table() -> None:
    """It names no columns either, so that nothing in it says whose its rows are: there are none."""
    dataset = small_return(Reader=[{"Ticket": "A001"}, {"Ticket": "B002"}], Loan=[], Renewal=[])
    assert (dataset.records["Reader"], dataset.records["Loan"], dataset.records["Renewal"]) == (2, 0, 0)
    assert small_return(Reader=[], Loan=pl.DataFrame()).records["Loan"] == 0


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"Pupil": [{"UPN": "A"}]}, "no table Pupil"),
        ({"Reader": [{"Shoe": "9"}]}, "no column Shoe"),
        ({"Reader": [{"Ticket": "A"}], "Loan": [{"_parent": 1}]}, "belongs to no row of Reader"),
        ({"Loan": [{"Book": "Atlas"}]}, "Reader has none"),
        ({"Reader": [{}, {}], "Loan": [{"Book": "Atlas"}]}, "needs a column Ticket or _parent"),
    ],
)
def test_what_the_edition_does_not_know_is_said(tables: dict[str, list[dict[str, object]]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        small_return(**tables)


def test_findings_come_from_plain_tables_too() -> None:
    from collectory.engine import Dataset

    findings = edition.check(Dataset.from_tables({"Reader": [{"Ticket": "A001", "Lost": "true"}]}))
    assert findings.filter(pl.col("rule") == "30")["key"].to_list() == [["A001"]]


@pytest.mark.parametrize("as_frame", [False, True])
def test_days_kept_as_moments_and_missing_numbers_are_understood(as_frame: bool) -> None:
    """As pandas keeps them: a day is its midnight, a missing number is not a number."""
    born = [datetime.datetime(1980, 2, 3), datetime.datetime(1980, 2, 3, 9, 30), None]
    readers = {"Ticket": ["A001", "B002", "C003"], "Born": born}
    library = {"Rooms": [float("nan")], "Budget": [2.5]}
    if as_frame:
        dataset = small_return(Reader=pl.DataFrame(readers), Library=pl.DataFrame(library))
    else:
        rows = [dict(zip(readers, row, strict=True)) for row in zip(*readers.values(), strict=True)]
        dataset = small_return(Reader=rows, Library=[{name: column[0] for name, column in library.items()}])
    assert dataset.tables["Reader"]["Born"].to_list() == ["1980-02-03", "1980-02-03T09:30:00", None]
    assert dataset.tables["Library"].select("Rooms", "Budget").row(0) == (None, "2.5")
