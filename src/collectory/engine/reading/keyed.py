"""Reading a form that was filled in as JSON or CSV: an object of item to value, or lines of item and value."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from collectory.blade import Edition
from collectory.engine.dataset import Dataset
from collectory.engine.keying import Keyed, given_twice, keyed
from collectory.engine.refusal import FileRefused, Refusal

LARGEST = 1_000_000
"""Bytes; a form has some hundred lines."""

HEADINGS = {("item", "value"), ("field", "value")}
AGAIN = "Correct the file and load it again. Nothing was loaded."
LONGEST_NUMBER = 30
FIRST_LINE = re.compile(rb"\"?[A-Za-z0-9][A-Za-z0-9. ]{0,80}\"?[,;\t]")


def read_keyed(
    data: bytes | Mapping[str, Any], edition: Edition, source: str | None = None, onto: Dataset | None = None
) -> Dataset | Refusal:
    """A return from the values of the edition's form; `{}` is the empty form.

    `data` is a JSON object of item to value (text, number or null), or CSV with a line of item and value each (a
    first line "item,value" may be there), or such an object in memory. Items are called as in `keyed`, and
    `source` and `onto` are as there. Gives the data set, or why it is refused. Raises ValueError for an edition
    without a form.
    """
    outcome = read_keyed_with_words(data, edition, source, onto)
    return outcome if isinstance(outcome, Refusal) else outcome.dataset


def is_keyed(data: bytes) -> bool:
    """Whether a file begins as JSON does, or as a line of two values does."""
    head = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] in (b"{", b"[") or FIRST_LINE.match(head) is not None


def read_keyed_with_words(
    data: bytes | Mapping[str, Any], edition: Edition, source: str | None = None, onto: Dataset | None = None
) -> Keyed | Refusal:
    """The same, with what was understood of each value and what is wrong with it."""
    try:
        values = _values(data) if isinstance(data, bytes) else _texts(data)
    except FileRefused as refused:
        return refused.refusal
    return keyed(values, edition, source or "", onto)


def _values(data: bytes) -> dict[str, str | None]:
    if len(data) > LARGEST:
        raise FileRefused(_refusal("too-large", "The file is too large", "It is over 1 MB; a form is far smaller."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(
            _refusal("malformed", "The file is not in UTF-8", "Letters with accents in it would be lost.")
        ) from None
    if not text.strip():
        raise FileRefused(_refusal("empty", "The file is empty", "There is nothing in it. An empty form is {}."))
    return _json(text) if text.lstrip()[0] in "{[" else _csv(text)


def _json(text: str) -> dict[str, str | None]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise FileRefused(given_twice(name))
            found[name] = value
        return found

    try:
        values = json.loads(text, object_pairs_hook=once, parse_int=_number, parse_float=_number, parse_constant=str)
    except json.JSONDecodeError as problem:
        where = f"It breaks off or goes wrong at line {problem.lineno}, column {problem.colno}."
        raise FileRefused(_refusal("malformed", "The file is not sound JSON", where)) from None
    except RecursionError:
        raise FileRefused(_refusal("too-deep", "The file is nested too deeply", "A form is one object.")) from None
    if not isinstance(values, dict):
        raise FileRefused(
            _refusal("malformed", "The file is not one form", "It is a list; a form is one object of item to value.")
        )
    return _texts(values)


def _number(written: str) -> str:
    """A number as it was written; 12.0 and 1.2e1 as 12."""
    try:
        number = Decimal(written)
    except InvalidOperation:  # an exponent beyond all bounds
        return written
    if abs(number.adjusted()) < LONGEST_NUMBER and number == number.to_integral_value():
        return str(int(number))
    return written


def _texts(values: Mapping[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in values.items():
        if isinstance(value, bool) or not (value is None or isinstance(value, (str, int, float))):
            kind = "true or false" if isinstance(value, bool) else "a list or an object"
            message = f"The value of “{name[:60]}” is {kind}; a line of the form takes a number or a text."
            raise FileRefused(_refusal("malformed", "A value is of another kind", message))
        found[name] = value if value is None or isinstance(value, str) else _number(repr(value))
    return found


def _csv(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = True
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if first and tuple(cell.strip().casefold() for cell in row) in HEADINGS:
                first = False
                continue
            first = False
            if len(row) != 2:
                raise FileRefused(_wrong_line(reader.line_num, len(row)))
            name = row[0]
            if name in found:
                raise FileRefused(given_twice(name))
            found[name] = row[1]
    except csv.Error:
        message = f"It goes wrong at line {reader.line_num}: a quotation mark may not be closed."
        raise FileRefused(_refusal("malformed", "The file is not sound CSV", message)) from None
    return found


def _wrong_line(line: int, columns: int) -> Refusal:
    found = "1 column" if columns == 1 else f"{columns} columns"
    return _refusal(
        "malformed",
        "A line is not an item and its value",
        f"Line {line} has {found}; each line has two, an item and its value, with a comma between them. A value that "
        "has a comma itself stands in quotation marks.",
    )


def _refusal(code: str, title: str, message: str) -> Refusal:
    return Refusal(code, title, message, AGAIN)
