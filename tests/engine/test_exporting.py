"""Exports, and reading whatever people have."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from collectory.engine import Dataset, Refusal
from collectory.engine.reading.file import read_path, read_return
from collectory.engine.reading.parquet import read_parquet_set
from collectory.engine.writing.exporting import CURRENT, FORMS, Form, export_bytes, export_name
from collectory.engine.writing.parquet import tables_to_parquet
from collectory.engine.writing.xml import write_xml
from tests.engine.small_blade import edition, small_return, typical_return


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_every_export_reads_back_as_the_same_return(form: Form, tmp_path: Path) -> None:
    dataset = typical_return()
    archive = export_bytes(dataset, form)
    assert archive == export_bytes(dataset, form)
    (tmp_path / "export.zip").write_bytes(archive)
    for back in (read_return(archive, edition, parquet=True), read_path(tmp_path / "export.zip", edition)):
        assert isinstance(back, Dataset), back
        for name, table in dataset.tables.items():
            assert_frame_equal(back.tables[name], table)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_unpacked_export_is_read_from_its_folder(form: Form, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(export_bytes(typical_return(), form))) as archive:
        archive.extractall(tmp_path)
    back = read_path(tmp_path, edition)
    assert isinstance(back, Dataset), back
    assert_frame_equal(back.tables["Loan"], typical_return().tables["Loan"])


def test_exports_are_named_after_their_source_and_nothing_else() -> None:
    assert export_name("8554001") == "8554001_Collect-Blade-Export.zip"
    for odd in ("", "../../etc/passwd", "855 4001", "8554001\r\nX: y", "x" * 200):
        assert export_name(odd) == CURRENT == "Current-Blade-Export.zip"


def test_the_document_in_an_archive_bears_the_source_and_the_edition() -> None:
    with zipfile.ZipFile(io.BytesIO(export_bytes(typical_return(), "xml"))) as archive:
        assert archive.namelist() == ["0123_library-2021.xml"]
        assert archive.read("0123_library-2021.xml") == write_xml(typical_return())
    astray = small_return(Header=[{"Collection": "LIB", "Year": "2021", "Town": "../x"}])
    with zipfile.ZipFile(io.BytesIO(export_bytes(astray, "xml"))) as archive:
        assert archive.namelist() == ["return.xml"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (packed({"one.xml": b"<Survey/>", "two.xml": b"<Survey/>"}), "zip"),
        (packed({"readme.md": b"hello"}), "zip"),
        (packed({}), "zip"),
        (packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"}), "not-xml"),
        (packed({"one.xml": b"<Other/>"}), "wrong-root"),
        (packed({"Reader.parquet": b"PAR1"}), "wrong-table"),
        (packed({"one.zip": packed({"one.xml": b"<Survey/>"})}), "zip"),
        (b"PK\x03\x04 and no more", "zip"),
        (b"<Other/>", "wrong-root"),
    ],
)
def test_what_holds_no_return_is_refused_in_words(data: bytes, code: str) -> None:
    refusal = read_return(data, edition)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert refusal.message.endswith(".")


def test_parquet_of_another_edition_or_source_is_refused() -> None:
    tables = {f"{name}.parquet": content for name, content in tables_to_parquet(typical_return()).items()}
    wrong = read_return(packed(tables), edition, source="0999", parquet=True)
    assert isinstance(wrong, Refusal)
    assert wrong.code == "wrong-source"
    unknown = read_return(packed(tables), parquet=True)  # the library is not among the installed blades
    assert isinstance(unknown, Refusal)
    assert unknown.code == "wrong-table"


def test_parquet_is_not_taken_as_an_upload() -> None:
    refusal = read_return(export_bytes(typical_return(), "parquet"), edition)
    assert isinstance(refusal, Refusal)
    assert "cannot be uploaded" in refusal.message


def test_damaged_parquet_is_refused_and_does_not_end_the_process() -> None:
    whole = tables_to_parquet(typical_return())
    chance = random.Random(4)
    outcomes = set()
    for _ in range(400):
        damaged = bytearray(whole["Reader"])
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        files = {**whole, "Reader": bytes(damaged)}
        outcome = read_parquet_set({f"{name}.parquet": content for name, content in files.items()}, edition)
        outcomes.add(type(outcome).__name__)
    assert "Refusal" in outcomes


def test_a_folder_without_a_return_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    outcome = read_path(tmp_path)
    assert isinstance(outcome, Refusal)
    assert outcome.title == "The folder holds no return"
    with pytest.raises(FileNotFoundError):
        read_path(tmp_path / "absent.xml")
