"""The form as a spreadsheet: filled in and read back, and refused by name of the row where rows are not in place."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from collectory.engine import Dataset, Refusal, edition, read_keyed, read_return, read_template
from collectory.engine.keying import Keyed
from collectory.engine.reading.template import read_template_with_words
from collectory.engine.writing.template import FIRST_ROW, write_template
from tests.engine import form_blade

Sheets = dict[str, list[list[Any]]]
KEY = "sen2-2011"
VALUE, FIELD = 2, 3


def rewritten(change: Callable[[Sheets], object], values: dict[str, Any] | None = None) -> bytes:
    """The template of a form with two parts, changed as somebody at a spreadsheet might."""
    filled = read_keyed(values or {}, edition(KEY), "302")
    assert isinstance(filled, Dataset)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(write_template(edition(KEY), filled)))
    sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    change(sheets)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def at(sheets: Sheets, sheet: str, field: str) -> int:
    return next(number for number, row in enumerate(sheets[sheet]) if row[FIELD] == field)


def put(sheets: Sheets, sheet: str, field: str, value: Any) -> None:
    sheets[sheet][at(sheets, sheet, field)][VALUE] = value


def refused(change: Callable[[Sheets], object]) -> Refusal:
    outcome = read_template(rewritten(change), edition(KEY), "302")
    assert isinstance(outcome, Refusal), outcome
    assert "Nothing was loaded" in outcome.action
    return outcome


def test_a_filled_template_is_the_return_that_was_keyed() -> None:
    values = {"Tot05": "12", "TotAll": "0", "New05": "9999999", "Telephone": "01632 960000", "ContactSurname": "O’Hara"}
    keyed = read_keyed(values, edition(KEY), "302")
    assert isinstance(keyed, Dataset)
    for read in (
        read_template(rewritten(lambda sheets: None, values), edition(KEY), "302"),
        read_return(write_template(edition(KEY), keyed), edition(KEY), "302"),
        read_return(write_template(edition(KEY), keyed)),
    ):
        assert isinstance(read, Dataset)
        assert all(table.equals(read.tables[name]) for name, table in keyed.tables.items())


def test_what_people_put_into_cells() -> None:
    def fill(sheets: Sheets) -> None:
        for field, value in (
            ("Tot05", 12),
            ("Tot510", 12.5),
            ("Tot1115", "1,234"),
            ("Tot1619", " １２ "),
            ("TotAll", "n/a"),
            ("Meyedset", True),
            ("Mrpmain", datetime.date(2011, 1, 20)),
            ("Msen", -3),
            ("Mmain", 1e20),
        ):
            put(sheets, "Part 1", f"Part1.{field}", value)

    outcome = read_template_with_words(rewritten(fill), edition(KEY), "302")
    assert isinstance(outcome, Keyed)
    kept = outcome.dataset.tables["Part1"].row(0)[2:11]
    assert kept == ("12", "12.5", "1234", "12", "n/a", "TRUE", "2011-01-20", "-3", "100000000000000000000")
    assert [each.field for each in outcome.said] == ["Tot1115", "Tot1619"]
    assert [each.field for each in outcome.problems] == ["Tot510", "TotAll", "Meyedset", "Mrpmain", "Msen", "Mmain"]


def test_a_missing_row_is_named() -> None:
    outcome = refused(lambda sheets: sheets["Part 1"].pop(at(sheets, "Part 1", "Part1.Tot1115")))
    assert outcome.code == "wrong-rows"
    assert outcome.message == "Sheet Part 1: 1.1c Tot1115 (11 to 15) is missing."


def test_an_emptied_row_is_missing() -> None:
    def empty(sheets: Sheets) -> None:
        sheets["Part 2"][at(sheets, "Part 2", "Part2.Disleft")][:] = [""] * 4

    assert "2.6 Disleft" in refused(empty).message and "missing" in refused(empty).message


def test_several_missing_rows_are_all_named() -> None:
    def take(sheets: Sheets) -> None:
        for field in ("Dislea", "Dismet"):
            sheets["Part 2"].pop(at(sheets, "Part 2", f"Part2.{field}"))

    message = refused(take).message
    assert "2.5a Dislea" in message and "2.5b Dismet" in message and message.endswith("are missing.")


@pytest.mark.parametrize(("field", "to", "name"), [("Tot05", 3, "1.1a Tot05"), ("TotAll", -4, "1.1e TotAll")])
def test_a_moved_row_is_named_with_both_places(field: str, to: int, name: str) -> None:
    def move(sheets: Sheets) -> None:
        rows = sheets["Part 1"]
        here = at(sheets, "Part 1", f"Part1.{field}")
        rows.insert(here + to, rows.pop(here))

    message = refused(move).message
    assert name in message and "stands in row" in message and "belongs in row" in message
    assert message.count("stands in row") == 1, "the others only made room"


def test_swapped_rows_are_named() -> None:
    def swap(sheets: Sheets) -> None:
        rows = sheets["Part 1"]
        one, two = at(sheets, "Part 1", "Part1.Msen"), at(sheets, "Part 1", "Part1.Mmain")
        rows[one], rows[two] = rows[two], rows[one]

    message = refused(swap).message
    assert "1.2i c Msen" in message or "1.2i d Mmain" in message


def test_an_added_row_is_seen_at_the_row_below_it() -> None:
    message = refused(lambda sheets: sheets["Part 1"].insert(FIRST_ROW + 1, ["", "", "", ""])).message
    assert "1.1a Tot05" in message and "belongs in row 6" in message


def test_a_row_that_stands_twice_is_named() -> None:
    def twice(sheets: Sheets) -> None:
        sheets["Part 1"].append(list(sheets["Part 1"][at(sheets, "Part 1", "Part1.Tot05")]))

    assert "1.1a Tot05 (Under 5) stands twice" in refused(twice).message


def test_values_sorted_away_from_their_rows_are_seen_by_the_wording() -> None:
    def sort(sheets: Sheets) -> None:
        rows = sheets["Part 1"]
        one, two = at(sheets, "Part 1", "Part1.Msen"), at(sheets, "Part 1", "Part1.Mmain")
        rows[one][:FIELD], rows[two][:FIELD] = rows[two][:FIELD], rows[one][:FIELD]

    assert "should be 1.2i c Msen" in refused(sort).message


def test_values_beside_the_form_are_named_by_cell() -> None:
    def beside(sheets: Sheets) -> None:
        sheets["Part 1"][FIRST_ROW + 1].append(7)

    def at_a_heading(sheets: Sheets) -> None:
        sheets["Part 1"][FIRST_ROW][VALUE] = 7

    def below(sheets: Sheets) -> None:
        sheets["Part 1"].append(["", "", 7, ""])

    assert "cell E6 holds something" in refused(beside).message
    assert "cell C5 holds something" in refused(at_a_heading).message
    assert "holds something" in refused(below).message


def test_sheets_that_are_missing_or_added_are_named() -> None:
    assert "The sheet Part 2 is missing" in refused(lambda sheets: sheets.pop("Part 2")).message
    assert "Workings" in refused(lambda sheets: sheets.update(Workings=[[1]])).message
    outcome = read_template(rewritten(lambda sheets: sheets.update(Sheet1=[])), edition(KEY), "302")
    assert isinstance(outcome, Dataset), "an empty sheet is nobody's loss"


def test_other_workbooks_are_refused() -> None:
    assert "does not say which form" in refused(lambda sheets: sheets.pop("About")).message
    year = read_template(write_template(edition(KEY)), edition("sen2-2014"))
    assert isinstance(year, Refusal) and year.code == "wrong-year" and "SEN2 2011" in year.message
    census = read_return(write_template(edition(KEY)), edition("school-census-2021-autumn"))
    assert isinstance(census, Refusal)
    for data in (b"PK\x03\x04", b"PK\x03\x04[Content_Types].xml" * 9, write_template(edition(KEY))[:-200]):
        assert isinstance(read_return(data, edition(KEY)), Refusal)


def test_a_swollen_workbook_is_refused_unread() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 << 20))
    outcome = read_return(buffer.getvalue(), edition(KEY))
    assert isinstance(outcome, Refusal)


def test_texts_are_never_formulas() -> None:
    keyed = read_keyed({"ContactSurname": "=1+1", "Tot05": "=2"}, edition(KEY), "302")
    assert isinstance(keyed, Dataset)
    back = read_template(write_template(edition(KEY), keyed), edition(KEY), "302")
    assert isinstance(back, Dataset)
    assert back.tables["LALevel"]["ContactSurname"].to_list() == ["=1+1"] and back.tables["Part1"]["Tot05"][0] == "=2"


def test_any_blade_with_a_form_has_a_template() -> None:
    keyed = read_keyed({"Let": 5, "Waiting": "1,234", "Rent": 2.5, "Warden": "Ann"}, form_blade.new, "77")
    assert isinstance(keyed, Dataset)
    back = read_template(write_template(form_blade.new, keyed), form_blade.new, "77")
    assert isinstance(back, Dataset)
    assert all(table.equals(back.tables[name]) for name, table in keyed.tables.items())
    with pytest.raises(ValueError, match="has no form"):
        write_template(edition("school-census-2021-autumn"))
