"""The check letter of a UPN, the check digit of a ULN and ages, against worked examples."""

from datetime import date

import polars as pl
import pytest

from collectory.blades.school_census.rules.ages import age_on
from collectory.blades.school_census.rules.check_digits import (
    LETTERS,
    has_right_letter,
    is_learner_number,
    learner_digits,
    upn_digits,
)


@pytest.mark.parametrize(
    ("upn", "right"),
    [
        ("A950000178301", True),
        ("H243278544154", True),
        ("R900400001001", True),
        ("F855400121001", True),
        ("V855400121002", True),
        ("X85520002100A", True),
        ("H85540012101C", True),
        ("R247962919251", False),
        ("X428558133462", False),
        ("Q207000016049", False),
        ("P207000016049", True),
        ("f855400121001", False),
        ("I855400121001", False),
        ("5855400121001", False),
        ("", None),
        ("F85540012100", None),
        ("F8554O0121001", None),
        ("F85540012100O", None),
        (None, None),
    ],
)
def test_check_letter(upn: str | None, right: bool | None) -> None:
    text = pl.lit(upn, pl.String)
    assert pl.select(has_right_letter(text, upn_digits(text))).item() is right


def test_no_other_letter_is_right() -> None:
    right = "F855400121001"
    others = pl.DataFrame({"upn": [letter + right[1:] for letter in LETTERS]})
    answers = others.select(has_right_letter(pl.col("upn"), upn_digits(pl.col("upn"))))["upn"].to_list()
    assert [letter for letter, answer in zip(LETTERS, answers, strict=True) if answer] == ["F"]


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("1000000043", True),
        ("1234567899", True),
        ("1000000042", False),
        ("9999999999", False),
        ("0234567899", False),
        ("12345678999", False),
        ("123456789", False),
        ("١٢٣٤٥٦٧٨٩٩", False),
        (None, None),
    ],
)
def test_learner_number(number: str | None, right: bool | None) -> None:
    text = pl.lit(number, pl.String)
    assert pl.select(is_learner_number(text, learner_digits(text))).item() is right


def test_no_learner_number_where_the_remainder_is_nought() -> None:
    numbers = pl.DataFrame({"uln": [f"100000006{digit}" for digit in range(10)]})
    assert not numbers.select(is_learner_number(pl.col("uln"), learner_digits(pl.col("uln"))))["uln"].any()


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2006, 8, 31), date(2021, 8, 31), 15),
        (date(2006, 9, 1), date(2021, 8, 31), 14),
        (date(2004, 2, 29), date(2021, 2, 28), 16),
        (date(2004, 2, 29), date(2021, 3, 1), 17),
        (date(2022, 1, 1), date(2021, 8, 31), -1),
    ],
)
def test_age(born: date, day: date, age: int) -> None:
    frame = pl.DataFrame({"born": [born], "day": [day]})
    assert frame.select(age_on(pl.col("born"), day)).item() == age
    assert frame.select(age_on(pl.col("born"), pl.col("day"))).item() == age
