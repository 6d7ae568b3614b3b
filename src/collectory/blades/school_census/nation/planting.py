"""Planting known duplicates among schools: the same child at two of them, with all that goes wrong in writing a name
twice; and children who are as like as two peas and are not the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from .people import Tables, cohort

ROLL = "PupilOnRoll"
COPIED = ("Surname", "Forename", "MiddleNames", "PreferredSurname", "FormerSurname", "DOB", "Ethnicity", "Language")
SHARE = 0.004
LEAST = 6
Row = dict[str, str | None]


@dataclass(frozen=True)
class Side:
    """A pupil on roll: the file of the return, whose it is, the 0-based record and the UPN."""

    file: str
    native_id: str
    record: int
    upn: str


@dataclass(frozen=True)
class Planted:
    """A pair in the key. Kinds that begin with `honest:` are not the same child, or rightly at both schools."""

    kind: str
    detail: str
    one: Side
    other: Side


@dataclass
class Return:
    """A school's return while duplicates are planted in it. `used` are rows that have had their turn."""

    file: str
    native_id: str
    tables: Tables
    rows: list[Row]
    used: set[int] = field(default_factory=set)

    def side(self, row: int) -> Side:
        return Side(self.file, self.native_id, row, self.rows[row]["UPN"] or "")


Change = Callable[[Row, Row, np.random.Generator], bool]
"""Makes the second of two records differ; False where it cannot for these two."""


def _sex(row: Row) -> str | None:
    return row.get("Sex") or row.get("Gender")


def typing(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """Two letters of the surname or forename exchanged, one left out or one doubled."""
    name = "Surname" if lots.random() < 0.5 else "Forename"
    text = one[name] or ""
    if len(text) < 4:
        return False
    at = int(lots.integers(1, len(text) - 1))
    made = (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        text[:at] + text[at + 1 :],
        text[:at] + text[at] + text[at:],
    )[int(lots.integers(3))]
    other[name] = made
    return made != text


def swapped(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """Forename and surname in each other's place."""
    other["Surname"], other["Forename"] = one["Forename"], one["Surname"]
    return one["Forename"] != one["Surname"]


def initial(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """The initial in place of the forename."""
    other["Forename"] = (one["Forename"] or "")[:1]
    return len(one["Forename"] or "") > 1


def day_and_month(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """Day and month of birth exchanged, where that is a date of the same school year."""
    year, month, day = (one["DOB"] or "").split("-")
    exchanged = f"{year}-{day}-{month}"
    other["DOB"] = exchanged
    return int(day) <= 12 and day != month and cohort(exchanged) == cohort(one["DOB"] or "")


def hyphen(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """A double name with a space in place of its hyphen, or with its first half alone."""
    for name in ("Surname", "Forename"):
        text = one[name] or ""
        if "-" in text.strip("-"):
            other[name] = text.replace("-", " ") if lots.random() < 0.5 else text.split("-")[0]
            return True
    return False


def accent(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """Letters without their accents."""
    changed = False
    for name in ("Surname", "Forename"):
        text = one[name] or ""
        plain = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
        changed |= plain != text
        other[name] = plain
    return changed


def former_upn(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """A new UPN with the old one as former UPN, and a slip in the name."""
    other["FormerUPN"] = one["UPN"]
    return typing(one, other, lots)


def former_surname(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """A new surname (that of the child who made room) with the old one as former surname."""
    other["FormerSurname"], other["Surname"] = one["Surname"], other["_own Surname"]
    other["PreferredSurname"] = None
    return other["Surname"] != one["Surname"]


def nothing(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """No slip at all."""
    return True


def same_upn(one_status: str, other_status: str) -> Change:
    """One UPN at both schools, with these enrolment statuses."""

    def change(one: Row, other: Row, lots: np.random.Generator) -> bool:
        other["UPN"] = one["UPN"]
        if one_status + other_status != "CC":
            one["EnrolStatus"], other["EnrolStatus"] = one_status, other_status
        return one["EnrolStatus"] in ("C", "M", "S")

    return change


def upn_issued_twice(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """One UPN, two children."""
    for name in COPIED:
        if name in other:
            other[name] = other.get(f"_own {name}")
    other["UPN"] = one["UPN"]
    return other["DOB"] != one["DOB"]


def twin(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """A twin: surname, date of birth and home are the same, forenames and UPN are not."""
    for name in ("Forename", "MiddleNames"):
        other[name] = other[f"_own {name}"]
    return other["Forename"] != one["Forename"]


def namesake(one: Row, other: Row, lots: np.random.Generator) -> bool:
    """Another child of the same names and date of birth, with other middle names, language and home."""
    for name in ("MiddleNames", "Ethnicity", "Language"):
        if name in other:
            other[name] = other[f"_own {name}"]
    return other["MiddleNames"] != one["MiddleNames"]


@dataclass(frozen=True)
class Way:
    """A way to plant a pair: its kind in the key, how the second record differs, and for whom."""

    kind: str
    change: Change
    detail: str = ""
    young: bool = False
    same_home: bool = True


WAYS = (
    Way("same-upn", same_upn("C", "C"), "C+C"),
    Way("same-person", nothing),
    Way("under-fives", nothing, young=True),
    Way("probable:typing", typing),
    Way("honest:twin", twin),
    Way("probable:day-and-month", day_and_month),
    Way("same-upn", same_upn("C", "M"), "C+M"),
    Way("probable:initial", initial),
    Way("honest:dual-registration", same_upn("M", "S"), "M+S"),
    Way("probable:hyphen", hyphen),
    Way("under-fives", same_upn("C", "C"), "C+C", young=True),
    Way("probable:accent", accent),
    Way("same-upn", upn_issued_twice, "birth dates differ", same_home=False),
    Way("probable:former-surname", former_surname),
    Way("honest:same-name", namesake, same_home=False),
    Way("probable:swapped-names", swapped),
    Way("same-upn", same_upn("S", "S"), "S+S"),
    Way("probable:former-upn", former_upn),
    Way("same-upn", same_upn("C", "S"), "C+S"),
    Way("honest:triplets", twin),
    Way("same-upn", same_upn("M", "M"), "M+M"),
)


def plant(returns: list[Return], group: int, lots: np.random.Generator) -> Iterator[Planted]:
    """Plant pairs among a few returns. Each group begins with another way, so that all of them have their turn."""
    pupils = sum(len(each.rows) for each in returns)
    wanted = max(LEAST, round(pupils * SHARE))
    for number in range(wanted):
        way = WAYS[(group * LEAST + number) % len(WAYS)]
        yield from _planted(way, returns, lots)
    for each in returns:
        each.tables = _with_rows(each)


def _planted(way: Way, returns: list[Return], lots: np.random.Generator) -> Iterator[Planted]:
    found = _pair(way, returns, lots)
    if found is None:
        return
    one, row, other, place, changed = found
    other.rows[place] = changed
    one.used.add(row)
    other.used.add(place)
    if way.same_home:
        _copy_home(one, row, other, place)
    yield from _as_key(way, one, row, other, place)
    if way.kind == "honest:triplets":
        again = _pair(way, returns, lots, (one, row))
        if again is not None:
            _, _, third, third_place, third_row = again
            third.rows[third_place] = third_row
            third.used.add(third_place)
            _copy_home(one, row, third, third_place)
            yield from _as_key(way, one, row, third, third_place)
            yield from _as_key(way, other, place, third, third_place)


def _pair(
    way: Way, returns: list[Return], lots: np.random.Generator, first: tuple[Return, int] | None = None
) -> tuple[Return, int, Return, int, Row] | None:
    """A child, and one of the same sex and cohort at another school who makes room for it."""
    order = lots.permutation(len(returns)).tolist()
    candidates = (
        [first]
        if first
        else [(returns[at], row) for at in order for row in lots.permutation(len(returns[at].rows)).tolist()[:200]]
    )
    for one, row in candidates:
        child = one.rows[row]
        if (first is None and (row in one.used or child["EnrolStatus"] != "C")) or not child["UPN"] or not child["DOB"]:
            continue
        if way.young and not child.get("FundedHours"):
            continue
        for at in order:
            other = returns[at]
            if other is one:
                continue
            for place in lots.permutation(len(other.rows)).tolist()[:200]:
                here = other.rows[place]
                if place in other.used or not _makes_room(child, here, way):
                    continue
                own = {f"_own {name}": here.get(name) for name in COPIED}
                changed = {**here, **{name: child.get(name) for name in COPIED if name in here}, **own}
                kept = dict(child)
                if way.change(child, changed, lots):
                    return one, row, other, place, {k: v for k, v in changed.items() if not k.startswith("_own ")}
                child.update(kept)
    return None


def _makes_room(child: Row, here: Row, way: Way) -> bool:
    return bool(
        here["DOB"]
        and here["UPN"]
        and here["EnrolStatus"] == "C"
        and _sex(here) == _sex(child)
        and cohort(here["DOB"]) == cohort(child["DOB"] or "")
        and bool(here.get("FundedHours")) == bool(child.get("FundedHours"))
        and (not way.young or here.get("FundedHours"))
    )


def _as_key(way: Way, one: Return, row: int, other: Return, place: int) -> Iterator[Planted]:
    """The lines of a planted pair: its own kind, and what exact matching makes of it beside."""
    sides = one.side(row), other.side(place)
    yield Planted(way.kind, way.detail, *sides)
    first, second = one.rows[row], other.rows[place]
    if way.kind == "under-fives":
        kind = "same-upn" if first["UPN"] == second["UPN"] else "same-person"
        yield Planted(kind, way.detail, *sides)
    elif way.kind in ("same-upn", "same-person") and first.get("FundedHours") and first["DOB"] == second["DOB"]:
        yield Planted("under-fives", way.detail, *sides)


def _copy_home(one: Return, row: int, other: Return, place: int) -> None:
    """Give a pupil the address of another, where both have one."""
    homes, theirs = one.tables["Address"], other.tables["Address"]
    here, there = homes.filter(pl.col("_parent") == row), theirs.filter(pl.col("_parent") == place)
    if not here.height or not there.height:
        return
    at = there["_row"][0]
    other.tables["Address"] = theirs.with_columns(
        pl.when(pl.col("_row") == at).then(pl.lit(here[name][0], pl.String)).otherwise(pl.col(name)).alias(name)
        for name in theirs.columns
        if not name.startswith("_")
    )


def _with_rows(each: Return) -> Tables:
    pupils = each.tables[ROLL]
    names = [name for name in (*COPIED, "UPN", "FormerUPN", "EnrolStatus") if name in pupils.columns]
    fresh = [pl.Series(name, [row.get(name) for row in each.rows], dtype=pl.String) for name in names]
    return {**each.tables, ROLL: pupils.with_columns(fresh)}
