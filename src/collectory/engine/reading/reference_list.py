"""Reference lists that rules ask, from CSV files: read as the register is, and looked at more closely."""

from __future__ import annotations

import polars as pl

from collectory.blade import ReferenceList
from collectory.engine.reading.register import read_text_table
from collectory.engine.refusal import Refusal


def read_reference_list(data: bytes, meant: ReferenceList) -> pl.DataFrame | Refusal:
    """The list as rules ask it: its known columns as text, a row for each key, keys as returns write them.

    Where a key stands twice its first row counts. Columns that the list need not have may be missing; the rules that
    ask them are then skipped. Gives a refusal for what is no such list.
    """
    frame = read_text_table(data)
    if frame is None or meant.key not in frame.columns:
        return _no_list(meant)
    known = [name for name in meant.columns if name in frame.columns]
    frame = frame.select(pl.col(known).str.strip_chars())
    key = pl.col(meant.key)
    for sign in meant.ignored:
        key = key.str.replace_all(sign, "", literal=True)
    frame = frame.with_columns(key).select(pl.when(pl.all() != "").then(pl.all()).name.keep())
    frame = frame.filter(pl.col(meant.key).is_not_null()).unique(meant.key, keep="first", maintain_order=True)
    return frame if frame.height else _no_list(meant)


def _no_list(meant: ReferenceList) -> Refusal:
    others = [name for name in meant.columns if name != meant.key]
    more = f" It may also have the columns {', '.join(others)}." if others else ""
    return Refusal(
        "wrong-table",
        f"The list of {meant.title} cannot be read",
        f"It should be a CSV file with a column {meant.key} and at least one row.{more}",
        "Name the columns in the first line and save the list as CSV.",
    )
