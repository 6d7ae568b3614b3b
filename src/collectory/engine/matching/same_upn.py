"""One UPN in several records: which registrations exclude each other."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from collectory.blade import StatusPair, Verdict
from collectory.engine.matching.cases import PLACE, STRENGTH, Cases, frame_of_verdicts, made_cases

UNKNOWN = "?"
UNCLEAR = "An enrolment status is missing or is not a code, so that it is not known who claims the pupil."
ONE_RETURN = "The UPN stands twice in one return."
BIRTH_DATES_DIFFER = "The UPN is the same and the birth dates are not. It may have been issued to two pupils."


def same_upn(rows: pl.DataFrame, verdicts: Mapping[str, StatusPair], *, by: str = "native_id") -> Cases:
    """Cases of records with one UPN, of rows as `match_rows` makes them.

    `verdicts` says what pairs of enrolment statuses mean (`Matching.statuses`, or a data collection's own table); pairs
    that are allowed make no case. `by` is the column that tells returns apart.

    Records of different returns are judged pair by pair, and a case has the strongest verdict of its pairs (STRENGTH).
    Two with different birth dates are not judged by their statuses: they may be two pupils, which is said by
    `birth_dates_differ` of every case that has such a pair on roll. Twice in one return is a case whatever the
    statuses. Members are the records that are in a pair with a verdict. Cost grows with rows, not with pairs: statuses
    are judged, not records.
    """
    twice = (
        rows.lazy()
        .select("upn", by, "birth_date", "status", "on_roll")
        .with_row_index(PLACE)
        .filter(pl.col("upn").is_not_null() & pl.col("upn").is_duplicated())
        .select(PLACE, pl.col("upn").alias("key"), pl.col(by).alias("of"), "birth_date", "status", "on_roll")
        .collect()
    )
    known = sorted({code for pair in verdicts for code in pair.split("+")})
    status = pl.when(pl.col("status").is_in(known)).then(pl.col("status")).otherwise(pl.lit(UNKNOWN))
    twice = twice.with_columns(status)

    pairs = _judged_pairs(twice, verdicts, known)
    differing = _differing_birth_dates(twice)
    in_one = twice.filter(pl.len().over("key", "of") > 1)
    told = pl.concat(
        [
            pairs.select("key", "verdict", "strength", "message"),
            _as_told(differing, Verdict.BIRTH_DATES_DIFFER, BIRTH_DATES_DIFFER),
            _as_told(in_one, Verdict.ONE_RETURN, ONE_RETURN),
        ]
    )
    found = (
        told.sort("key", "strength", "message", descending=[False, True, False])
        .unique("key", keep="first", maintain_order=True)
        .with_columns(pl.col("key").is_in(differing["key"].unique().implode()).alias("birth_dates_differ"))
    )
    involved = pl.concat([pairs.select("key", "birth_date", "status"), _other_side(pairs)]).unique()
    judged = twice.join(involved, on=["key", "birth_date", "status"], how="semi", nulls_equal=True)
    members = pl.concat([each.select("key", PLACE) for each in (judged, differing, in_one)])
    return made_cases("same-upn", found, members)


def _judged_pairs(twice: pl.DataFrame, verdicts: Mapping[str, StatusPair], known: list[str]) -> pl.DataFrame:
    """Each pair of birth date and status of a UPN that is in different returns and not allowed, with what is said."""
    sides = twice.group_by("key", "birth_date", "status").agg(
        pl.col("of").min().alias("first"), pl.col("of").max().alias("last")
    )
    dated = sides.join(sides, on=["key", "birth_date"], suffix="_other").with_columns(
        pl.col("birth_date").alias("birth_date_other")
    )
    undated = sides.filter(pl.col("birth_date").is_null()).join(sides, on="key", suffix="_other")
    columns = [*sides.columns, *(f"{name}_other" for name in sides.columns if name != "key")]
    pairs = pl.concat([dated.select(columns), undated.select(columns)])
    apart = (
        (pl.col("first") != pl.col("last"))
        | (pl.col("first_other") != pl.col("last_other"))
        | (pl.col("first") != pl.col("first_other"))
    )
    table = _table(verdicts, known)
    return pairs.filter(apart).join(table, on=["status", "status_other"]).filter(pl.col("strength") > 0)


def _table(verdicts: Mapping[str, StatusPair], known: list[str]) -> pl.DataFrame:
    """What every ordered pair of statuses means."""
    codes = [*known, *([] if UNKNOWN in known else [UNKNOWN])]
    unlisted = StatusPair(Verdict.UNCLEAR, UNCLEAR)
    messages = {}
    for one in codes:
        for other in codes:
            pair = verdicts.get(f"{one}+{other}") or verdicts.get(f"{other}+{one}") or unlisted
            messages[one, other] = pair.verdict, pair.message
    return frame_of_verdicts(messages)


def _differing_birth_dates(twice: pl.DataFrame) -> pl.DataFrame:
    """Those on roll at several, with birth dates that differ."""
    dated = twice.filter(pl.col("on_roll") & pl.col("birth_date").is_not_null())
    return dated.filter((pl.col("birth_date").n_unique().over("key") > 1) & (pl.col("of").n_unique().over("key") > 1))


def _other_side(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select("key", pl.col("birth_date_other").alias("birth_date"), pl.col("status_other").alias("status"))


def _as_told(rows: pl.DataFrame, verdict: Verdict, message: str) -> pl.DataFrame:
    return (
        rows.select("key")
        .unique()
        .with_columns(
            pl.lit(str(verdict)).alias("verdict"),
            pl.lit(STRENGTH[verdict], pl.Int8).alias("strength"),
            pl.lit(message).alias("message"),
        )
    )
