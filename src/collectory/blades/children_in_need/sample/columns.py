"""Tables while they are being made: a column of objects for each field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from collectory.blade import Edition, Entity

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]
Columns = dict[str, NDArray[Any]]

PARENT = "_parent"


def days(edition: Edition, after: Numbers, there: Flags | None = None) -> Texts:
    """Days so many after the first of the census year, as text; None where they are not there."""
    written = np.datetime_as_string(np.datetime64(edition.period_from) + after.astype("timedelta64[D]"))
    texts = written.astype(object)
    if there is not None:
        texts[~there] = None
    return texts


def chosen(draws: np.random.Generator, count: int, codes: Sequence[str], shares: Sequence[float]) -> Texts:
    """Codes in these shares, at random."""
    weights = np.array(shares)
    return np.array(codes, object)[draws.choice(len(codes), size=count, p=weights / weights.sum())]


def to_working_day(edition: Edition, after: Numbers) -> Numbers:
    """The same days, those at a weekend moved to the Monday after."""
    first = np.datetime64(edition.period_from)
    moved = np.busday_offset(first + after.astype("timedelta64[D]"), 0, roll="forward")
    return (moved - first).astype(np.int64)


def frame(entity: Entity, columns: Columns) -> pl.DataFrame:
    """The table of an entity; fields that were not made are missing."""
    height = len(next(iter(columns.values())))
    parents = columns.get(PARENT)
    return pl.DataFrame(
        [
            pl.Series("_row", range(height), dtype=pl.Int64),
            pl.Series(PARENT, parents if parents is not None else [None] * height, dtype=pl.Int64),
            *(
                pl.Series(
                    field.name, columns[field.name].tolist() if field.name in columns else [None] * height, pl.String
                )
                for field in entity.fields
            ),
        ]
    )
