"""Reading the register of organisations."""

from __future__ import annotations

import polars as pl
import pytest

from collectory.engine import Refusal
from collectory.engine.reading.register import read_register, read_register_in_order

HEADER = '"URN","LA (code)","EstablishmentNumber","EstablishmentStatus (name)"\r\n'
LINES = '"1","855","4001","Closed"\r\n"2","855","4001","Open"\r\n"3","855","4002",""\r\n'


def test_what_is_closed_comes_after_what_is_open_and_the_rest_stays_in_order() -> None:
    data = (HEADER + LINES).encode()
    register, in_order = read_register(data), read_register_in_order(data)
    assert isinstance(register, pl.DataFrame) and isinstance(in_order, pl.DataFrame)
    assert register["URN"].to_list() == ["2", "3", "1"]
    assert in_order["URN"].to_list() == ["1", "2", "3"]
    assert in_order["EstablishmentStatus (name)"].to_list()[2] is None


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_both_encodings_are_read(encoding: str) -> None:
    register = read_register('"URN","EstablishmentName"\n"1","L’Étang"\n'.encode(encoding))
    assert isinstance(register, pl.DataFrame) and register["EstablishmentName"].to_list() == ["L’Étang"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"<xml/>", b"one column\n1\n", b"a,b\n1,2,3\n"])
def test_what_is_no_register_is_refused(data: bytes) -> None:
    assert isinstance(read_register(data), Refusal)
