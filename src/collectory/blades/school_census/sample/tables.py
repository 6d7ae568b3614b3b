"""Tables as the blade wants them, of columns that a subject fills."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from collectory.blade import Edition

from .draws import Ints

Columns = Mapping[str, pl.Series | str | None]
Made = dict[str, pl.DataFrame]


def table(edition: Edition, entity: str, columns: Columns, height: int, parent: Ints | None = None) -> pl.DataFrame:
    """The table of an entity: the columns that this edition has, as text, the others empty.

    `parent` gives the row above for each row, in order. A text stands in every row.
    """
    frame = pl.DataFrame(
        {"_row": np.arange(height), "_parent": pl.Series([None] * height, dtype=pl.Int64) if parent is None else parent}
    )
    return frame.with_columns(
        _column(columns.get(field.name), height).alias(field.name) for field in edition.entity(entity).fields
    )


def _column(value: pl.Series | str | None, height: int) -> pl.Expr:
    if isinstance(value, pl.Series):
        assert len(value) == height, "a column as long as its table"
        return pl.lit(value.cast(pl.String)) if height != 1 else pl.lit(value.cast(pl.String)[0], pl.String)
    return pl.lit(value, pl.String)
