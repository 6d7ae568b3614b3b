"""A file that a school sends: read however it was saved again, put right or refused where something was lost."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Mapping
from functools import cache

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import collectory
from collectory.blade import Boolean, Decimal, Integer
from collectory.engine import Dataset, read_return
from collectory.engine.dataset import completed
from collectory.engine.reading.archive import files_of_archive
from collectory.engine.receiving.naming import Says, name_verdict
from collectory.engine.receiving.receive import Beside, Received, receive
from collectory.engine.writing.csv_set import write_csv_set
from collectory.engine.writing.exporting import ExportForm, export_bytes
from collectory.engine.writing.xml import write_xml
from tests.engine.random_returns import returns
from tests.engine.small_blade import edition as small_edition
from tests.engine.spreadsheet import ENCODINGS, Spreadsheet, damaged

CENSUS = collectory.edition("school-census-2021-autumn")
NAME = "8554001_Collect-Blade-Export.zip"


@cache
def census(records: int = 12, seed: int = 1, faults: float = 0.0) -> Dataset:
    """A return without numbers of so many digits that spreadsheets round them."""
    made = with_property_numbers(records, seed, faults)
    addresses = {name: made.tables[name] for name in ("Address", "LeaverAddress")}
    none = pl.lit(None, pl.String).alias("UniquePropertyReferenceNumber")
    return made.with_tables({name: table.with_columns(none) for name, table in addresses.items()})


def with_property_numbers(records: int = 12, seed: int = 1, faults: float = 0.0) -> Dataset:
    assert CENSUS.blade.sample is not None
    return Dataset(CENSUS, completed(CENSUS, CENSUS.blade.sample(CENSUS, records, faults, seed, "8554001")))


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def saved_again(dataset: Dataset, spreadsheet: Spreadsheet, form: ExportForm = "csv") -> bytes:
    return packed(damaged(files_of_archive(export_bytes(dataset, form)), spreadsheet.saved_again))


def taken(data: bytes, **options: object) -> Received:
    received = receive(data, NAME, **options)  # type: ignore[arg-type]
    assert received.is_taken, received.refusal or [f"{each.where}: {each.message}" for each in received.damage.faults]
    return received


def with_values(dataset: Dataset, entity: str, **values: object) -> Dataset:
    """The return with a field's first values others."""
    table = dataset.tables[entity]
    for name, given_ in values.items():
        cells = table[name].to_list()
        cells[: len(given_)] = given_  # type: ignore[arg-type]
        table = table.with_columns(pl.Series(name, cells, dtype=pl.String))
    return dataset.with_tables({entity: table})


def doubted(received: Received) -> frozenset[str]:
    """The fields of which the report says that nobody can tell."""
    said = {each.column.lower() for each in received.damage.doubts}
    return frozenset(
        f"{entity.name}.{field.name}"
        for entity in CENSUS.entities
        for field in entity.fields
        if field.name.lower() in said or field.extract.partition(".")[2] in said
    )


def assert_same(one: Dataset, other: Dataset, but: frozenset[str] = frozenset()) -> None:
    """Equal tables; numbers and truth as what they mean, since a spreadsheet writes 37.50 as 37.5."""
    assert list(one.tables) == list(other.tables)
    for entity in one.edition.entities:
        frames = []
        for dataset in (one, other):
            columns = []
            for field in entity.fields:
                kind = field.kind
                text = pl.col(field.name)
                meant = kind.typed(text) if isinstance(kind, Boolean | Decimal | Integer) else None
                if f"{entity.name}.{field.name}" not in but:
                    meant = text if meant is None else pl.coalesce(meant.cast(pl.String), text)
                    columns.append(meant.alias(field.name))
            frames.append(dataset.tables[entity.name].select("_row", "_parent", *columns))
        assert_frame_equal(*frames)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(returns())
def test_an_export_as_it_is_comes_through_unchanged_whatever_it_holds(dataset: Dataset) -> None:
    received = receive(write_csv_set(dataset), "anything.zip", edition=small_edition)
    assert received.dataset is not None, received.refusal
    assert not received.damage.repairs and not received.damage.doubts and not received.saved_again
    for name, table in dataset.tables.items():
        assert_frame_equal(table, received.dataset.tables[name])


spreadsheets = st.builds(
    Spreadsheet,
    encoding=st.sampled_from(ENCODINGS),
    separator=st.sampled_from([",", ";", "\t"]),
    ending=st.sampled_from(["\r\n", "\n", "\r"]),
    date=st.sampled_from(["%d/%m/%Y", "%d/%m/%y", "%m/%d/%Y", "%d-%b-%y", "%d.%m.%Y", ""]),
    converts=st.booleans(),
    empty_columns=st.integers(0, 2),
    empty_rows=st.integers(0, 2),
    sep_line=st.booleans(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    spreadsheets,
    st.sampled_from(["csv", "extract"]),
    st.integers(1, 4),
    st.lists(
        st.sampled_from(["Zoë", "Łukasz", "3-4", "7E2", "007", "O'Neill; or so", "a,b", "José\tMaría"]), max_size=4
    ),
)
def test_what_a_spreadsheet_saved_again_gives_the_same_tables_or_says_why_not(
    spreadsheet: Spreadsheet, form: ExportForm, seed: int, names: list[str]
) -> None:
    sent = with_values(census(5, seed), "PupilOnRoll", Forename=names)
    exported = read_return(export_bytes(sent, form), CENSUS)
    assert isinstance(exported, Dataset)
    received = receive(saved_again(sent, spreadsheet, form), NAME)
    if received.dataset is None:
        assert received.refusal is None
        assert received.damage.faults, "it says why not"
        assert all(each.file and each.row and each.column for each in received.damage.faults)
        codes = {each.code for each in received.damage.faults}
        assert set(names) & {"3-4", "7E2"} or (codes == {"letter-lost"} and spreadsheet.encoding == "cp1252")
        return
    assert_same(exported, received.dataset, doubted(received))


def test_dates_in_all_the_forms_that_spreadsheets_write() -> None:
    for form in ("%d/%m/%Y", "%d/%m/%y", "%m/%d/%Y", "%d-%b-%Y", "%d.%m.%Y", ""):
        received = taken(saved_again(census(), Spreadsheet(date=form)))
        assert received.dataset is not None
        assert_same(census(), received.dataset, doubted(received))
        [birth] = [each for each in received.damage.repairs if each.column == "DOB" and each.file == "PupilOnRoll.csv"]
        assert birth.code == "dates" and birth.count == 12 and birth.row == 2
        assert birth.before in birth.message and birth.after in birth.message


def test_dates_that_do_not_show_which_part_is_the_day_are_refused_with_their_place() -> None:
    files = files_of_archive(saved_again(census(), Spreadsheet()))
    day = re.compile(rb"\b\d\d/\d\d/(\d{4})")
    unclear = {name: day.sub(rb"03/04/\1", content) for name, content in files.items()}
    received = receive(packed(unclear), NAME)
    assert not received.is_taken
    fault = next(each for each in received.damage.faults if each.column == "DOB")
    assert (fault.code, fault.file, fault.row) == ("dates", "PupilOnRoll.csv", 2)
    assert "03/04/" in fault.value and "day or the month" in fault.message


def test_a_wrong_date_of_the_school_is_left_for_the_rules() -> None:
    wrong = with_values(census(), "PupilOnRoll", DOB=["07/10/2010", "2010-02-31"])
    unquoted = damaged(files_of_archive(write_csv_set(wrong)), Spreadsheet(converts=False).saved_again)
    for data in (write_csv_set(wrong), packed(unquoted)):
        received = taken(data)
        assert received.dataset is not None
        assert received.dataset.tables["PupilOnRoll"]["DOB"][:2].to_list() == ["07/10/2010", "2010-02-31"]
        assert not [each for each in received.damage.repairs if each.code == "dates"]


def test_lost_zeros_of_codes_and_numbers_are_put_back_and_phone_numbers_are_doubted() -> None:
    sent = with_values(census(), "School", SchoolType=["01"], PhoneNo=["01165550199"])
    received = taken(saved_again(sent, Spreadsheet()))
    assert received.dataset is not None
    assert received.dataset.tables["School"]["SchoolType"].to_list() == ["01"]
    [zeros] = [each for each in received.damage.repairs if each.column == "SchoolType"]
    assert (zeros.code, zeros.before, zeros.after) == ("zeros", "1", "01")
    assert ("School.csv", "PhoneNo") in {(each.file, each.column) for each in received.damage.doubts}


def test_numbers_that_lost_digits_are_refused_and_whole_ones_written_out() -> None:
    files = damaged(files_of_archive(write_csv_set(census())), Spreadsheet(converts=False).saved_again)
    pupils = files["PupilOnRoll.csv"].decode().splitlines()
    column = pupils[0].split(",").index("UniqueLearnerNumber")
    for written, outcome in (("1.23457E+09", None), ("1.234567891E+09", "1234567891"), ("#N/A", None)):
        row = pupils[3].split(",")
        row[column] = written
        changed = {**files, "PupilOnRoll.csv": "\r\n".join([*pupils[:3], ",".join(row), *pupils[4:]]).encode()}
        received = receive(packed(changed), NAME)
        if outcome is None:
            [fault] = received.damage.faults
            assert (fault.file, fault.row, fault.column) == ("PupilOnRoll.csv", 4, "UniqueLearnerNumber")
            assert not received.is_taken
        else:
            assert received.dataset is not None
            assert received.dataset.tables["PupilOnRoll"]["UniqueLearnerNumber"][2] == outcome


def test_property_numbers_of_twelve_digits_are_lost_in_a_spreadsheet_and_refused_one_by_one() -> None:
    received = receive(saved_again(with_property_numbers(), Spreadsheet()), NAME)
    assert not received.is_taken
    assert {(each.file, each.column, each.code) for each in received.damage.faults} == {
        ("Address.csv", "UniquePropertyReferenceNumber", "numbers"),
        ("LeaverAddress.csv", "UniquePropertyReferenceNumber", "numbers"),
    }
    given_ = with_property_numbers().tables["Address"]["UniquePropertyReferenceNumber"].is_not_null()
    rows = [each.row for each in received.damage.faults if each.file == "Address.csv"]
    assert rows == [row + 2 for row in given_.arg_true()]
    assert receive(write_csv_set(with_property_numbers()), NAME).is_taken


def test_words_for_letters_that_were_lost_or_read_wrongly() -> None:
    misread = with_values(census(), "PupilOnRoll", Forename=["Zoë".encode().decode("cp1252")])
    received = taken(saved_again(misread, Spreadsheet(encoding="utf-8")))
    assert received.dataset is not None and received.dataset.tables["PupilOnRoll"]["Forename"][0] == "Zoë"
    lost = with_values(census(), "PupilOnRoll", Forename=["Łukasz"], Surname=["Müller"])
    [fault] = receive(saved_again(lost, Spreadsheet(encoding="cp1252")), NAME).damage.faults
    assert (fault.code, fault.column, fault.row) == ("letter-lost", "Forename", 2)


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 cut", "The archive cannot be unpacked"),
        (write_csv_set(census())[:-3000], "The archive cannot be unpacked"),
        (write_xml(census()), "The file is XML"),
        (export_bytes(census(), "xml"), "The file is XML"),
        (b"UPN,Surname\r\n", "The file is not a zip archive"),
        (packed({"PupilOnRoll.xlsx": b"PK\x03\x04"}), "A spreadsheet was sent"),
        (packed({"a.zip": packed({"b.zip": write_csv_set(census())})}), "There are archives in the archive"),
        (packed({"notes.txt": b"hello"}), "The archive holds no export"),
        (packed({"../Header.csv": b"a\r\n"}), "The archive has unsafe file names"),
        (packed({f"{number}.csv": b"a\r\n" for number in range(501)}), "The archive has too many files"),
        (packed({"Header.csv": b"0" * (60 << 20)}), "The archive is too large"),
        (packed({"Something.csv": b"a,b\r\n1,2\r\n"}), "The file does not say which collection"),
    ],
)
def test_files_that_are_refused_whole(data: bytes, title: str) -> None:
    received = receive(data, NAME)
    assert not received.is_taken
    assert received.refusal is not None and received.refusal.title.startswith(title), received.refusal
    assert received.refusal.action


def test_an_archive_in_an_archive_is_opened_once_and_said() -> None:
    received = taken(packed({"Current-Blade-Export.zip": write_csv_set(census())}))
    assert [each.code for each in received.damage.repairs] == ["nested"]


def test_another_schools_file_is_refused() -> None:
    received = receive(write_csv_set(census()), NAME, sources={"8554002"})
    assert received.refusal is not None and received.refusal.code == "wrong-source"
    assert "8554001" in received.refusal.message


def test_a_line_that_is_cut_off_is_refused_with_its_row_and_column() -> None:
    files = damaged(files_of_archive(write_csv_set(census())), Spreadsheet(converts=False).saved_again)
    cut = b"\r\n".join(files["PupilOnRoll.csv"].split(b"\r\n")[:5]) + b"\r\n4,8554001,A82"
    [fault] = receive(packed({**files, "PupilOnRoll.csv": cut}), NAME).damage.faults
    assert (fault.file, fault.row) == ("PupilOnRoll.csv", 6) and fault.column
    assert fault.where.startswith("PupilOnRoll.csv, row 6, column ")


@pytest.mark.parametrize(
    ("given_name", "says"),
    [
        ("8554001_Collect-Blade-Export.zip", Says.RIGHT),
        ("Current-Blade-Export.zip", Says.UNNAMED),
        ("Current-Blade-Export (2).zip", Says.UNNAMED),
        ("C:\\Downloads\\Copy of Current-Blade-Export.zip", Says.UNNAMED),
        ("8554001_collect-blade-export.ZIP", Says.ALMOST),
        ("8554001 Collect Blade Export.zip", Says.ALMOST),
        ("8554001_Collect-Blade-Export (1).zip", Says.ALMOST),
        ("8554002_Collect-Blade-Export.zip", Says.OTHER),
        ("census.zip", Says.UNNAMED),
    ],
)
def test_names(given_name: str, says: Says) -> None:
    verdict = name_verdict(given_name, "8554001")
    assert verdict.says is says and verdict.offered == NAME
    assert (verdict.message == "") == (says is Says.RIGHT)


def test_comparisons_with_the_register_and_the_last_file() -> None:
    last = census(60, 1)
    pupils = last.tables["PupilOnRoll"]
    now = with_values(last, "School", SchoolName=["Another Name"])
    names = [f"A{number:012}" for number in range(20)]
    now = with_values(now, "PupilOnRoll", UPN=names, Surname=names, Forename=names, DOB=["2012-01-01"] * 20)
    register = pl.DataFrame(
        {"URN": [last.tables["Header"]["URN"][0]], "EstablishmentName": ["Harcourt Spinney"], "Postcode": [None]}
    )
    received = taken(write_csv_set(now), beside=lambda dataset: Beside(register=register, last=last))
    assert received.register is not None and received.last is not None
    assert [(each.field, each.here, each.register) for each in received.register] == [
        ("School.SchoolName", "Another Name", "Harcourt Spinney")
    ]
    movement = next(each for each in received.last.movements if each.entity == "PupilOnRoll")
    assert len(movement.come) == len(movement.gone) == 20 and movement.before == 60
    assert {each.key for each in movement.gone} == set(pupils["UPN"][:20])
    assert any("20 have come and 20 have gone" in said for said in received.last.big)
    again = taken(write_csv_set(last), beside=lambda dataset: Beside(register=register.head(0), last=last))
    assert again.last is not None and again.last.is_same and not again.last.big
    assert again.register is not None and "no organisation 8554001" in again.register[0].message


def test_findings_are_those_of_the_return_itself() -> None:
    sent = census(40, 3, 0.1)
    direct = collectory.check(sent)
    for data in (write_csv_set(sent), export_bytes(sent, "extract"), saved_again(sent, Spreadsheet())):
        received = taken(data)
        assert received.result is not None
        assert received.result.tallies.select("rule", "findings").equals(direct.tallies.select("rule", "findings"))
    assert direct.errors and dataclasses.is_dataclass(received)
