"""Probable matches: pupils whose records are alike but for a slip, scored by Splink on DuckDB or Spark.

Needs the extra `matching`. Not for a request of the portal: it takes seconds to minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import polars as pl
from splink import Linker

from collectory.blade import Verdict
from collectory.engine.matching.cases import PLACE, Cases, made_cases
from collectory.engine.matching.comparable import comparable
from collectory.engine.matching.matching_databases import DATABASES, DUCKDB
from collectory.engine.matching.probable_model import BLOCKS, COMPARED, Block, Compared, settings

THRESHOLD = 0.5
"""From here on one pupil is likelier than two."""
SMALLEST = 1e-12
POLL_SECONDS = 0.1
MESSAGE = "The records are alike but for a slip. It may be one pupil with two numbers, or two pupils."
REASON_SCHEMA = {"case": pl.Int64, "what": pl.String, "words": pl.String, "weight": pl.Float64}


class Cancelled(Exception):
    """Whoever asked for the matches does not want them any more."""


@dataclass(frozen=True)
class Probable:
    """Probable matches and why.

    cases    of kind "probable", each a pair, with `score`: the probability that it is one pupil
    reasons  `case`, `what` (a comparison; first "chance"), `words`, `weight`: log2 of how many times more likely one
             pupil has become; the sum over a case is log2 of the odds of its score, step by step a waterfall. What
             is missing on one side has no row.
    """

    cases: Cases
    reasons: pl.DataFrame


def estimate(rows: pl.DataFrame, by: str = "native_id") -> int:
    """How many pairs would be compared, at most: those of each block, in different returns. Some are in several."""
    people = comparable(rows, by)
    return sum(_ordered(people, block) for block in BLOCKS) // 2 if people.height > 1 else 0


def _ordered(people: pl.DataFrame, block: Block) -> int:
    """Pairs of a block, each in both orders as far as the block holds in both."""
    ones, others = [one for one, _ in block], [other for _, other in block]
    if ones == others:
        there = people.drop_nulls(ones)
        return _twos(there, ones) - _twos(there, [*ones, "of"])
    counted = [people.drop_nulls(names).group_by(names).len("times") for names in (ones, others)]
    met = counted[0].join(counted[1], left_on=ones, right_on=others, suffix="_other")
    return int((met["times"].cast(pl.Int64) * met["times_other"]).sum())


def _twos(people: pl.DataFrame, same: list[str]) -> int:
    times = people.group_by(same).len("times")["times"].cast(pl.Int64)
    return int((times * (times - 1)).sum())


def probable(
    rows: pl.DataFrame,
    *,
    by: str = "native_id",
    threshold: float = THRESHOLD,
    database: str = DUCKDB,
    cancelled: Callable[[], bool] = lambda: False,
) -> Probable:
    """Pairs of pupils on roll in different returns who are one pupil with at least the probability `threshold` and are
    no exact case, of rows as `match_rows` makes them.

    `by` is the column that tells returns apart, `database` one of matching_databases.DATABASES. `cancelled` is asked
    several times a second, from another thread. Raises Cancelled.
    """
    people = comparable(rows, by)
    if people.height < 2:
        return _made(pl.DataFrame(), people.height)
    with DATABASES[database]() as running, _stopped_when(cancelled, running.stop):
        table = running.api.register(people.to_arrow(), table_name="people")
        linker = Linker(table, settings(people.height), log_level=None)
        # Splink takes the logarithm of the odds, which 0 and 1 do not have.
        within = min(max(threshold, SMALLEST), 1 - SMALLEST)
        scored: Any = linker.inference.predict(threshold_match_probability=within, warning_mode="never")
        arrow = scored.as_pyarrow_table()
        pairs = pl.DataFrame(pl.from_arrow(arrow))
    pairs = pairs.filter(pl.col("match_probability") >= threshold)
    return _made(pairs.sort("match_probability", "place_l", "place_r", descending=[True, False, False]), people.height)


@contextmanager
def _stopped_when(cancelled: Callable[[], bool], stop: Callable[[], None]) -> Iterator[None]:
    """Stops what the database does when `cancelled` says so, and raises Cancelled."""
    done, stopped = Event(), Event()

    def watch() -> None:
        while not done.wait(POLL_SECONDS):
            if cancelled():
                stopped.set()
                stop()

    if cancelled():
        raise Cancelled
    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except Exception as problem:
        if stopped.is_set():
            raise Cancelled from problem
        raise
    finally:
        done.set()
        watcher.join()
    if stopped.is_set():
        raise Cancelled


def _made(pairs: pl.DataFrame, pupils: int) -> Probable:
    if not pairs.height:
        empty = pl.DataFrame(schema={"key": pl.Int64, PLACE: pl.Int64, "score": pl.Float64})
        return Probable(made_cases("probable", empty.drop(PLACE), empty), pl.DataFrame(schema=REASON_SCHEMA))
    # Numbered here, because a record may be in several pairs and cases are known by their pair.
    numbered = pairs.with_row_index("key").with_columns(pl.col("key").cast(pl.Int64))
    members = pl.concat(
        numbered.select("key", pl.col(side).cast(pl.Int64).alias(PLACE)) for side in ("place_l", "place_r")
    ).sort("key", PLACE)
    cases = Cases(_cases(numbered), members.rename({"key": "case", PLACE: "place"}))
    prior = settings(pupils).probability_two_random_records_match
    chance = numbered.select(
        pl.col("key").alias("case"),
        pl.lit("chance").alias("what"),
        pl.lit("two records chosen at random").alias("words"),
        pl.lit(math.log2(prior / (1 - prior))).alias("weight"),
    )
    reasons = pl.concat([chance, *(_reasons(numbered, each) for each in COMPARED)])
    return Probable(cases, reasons.sort("case", maintain_order=True))


def _cases(numbered: pl.DataFrame) -> pl.DataFrame:
    return numbered.select(
        pl.col("key").alias("case"),
        pl.lit("probable").alias("kind"),
        pl.lit(str(Verdict.PROBABLE)).alias("verdict"),
        pl.lit(MESSAGE).alias("message"),
        pl.lit(None, pl.Boolean).alias("birth_dates_differ"),
        *(pl.lit(None, pl.Float64).alias(name) for name in ("funded_hours", "extended_hours", "expanded_hours")),
        pl.col("match_probability").cast(pl.Float64).alias("score"),
    )


def _reasons(numbered: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """What a comparison says of each pair. Splink numbers levels from the last (0) up, and a missing value -1."""
    column = f"gamma_{compared.name.replace(' ', '_')}"
    levels = [compared.otherwise, *reversed(compared.levels)]
    words = {number: level.words for number, level in enumerate(levels)}
    weights = {number: math.log2(level.m / level.u) for number, level in enumerate(levels)}
    level = pl.col(column).cast(pl.Int64)
    return numbered.filter(level >= 0).select(
        pl.col("key").alias("case"),
        pl.lit(compared.name).alias("what"),
        level.replace_strict(words, return_dtype=pl.String).alias("words"),
        level.replace_strict(weights, return_dtype=pl.Float64).alias("weight"),
    )
