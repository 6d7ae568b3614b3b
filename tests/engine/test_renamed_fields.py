"""A field that was renamed: one rule text for all editions, the own name of each on screen."""

from __future__ import annotations

import polars as pl
import pytest

from collectory.blade import (
    ERROR,
    QUERY,
    Blade,
    Edition,
    Entity,
    Field,
    Header,
    Integer,
    Record,
    ReturnView,
    When,
    case,
    return_rule,
    rule,
)
from collectory.engine import Dataset, Refusal, check, read_tables
from collectory.engine.cases import broken_cases
from collectory.engine.comparing import compare
from collectory.engine.reading.csv_set import read_csv_set
from collectory.engine.writing.catalogue import catalogue

header = Entity("Header", "Header", [Field("Collection"), Field("Year"), Field("Town")], many=False)
club = Entity(
    "Club",
    "Club",
    [
        Field("Name", label="Name"),
        Field("Adults", Integer(), "Adults", renamed="Members", when=When(until="2021")),
        Field("Members", Integer(), "Members", when=When(since="2022")),
        Field("Juniors", Integer(), "Juniors", when=When(since="2022")),
    ],
    key=("Name",),
)
booking = Entity("Booking", "Booking", [Field("Hall")], parent=club, key=("Hall",))


@rule(
    "10",
    ERROR,
    on=club,
    reads=("Members", "Juniors"),
    message="A club without members.",
    fails=[case(Members="0"), case(Members="0", Juniors="0"), case(Club=[{}, {"Members": "0"}])],
    passes=[case(), case(Members="0", Juniors="3"), case(Members=None)],
)
def members_there(record: Record, edition: Edition) -> pl.Expr:
    juniors = record.Juniors.fill_null(0) if record.has("Juniors") else 0
    return record.Members + juniors > 0


@rule(
    "20",
    ERROR,
    on=booking,
    reads=("Club.Members",),
    message="The hall is booked by a club of as many members as another.",
    fails=[case(Club=[{"Members": "7", "Booking": [{}]}, {"Members": "07", "Booking": [{}]}])],
    passes=[case(Club=[{"Members": "7", "Booking": [{}]}, {"Members": "8", "Booking": [{}]}])],
)
def size_stands_once(record: Record, edition: Edition) -> pl.Expr:
    return record.up(club).value(lambda above: above.occurrences("Members") == 1)


@return_rule(
    "30",
    QUERY,
    message="Fewer members than last year.",
    figures={"before": lambda whole, edition: whole.previous.sum(club, lambda each: each.Members)},
    fails=[case(Club=[{"Members": "5"}], previous=case(Club=[{"Members": "6"}]))],
    passes=[case(Club=[{"Members": "6"}], previous=case(Club=[{"Members": "6"}]))],
)
def not_fewer(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.sum(club, lambda each: each.Members) >= whole.previous.sum(club, lambda each: each.Members)


blade = Blade(
    name="clubs",
    title="Clubs",
    root="Return",
    header=Header("Header/Collection", "CLUBS", "Header/Year", source=("Header/Town",)),
    entities=(header, club, booking),
    codesets={},
    rules=(members_there, size_stands_once, not_fewer),
    typical=lambda edition: {
        "Header": {"Collection": "CLUBS", "Year": edition.year, "Town": "1"},
        "Club": {"Name": "Choir", "Members" if edition.year > "2021" else "Adults": "12"},
        "Booking": {"Hall": "Old Hall"},
    },
)
old, new = (Edition(blade, f"clubs-{year}", f"Clubs {year}", year, year) for year in ("2021", "2022"))
blade.add_editions(old, new)


def of(edition: Edition, members: str) -> Dataset:
    name = "Members" if edition is new else "Adults"
    rows = [{"Name": "Choir", name: members}]
    return read_tables({"Header": [{"Collection": "CLUBS", "Year": edition.year, "Town": "1"}], "Club": rows}, edition)


@pytest.mark.parametrize("edition", [old, new], ids=["old", "new"])
def test_one_rule_text_serves_both_names(edition: Edition) -> None:
    assert list(broken_cases(edition)) == []


@pytest.mark.parametrize(("edition", "shown"), [(old, ["Adults"]), (new, ["Members", "Juniors"])], ids=["old", "new"])
def test_a_finding_shows_the_own_name_and_no_field_of_another_year(edition: Edition, shown: list[str]) -> None:
    found = check(of(edition, "0")).found.row(0, named=True)
    assert [field["field"] for field in found["fields"]] == shown
    assert found["fields"][0]["value"] == "0"
    assert next(each["reads"] for each in catalogue(edition) if each["rule"] == "10") == shown


@pytest.mark.parametrize(("now", "before"), [(new, old), (old, new)], ids=["later", "earlier"])
def test_the_return_before_may_bear_the_other_name(now: Edition, before: Edition) -> None:
    assert check(of(now, "5"), of(before, "6")).found["rule"].to_list() == ["30"]
    result = check(of(now, "6"), of(before, "6"))
    assert result.found.height == 0
    assert [each.rule for each in result.skipped] == []


def test_a_renamed_field_is_the_same_field_when_returns_are_compared() -> None:
    changes = compare(of(old, "5"), of(new, "6")).filter(pl.col("entity") == "Club")
    assert changes.select("change", "field", "old", "new").rows() == [("changed", "Members", "5", "6")]


def test_the_name_of_another_year_is_no_column_of_a_file() -> None:
    files = {
        "Header.csv": b"Collection,Year,Town\nCLUBS,2021,1\n",
        "Club.csv": b"Name,Members\nChoir,5\n",
    }
    outcome = read_csv_set(files, old)
    assert isinstance(outcome, Refusal) or any("Members" in notice.path for notice in outcome.notices)
