"""Suspensions and exclusions in the window of an edition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from .draws import Days, Ints, Lots, Mask, codes, dates, day, exactly, numbers, stream, where
from .roll import Pupils
from .tables import table

REASONS = {
    "DB": 38, "PP": 18, "VA": 16, "VP": 5, "PA": 5, "DA": 4, "OW": 3, "DM": 3, "SM": 1, "RA": 2, "TH": 1, "BU": 2,
    "MT": 1, "LG": 1, "DS": 0.4, "PH": 0.6,
}  # fmt: skip
LENGTHS = {"1": 10, "2": 40, "3": 6, "4": 20, "5": 4, "6": 12, "10": 7, "20": 1}
SHARE = 0.03


@dataclass(frozen=True)
class Exclusions:
    """Exclusions: the pupil's row, the first day, the sessions (0 for a permanent one)."""

    table: pl.DataFrame
    row: Ints
    start: Days
    sessions: Ints


def exclusions(seed: int, pupils: Pupils, entity: str, provision: pl.Series, *, share: float = SHARE) -> Exclusions:
    """Suspensions of some pupils, of a few of them two, and of leavers a permanent exclusion now and then."""
    lots = stream(seed, entity)
    edition, size = pupils.edition, len(pupils)
    first = pupils.calendar.on_or_after(pupils.first_days(edition.exclusions_from))
    last = pupils.calendar.on_or_before(pupils.last_days(edition.exclusions_to))
    age = pupils.age_in_attendance
    there = (last >= first) & (age >= 5) & (age <= 15) & (pupils.school.phase != "NS")
    excluded = _likelier_when_older(lots, pupils, there, max(1, round(size * share)))
    twice = excluded & (lots.random(size) < 0.15)
    row = np.sort(np.concatenate([np.flatnonzero(excluded), np.flatnonzero(twice)]))
    start = pupils.calendar.between(lots, first[row], last[row])
    order = np.lexsort((start, row))
    row, start = row[order], start[order]
    again = np.concatenate([[False], row[1:] == row[:-1]]) if len(row) else np.zeros(0, dtype=bool)
    # The second of two begins after the first has ended, or is left out.
    keep = ~(again & (start - np.concatenate([start[:1], start[:-1]]) < np.timedelta64(21, "D")))
    row, start = row[keep], start[keep]
    permanent = _permanent(lots, pupils, row)
    start = np.where(permanent, np.maximum(start, last[row]), start)
    sessions = np.where(permanent, 0, codes(lots, LENGTHS, len(row)).cast(pl.Int64).to_numpy())
    return Exclusions(_table(lots, pupils, entity, provision, row, start, sessions), row, start, sessions)


def _likelier_when_older(lots: Lots, pupils: Pupils, there: Mask, count: int) -> Mask:
    older = exactly(lots, there & (pupils.year >= 8), count * 4 // 5)
    return older | exactly(lots, there & ~older, count - int(older.sum()))


def _permanent(lots: Lots, pupils: Pupils, row: Ints) -> Mask:
    """Only leavers: whoever is permanently excluded is not on roll. The last exclusion of a pupil only."""
    last_of_pupil = np.concatenate([row[1:] != row[:-1], [True]]) if len(row) else np.zeros(0, dtype=bool)
    gone = pupils.left[row] <= day(pupils.edition.reference_date)
    return gone & last_of_pupil & (lots.random(len(row)) < 0.2)


def _table(
    lots: Lots, pupils: Pupils, entity: str, provision: pl.Series, row: Ints, start: Days, sessions: Ints
) -> pl.DataFrame:
    count = len(row)
    known = pupils.edition.codes("ExclusionReason")
    reasons = {code: weight for code, weight in REASONS.items() if code in known}
    reason, other = codes(lots, reasons, count), codes(lots, reasons, count)
    suspension = "SUSP" if "SUSP" in pupils.edition.codes("ExclusionCategory") else "FIXD"
    several = (lots.random(count) < 0.2) & (reason != other).to_numpy()
    lunchtime = (sessions > 0) & (sessions <= 5) & (pupils.year[row] <= 6) & (lots.random(count) < 0.06)
    columns = {
        "Category": where(sessions == 0, "PERM", where(lunchtime, "LNCH", suspension)),
        "Reason": reason,
        "Reason1": reason,
        "Reason2": where(several, other),
        "StartDate": dates(start),
        "Sessions": numbers(sessions, sessions > 0),
        "SENprovision": provision.gather(row),
    }
    return table(pupils.edition, entity, columns, count, row)
