"""Free school meal periods, special educational needs, tutoring and bursaries: the small tables under a pupil."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import Ints, Mask, codes, dates, day, days, days_between, exactly, stream, where
from .pupils import Characteristics
from .roll import Pupils
from .tables import Columns, table

NEEDS = {
    "SLCN": 22, "SEMH": 18, "MLD": 17, "SPLD": 16, "ASD": 12, "OTH": 4, "SLD": 3, "PD": 3, "HI": 2, "VI": 1,
    "PMLD": 1, "MSI": 0.3, "DS": 0.3,
}  # fmt: skip
ELSEWHERE = {"SCT": 3, "WLS": 5, "NIR": 2}
SHORTEST_PERIOD = np.timedelta64(20, "D")
ONE_DAY = np.timedelta64(1, "D")
FUNDED_FROM = np.datetime64("2018-04-03", "D")


def meal_periods(seed: int, pupils: Pupils, free_meals: Mask) -> pl.DataFrame:
    """Periods of free school meals: open ones, and a few that ended elsewhere in the United Kingdom.

    Under the transitional protection a period granted in England does not end, so only others do.
    """
    lots = stream(seed, "meal periods")
    edition = pupils.edition
    row = np.flatnonzero(free_meals)
    count = len(row)
    census, window = day(edition.reference_date), day(edition.fsm_from)
    middle = window + (census - window) // 2
    # 0 open in England; 1 one elsewhere before; 2 two elsewhere before; 3 elsewhere only.
    history = np.searchsorted([0.95, 0.98, 0.99], lots.random(count))
    early = np.maximum(pupils.born[row] + np.timedelta64(4 * 365 + 2, "D"), days(FUNDED_FROM.astype(object), count))
    early = np.minimum(early, window - 2 * SHORTEST_PERIOD)
    first_end = days_between(lots, np.full(count, window + ONE_DAY), np.full(count, middle - ONE_DAY))
    second_end = days_between(lots, np.full(count, middle + SHORTEST_PERIOD), np.full(count, census - 14 * ONE_DAY))
    open_start = np.where(
        history == 0,
        days_between(lots, early, np.full(count, census - 14 * ONE_DAY)),
        np.where(history == 2, second_end, first_end) + ONE_DAY,
    )
    long_ago = days_between(lots, early, np.full(count, window - SHORTEST_PERIOD))
    country = codes(lots, ELSEWHERE, count)
    other_country = codes(lots, ELSEWHERE, count)
    nothing = np.full(count, np.datetime64("NaT", "D"))
    periods = [
        (history >= 1, long_ago, first_end, country),
        (history == 2, first_end + ONE_DAY, second_end, other_country),
        (history != 3, open_start, nothing, where(history >= 0, "ENG")),
    ]
    parent = np.concatenate([row[mask] for mask, *_ in periods])
    order = np.argsort(parent, kind="stable")
    ends = np.concatenate([end[mask] for mask, _, end, _ in periods])
    columns = {
        "FSMstartDate": dates(np.concatenate([start[mask] for mask, start, _, _ in periods])[order]),
        "FSMendDate": dates(ends[order]),
        "UKcountry": pl.concat([each.filter(pl.Series(mask)) for mask, _, _, each in periods]).gather(order),
    }
    return table(edition, "FSMperiod", columns, len(parent), parent[order])


def needs(seed: int, pupils: Pupils, traits: Characteristics) -> pl.DataFrame:
    """The one or two types of need of each pupil with support or a plan."""
    lots = stream(seed, "needs")
    row = np.flatnonzero(traits.support | traits.plan)
    second = lots.random(len(row)) < 0.3
    known = pupils.edition.codes("SENtype")
    kinds = {code: share for code, share in NEEDS.items() if code in known}
    main = codes(lots, kinds, len(row))
    unassessed = traits.support[row] & (lots.random(len(row)) < 0.05)
    other = codes(lots, kinds, len(row))
    second &= (main != other).to_numpy() & ~unassessed
    parent = np.concatenate([row, row[second]])
    order = np.argsort(parent, kind="stable")
    columns = {
        "SENtypeRank": where(np.arange(len(parent)) < len(row), "1", "2").gather(order),
        "SENtype": pl.concat([where(unassessed, "NSA", main), other.filter(pl.Series(second))]).gather(order),
    }
    return table(pupils.edition, "SENneed", columns, len(parent), parent[order])


def tutoring(seed: int, pupils: Pupils, entity: str = "LearnerFAM") -> pl.DataFrame:
    """Marks of tutoring in the years to 11 and of tuition for some in the sixth form."""
    lots = stream(seed, entity)
    tutored = exactly(lots, (pupils.year >= 1) & (pupils.year <= 11), -(-len(pupils) // 25))
    tuition = exactly(lots, pupils.year >= 12, int((pupils.year >= 12).sum()) // 10)
    row = np.flatnonzero(tutored | tuition)
    known = pupils.edition.codeset(pupils.edition.entity(entity).field("LearnFAMCode"))
    assert known is not None
    row = row[~(tuition[row] & ("21" not in known))]
    columns: Columns = {
        "LearnFAMType": "NLM",
        "LearnFAMCode": where(tuition[row], "21", "01"),
        "LearnFAMHours": codes(lots, {"15": 6, "12": 1, "7.5": 1, "10": 1}, len(row)),
    }
    return table(pupils.edition, entity, columns, len(row), row)


def bursaries(seed: int, pupils: Pupils, entity: str, eligible: Mask, share: float = 0.15) -> pl.DataFrame:
    """Bursaries of some of the students of 16 to 19 who may have one."""
    lots = stream(seed, entity)
    able = eligible & (pupils.age >= 16) & (pupils.age < 20)
    row: Ints = np.flatnonzero(exactly(lots, able, round(int(able.sum()) * share)))
    columns = {"SupportCode": codes(lots, {"56": 8, "55": 2}, len(row))}
    return table(pupils.edition, entity, columns, len(row), row)
