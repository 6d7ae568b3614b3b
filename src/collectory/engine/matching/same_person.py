"""One name and birth date under several UPNs."""

from __future__ import annotations

import polars as pl

from collectory.blade import Verdict
from collectory.engine.matching.cases import PLACE, Cases, made_cases, together

DIFFERENT_UPN = (
    "Forename, surname and birth date are the same and the UPNs are not. It may be one pupil with two numbers, or two "
    "pupils: take care before you change a UPN."
)
ONE_RETURN = "One return has two records of the same name, sex and birth date under different UPNs."


def same_person(rows: pl.DataFrame, *, by: str = "native_id") -> Cases:
    """Cases of records with one forename, surname and birth date (`person`) and not one UPN, of rows as `match_rows`
    makes them. `by` is the column that tells returns apart.

    Across returns those on roll are compared. Within one return (verdict "one-return") those who have left are too, and
    sex must be the same, as rule 1620Q asks.
    """
    twice = (
        rows.lazy()
        .select("person", by, "upn", "sex", "on_roll")
        .with_row_index(PLACE)
        .filter(pl.col("person").is_not_null() & pl.col("person").is_duplicated())
        .select(PLACE, pl.col("person").alias("key"), pl.col(by).alias("of"), "upn", "sex", "on_roll")
        .collect()
    )
    across = _of_several_numbers(twice.filter("on_roll"), "key").filter(pl.col("of").n_unique().over("key") > 1)
    within = twice.filter(pl.len().over("key", "of", "sex") > 1).with_columns(
        pl.struct("key", "of", "sex").rank("dense").alias("group")
    )
    within = _of_several_numbers(within, "group").drop("key").rename({"group": "key"})
    return together(
        [_cases(across, Verdict.DIFFERENT_UPN, DIFFERENT_UPN), _cases(within, Verdict.ONE_RETURN, ONE_RETURN)]
    )


def _of_several_numbers(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Groups with more than one UPN; a record without one counts as another."""
    missing = pl.col("upn").is_null().sum().over(key)
    return rows.filter(pl.col("upn").drop_nulls().n_unique().over(key) + missing > 1)


def _cases(rows: pl.DataFrame, verdict: Verdict, message: str) -> Cases:
    found = (
        rows.select("key")
        .unique()
        .with_columns(pl.lit(str(verdict)).alias("verdict"), pl.lit(message).alias("message"))
    )
    return made_cases("same-person", found, rows)
