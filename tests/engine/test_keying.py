"""What people key: understood where it is harmless, kept as typed where it is not, refused where it fits no line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectory.blade import Decimal, Field, Integer, Text
from collectory.engine import Dataset, Refusal, read_keyed, read_xml
from collectory.engine.keying import Keyed, keyed, understood
from collectory.engine.reading.keyed import read_keyed_with_words
from collectory.engine.writing.xml import write_xml
from tests.engine.form_blade import new, old

COUNT = Field("Count", Integer(0, 999_999))


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("1,234", "1234"),
        ("12,345", "12345"),
        ("1 234", "1234"),
        ("1\u00a0234", "1234"),
        ("1\u202f234", "1234"),
        ("1’234", "1234"),
        (" 7 ", "7"),
        ("\t7\r\n", "7"),
        ("１２", "12"),
        ("１，２３４", "1234"),
        ("\ufeff12", "12"),
        ("1\u200b2", "12"),
    ],
)
def test_harmless_forms_are_understood_and_said(typed: str, plain: str) -> None:
    found = understood(COUNT, typed)
    assert (found.value, found.problem) == (plain, "")
    assert plain in found.said


@pytest.mark.parametrize("typed", ["0", "7", "0012", "999999"])
def test_plain_numbers_need_no_words(typed: str) -> None:
    found = understood(COUNT, typed)
    assert (found.value, found.said, found.problem) == (typed, "", "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("twelve", "is not a number"),
        ("-3", "is less than 0"),
        ("−3", "is less than 0"),
        ("－３", "is less than 0"),
        ("1.5", "is not a whole number"),
        ("１．５", "is not a whole number"),
        ("12.0", "is not a whole number"),
        ("1.000", "is not a whole number"),
        ("12,34", "is not a whole number"),
        ("1000000", "is too large"),
        ("1,000,000", "is too large"),
        ("9" * 40, "is too large"),
        ("1²", "is not a number"),
        ("٣", "is not a number"),
        ("½", "is not a number"),
        ("1e3", "is not a number"),
        ("1,23,456", "is not a number"),
        ("1,234 567", "is not a number"),
        ("=1+1", "is not a number"),
    ],
)
def test_everything_else_stays_as_typed_with_a_sentence(typed: str, words: str) -> None:
    found = understood(COUNT, typed)
    assert (found.value, found.said) == (typed, "")
    assert words in found.problem and "from 0 to 999999" in found.problem


@pytest.mark.parametrize("typed", ["", " ", "\u00a0", "\t\n", "　"])
def test_nothing_is_nothing(typed: str) -> None:
    assert understood(COUNT, typed).value is None


def test_texts_lose_only_what_cannot_be_seen() -> None:
    found = understood(Field("Name", Text()), " Ａnne-Marie　O’Hara, 1,234\x00 ")
    assert found.value == "Ａnne-Marie　O’Hara, 1,234" and found.said
    assert understood(Field("Name", Text()), "Zoë").said == ""


def test_decimals() -> None:
    rent = Field("Rent", Decimal(2))
    assert understood(rent, "1.50").value == "1.50" and understood(rent, "1.50").problem == ""
    assert understood(rent, "1,234").value == "1234"
    assert "expected" in understood(rent, "1.505").problem


@given(st.text(max_size=30))
def test_whatever_is_typed_is_plain_or_has_a_sentence_and_can_be_written(text: str) -> None:
    found = understood(COUNT, text)
    if found.value is not None and not found.problem:
        assert found.value.isascii() and found.value.isdecimal() and int(found.value) <= 999_999
    kept = read_keyed({"Warden": text, "Let": text}, old, "77")
    assert isinstance(kept, Dataset)
    back = read_xml(write_xml(kept), old, "77")
    assert isinstance(back, Dataset)
    assert all(table.equals(back.tables[name]) for name, table in kept.tables.items())


def test_items_go_by_field_entity_and_line() -> None:
    for name in ("Let", "let", "Plots.Let", "1a", "1A", "1a Let", " 1a  Let "):
        dataset = read_keyed({name: 5}, old)
        assert isinstance(dataset, Dataset) and dataset.tables["Plots"]["Let"].to_list() == ["5"]


def test_what_is_not_keyed_stays_as_it_was() -> None:
    first = keyed({"Let": "5", "Free": "6"}, old, "77")
    assert isinstance(first, Keyed)
    second = keyed({"Free": "", "Rent": "1.50"}, old, "77", onto=first.dataset)
    assert isinstance(second, Keyed)
    assert second.dataset.tables["Plots"].row(0) == (0, None, "5", None, None)
    assert second.dataset.tables["About"]["Rent"].to_list() == ["1.50"]
    assert second.dataset.source == "77" and first.dataset.tables["Plots"]["Free"].to_list() == ["6"]


def test_json_and_csv_say_the_same() -> None:
    as_json = read_keyed(b'{"Let": 5, "1b": "1,234", "All": null, "Rent": 2.5}', new, "77")
    for text in (
        'item,value\nLet,5\n1b,"1,234"\nAll,\nRent,2.5\n',
        '\ufeffField,Value\r\n"Let","5"\r\n\r\n1b,"1,234"\r\nRent,2.5\r\n',
        'Let,5\n1b,"1,234"\nRent,2.5',
    ):
        as_csv = read_keyed(text.encode(), new, "77")
        assert isinstance(as_json, Dataset) and isinstance(as_csv, Dataset)
        assert all(table.equals(as_csv.tables[name]) for name, table in as_json.tables.items())


def test_numbers_of_json_are_taken_as_numbers() -> None:
    dataset = read_keyed(b'{"Let": 12.0, "Free": 1.2e1, "Waiting": 1e999999999, "All": 99999999999999999999}', new)
    assert isinstance(dataset, Dataset)
    assert dataset.tables["Plots"].row(0)[2:] == ("12", "12", "1e999999999", "99999999999999999999")


def test_words_are_given_with_the_line_they_are_about() -> None:
    outcome = read_keyed_with_words({"1a": "1,234", "Free": "-1", "All": "3"}, old)
    assert isinstance(outcome, Keyed)
    assert [(each.name, each.typed) for each in outcome.said] == [("1a Let", "1,234")]
    assert [(each.name, each.typed) for each in outcome.problems] == [("1b Free", "-1")]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "{}"),
        (b" \n", "empty", "{}"),
        (b"[1, 2]", "malformed", "a list"),
        (b'{"Let": ', "malformed", "line 1, column"),
        (b'{"Let": 5} {}', "malformed", "line 1, column"),
        (b'{"Let": true}', "malformed", "“Let”"),
        (b'{"Let": {"value": 5}}', "malformed", "“Let”"),
        (b'{"Let": 5, "Let": 6}', "repeated-item", "Let"),
        (b'{"Let": 5, "1a": 6}', "repeated-item", "1a Let"),
        (b"Let,5\nLet,6", "repeated-item", "Let"),
        (b'{"Rented": 5}', "unknown-item", "“Rented”"),
        (b'{"Waiting": 5}', "unknown-item", "“Waiting”"),
        (b"Let,1,234", "malformed", "Line 1 has 3 columns"),
        (b"Let,5\nFree", "malformed", "Line 2 has 1 column"),
        (b'Let,"5', "malformed", "quotation mark"),
        (b"Warden,Zo\xeb", "malformed", "accents"),
        (b"[" * 100_000, "too-deep", "one object"),
        (b"{" + b" " * 1_000_001 + b"}", "too-large", "1 MB"),
    ],
)
def test_what_is_no_form_is_refused_in_words(data: bytes, code: str, words: str) -> None:
    outcome = read_keyed(data, old, "77")
    assert isinstance(outcome, Refusal)
    assert outcome.code == code
    assert words in f"{outcome.title} {outcome.message}"


def test_any_json_is_a_return_or_a_refusal() -> None:
    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
    def never_raises(value: object) -> None:
        for data in (json.dumps(value), json.dumps({"Let": value, "1b": value})):
            assert isinstance(read_keyed(data.encode(), old), (Dataset, Refusal))

    never_raises()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_return_or_a_refusal(data: bytes) -> None:
    assert isinstance(read_keyed(data, old), (Dataset, Refusal))
