"""Matching held to duplicates that were planted by another hand than the blade's own nation: every exact pair and no
other, at the place in the file where lxml counts it; slips found and likenesses left alone."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bench.strangers import Country, make
from lxml import etree

from collectory.engine.matching.gathering import gather
from collectory.engine.matching.probable import Probable, probable
from collectory.engine.matching.rows import SCHEMA, with_person
from tests.test_cli import call

Pairs = set[frozenset[tuple[str, str, int]]]


@pytest.fixture(scope="module")
def country() -> Country:
    return make(3, 2000, times=2)


@pytest.fixture(scope="module")
def folder(country: Country, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("strangers") / "returns"
    country.write(made)
    return made


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[dict[str, Any]]:
    done = call("duplicates", folder, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def pairs_of(cases: list[dict[str, Any]], kind: str) -> Pairs:
    found: Pairs = set()
    for case in cases:
        if case["kind"] == kind:
            places = [(Path(each["file"]).name, each["entity"], each["record"]) for each in case["records"]]
            found |= {frozenset(pair) for pair in combinations(places, 2)}
    return found


def test_every_exact_pair_is_found_and_no_other(country: Country, cases: list[dict[str, Any]]) -> None:
    assert len(country.of_one_upn()) > 20
    assert pairs_of(cases, "same-upn") == country.of_one_upn()
    assert len(country.of_one_person()) > 5
    assert pairs_of(cases, "same-person") == country.of_one_person()
    planted = {frozenset((each.one, each.other)) for each in country.planted if each.kind == "under-fives"}
    young = {frozenset((file, record) for file, _, record in pair) for pair in pairs_of(cases, "under-fives")}
    assert len(planted) == 2
    assert young == planted


def test_records_are_where_lxml_counts_them(folder: Path, cases: list[dict[str, Any]]) -> None:
    for case in cases:
        for each in case["records"]:
            tree = etree.parse(each["file"])
            pupil = tree.findall(f".//{each['entity']}")[each["record"]]
            upn = pupil.findtext("PupilIdentifiers/UPN")
            assert each["upn"] == (upn and "".join(upn.split()).upper())
            assert each["native_id"] == tree.findtext(".//LEA") + tree.findtext(".//Estab")


def test_verdicts_of_all_pairs_of_statuses(country: Country, cases: list[dict[str, Any]]) -> None:
    verdicts: dict[frozenset[tuple[str, int]], str] = {}
    for case in cases:
        if case["kind"] == "same-upn":
            for pair in pairs_of([case], "same-upn"):
                verdicts[frozenset((file, record) for file, _, record in pair)] = case["verdict"]
    for each in country.planted:
        if each.kind.startswith("same-upn ") and "+" in each.kind:
            together = "".join(sorted(each.kind.removeprefix("same-upn ").split("+")))
            expected = "unusual" if together == "SS" else "not-allowed"
            wrong = together in {"CC", "CM", "CS", "MM", "SS", "CF", "CO", "FM", "MO"}
            assert verdicts.get(frozenset((each.one, each.other))) == (expected if wrong else None), each.kind
    assert Counter(verdicts.values())["one-return"] >= 2
    assert Counter(verdicts.values())["birth-dates-differ"] >= 2


def test_zips_and_broken_files_among_others(folder: Path, cases: list[dict[str, Any]], tmp_path: Path) -> None:
    files = sorted(folder.iterdir())
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as packed:
        packed.write(files[0], files[0].name)
    for file in files[1:]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "broken.xml").write_bytes(files[1].read_bytes()[:-400])
    (tmp_path / "empty.xml").write_bytes(b"")
    done = call("duplicates", tmp_path, "--format", "json")
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "broken.xml" in said and "empty.xml" in said
    again = json.loads(done.stdout)
    assert Counter(case["kind"] for case in again) == Counter(case["kind"] for case in cases)


def found_in(country: Country, folder: Path, **given: Any) -> tuple[pl.DataFrame, Probable]:
    (gathered,) = gather(sorted(folder.iterdir()), print, lambda: None)
    return gathered.rows, probable(gathered.rows, by="file", **given)


def test_slips_are_found_and_likenesses_left_alone(country: Country, folder: Path) -> None:
    rows, found = found_in(country, folder)
    people = found.cases.of(rows).select("case", pl.struct("file", "record").alias("who"))
    told = {
        frozenset((Path(each["file"]).name, each["record"]) for each in who)
        for _, who in people.group_by("case").agg("who").rows()
    }
    exact = ("not: ", "same-", "left", "under-fives")
    slips = {frozenset((each.one, each.other)) for each in country.planted if not each.kind.startswith(exact)}
    assert len(slips) > 80
    assert len(told & slips) >= 0.95 * len(slips)
    assert len(told & slips) >= 0.97 * len(told)
    honest = {frozenset((each.one, each.other)): each.kind for each in country.planted if each.kind.startswith("not: ")}
    assert [honest[pair] for pair in told if pair in honest] == []


def test_letters_that_look_the_same_are_the_same() -> None:
    names = [("Zoe\u0301", "O\u00a0Neill"), ("Zo\u00e9", "o neill")]
    rows = pl.DataFrame(
        [{"forename": one, "surname": other, "birth_date": dt.date(2015, 1, 2)} for one, other in names],
        schema={name: SCHEMA[name] for name in ("forename", "surname", "birth_date")},
    )
    assert with_person(rows)["person"].n_unique() == 1
