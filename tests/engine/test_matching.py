"""Matching across returns: who is twice, and what is said of it. Expected is what the specification's table says."""

from __future__ import annotations

import datetime as dt
from itertools import combinations_with_replacement
from typing import Any

import polars as pl
import pytest

from collectory.blade import StatusPair, Verdict
from collectory.engine import Dataset, edition
from collectory.engine.matching import Cases, match_rows, same_person, same_upn, together, under_fives
from collectory.engine.matching.rows import SCHEMA

AUTUMN = edition("school-census-2021-autumn")
MATCHING = AUTUMN.blade.matching
assert MATCHING is not None
STATUSES = MATCHING.statuses
NEVER = {"CC", "CM", "CS", "MM", "CF", "CO", "FM", "MO"}
UPN = "F855400121001"


def people(*given: dict[str, Any]) -> pl.DataFrame:
    """Pupils, each of another school, with the same UPN, birth date and status unless they say otherwise."""
    usual = {"upn": UPN, "on_roll": True, "status": "C", "birth_date": dt.date(2010, 1, 31), "entity": "PupilOnRoll"}
    rows = [{"native_id": f"855400{number}", "record": 0, **usual, **each} for number, each in enumerate(given)]
    return pl.DataFrame(rows, schema=SCHEMA)


def told(cases: Cases) -> list[tuple[str, list[int]]]:
    """The verdict of each case and the rows that are meant."""
    places = cases.members.group_by("case", maintain_order=True).agg("place")["place"].to_list()
    return list(zip(cases.cases["verdict"].to_list(), places, strict=True))


@pytest.mark.parametrize("pair", ["".join(pair) for pair in combinations_with_replacement("CFGMOPS", 2)])
def test_pairs_of_statuses(pair: str) -> None:
    for one, other in (pair, reversed(pair)):
        found = told(same_upn(people({"status": one}, {"status": other}), STATUSES))
        verdict = "not-allowed" if pair in NEVER else "unusual" if pair == "SS" else None
        assert found == ([(verdict, [0, 1])] if verdict else [])


def test_a_case_of_three_has_its_strongest_verdict_and_those_who_clash() -> None:
    three = [{"status": each} for each in ("S", "S", "C")]
    assert told(same_upn(people(*three), STATUSES)) == [("not-allowed", [0, 1, 2])]
    # Main and subsidiary are right by themselves; whoever has left is not meant.
    assert told(same_upn(people({"status": "M"}, {"status": "S"}, {"status": "S"}), STATUSES)) == [("unusual", [1, 2])]
    left = {"status": "P", "on_roll": False}
    assert told(same_upn(people({}, left, {}), STATUSES)) == [("not-allowed", [0, 2])]


def test_different_birth_dates_are_said_and_not_judged_by_statuses() -> None:
    other = {"birth_date": dt.date(2010, 1, 30)}
    cases = same_upn(people({"status": "M"}, {"status": "S", **other}), STATUSES)
    assert told(cases) == [("birth-dates-differ", [0, 1])]
    cases = same_upn(people({}, {}, other), STATUSES)
    assert told(cases) == [("not-allowed", [0, 1, 2])]
    assert cases.cases["birth_dates_differ"].to_list() == [True]
    # A birth date that is missing differs from none.
    assert told(same_upn(people({}, {"birth_date": None}), STATUSES)) == [("not-allowed", [0, 1])]


def test_statuses_that_are_missing_or_no_code_are_unclear() -> None:
    assert told(same_upn(people({"status": None}, {"status": "S"}), STATUSES)) == [("unclear", [0, 1])]
    assert told(same_upn(people({"status": "Q"}, {"status": "M"}), STATUSES)) == [("unclear", [0, 1])]


def test_pupils_without_a_upn_are_not_one_pupil() -> None:
    assert told(same_upn(people({"upn": None}, {"upn": None}), STATUSES)) == []


def test_a_data_collection_may_judge_otherwise() -> None:
    table = {**STATUSES, "G+C": StatusPair(Verdict.NOT_ALLOWED, "No guests."), "C+C": StatusPair(Verdict.ALLOWED)}
    rows = people({"status": "G"}, {"status": "C"}, {"status": "C"})
    cases = same_upn(rows, table)
    assert told(cases) == [("not-allowed", [0, 1, 2])]
    assert cases.cases["message"].to_list() == ["No guests."]


def test_twice_in_one_return() -> None:
    here = {"native_id": "8554001"}
    rows = people({**here, "status": "M"}, {**here, "status": "P", "on_roll": False})
    assert told(same_upn(rows, STATUSES)) == [("one-return", [0, 1])]
    assert told(same_upn(rows.with_columns(pl.Series("file", ["a", "b"])), STATUSES, by="file")) == []


def test_many_under_one_number_are_one_case() -> None:
    first = dt.date(2005, 1, 1)
    rows = people(*({"birth_date": first + dt.timedelta(days=number)} for number in range(3000)))
    cases = same_upn(rows, STATUSES)
    assert cases.number == 1
    assert cases.members.height == 3000


def person(name: str, upn: str | None, **more: Any) -> dict[str, Any]:
    return {"person": f"sample|{name}|2010-01-31", "upn": upn, "sex": "F", **more}


def test_the_same_person_under_different_numbers() -> None:
    one, other = person("ada", "A1"), person("ada", "B1")
    assert told(same_person(people(one, other, person("eve", "C1")))) == [("different-upn", [0, 1])]
    assert told(same_person(people(one, one))) == []
    assert told(same_person(people(person("ada", None), person("ada", None)))) == [("different-upn", [0, 1])]
    assert told(same_person(people(one, {**other, "on_roll": False}))) == []


def test_the_same_person_twice_in_one_return_is_what_rule_1620q_finds() -> None:
    here = {"native_id": "8554001"}
    pair = person("ada", "A1", **here), person("ada", "B1", **here, on_roll=False)
    assert told(same_person(people(*pair))) == [("one-return", [0, 1])]
    assert told(same_person(people(pair[0], {**pair[1], "sex": "M"}))) == []
    third = person("ada", "A1", native_id="8554002")
    found = told(same_person(people(pair[0], {**pair[1], "on_roll": True}, third)))
    assert found == [("different-upn", [0, 1, 2]), ("one-return", [0, 1])]


def test_hours_of_young_children_are_summed() -> None:
    entitlement = MATCHING.entitlement(AUTUMN)
    child = {"age": 3, "person": "a"}

    def verdicts(*children: dict[str, Any]) -> list[tuple[str, list[int]]]:
        return told(under_fives(people(*({**child, **each} for each in children)), entitlement))

    assert verdicts({"funded_hours": 15.0}, {"funded_hours": 7.5}) == [("over-entitlement", [0, 1])]
    assert verdicts({"funded_hours": 7.5}, {"funded_hours": 7.5}) == [("within-entitlement", [0, 1])]
    assert verdicts({"funded_hours": 15.0}, {"funded_hours": 0.0}) == []
    assert verdicts({"funded_hours": 15.0}, {"extended_hours": 15.0}) == [("within-entitlement", [0, 1])]
    assert verdicts({"funded_hours": 15.0}, {"funded_hours": 15.0, "native_id": "8554000"}) == []
    assert verdicts({"funded_hours": 15.0, "age": 5}, {"funded_hours": 15.0, "age": 5}) == []
    # By number with the second, by names with the third: one child.
    apart = {"person": "b"}, {"upn": "other"}
    assert verdicts({"funded_hours": 5.0}, *({"funded_hours": 5.0, **each} for each in apart)) == [
        ("within-entitlement", [0, 1, 2])
    ]
    # One number and two birth dates: two children.
    other = {"funded_hours": 15.0, "person": "b", "birth_date": dt.date(2018, 3, 1)}
    assert verdicts({"funded_hours": 15.0}, other) == []


def test_cases_of_several_kinds_are_numbered_on() -> None:
    rows = people(person("ada", "A1"), person("ada", "A1"), person("ada", "B1"))
    both = together([same_upn(rows, STATUSES), same_person(rows)])
    assert both.of(rows).select("case", "kind", "upn").rows() == [
        (0, "same-upn", "A1"), (0, "same-upn", "A1"),
        (1, "same-person", "A1"), (1, "same-person", "A1"), (1, "same-person", "B1"),
    ]  # fmt: skip


def test_rows_of_a_return() -> None:
    pupils = [
        {"UPN": " f855400121001 ", "Surname": "O'Neil  Sample", "Forename": "ADA", "DOB": "2016-09-01", "Gender": "F",
         "EnrolStatus": "M", "FundedHours": "7.5"},
        {"UPN": "B1", "Surname": "Sample", "DOB": "31/01/2010"},
    ]  # fmt: skip
    tables = {
        "Header": [{"LEA": "855", "Estab": "4001"}],
        "PupilOnRoll": pupils,
        "PupilNoLongerOnRoll": [{"UPN": "C1"}],
        "Address": [{"_parent": 0, "PostCode": "le1 1aa"}, {"_parent": 0, "PostCode": "LE2 2BB"}],
    }
    rows = match_rows(Dataset.from_tables(tables, AUTUMN), "a.xml")
    assert rows.schema == pl.Schema(SCHEMA)
    assert rows.select("entity", "record", "on_roll", "status").rows() == [
        ("PupilOnRoll", 0, True, "M"), ("PupilOnRoll", 1, True, None), ("PupilNoLongerOnRoll", 0, False, "P"),
    ]  # fmt: skip
    first = rows.row(0, named=True)
    assert first["person"] == "o'neil sample|ada|2016-09-01"
    assert (first["upn"], first["sex"], first["age"], first["postcode"]) == (UPN, "F", 4, "LE11AA")
    assert (first["funded_hours"], first["extended_hours"], first["native_id"]) == (7.5, None, "8554001")
    assert rows["birth_date"].null_count() == 2 == rows["person"].null_count()
