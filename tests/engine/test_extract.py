"""Extracts in the layout of the old system: what is written is read back, as far as the layout can carry it."""

from __future__ import annotations

import io
import random
import zipfile
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectory.blade import Boolean
from collectory.engine import Dataset, Refusal, check, edition, read_return, read_tables
from collectory.engine.extracts import ExtractLayout, extract_layout
from collectory.engine.writing.exporting import export_bytes
from collectory.engine.writing.extract import NoExtract, extract_files
from tests.engine.random_returns import AWKWARD
from tests.engine.small_blade import typical_return

AUTUMN, SPRING, SUMMER = "school-census-2021-autumn", "school-census-2022-spring", "school-census-2022-summer"
SCHOOLS = ("8554001", "8552001", "8551001", "8551100", "8557001", "8556001")


def layout_of(key: str) -> ExtractLayout:
    layout = extract_layout(edition(key))
    assert layout is not None
    return layout


@cache
def made(key: str, source: str, pupils: int = 30) -> Dataset:
    of = edition(key)
    assert of.blade.sample is not None
    return read_tables(dict(of.blade.sample(of, pupils, 0.2, 1, source)), of)


def carried(dataset: Dataset) -> Dataset:
    """The same return with what goes without saying in place of what an extract has no column for."""
    layout = layout_of(dataset.edition.key)
    tables = dict(dataset.tables)
    for entity, field in layout.left_out:
        tables[entity.name] = tables[entity.name].with_columns(
            pl.lit(layout.implied.get((entity.name, field.name)), pl.String).alias(field.name)
        )
    return dataset.with_tables(tables)


def assert_same(back: object, dataset: Dataset) -> None:
    assert isinstance(back, Dataset), back
    for name, table in dataset.tables.items():
        assert back.tables[name].equals(table), (name, back.tables[name], table)


@pytest.mark.parametrize("source", SCHOOLS)
@pytest.mark.parametrize("key", [AUTUMN, SPRING, SUMMER])
def test_an_extract_reads_back_as_the_return(key: str, source: str) -> None:
    dataset = made(key, source)
    assert_same(read_return(export_bytes(dataset, "extract")), carried(dataset))


@pytest.mark.parametrize("key", [AUTUMN, SPRING, SUMMER])
def test_only_the_levels_of_the_header_have_no_column(key: str) -> None:
    assert {f"{entity.name}.{field.name}" for entity, field in layout_of(key).left_out} == {
        "Header.CBDSLevel1",
        "Header.CBDSLevel2",
    }


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_values_are_read_back(data: st.DataObject) -> None:
    """Every text but a yes or no that is written as an extract writes it; records that hold something."""
    dataset = carried(made(AUTUMN, "8554001", 4))
    lots = random.Random(data.draw(st.integers(0, 10**9)))
    values = [*AWKWARD, "2021-13-45", "2021-02-30", "07/10/2021", None]
    tables = {}
    for entity in dataset.edition.entities:
        table = dataset.tables[entity.name]
        free = [
            field.name
            for number, field in enumerate(entity.fields)
            if entity.name != "Header" and number and not isinstance(field.kind, Boolean)
        ]
        tables[entity.name] = table.with_columns(
            pl.Series(
                name,
                [lots.choice(values) if lots.random() < 0.2 else each for each in table[name]],
                dtype=pl.String,
            )
            for name in free
        )
    changed = carried(dataset.with_tables(tables))
    back = read_return(export_bytes(changed, "extract"))
    assert_same(back, changed)


def test_an_extract_of_a_clean_return_has_no_finding() -> None:
    of = edition(AUTUMN)
    assert of.blade.sample is not None
    clean = read_tables(dict(of.blade.sample(of, 30, 0.0, 1, "8554001")), of)
    back = read_return(export_bytes(clean, "extract"))
    assert isinstance(back, Dataset)
    assert check(back).found.is_empty()


def test_names_forms_and_keys_are_those_of_the_old_system() -> None:
    files = dict(extract_files(made(SPRING, "8552001")))
    assert {"schoolcensus.csv", "school.csv", "classes.csv", "fsmperiod.csv", "addresses.csv", "senneeds.csv"} <= set(
        files
    )
    assert "fsmperiodsonroll.csv" in dict(extract_files(made(AUTUMN, "8552001")))
    pupils = pl.read_csv(files["pupilonroll.csv"], infer_schema=False)
    assert pupils.columns[:4] == ["pupilonrolltableid", "schoolcensustableid", "NativeId", "sourceid"]
    assert pupils.columns[-1] == "pupilonrollorderseqcolumn"
    assert pupils["NativeId"].unique().to_list() == ["8552001"]
    assert pupils["dob"].str.contains(r"^\d{4}-[A-Z][a-z]{2}-\d{2} 00:00:00$").drop_nulls().mean() > 0.9  # type: ignore[operator]
    assert set(pupils["parttime"].drop_nulls()) <= {"True", "False"}
    assert {"termlysessionspossible", "missingaddress", "duplicatenotfunded"} <= set(pupils.columns)
    periods = pl.read_csv(files["termlysessiondetailsonroll.csv"], infer_schema=False)
    assert set(periods["pupilonrolltableid"]) <= set(pupils["pupilonrolltableid"])
    school = pl.read_csv(files["school.csv"], infer_schema=False)
    assert {"pupilsatotherschool", "highestncyeargroup", "type"} <= set(school.columns)


def several() -> bytes:
    """The extract of a council with two schools."""
    parts = [dict(extract_files(made(AUTUMN, source))) for source in ("8554001", "8552001")]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in parts[0]:
            frames = [pl.read_csv(part[name], infer_schema=False) for part in parts]
            ids = [column for column in frames[0].columns if column.endswith("tableid")]
            # Keys number the lines of a whole table, so those of the second school are others.
            frames[1] = frames[1].with_columns(pl.concat_str(pl.lit("9"), each).alias(each) for each in ids)
            archive.writestr(name.upper().replace(".CSV", ".csv"), pl.concat(frames).write_csv())
    return buffer.getvalue()


def test_one_school_is_taken_out_of_the_extract_of_a_council() -> None:
    for source in ("8554001", "8552001"):
        assert_same(read_return(several(), source=source), carried(made(AUTUMN, source)))
    refusal = read_return(several())
    assert isinstance(refusal, Refusal)
    assert refusal.code == "wrong-source"
    refusal = read_return(several(), source="8559999")
    assert isinstance(refusal, Refusal)


def test_noughts_and_ones_are_read_as_no_and_yes() -> None:
    files = dict(extract_files(made(AUTUMN, "8554001")))
    pupils = pl.read_csv(files["pupilonroll.csv"], infer_schema=False)
    files["pupilonroll.csv"] = (
        pupils.with_columns(pl.col("parttime").replace({"True": "1", "False": "0"})).write_csv().encode()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    assert_same(read_return(buffer.getvalue()), carried(made(AUTUMN, "8554001")))


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("pupilonroll.csv", b'"surname"', b'"surname of pupil"', "column surname of pupil"),
        ("pupilonroll.csv", b"pupilonrolltableid", b"pupiltableid", "pupiltableid"),
        ("pupilonroll.csv", b'"surname"', b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_is_no_extract_is_refused_with_the_reason(name: str, old: bytes, new: bytes, says: str) -> None:
    files = dict(extract_files(made(AUTUMN, "8554001")))
    files[name] = files[name].replace(old, new, 1)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)
    refusal = read_return(buffer.getvalue())
    assert isinstance(refusal, Refusal)
    assert says in str(refusal) + refusal.message


def test_a_blade_without_extracts_says_so() -> None:
    with pytest.raises(NoExtract, match="choose CSV"):
        export_bytes(typical_return(), "extract")
