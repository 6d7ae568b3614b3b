"""The committed example returns can be read, checked and exported, and are what their page says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from collectory.engine import Dataset, check, read_return
from collectory.engine.reading.reference_list import read_reference_list
from collectory.engine.writing.exporting import FORMS, Form, export_bytes

FOLDER = Path(__file__).parents[2] / "examples"


def maker() -> ModuleType:
    """The script that writes the examples."""
    spec = importlib.util.spec_from_file_location("make_examples", FOLDER / "make_examples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Data classes look up their own module while they are made.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


EXAMPLES = maker().EXAMPLES


def read(example: Any) -> Dataset:
    outcome = read_return((FOLDER / example.file_name).read_bytes())
    assert isinstance(outcome, Dataset), outcome
    return outcome


def test_the_folder_holds_these_examples_and_no_others() -> None:
    assert {path.name for path in FOLDER.glob("*.XML")} == {each.file_name for each in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.file_name)
def test_an_example_reads_and_gives_the_findings_that_it_should(example: Any) -> None:
    dataset = read(example)
    result = check(dataset)
    assert dataset.source == example.source
    assert dataset.records["PupilOnRoll"] == example.pupils
    if example.faults:
        assert result.errors >= 15
        assert result.queries >= 1
    else:
        assert result.found.select("rule_key", "message").unique().rows() == []


def test_the_lists_fit_the_examples_and_let_their_rules_be_asked() -> None:
    example = EXAMPLES[0]
    lists = {}
    for meant in read(example).edition.blade.lists:
        table = read_reference_list((FOLDER / f"{meant.name}.csv").read_bytes(), meant)
        assert isinstance(table, pl.DataFrame) and set(table.columns) == set(meant.columns)
        lists[meant.name] = table
    result = check(read(example), lists=lists)
    assert result.found.is_empty()
    assert not {"2720", "2721", "2724", "2766", "2850"} & {each.rule for each in result.skipped}
    ended = lists["qualifications"].filter(pl.col("CertificationEndDate").is_not_null())["QN"][0]
    aims = read(example).tables["LearningAim"].with_columns(pl.lit(ended).alias("QN"))
    changed = check(read(example).with_tables({"LearningAim": aims}), lists=lists)
    assert set(changed.found["rule"]) == {"2850", "2766"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.file_name)
def test_an_export_of_an_example_reads_back_as_the_same_return(example: Any, form: Form) -> None:
    dataset = read(example)
    back = read_return(export_bytes(dataset, form), parquet=form == "parquet")
    assert isinstance(back, Dataset), back
    assert all(back.tables[name].equals(table) for name, table in dataset.tables.items())
