"""Cases: the people who may be in several returns, and the rows that are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from collectory.blade import Verdict

PLACE = "_place"
CASE_SCHEMA: dict[str, pl.DataType] = {
    "case": pl.Int64(),
    "kind": pl.String(),
    "verdict": pl.String(),
    "message": pl.String(),
    "birth_dates_differ": pl.Boolean(),
    "funded_hours": pl.Float64(),
    "extended_hours": pl.Float64(),
    "expanded_hours": pl.Float64(),
    "score": pl.Float64(),
}
MEMBER_SCHEMA: dict[str, pl.DataType] = {"case": pl.Int64(), "place": pl.Int64()}

STRENGTH = {
    Verdict.NOT_ALLOWED: 5,
    Verdict.ONE_RETURN: 4,
    Verdict.BIRTH_DATES_DIFFER: 3,
    Verdict.UNUSUAL: 2,
    Verdict.UNCLEAR: 1,
    Verdict.ALLOWED: 0,
}
"""Which verdict a case of three or more has, of those of its pairs: the strongest."""


@dataclass(frozen=True)
class Cases:
    """Cases of one kind or of several.

    cases    a row each: `case` (from 0), `kind` ("same-upn", "same-person", "under-fives", "probable"), `verdict`,
             `message`, `birth_dates_differ`; for under-fives the hours a week at all providers together; `score` (a
             probability) of probable ones. What is not asked of a kind is null.
    members  `case` and `place` (0-based row of the frame that was matched), in order; two or more of each case
    """

    cases: pl.DataFrame
    members: pl.DataFrame

    @property
    def number(self) -> int:
        """How many cases there are."""
        return self.cases.height

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`case`, `kind` and `verdict` before the columns of the rows that are meant, in order of cases."""
        people = rows[self.members["place"]].with_columns(self.members["case"])
        told = people.join(self.cases.select("case", "kind", "verdict"), on="case", maintain_order="left")
        return told.select("case", "kind", "verdict", *rows.columns)


def made_cases(kind: str, found: pl.DataFrame, members: pl.DataFrame) -> Cases:
    """Cases of a kind, numbered in the order of their first members.

    `found` has `key` and columns of CASE_SCHEMA; `members` has `key` and `_place`.
    """
    members = members.select("key", PLACE).unique()
    order = members.group_by("key").agg(pl.col(PLACE).min()).sort(PLACE).with_row_index("case")
    numbered = members.join(order.select("key", "case"), on="key").sort("case", PLACE)
    cases = order.select("key", "case").join(found, on="key", maintain_order="left")
    given = {"kind": pl.lit(kind), **{name: pl.col(name) for name in cases.columns}}
    columns = [given.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in CASE_SCHEMA.items()]
    return Cases(
        cases.select(columns),
        numbered.select(pl.col("case").cast(pl.Int64), pl.col(PLACE).cast(pl.Int64).alias("place")),
    )


def no_cases() -> Cases:
    """Nothing found."""
    return Cases(pl.DataFrame(schema=CASE_SCHEMA), pl.DataFrame(schema=MEMBER_SCHEMA))


def together(some: Sequence[Cases]) -> Cases:
    """Cases of several kinds of the same rows as one, numbered on."""
    start, cases, members = 0, [], []
    for each in some:
        cases.append(each.cases.with_columns(pl.col("case") + start))
        members.append(each.members.with_columns(pl.col("case") + start))
        start += each.number
    return Cases(pl.concat(cases), pl.concat(members)) if cases else no_cases()


def frame_of_verdicts(messages: Mapping[tuple[str, str], tuple[Verdict, str]]) -> pl.DataFrame:
    """Pairs of statuses as a frame: `status`, `status_other`, `verdict`, `strength`, `message`."""
    told = [
        (one, other, str(verdict), STRENGTH[verdict], message) for (one, other), (verdict, message) in messages.items()
    ]
    schema = {
        "status": pl.String,
        "status_other": pl.String,
        "verdict": pl.String,
        "strength": pl.Int8,
        "message": pl.String,
    }
    return pl.DataFrame(told, schema=schema, orient="row")
