"""A return as CSV files: opens safely in a spreadsheet, reads back as the same return, refuses what does not fit."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from collectory.engine import Dataset, Refusal
from collectory.engine.reading.archive import files_of_archive
from collectory.engine.reading.csv_set import read_csv_set
from collectory.engine.refusal import FileRefused
from collectory.engine.writing.csv_set import csv_files, write_csv_set
from tests.engine.random_returns import returns
from tests.engine.small_blade import edition, small_return, typical_return


def read(files: bytes | Path | Mapping[str, bytes]) -> Dataset:
    outcome = read_csv_set(files, edition)
    assert isinstance(outcome, Dataset), outcome
    return outcome


def refused(files: bytes | Mapping[str, bytes], source: str | None = None) -> Refusal:
    outcome = read_csv_set(files, edition, source)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.title
    assert outcome.message.endswith(".")
    assert outcome.action.endswith(".")
    return outcome


def assert_same(one: Dataset, other: Dataset) -> None:
    assert list(one.tables) == list(other.tables)
    for name, table in one.tables.items():
        assert_frame_equal(table, other.tables[name])


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(returns())
def test_reading_what_was_written_gives_equal_tables(dataset: Dataset) -> None:
    assert_same(read(write_csv_set(dataset)), dataset)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(returns())
def test_no_value_begins_as_a_formula_does(dataset: Dataset) -> None:
    for name, content in csv_files(dataset):
        if name.endswith(".csv"):
            for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
                for value in line:
                    assert not re.match(r"\s*[=+@＝＋－＠]|[\t\r\n]", value), value
                    assert not value.startswith("-") or re.fullmatch(r"-[0-9]+(\.[0-9]+)?", value)


def test_a_file_for_each_entity_with_keys_that_join_them() -> None:
    files = dict(csv_files(typical_return()))
    assert set(files) == {"README.txt", "datapackage.json", *(f"{each.name}.csv" for each in edition.entities)}
    loans = list(csv.DictReader(io.StringIO(files["Loan.csv"].decode("utf-8-sig"))))
    # "LoanID" and "NativeID" are names of fields of this collection, so that the key columns get out of the way.
    assert list(loans[1]) == ["_LoanID", "ReaderID", "_NativeID", "Book", "Until", "LoanID"]
    assert loans[1] == {
        "_LoanID": "1",
        "ReaderID": "0",
        "_NativeID": "0123",
        "Book": "Zoë's garden",
        "Until": "1970-01-01",
        "LoanID": "",
    }
    assert all(content.startswith(b"\xef\xbb\xbf") for name, content in files.items() if name.endswith(".csv"))
    assert files["Renewal.csv"].decode("utf-8-sig").splitlines()[0] == '"RenewalID","_LoanID","_NativeID","On"'


def test_the_data_dictionary_describes_every_column_of_every_file() -> None:
    files = dict(csv_files(typical_return()))
    package = json.loads(files["datapackage.json"])
    resources = {each["path"]: each for each in package["resources"]}
    assert set(resources) == {name for name in files if name.endswith(".csv")}
    names = {each["name"] for each in package["resources"]}
    for path, resource in resources.items():
        header = next(csv.reader(io.StringIO(files[path].decode("utf-8-sig"))))
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        for key in resource["schema"].get("foreignKeys", []):
            assert key["reference"]["resource"] in names
            assert set(key["fields"]) <= set(header)
    reader = {field["name"]: field for field in resources["Reader.csv"]["schema"]["fields"]}
    assert reader["Born"]["type"] == "date"
    assert reader["Colour"]["constraints"]["enum"] == ["R", "G"]
    assert reader["Colour"]["categories"][0] == {"value": "R", "label": "Red"}
    assert reader["Lost"]["trueValues"] == ["true"]
    assert reader["Ticket"]["constraints"] == {"required": True, "pattern": r"^[A-Z]\d{3}$"}
    assert resources["Renewal.csv"]["schema"]["foreignKeys"] == [
        {"fields": ["_LoanID"], "reference": {"resource": "loan", "fields": ["_LoanID"]}}
    ]
    assert package["collectory"] == {"edition": "library-2021", "source": "0123"}


def test_the_same_return_gives_the_same_bytes() -> None:
    assert write_csv_set(typical_return()) == write_csv_set(typical_return())


def test_folders_and_archives_with_a_folder_inside_are_read(tmp_path: Path) -> None:
    files = dict(csv_files(typical_return()))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert_same(read(tmp_path), typical_return())
    inside = {f"export/{name}": content for name, content in files.items()}
    assert_same(read(packed({**inside, "__MACOSX/export/._Loan.csv": b"?"})), typical_return())


def test_names_may_end_in_capitals_as_some_systems_write_them() -> None:
    files = {name.replace(".csv", ".CSV"): content for name, content in csv_files(typical_return())}
    assert_same(read(packed(files)), typical_return())


def test_numbers_with_gaps_and_records_out_of_order_are_followed() -> None:
    files = {
        "Header.csv": b"Collection,Year,Town\nLIB,2021,0123\n",
        "Reader.csv": b"ReaderID,Ticket\n70,A001\n30,B002\nlast,C003\n",
        "Loan.csv": b"_LoanID,ReaderID,Book\n9,last,Nine\n8,70,Eight\n7,last,Seven\n",
        "Renewal.csv": b"_LoanID,On\n7,2021-07-07\n9,2021-09-09\n",
    }
    dataset = read(files)
    assert dataset.tables["Loan"].select("_row", "_parent", "Book").rows() == [
        (0, 0, "Eight"),
        (1, 2, "Nine"),
        (2, 2, "Seven"),
    ]
    assert dataset.tables["Renewal"].select("_parent", "On").rows() == [(1, "2021-09-09"), (2, "2021-07-07")]


def changed(name: str, content: bytes | None) -> dict[str, bytes]:
    files = dict(csv_files(typical_return()))
    if content is None:
        del files[name]
    else:
        files[name] = content
    return files


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("Pupil.csv", b"UPN\nA\n", "wrong-table", "Pupil.csv"),
        ("Loan.csv", b"_LoanID,ReaderID,Title\n0,0,x\n", "wrong-table", "Title"),
        ("Loan.csv", b"_LoanID;ReaderID;Book\n0;0;x\n", "wrong-table", "separated by commas"),
        ("Loan.csv", b"_LoanID,ReaderID,Book\n0,9,x\n", "wrong-table", "Record 1"),
        ("Loan.csv", b"_LoanID,Book\n0,x\n", "wrong-table", "ReaderID"),
        ("Loan.csv", b"_LoanID,ReaderID\n0,0\n0,1\n", "wrong-table", "same number"),
        ("Loan.csv", b"_LoanID,ReaderID,Book\n0,0,x,y,z\n", "wrong-table", "columns of the first"),
        ("Loan.csv", "_LoanID,ReaderID,Book\n0,0,Zoë\n".encode("latin-1"), "wrong-table", "UTF-8"),
        ("Loan.csv", b"_LoanID,ReaderID,Book\n0,0,nul\0\n", "wrong-table", "line 2"),
        ("Loan.csv", b"", "wrong-table", "empty"),
        ("Reader.csv", None, "wrong-table", "Reader.csv"),
        ("Loan.csv", b"_LoanID,ReaderID,_NativeID\n0,0,0999\n1,0,\n", "wrong-source", "0999"),
        ("Header.csv", b"Collection,Year,Town\nZOO,2021,0123\n", "wrong-collection", "ZOO"),
        ("Header.csv", b"Collection,Year,Town\nLIB,1999,0123\n", "wrong-year", "1999"),
        ("macro.exe", b"MZ", "wrong-table", "macro.exe"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, content: bytes | None, code: str, says: str) -> None:
    refusal = refused(changed(name, content))
    assert refusal.code == code
    assert says in str(refusal)


def test_the_files_of_another_source_are_refused() -> None:
    assert refused(write_csv_set(typical_return()), source="0999").code == "wrong-source"


def test_hostile_and_broken_archives_are_refused() -> None:
    good = write_csv_set(typical_return())
    assert refused(good[: len(good) // 2]).code == "zip"
    assert refused(good.replace(b"Reader.csv", b"../der.csv")).code == "hostile"
    assert refused(good.replace(b"Reader.csv", b"/eader.csv")).code == "hostile"
    assert refused(good.replace(b"Reader.csv", b"C:ader.csv")).code == "hostile"
    assert refused(packed({f"{number}.csv": b"" for number in range(600)})).code == "zip"
    bomb = packed({"Loan.csv": b"0" * (64 << 20)})
    assert len(bomb) < 100_000
    assert refused(bomb).code == "too-large"


def test_what_an_archive_says_about_sizes_is_not_believed() -> None:
    """The size in the directory is changed to a small one; unpacking stops there."""
    archive = packed({"Loan.csv": b"0" * 5_000_000})
    lying = archive.replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != archive
    with pytest.raises(FileRefused):
        files_of_archive(lying)
    with pytest.raises(FileRefused) as refusal:
        files_of_archive(archive, largest=1_000_000)
    assert refusal.value.refusal.code == "too-large"


def test_a_large_table_with_line_breaks_in_values_comes_back() -> None:
    dataset = small_return(Reader=[{"Ticket": f"A{n}", "Remark": 'one,\r\n"two"\n' * (n % 7)} for n in range(30_000)])
    assert_same(read(write_csv_set(dataset)), dataset)
