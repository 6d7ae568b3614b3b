"""Findings as files: for people in a spreadsheet, for programs as JSON."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from collectory.engine import Dataset, check
from collectory.engine.writing.findings import findings_csv, findings_json, findings_xlsx, report, write_findings_xlsx
from collectory.engine.writing.spreadsheets import guarded, table_as_xlsx, unguarded
from tests.engine.random_returns import AWKWARD, returns
from tests.engine.small_blade import small_return, typical_return


def rows_of_csv(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets_of_xlsx(content: bytes) -> list[list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def reported(dataset: Dataset, **options: bool) -> pl.DataFrame:
    return report(dataset, check(dataset).findings, **options)


def test_a_report_leads_with_whose_record_it_is() -> None:
    table = reported(typical_return())
    assert table.columns == [
        "Ticket",
        "Record",
        "Message",
        "Rule",
        "Priority",
        "Level",
        "Field",
        "Value",
        "Also read",
    ]
    assert table.rows()[2] == (
        "A001",
        "Loan Zoë's garden",
        "A loan falls due before the reader was born.",
        "20",
        "Error",
        "Data item",
        "Due back (Until)",
        "1970-01-01",
        "Date of birth (Reader.Born) = 1980-02-03",
    )


def test_names_of_people_are_in_a_report_only_where_the_caller_allows_it() -> None:
    dataset = typical_return()
    assert "O'Brien" not in findings_csv(reported(dataset)).decode()
    table = reported(dataset, names=True)
    assert table.columns[:2] == ["Ticket", "Surname"]
    assert table["Surname"].to_list() == ["O'Brien & Søn", None, "O'Brien & Søn"]


def test_missing_values_are_shown_and_findings_of_the_return_have_no_key() -> None:
    table = reported(small_return(Reader=[{"Colour": "R"}, *({"Ticket": f"A00{n}"} for n in range(3))]))
    assert table.select("Ticket", "Record", "Rule", "Level", "Value").rows() == [
        (None, "Return", "40", "Return", "4"),
        ("", "Reader", "10", "Data item", "NULL"),
    ]


def test_columns_of_the_caller_stand_beside_the_findings() -> None:
    dataset = typical_return()
    beside = pl.DataFrame({"Explained": ["Yes", "No", "No"], "Notes": ["=SUM(A1)", None, ""]})
    table = report(dataset, check(dataset).findings, beside=beside)
    assert rows_of_csv(findings_csv(table))[0]["Notes"] == "'=SUM(A1)"
    assert sheets_of_xlsx(findings_xlsx(table))[0][1][-2:] == ["Yes", "=SUM(A1)"]


def test_a_return_without_findings_gives_the_columns_alone() -> None:
    table = reported(small_return())
    assert table.height == 0
    assert next(csv.reader(io.StringIO(findings_csv(table).decode("utf-8-sig"))))[:3] == ["Ticket", "Record", "Message"]
    assert sheets_of_xlsx(findings_xlsx(table)) == [[table.columns]]


@given(st.lists(st.sampled_from(AWKWARD) | st.text(min_size=1)))
def test_made_harmless_and_back_is_the_same_text(texts: list[str]) -> None:
    frame = pl.DataFrame({"one": texts, "two": texts[::-1]}, schema={"one": pl.String, "two": pl.String})
    safe = frame.with_columns(guarded(pl.all()))
    assert safe.with_columns(unguarded(pl.all())).equals(frame)


def test_every_cell_of_a_workbook_is_the_text_it_was() -> None:
    table = pl.DataFrame({"Text": ["=1+1", "007", "https://example.invalid/", "+44", "-5", "{=A1}", "Zoë 名", "a\nb"]})
    content = findings_xlsx(table)
    assert [row[0] for row in sheets_of_xlsx(content)[0]] == ["Text", *table["Text"]]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet
    assert "hyperlink" not in sheet


def test_a_table_longer_than_a_sheet_goes_on_in_the_next() -> None:
    table = pl.DataFrame({"Number": [str(n) for n in range(250)]})
    buffer = io.BytesIO()
    write_findings_xlsx(table, buffer, rows_of_a_sheet=101)
    sheets = sheets_of_xlsx(buffer.getvalue())
    assert [len(sheet) for sheet in sheets] == [101, 101, 51]
    assert [row[0] for sheet in sheets for row in sheet[1:]] == table["Number"].to_list()


def test_a_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    buffer = io.BytesIO()
    table_as_xlsx(pl.DataFrame({"Text": ["x" * 40_000]}), "Long", buffer)
    cell = str(sheets_of_xlsx(buffer.getvalue())[0][1][0])
    assert len(cell) == 32_767
    assert cell.endswith("x…")


def test_json_has_the_keys_that_other_programs_depend_on() -> None:
    answer = json.loads(findings_json(check(typical_return())))
    assert list(answer) == ["edition", "records", "errors", "queries", "skipped", "findings"]
    assert answer["edition"] == "library-2021"
    assert answer["records"]["Loan"] == 3
    assert (answer["errors"], answer["queries"]) == (2, 1)
    assert answer["findings"][-1] == {
        "rule": "20",
        "priority": "error",
        "level": "item",
        "entity": "Loan",
        "record": 1,
        "key": ["A001", "Zoë's garden"],
        "fields": [{"field": "Until", "value": "1970-01-01"}, {"field": "Reader.Born", "value": "1980-02-03"}],
        "message": "A loan falls due before the reader was born.",
    }


def test_json_of_a_finding_about_the_return_has_no_record() -> None:
    answer = json.loads(findings_json(check(small_return(Reader=[{"Ticket": f"A00{n}"} for n in range(4)]))))
    (finding,) = answer["findings"]
    assert (finding["level"], finding["record"], finding["key"], finding["entity"]) == ("return", None, [], None)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(returns())
def test_json_says_what_the_result_says(dataset: Dataset) -> None:
    result = check(dataset)
    answer = json.loads(findings_json(result))
    assert answer["records"] == dataset.records
    assert len(answer["findings"]) == result.errors + result.queries
    for written, found in zip(answer["findings"], result.found.to_dicts(), strict=True):
        assert written["fields"] == [{"field": f["field"], "value": f["value"]} for f in found["fields"]]
        assert written["key"] == found["key"]
        assert written["rule"] == (found["rule"] or found["rule_key"])


@pytest.mark.parametrize("text", ["\u2028", "\u0085", "\x1c", '"', "\\", "\x7f"])
def test_json_keeps_characters_that_break_lines(text: str) -> None:
    dataset = small_return(Reader=[{"Ticket": f"A{text}1"}])
    answer = json.loads(findings_json(check(dataset)))
    assert answer["findings"][0]["key"] == [f"A{text}1"]
