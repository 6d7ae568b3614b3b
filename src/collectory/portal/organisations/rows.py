"""What a register file says of each school, and what is wrong with it: one row of the file at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from collectory.engine import Refusal
from collectory.engine.reading.register import read_register_in_order
from collectory.portal.organisations.types import SchoolType, key, school_types
from collectory.portal.people.models import Organisation

URN, LA, NUMBER, NAME = "URN", "LA (code)", "EstablishmentNumber", "EstablishmentName"
TYPE, STATUS = "TypeOfEstablishment (name)", "EstablishmentStatus (name)"
LA_NAME, PHASE, OPENED, CLOSED = "LA (name)", "PhaseOfEducation (name)", "OpenDate", "CloseDate"
TRUST, TRUST_NAME, REASON = "Trusts (code)", "Trusts (name)", "ReasonEstablishmentClosed (name)"
EMAIL = "MainEmail"
REQUIRED = (URN, LA, NUMBER, NAME, TYPE, STATUS)
OPTIONAL = (LA_NAME, PHASE, OPENED, CLOSED, TRUST, TRUST_NAME, REASON, EMAIL)
LINK_COLUMNS = ("URN", "LinkURN", "LinkType")

STATUSES = {
    "open": Organisation.Status.OPEN,
    "open, but proposed to close": Organisation.Status.CLOSING,
    "closed": Organisation.Status.CLOSED,
    "proposed to open": Organisation.Status.PROPOSED,
}
# Of rows with one number, the one of a school that is open says what the number means now.
PREFERENCE = [
    Organisation.Status.CLOSED,
    Organisation.Status.PROPOSED,
    Organisation.Status.CLOSING,
    Organisation.Status.OPEN,
]
_ISO, _BRITISH = re.compile(r"(\d{4})-(\d\d)-(\d\d)"), re.compile(r"(\d\d)[-/](\d\d)[-/](\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """A school as the register has it. `number` is the row of the file, 1 for its header."""

    number: int
    native_id: str
    urn: str
    name: str
    type: SchoolType
    status: Organisation.Status
    phase: str = ""
    authority: str = ""
    authority_name: str = ""
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    trust: str = ""
    trust_name: str = ""
    email: str = ""
    why_closed: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row; the row is left aside, the others are not."""

    row: int
    column: str
    text: str


@dataclass
class Contents:
    """A register file that was read.

    rows       one for each number of a school, by native ID
    problems   rows that cannot be used
    not_taken  how many rows say nothing for us, by the reason
    seen       the native IDs of all rows, the unusable ones too
    columns    the columns the file has, of those that are read
    links      URN of a school to the URN of the one that came after it
    frame      the whole table
    """

    frame: pl.DataFrame
    columns: frozenset[str]
    rows: dict[str, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    not_taken: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


class _Wrong(Exception):
    """A value that cannot be used; caught where its row is known."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(column)
        self.column, self.text = column, text


def read_contents(data: bytes, links: bytes = b"") -> Contents | Refusal:
    """Read a register file, and the file of links beside it where there is one."""
    frame = read_register_in_order(data)
    if isinstance(frame, Refusal):
        return frame
    if missing := [name for name in REQUIRED if name not in frame.columns]:
        return Refusal(
            "wrong-table",
            "This is not the register of schools",
            f"The first line of the file lacks {_listed(missing)}.",
            "Download all establishment data as CSV from the register, and load the file as it is.",
        )
    contents = Contents(frame, frozenset(name for name in (*REQUIRED, *OPTIONAL) if name in frame.columns))
    if links:
        found = _links(links)
        if isinstance(found, Refusal):
            return found
        contents.links = found
    urns: dict[str, int] = {}
    for number, values in enumerate(_values(frame, contents.columns), 2):
        _add(contents, urns, number, values)
    return contents


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _values(frame: pl.DataFrame, columns: frozenset[str]) -> Iterator[dict[str, str]]:
    names = sorted(columns)
    trimmed = frame.select(pl.col(names).fill_null("").str.strip_chars())
    for values in trimmed.iter_rows():
        yield dict(zip(names, values, strict=True))


def _links(data: bytes) -> dict[str, str] | Refusal:
    frame = read_register_in_order(data)
    if isinstance(frame, Refusal) or any(name not in frame.columns for name in LINK_COLUMNS):
        return Refusal(
            "wrong-table",
            "This is not the file of links",
            f"Its first line should name the columns {_listed(list(LINK_COLUMNS))}.",
            "Download the links between establishments from the register, or load the register without them.",
        )
    after = frame.filter(pl.col("LinkType").str.to_lowercase().str.starts_with("successor"))
    # Of a school that was split, the first successor named is taken.
    return {urn: heir for urn, heir in reversed(after.select("URN", "LinkURN").rows()) if urn and heir and urn != heir}


def _add(contents: Contents, urns: dict[str, int], number: int, values: dict[str, str]) -> None:
    """Take in one row: as a school, as a problem, or as one that says nothing for us."""
    where = values[LA] + values[NUMBER]
    contents.seen.add(where)
    try:
        kind = school_types().get(key(values[TYPE]))
        if kind is None:
            raise _Wrong(TYPE, f"“{values[TYPE]}” is not a type that the table of types knows.")
        if kind.agent == "nobody" or values[LA] == "000":
            contents.not_taken[f"{values[TYPE]}: makes no returns"] += 1
            return
        row = _row(number, values, kind)
        if row.urn in urns:
            raise _Wrong(URN, f"URN {row.urn} stands in row {urns[row.urn]} already.")
        urns[row.urn] = number
        known = contents.rows.get(row.native_id)
        if known is None or _counts_more(row, known):
            contents.rows[row.native_id] = row
        elif row.status in {Organisation.Status.OPEN, Organisation.Status.CLOSING} and known.status == row.status:
            raise _Wrong(NUMBER, f"{row.native_id} is the number of an open school in row {known.number} already.")
        if known is not None:
            contents.not_taken["An earlier school of a number that is in use again"] += 1
    except _Wrong as wrong:
        contents.problems.append(Problem(number, wrong.column, wrong.text))


def _counts_more(row: Row, known: Row) -> bool:
    mine, theirs = PREFERENCE.index(row.status), PREFERENCE.index(known.status)
    if mine == theirs == 0:
        return (row.opened_on or dt.date.min) > (known.opened_on or dt.date.min)
    return mine > theirs


def _row(number: int, values: dict[str, str], kind: SchoolType) -> Row:
    """One row with its values understood. Raises _Wrong for the first that is not."""
    authority, own = values[LA], values[NUMBER]
    for column, text, length in ((LA, authority, 3), (NUMBER, own, 4)):
        if len(text) != length or not (text.isascii() and text.isdigit()):
            raise _Wrong(column, f"“{text}” should be {length} digits.")
    urn = values[URN]
    if not (urn.isascii() and urn.isdigit() and len(urn) <= 8):
        raise _Wrong(URN, f"“{urn}” should be a number of up to 8 digits.")
    if not values[NAME] or len(values[NAME]) > 200:
        raise _Wrong(NAME, "The name is missing or longer than 200 characters.")
    status = STATUSES.get(values[STATUS].casefold())
    if status is None:
        raise _Wrong(STATUS, f"“{values[STATUS]}” is not a status; open, closed and proposed ones are known.")
    phase = values.get(PHASE, "").casefold().replace("all through", "all-through")
    trust = values.get(TRUST, "") if kind.agent == "department" else ""  # a foundation's trust runs no school
    if trust and not re.fullmatch(r"[0-9A-Za-z-]{1,15}", trust):
        raise _Wrong(TRUST, f"“{trust}” is not the number of a trust.")
    email = values.get(EMAIL, "")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise _Wrong(EMAIL, "This is not an e-mail address.") from None
    return Row(
        number=number,
        native_id=authority + own,
        urn=urn,
        name=values[NAME],
        type=kind,
        status=status,
        phase=kind.phase or ("" if phase == "not applicable" else phase),
        authority=authority,
        authority_name=values.get(LA_NAME, ""),
        opened_on=_date(values, OPENED),
        closed_on=_date(values, CLOSED),
        trust=f"T{trust}" if trust else "",
        trust_name=values.get(TRUST_NAME, ""),
        email=email,
        why_closed=values.get(REASON, ""),
    )


def _date(values: dict[str, str], column: str) -> dt.date | None:
    text = values.get(column, "")
    if not text:
        return None
    try:
        if found := _BRITISH.fullmatch(text):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
        if found := _ISO.fullmatch(text):
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise _Wrong(column, f"“{text}” is not a date; write 31-08-2021.")
