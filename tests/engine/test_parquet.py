"""Returns as Parquet and back."""

from __future__ import annotations

import io

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from collectory.engine import Notice
from collectory.engine.writing.parquet import table_from_parquet, tables_from_parquet, tables_to_parquet
from tests.engine.small_blade import edition, reader, typical_return


def test_all_tables_come_back_as_they_were() -> None:
    dataset = typical_return()
    back = tables_from_parquet(tables_to_parquet(dataset), edition, [Notice("unknown", "Header/X", 2)])
    assert list(back.tables) == list(dataset.tables)
    for name, table in dataset.tables.items():
        assert_frame_equal(back.tables[name], table)
    assert back.notices == (Notice("unknown", "Header/X", 2),)


def test_the_same_table_gives_the_same_bytes() -> None:
    assert tables_to_parquet(typical_return()) == tables_to_parquet(typical_return())


def test_files_say_what_they_hold() -> None:
    written = tables_to_parquet(typical_return())["Reader"]
    marks = pl.read_parquet_metadata(io.BytesIO(written))
    assert marks["collectory.edition"] == "library-2021"
    assert marks["collectory.entity"] == "Reader"


def test_a_file_from_before_a_field_was_added_is_read() -> None:
    buffer = io.BytesIO()
    typical_return().tables["Reader"].drop("Remark").with_columns(pl.lit("x").alias("Gone")).write_parquet(buffer)
    table = table_from_parquet(buffer.getvalue(), reader)
    assert table["Remark"].null_count() == 2
    assert table["Surname"].to_list() == ["O'Brien & Søn", None]
    assert "Gone" not in table.columns


def test_what_is_no_table_of_the_edition_is_refused() -> None:
    with pytest.raises(ValueError, match="has no table Pupil"):
        tables_from_parquet({"Pupil": b""}, edition)
    with pytest.raises(ValueError, match="cannot be read as Parquet"):
        tables_from_parquet({"Reader": b"PAR1 but no more"}, edition)
