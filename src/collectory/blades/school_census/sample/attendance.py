"""Attendance in a period: possible sessions, a count for each code, and totals that agree with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from .draws import Ints, numbers, stream, words
from .exclusions import Exclusions
from .roll import Pupils
from .tables import Made, table

MEANS = {
    "I": 2.1, "M": 0.35, "C": 0.12, "R": 0.08, "S": 0.0, "T": 0.02, "H": 0.02,
    "C1": 0.01, "C2": 0.06, "J1": 0.02,
    "O": 0.45, "U": 0.18, "G": 0.22, "N": 0.04,
    "B": 0.05, "V": 0.06, "P": 0.02, "W": 0.0, "Y": 0.02,
    "L": 1.1, "K": 0.05,
}  # fmt: skip
"""Mean sessions in a half term; study leave and work experience belong to year 11 and above."""
NEW_REGISTERS = date(2024, 8, 1)
NEW_IN_2024 = ("C1", "C2", "J1", "K")
"""Codes of the registers since August 2024; a return of autumn 2024 is about sessions before."""
AUTHORISED = ("E", "I", "M", "C", "R", "S", "T", "H", "C1", "C2", "J1")
UNAUTHORISED = ("O", "U", "G", "N")
EDUCATIONAL = ("B", "V", "P", "W")
NOT_POSSIBLE = "X"
LONG = 60
YOUNGEST, OLDEST = 4, 15


@dataclass(frozen=True)
class Period:
    """One period that attendance is collected for."""

    entity: str
    detail: str
    first: date
    last: date


def periods(pupils: Pupils, prefix: str) -> tuple[Period, ...]:
    """The periods of an edition."""
    edition = pupils.edition
    found = [
        Period(f"{prefix}TermlyAttendance", f"{prefix}SessionDetail", edition.attendance_from, edition.attendance_to)
    ]
    if edition.has_entity(f"{prefix}SummerHalfTerm2Attendance"):
        found.append(
            Period(
                f"{prefix}SummerHalfTerm2Attendance",
                f"{prefix}SummerHalfTerm2SessionDetail",
                edition.second_half_from,
                edition.second_half_to,
            )
        )
    return tuple(found)


def attendance(seed: int, pupils: Pupils, prefix: str, excluded: Exclusions) -> Made:
    """The attendance of everyone of the age who was there, in each period."""
    made: Made = {}
    if pupils.school.phase == "NS":
        return made
    age = pupils.age_in_attendance
    for period in periods(pupils, prefix):
        first, last = pupils.first_days(period.first), pupils.last_days(period.last)
        open_days = pupils.calendar.count(first, last)
        row = np.flatnonzero((age >= YOUNGEST) & (age <= OLDEST) & (open_days > 0))
        made.update(
            _period(seed, pupils, period, row, open_days[row] * 2, _excluded_sessions(pupils, period, excluded))
        )
    return made


def _excluded_sessions(pupils: Pupils, period: Period, excluded: Exclusions) -> Ints:
    """Sessions that each pupil missed in a period because of suspensions that began in it."""
    inside = (excluded.start >= np.datetime64(period.first)) & (excluded.start <= np.datetime64(period.last))
    return np.bincount(excluded.row[inside], excluded.sessions[inside], len(pupils)).astype(np.int64)


def _period(seed: int, pupils: Pupils, period: Period, row: Ints, sessions: Ints, excluded: Ints) -> Made:
    lots = stream(seed, period.entity)
    edition, size = pupils.edition, len(row)
    known = edition.codeset(edition.entity(period.detail).field("AttendanceReason"))
    assert known is not None
    health = lots.gamma(1.2, 1 / 1.2, size) * sessions / LONG
    isolated = np.zeros(size, dtype=np.int64)
    if edition.entity(period.entity).has_field("SessionsCoronaVirus") and NOT_POSSIBLE in known:
        isolated = np.where(lots.random(size) < 0.05, np.minimum(lots.poisson(9, size), sessions // 2), 0)
    possible = sessions - isolated
    drawn: dict[str, Ints] = {"E": excluded[row]}
    age = pupils.age_in_attendance[row]
    examined = (age == OLDEST) & (period.first.month >= 4) & (period.last.month <= 8)
    for code, mean in MEANS.items():
        means = mean * health * (1.4 if code in UNAUTHORISED else 1.0)
        if code == "S":
            means = np.where(examined, sessions * 0.25, 0.0)
        elif code == "W":
            means = np.where(age >= OLDEST - 1, 0.1, 0.0)
        if code in known and (code not in NEW_IN_2024 or period.first >= NEW_REGISTERS):
            drawn[code] = lots.poisson(means)
    # What comes later is cut short where a pupil has no sessions left.
    running = np.minimum(np.cumsum(np.column_stack(list(drawn.values())), axis=1), possible[:, None])
    counts = dict(zip(drawn, np.diff(running, axis=1, prepend=0).T, strict=True))
    present = possible - running[:, -1]
    counts["/"], counts["\\"] = present - present // 2, present // 2
    counts[NOT_POSSIBLE] = isolated
    details = _details(pupils, period, row, {code: counts[code] for code in known if code in counts})
    totals = {
        "SessionsPossible": numbers(possible),
        "SessionsAuthorised": numbers(_sum(counts, AUTHORISED, size)),
        "SessionsUnauthorised": numbers(_sum(counts, UNAUTHORISED, size)),
        "SessionsEducational": numbers(_sum(counts, EDUCATIONAL, size)),
        "SessionsExceptional": numbers(_sum(counts, ("Y",), size)),
        "SessionsCoronaVirus": numbers(isolated),
    }
    return {period.entity: table(edition, period.entity, totals, size, row), period.detail: details}


def _sum(counts: dict[str, Ints], codes: tuple[str, ...], size: int) -> Ints:
    total = np.zeros(size, dtype=np.int64)
    for code in codes:
        if code in counts:
            total += counts[code]
    return total


def _details(pupils: Pupils, period: Period, row: Ints, counts: dict[str, Ints]) -> pl.DataFrame:
    matrix = np.column_stack(list(counts.values()))
    parent, which = np.nonzero(matrix)
    sessions = numbers(matrix[parent, which])
    columns = {
        "AttendanceReason": words(list(counts), which),
        "Sessions": sessions,
        "AbsenceSessions": sessions,
    }
    return table(pupils.edition, period.detail, columns, len(parent), parent)
