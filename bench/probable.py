"""Probable matches of strangers (bench/strangers): recall by the kind of slip and precision, with homes and without
them, with many names and with few.

    python -m bench.probable [PUPILS [TIMES]]

What is told as one pupil and was not planted counts against precision, also where two strangers are alike by chance.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import polars as pl

from bench.strangers import Country, make
from collectory.engine.matching.gathering import gather
from collectory.engine.matching.probable import probable

THRESHOLDS = (0.5, 0.9)
SEED = 7


def rows_of(country: Country) -> pl.DataFrame:
    """The people of the country as its files are read."""
    with tempfile.TemporaryDirectory() as folder:
        country.write(Path(folder))
        (gathered,) = gather(sorted(Path(folder).iterdir()), print, lambda: None)
    return gathered.rows.with_columns(pl.col("file").str.split("/").list.last())


def judge(what: str, country: Country, rows: pl.DataFrame, threshold: float = 0.5, kinds: bool = True) -> None:
    """Print what was found of each kind, and what was found and not planted."""
    found = probable(rows, by="file", threshold=threshold)
    people = found.cases.of(rows).select("case", pl.struct("file", "record").alias("who"))
    told = {
        frozenset((each["file"], each["record"]) for each in who): case
        for case, who in people.group_by("case").agg("who").rows()
    }
    slips = [each for each in country.planted if not each.kind.startswith(("not: ", "same-", "left", "under-fives"))]
    seen, all_ = Counter(), Counter()
    truth = set()
    for each in slips:
        pair = frozenset((each.one, each.other))
        truth.add(pair)
        all_[each.kind] += 1
        seen[each.kind] += pair in told
    wrong = {pair: case for pair, case in told.items() if pair not in truth}
    named = {frozenset((each.one, each.other)): each.kind for each in country.planted}
    missed = ", ".join(f"{kind} {seen[kind]}/{number}" for kind, number in all_.items() if seen[kind] < number)
    recall = sum(seen.values()) / max(1, sum(all_.values()))
    precision = 1 - len(wrong) / max(1, len(told))
    print(f"{what:<34} at {threshold}: recall {recall:.3f} of {len(truth)}, precision {precision:.3f} of {len(told)}")
    if kinds:
        print(f"    missed: {missed or 'none'}")
        print(f"    wrong: {dict(Counter(named.get(pair, 'by chance') for pair in wrong)) or 'none'}")


def main(pupils: int, times: int) -> None:
    """Print all figures."""
    for few in (False, True):
        country = make(SEED, pupils, few=few, times=times)
        rows = rows_of(country)
        what = f"{'few' if few else 'many'} names"
        for threshold in THRESHOLDS:
            judge(what, country, rows, threshold, threshold == THRESHOLDS[0])
        judge(f"{what}, no homes", country, rows.with_columns(pl.lit(None, pl.String).alias("postcode")))
        bare = rows.with_columns(
            pl.lit(None, pl.String).alias("postcode"), pl.lit(None, pl.String).alias("middle_names")
        )
        judge(f"{what}, no homes or middle names", country, bare)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*(given + [20_000, 10][len(given) :]))
