"""Probable matches: which slips lead from one record to the other, which likenesses do not, and why."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

from collectory.engine.matching.probable import Cancelled, Probable, estimate, probable
from collectory.engine.matching.probable_model import BLOCKS
from collectory.engine.matching.rows import SCHEMA

BORN = dt.date(2010, 1, 31)
ANNE = {
    "forename": "Anne-Marie",
    "surname": "Brontë",
    "birth_date": BORN,
    "sex": "F",
    "postcode": "LE11AA",
    "upn": "A1",
}


def people(*given: dict[str, Any]) -> pl.DataFrame:
    """Pupils on roll, each of another school, among thousands of others."""
    filler = [
        {"native_id": "9999999", "on_roll": True, "upn": f"X{number}", "sex": "M", "person": f"x{number}"}
        for number in range(5000)
    ]
    rows = [
        {"native_id": f"855400{number}", "on_roll": True, "person": f"p{number}", **ANNE, "upn": f"U{number}", **each}
        for number, each in enumerate(given)
    ]
    return pl.DataFrame([*rows, *filler], schema=SCHEMA)


def reasons_of(found: Probable) -> dict[str, str]:
    return dict(found.reasons.filter(pl.col("case") == 0).select("what", "words").rows())


FORMER_SURNAME = "the surname of one is the former surname of the other"
FORMER_UPN = "the UPN of one is the former UPN of the other"
SLIPS = [
    ({"surname": "Bronte"}, "names", "forename and surname are the same"),
    ({"forename": "ANNE MARIE"}, "names", "forename and surname are the same"),
    ({"forename": "Anne"}, "names", "one name is a part of the other's double name"),
    ({"surname": "Brotnë"}, "names", "forename and surname differ by one slip"),
    ({"forename": "Brontë", "surname": "Anne-Marie"}, "names", "forename and surname are swapped"),
    ({"forename": "A"}, "names", "the surname is the same, the forename of one is the initial of the other's"),
    ({"surname": "Hall", "former_surname": "Bronte"}, "names", FORMER_SURNAME),
    ({"surname": "Hall", "former_upn": "U14"}, "former UPN", FORMER_UPN),
]


@pytest.mark.parametrize("home", ["LE11AA", "LE22BB", None])
def test_slips_at_the_same_and_at_other_homes(home: str | None) -> None:
    pairs = []
    for number, (other, _, _) in enumerate(SLIPS):
        born = {"birth_date": dt.date(2002 + number, 2 + number, 11 + number)}
        pairs += [born, {**born, **other, "postcode": home}]
    found = probable(people(*pairs))
    assert found.cases.number == len(SLIPS)
    for places, reasons in zip(
        found.cases.members.partition_by("case"), found.reasons.partition_by("case"), strict=True
    ):
        one, other = places["place"].to_list()
        assert other == one + 1
        _, what, words = SLIPS[one // 2]
        assert dict(reasons.select("what", "words").rows())[what] == words


def test_day_and_month_exchanged() -> None:
    one, other = {"birth_date": dt.date(2010, 3, 11)}, {"birth_date": dt.date(2010, 11, 3)}
    found = probable(people(one, other))
    assert reasons_of(found)["birth date"] == "day and month of birth are exchanged"


@pytest.mark.parametrize(
    "other",
    [
        {"forename": "Charlotte"},  # a twin
        {"birth_date": dt.date(2012, 6, 2)},  # of one name and home, years later
        {"upn": "U0", "surname": "Bronte"},  # one UPN: an exact case
        {"person": "p0"},  # names and birth date: an exact case
        {"native_id": "8554000", "surname": "Bronte"},  # in one return
        {"on_roll": False, "surname": "Bronte"},
    ],
)
def test_what_is_no_probable_match(other: dict[str, Any]) -> None:
    assert probable(people({}, other), threshold=0.5).cases.number == 0


def test_reasons_add_up_to_the_score() -> None:
    found = probable(people({}, {"surname": "Brote", "postcode": "LE22BB"}), threshold=0.5)
    (score,) = found.cases.cases["score"].to_list()
    assert found.reasons["weight"].sum() == pytest.approx(math.log2(score / (1 - score)), abs=1e-6)


def test_pairs_are_counted_before() -> None:
    # Two of one home, birth date and forename are in three blocks; the third is only born on the same day.
    other = {"forename": "Ann", "surname": "Other", "postcode": "LE33CC"}
    counted = estimate(people({}, {"surname": "Bronte"}, other))
    assert 1 <= counted <= len(BLOCKS)
    assert estimate(people({}, other)) == 0
    assert estimate(people({}, {**other, "former_upn": "U0"})) == 1
    # Two of one return are not compared.
    assert estimate(people({}, {"surname": "Bronte", "native_id": "8554000"})) == 0
    assert estimate(people()) == 0
    assert estimate(pl.DataFrame(schema=SCHEMA)) == 0
    assert probable(pl.DataFrame(schema=SCHEMA)).cases.number == 0


def test_it_can_be_cancelled_before_and_while_it_runs() -> None:
    rows = people({}, {"surname": "Bronte"})
    with pytest.raises(Cancelled):
        probable(rows, cancelled=lambda: True)
    answers = iter([False])
    # The second time it is asked is from the thread that watches.
    with pytest.raises(Cancelled):
        probable(pl.concat([rows] * 20), cancelled=lambda: next(answers, True))
