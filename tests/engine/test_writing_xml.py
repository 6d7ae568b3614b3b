"""A return written as XML reads back as the same return."""

from __future__ import annotations

import io

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from polars.testing import assert_frame_equal

from collectory.engine import Dataset, read_xml
from collectory.engine.writing import xml
from collectory.engine.writing.xml import UnwritableText, fits_xml, write_xml, write_xml_to
from tests.engine.random_returns import returns
from tests.engine.small_blade import edition, small_return, typical_return


def read(data: bytes) -> Dataset:
    outcome = read_xml(data, edition)
    assert isinstance(outcome, Dataset), outcome
    return outcome


def assert_same(one: Dataset, other: Dataset) -> None:
    assert list(one.tables) == list(other.tables)
    for name, table in one.tables.items():
        assert_frame_equal(table, other.tables[name])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(returns())
def test_reading_what_was_written_gives_equal_tables(dataset: Dataset) -> None:
    back = read(write_xml(dataset))
    assert back.notices == ()
    assert_same(back, dataset)


def test_elements_stand_in_the_order_of_the_layout() -> None:
    root = etree.fromstring(write_xml(typical_return()))
    paths = [root.getroottree().getpath(element) for element in root.iter() if len(element) == 0]
    assert paths[:4] == [
        "/Survey/Header/Details/Collection",
        "/Survey/Header/Details/Year",
        "/Survey/Header/Town",
        "/Survey/Library/Rooms",
    ]
    card = root.find("Readers/AdultReaders/Reader/Card")
    assert card is not None
    # Loans follow the field that the blade says; one wrapper for both loans; the gap before Reason 3 is kept.
    assert [each.tag for each in card] == ["Colour", "Loans", "Lost", "Refusals"]
    assert [each.findtext("Book") for each in card.findall("Loans/Loan")] == ["Atlas", "Zoë's garden"]
    assert [each.text for each in card.findall("Refusals/Reason")] == ["late", None, "noise <loud>"]


def test_missing_values_and_empty_groups_are_left_out() -> None:
    root = etree.fromstring(write_xml(small_return(Reader=[{"Ticket": "A001", "Remark": ""}])))
    reader = root.find("Readers/AdultReaders/Reader")
    assert reader is not None
    assert [each.tag for each in reader.iter()] == ["Reader", "Identity", "Ticket"]
    assert root.find("Library") is None
    assert root.find("Readers/YoungReaders") is None


def test_a_return_in_many_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_xml(typical_return())
    monkeypatch.setattr(xml, "AT_ONCE", 1)
    file = io.BytesIO()
    write_xml_to(typical_return(), file)
    assert file.getvalue() == whole


def test_records_below_come_in_the_order_of_those_above() -> None:
    dataset = typical_return()
    loans = dataset.tables["Loan"]
    shuffled = loans.reverse().with_columns(pl.int_range(loans.height, dtype=pl.Int64).alias("_row"))
    renewals = dataset.tables["Renewal"].with_columns(pl.lit(1, pl.Int64).alias("_parent"))
    back = read(write_xml(dataset.with_tables({"Loan": shuffled, "Renewal": renewals})))
    assert back.tables["Loan"]["Book"].to_list() == ["Zoë's garden", "Atlas", "Atlas"]
    assert back.tables["Renewal"]["_parent"].to_list() == [0]


@pytest.mark.parametrize("text", ["nul \0", "bell \x07", "\x1b[31m", "no character \uffff"])
def test_what_xml_cannot_hold_is_refused_and_named_without_the_value(text: str) -> None:
    dataset = small_return(Reader=[{"Ticket": "A001"}, {"Ticket": "B002", "Remark": text}])
    assert not fits_xml(text)
    with pytest.raises(UnwritableText) as refused:
        write_xml(dataset)
    assert (refused.value.entity, refused.value.field, refused.value.record) == ("Reader", "Remark", 1)
    assert text not in str(refused.value)


def test_a_record_that_lies_under_none_is_not_lost_silently() -> None:
    dataset = typical_return()
    astray = dataset.tables["Loan"].with_columns(pl.lit(7, pl.Int64).alias("_parent"))
    with pytest.raises(ValueError, match="lies under no record of Reader"):
        write_xml(dataset.with_tables({"Loan": astray}))


def test_all_characters_of_the_declared_encoding_are_kept() -> None:
    assert fits_xml("Zoë 🎒 \t\n\r")
    back = read(write_xml(small_return(Reader=[{"Surname": "Zoë 🎒\r\n\té"}])))
    assert back.tables["Reader"]["Surname"].to_list() == ["Zoë 🎒\r\n\té"]
