"""Young children with hours that are paid for at more than one provider."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from collectory.blade import Entitlement, Verdict
from collectory.engine.matching.cases import PLACE, Cases, made_cases
from collectory.engine.matching.rows import HOURS

OVER = "Funded hours are claimed at more than one provider, together more than the child is entitled to."
WITHIN = "Funded hours are claimed at more than one provider, together not more than the child is entitled to."
YEAR_OF_FOUR = 4


def under_fives(rows: pl.DataFrame, entitlement: Entitlement, *, by: str = "native_id") -> Cases:
    """Cases of children on roll who have funded hours in more than one return, of rows as `match_rows` makes them.

    A child is known by its UPN, or by names and birth date; one UPN with two birth dates is not one child. The hours
    of the cases are sums a week. They are over the entitlement where one of the three kinds of hours is. `by` is the
    column that tells returns apart.
    """
    claimed = pl.sum_horizontal(pl.col(name).fill_null(0) for name in HOURS) > 0
    children = (
        rows.lazy()
        .select("upn", "person", by, "birth_date", "age", "on_roll", *HOURS)
        .with_row_index(PLACE)
        .filter(pl.col("on_roll") & (pl.col("age") <= entitlement.oldest) & claimed)
        .rename({by: "of"})
        .collect()
    )
    twice = children.filter(
        (pl.col("upn").is_not_null() & pl.col("upn").is_duplicated())
        | (pl.col("person").is_not_null() & pl.col("person").is_duplicated())
    )
    members = twice.join(_children(twice), on=PLACE).filter(pl.col("of").n_unique().over("key") > 1)
    summed = members.group_by("key").agg(*(pl.col(name).sum() for name in HOURS), pl.col("age").max())
    most = pl.when(pl.col("age") >= YEAR_OF_FOUR).then(entitlement.funded_at_four).otherwise(entitlement.funded)
    over = (
        (pl.col("funded_hours") > most)
        | (pl.col("extended_hours") > entitlement.extended)
        | (pl.col("expanded_hours") > entitlement.expanded)
    )
    found = summed.select(
        "key",
        *HOURS,
        pl.when(over)
        .then(pl.lit(str(Verdict.OVER_ENTITLEMENT)))
        .otherwise(pl.lit(str(Verdict.WITHIN_ENTITLEMENT)))
        .alias("verdict"),
        pl.when(over).then(pl.lit(OVER)).otherwise(pl.lit(WITHIN)).alias("message"),
    )
    return made_cases("under-fives", found, members)


def _children(twice: pl.DataFrame) -> pl.DataFrame:
    """Which records are one child: `_place`, and a `key` that all of one child share."""
    same_number = _neighbours(twice.drop_nulls("upn").sort("upn", "birth_date", PLACE), ["upn", "birth_date"])
    same_names = _neighbours(twice.drop_nulls("person").sort("person", PLACE), ["person"])
    links = pl.concat([same_number, same_names])
    keys = _connected(twice[PLACE].to_list(), links.iter_rows())
    return pl.DataFrame(
        {PLACE: list(keys), "key": list(keys.values())}, schema={PLACE: twice.schema[PLACE], "key": pl.Int64}
    )


def _neighbours(ordered: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """Each record and the one before it where they have the same values."""
    alike = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in same)
    pairs = ordered.select(pl.col(PLACE).shift(1).alias("one"), pl.col(PLACE).alias("other"), alike.alias("alike"))
    return pairs.filter("alike").select("one", "other")


def _connected(places: Iterable[int], links: Iterable[tuple[int, ...]]) -> dict[int, int]:
    """The first record of each group that links join, by record."""
    above = {place: place for place in places}

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for one, other in links:
        first, second = sorted((top(one), top(other)))
        above[second] = first
    return {place: top(place) for place in above}
