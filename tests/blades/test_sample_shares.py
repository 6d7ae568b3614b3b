"""Samples are believable: the shares of docs/decisions/made-up-returns.md in wide bands, on large samples."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from collectory.engine import Dataset, edition, read_tables

SECONDARY, PRIMARY, SPECIAL, MIDDLE = "8554001", "8552001", "8557001", "8555901"
AUTUMN, SPRING = "school-census-2021-autumn", "school-census-2022-spring"


@cache
def made(key: str, source: str, pupils: int = 2500) -> Dataset:
    of = edition(key)
    assert of.blade.sample is not None
    return read_tables(dict(of.blade.sample(of, pupils, 0.0, 11, source)), of)


def share(dataset: Dataset, field: str, *values: str) -> float:
    column = dataset.tables["PupilOnRoll"][field]
    return float(column.is_in(values).sum()) / len(column)


@pytest.mark.parametrize("source", [SECONDARY, PRIMARY, MIDDLE])
def test_needs_meals_and_registration(source: str) -> None:
    dataset = made(SPRING, source)
    assert 0.09 < share(dataset, "SENprovision", "K") < 0.16
    assert 0.02 < share(dataset, "SENprovision", "E") < 0.055
    assert 0.14 < dataset.tables["FSMperiod"]["_parent"].n_unique() / 2500 < 0.27
    assert 0.005 < share(dataset, "EnrolStatus", "M", "S") < 0.04
    assert dataset.tables["School"]["Phase"][0] == {SECONDARY: "SS", PRIMARY: "PS", MIDDLE: "MS"}[source]


def test_most_pupils_of_special_schools_have_a_plan() -> None:
    assert share(made(SPRING, SPECIAL, 200), "SENprovision", "E") > 0.9


def test_classes_are_of_one_year_and_no_larger_than_thirty() -> None:
    dataset = made(SPRING, PRIMARY, 420)
    classes = dataset.tables["Class"].with_columns(pl.col("HomePupils").cast(pl.Int64))
    assert classes["HomePupils"].max() <= 30  # type: ignore[operator]
    assert 20 < classes["HomePupils"].mean() <= 30  # type: ignore[operator]
    assert classes["ClassName"].n_unique() == classes.height
    assert int(classes["HomePupils"].sum()) <= 420


def test_brothers_and_sisters_share_a_home_and_a_surname() -> None:
    dataset = made(AUTUMN, PRIMARY)
    pupils = dataset.tables["PupilOnRoll"].select("_row", "Surname", "DOB")
    homes = dataset.tables["Address"].drop("_row").rename({"_parent": "_row"})
    together = (
        pupils.join(homes, on="_row")
        .group_by(pl.exclude("_row", "Surname", "DOB"))
        .agg(pl.len(), pl.col("Surname").n_unique().alias("surnames"), pl.col("DOB").n_unique().alias("births"))
    )
    families = together.filter(pl.col("len") > 1)
    assert 0.08 < 1 - together.height / 2500 < 0.22
    assert (families["surnames"] == 1).mean() > 0.98  # type: ignore[operator]
    assert (families["births"] == families["len"]).all()


def test_year_groups_are_of_one_size_and_the_sixth_form_studies() -> None:
    dataset = made(AUTUMN, SECONDARY)
    years = dict(dataset.tables["PupilOnRoll"]["NCyearActual"].value_counts().iter_rows())
    lower = [years[str(year)] for year in range(7, 12)]
    assert max(lower) - min(lower) <= 0.1 * max(lower)
    assert 0.4 < years["12"] / lower[0] < 0.7
    assert years["13"] < years["12"]
    students = years["12"] + years["13"] + years.get("14", 0)
    programmes = dataset.tables["ProgrammeAim"]
    aims = dataset.tables["LearningAim"].height / programmes.height
    assert programmes["_parent"].n_unique() == students
    assert 2 < aims < 4
