"""The golden returns are what their table says: clean ones give no finding, the others break every rule between them.

A rule that was added since needs its place in the table: run `python examples/golden/make.py`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from collectory.engine import Dataset, check, edition, read_return
from collectory.engine.checking.worksheet import NOT_IN_PREVIOUS
from collectory.engine.reading.reference_list import read_reference_list
from collectory.engine.reading.register import read_register
from collectory.engine.writing.exporting import export_bytes

FOLDER = Path(__file__).parents[2] / "examples" / "golden"
PHASES = ["SS", "PS", "AT", "NS", "MP", "MS", "SP", "PR"]
MOST_BYTES = 7_000_000


def lines() -> list[dict[str, str]]:
    with (FOLDER / "rules.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


LINES = lines()
EDITIONS = ["school-census-2021-autumn", "school-census-2022-spring", "school-census-2022-summer"]
BLADE = edition(EDITIONS[0]).blade
WITH_FAULTS = sorted({line["edition"] for line in LINES})
REFUSED = {f"Header.{name}.{what}" for name in ("Collection", "Year", "Term") for what in ("required", "format")}
"""What a file must say rightly to be read at all: no return can break the rules about it."""


def folder(key: str) -> Path:
    return FOLDER / key.removeprefix("school-census-")


def read(path: Path) -> Dataset:
    outcome = read_return(path.read_bytes())
    assert isinstance(outcome, Dataset), (path, outcome)
    return outcome


@cache
def lists() -> dict[str, pl.DataFrame]:
    read = {each.name: read_reference_list((FOLDER / f"{each.name}.csv").read_bytes(), each) for each in BLADE.lists}
    return {name: table for name, table in read.items() if isinstance(table, pl.DataFrame)}


@cache
def register() -> pl.DataFrame:
    outcome = read_register((FOLDER / "register.csv").read_bytes())
    assert isinstance(outcome, pl.DataFrame)
    return outcome


def test_the_folder_is_small_and_has_all_terms_and_kinds_of_school() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < MOST_BYTES
    assert {key: len(list(folder(key).glob("*_001.XML"))) for key in EDITIONS} == dict.fromkeys(EDITIONS, len(PHASES))


@pytest.mark.parametrize("key", EDITIONS)
def test_clean_returns_give_no_finding_and_are_exported(key: str) -> None:
    phases = []
    for path in sorted(folder(key).glob("*_001.XML")):
        dataset = read(path)
        phases.append(dataset.tables["School"]["Phase"][0])
        assert dataset.records["PupilOnRoll"] == 20
        found = check(dataset, register=register(), lists=lists()).found
        assert found.select("rule_key", "message").unique().rows() == [], path.name
        back = read_return(export_bytes(dataset, "csv"))
        assert isinstance(back, Dataset)
        assert all(back.tables[name].equals(table) for name, table in dataset.tables.items()), path.name
    assert sorted(phases) == sorted(PHASES)


@pytest.mark.parametrize("key", WITH_FAULTS)
def test_each_rule_is_broken_by_the_return_that_the_table_names(key: str) -> None:
    wanted: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for line in LINES:
        if line["edition"] == key and line["file"]:
            wanted[line["file"], line["previous"], line["register"]].add(line["rule"])
            assert line["list"] == next((f"{each.name}.csv" for each in BLADE.lists if line["rule"] in each.rules), "")
    missed = []
    for (file, previous, beside), rules in wanted.items():
        dataset = read(folder(key) / file)
        before = read(folder(key) / previous) if previous else None
        found = check(dataset, before, register() if beside else None, lists=lists()).found
        missed.extend(f"{file} {rule}" for rule in sorted(rules - set(found["rule_key"])))
    assert missed == []
    assert {path.name for path in folder(key).glob("*.XML")} == {
        *(file for file, _, _ in wanted),
        *(path.name for path in folder(key).glob("*_001.XML")),
    }


def not_compared(key: str) -> set[str]:
    """Rules that compare what the return of the term before does not hold: spring asks ethnicity, autumn does not."""
    before = edition(key).before
    if before is None or not folder(before.key).exists():
        return set()
    now, then = (read(sorted(folder(each).glob("*_001.XML"))[0]) for each in (key, before.key))
    return {each.rule for each in check(now, then).skipped if each.why == NOT_IN_PREVIOUS}


@pytest.mark.parametrize("key", WITH_FAULTS)
def test_every_rule_of_the_edition_is_broken_somewhere(key: str) -> None:
    broken = {line["rule"] for line in LINES if line["edition"] == key and line["file"]}
    assert {rule.key for rule in edition(key).rules} - broken == REFUSED | not_compared(key)


@pytest.mark.parametrize("key", WITH_FAULTS)
def test_what_a_kind_of_school_does_not_break_has_its_reason(key: str) -> None:
    for line in LINES:
        if line["edition"] == key:
            assert bool(line["file"]) != bool(line["why_not"]), line
