"""Probable matches: pupils whose records are alike but for a slip, scored by Splink on DuckDB.

Needs the extra `matching`. Not for a request of the portal: it takes seconds to minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker
from splink.blocking_analysis import count_comparisons_from_blocking_rules

from collectory.blade import Verdict
from collectory.engine.matching.cases import PLACE, Cases, made_cases
from collectory.engine.matching.probable_model import COMPARED, Compared, blocking_rules, settings

THRESHOLD = 0.5
"""From here on one pupil is likelier than two."""
SMALLEST = 1e-12
COUNTED_WHOLE = 500_000
SAMPLED = 0.05
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


def comparable(rows: pl.DataFrame, by: str = "native_id") -> pl.DataFrame:
    """What is compared of those on roll: `place` in `rows`, `of` (the return), and values without accents, hyphens and
    capitals, so that these make no difference."""
    birth = pl.col("birth_date").dt
    return (
        rows.lazy()
        .with_row_index("place")
        .filter("on_roll")
        .select(
            "place",
            pl.col(by).alias("of"),
            "upn",
            "former_upn",
            "person",
            "sex",
            "postcode",
            _letters("forename"),
            _letters("surname"),
            _letters("former_surname"),
            _letters("middle_names"),
            _plain("forename").str.extract(r"([a-z]+)").alias("forename_part"),
            _plain("surname").str.extract(r"([a-z]+)").alias("surname_part"),
            birth.to_string("%Y-%m-%d").alias("birth_date"),
            birth.to_string("%Y-%d-%m").alias("birth_exchanged"),
            birth.to_string("%Y-%m").alias("birth_month"),
            birth.to_string("%Y--%d").alias("birth_day"),
        )
        .collect()
    )


def estimate(rows: pl.DataFrame, by: str = "native_id") -> int:
    """How many pairs would be compared: counted up to half a million pupils, beyond that estimated from a sample."""
    people = comparable(rows, by)
    if people.height < 2:
        return 0
    with duckdb.connect() as connection:
        counted = count_comparisons_from_blocking_rules(
            DuckDBAPI(connection).register(people.to_arrow(), table_name="people"),
            blocking_rules=blocking_rules(),
            link_type="dedupe_only",
            unique_id_column_name="place",
            record_sample_proportion=1.0 if people.height <= COUNTED_WHOLE else SAMPLED,
        )
    return int(counted[-1]["cumulative_comparison_count"])


def probable(
    rows: pl.DataFrame,
    *,
    by: str = "native_id",
    threshold: float = THRESHOLD,
    cancelled: Callable[[], bool] = lambda: False,
) -> Probable:
    """Pairs of pupils on roll in different returns who are one pupil with at least the probability `threshold` and are
    no exact case, of rows as `match_rows` makes them.

    `by` is the column that tells returns apart. `cancelled` is asked several times a second, from another thread.
    Raises Cancelled.
    """
    people = comparable(rows, by)
    if people.height < 2:
        return _made(pl.DataFrame(), people.height)
    with duckdb.connect() as connection, _stopped_when(cancelled, connection):
        table = DuckDBAPI(connection).register(people.to_arrow(), table_name="people")
        linker = Linker(table, settings(people.height), log_level=None)
        # Splink takes the logarithm of the odds, which 0 and 1 do not have.
        within = min(max(threshold, SMALLEST), 1 - SMALLEST)
        scored = linker.inference.predict(threshold_match_probability=within, warning_mode="never")
        arrow = scored.as_pyarrow_table()  # type: ignore[no-untyped-call]
        pairs = pl.DataFrame(pl.from_arrow(arrow))
    pairs = pairs.filter(pl.col("match_probability") >= threshold)
    return _made(pairs.sort("match_probability", "place_l", "place_r", descending=[True, False, False]), people.height)


def _plain(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.normalize("NFD").str.replace_all(r"\p{M}", "")


def _letters(name: str) -> pl.Expr:
    letters = _plain(name).str.replace_all(r"[^\p{L}]", "")
    return pl.when(letters != "").then(letters).alias(name)


@contextmanager
def _stopped_when(cancelled: Callable[[], bool], connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupts what the connection does when `cancelled` says so, and raises Cancelled."""
    done, stopped = Event(), Event()

    def watch() -> None:
        while not done.wait(POLL_SECONDS):
            if cancelled():
                stopped.set()
                connection.interrupt()

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
