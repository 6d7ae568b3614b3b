"""Alternative provision: why a pupil is in a referral unit, and placements that a school has arranged."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import codes, dates, day, days_between, exactly, numbers, stream, where
from .roll import Pupils
from .tables import Columns, table

REASONS = {"PEX": 40, "EHC": 5, "MHN": 20, "PHN": 6, "NEW": 6, "ASP": 10, "OTH": 13}
PLACEMENT_REASONS = {"BHS": 50, "MHN": 20, "PHN": 10, "SUS": 8, "OTH": 12}
SINGLE = ("C", "F", "O")


def reasons_in_unit(seed: int, pupils: Pupils, entity: str, provision: pl.Series, enrolment: pl.Series) -> pl.DataFrame:
    """Why each pupil of a referral unit who is registered there alone came to it."""
    lots = stream(seed, entity)
    row = np.flatnonzero(enrolment.is_in(SINGLE).to_numpy() & (pupils.school.phase == "PR"))
    columns: Columns = {
        "PrevURN": numbers(lots.integers(900_000, 999_999, len(row))),
        "APReason": codes(lots, REASONS, len(row)),
        "SENprovisionEntry": provision.gather(row),
    }
    return table(pupils.edition, entity, columns, len(row), row)


def arranged(seed: int, pupils: Pupils, entity: str, provision: pl.Series, share: float = 0.01) -> pl.DataFrame:
    """Placements since the last census that the school arranged for some pupils of years 8 to 11."""
    lots = stream(seed, entity)
    edition, phase = pupils.edition, pupils.school.phase
    older = (pupils.year >= 8) & (pupils.year <= 11)
    row = np.flatnonzero(exactly(lots, older & (phase in ("SS", "AT")), round(len(pupils) * share)))
    count = len(row)
    begin = pupils.calendar.on_or_after(
        pupils.first_days(edition.previous_reference_date)[row] + np.timedelta64(3, "D")
    )
    latest = pupils.calendar.on_or_before(pupils.last_days(edition.reference_date)[row])
    begin = np.minimum(begin, latest)
    start = np.minimum(pupils.calendar.on_or_before(days_between(lots, begin, latest)), latest)
    part_time = lots.random(count) < 0.7
    registered = lots.random(count) < 0.6
    columns: Columns = {
        "URN": numbers(lots.integers(900_000, 999_999, count), registered),
        "UKPRN": where(registered, None, "10099999"),
        "APSettingType": where(registered, None, codes(lots, {"OOT": 3, "WBP": 2, "OTH": 1}, count)),
        "PlacementReason": codes(lots, PLACEMENT_REASONS, count),
        "EntryDate": dates(np.maximum(start, pupils.entered[row])),
        "LeavingDate": dates(latest, pupils.left[row] < day(edition.reference_date)),
        "APAttendancePattern": where(part_time, "PT", "FT"),
        "APSessionsPerWeek": where(part_time, codes(lots, {"2": 3, "4": 3, "6": 1}, count), "10"),
        "SENprovisionEntry": provision.gather(row),
        "SENprovisionLeaving": where(pupils.left[row] < day(edition.reference_date), provision.gather(row)),
    }
    return table(edition, entity, columns, count, row)
