"""The register of organisations, from the CSV that its publisher offers."""

from __future__ import annotations

import polars as pl

from collectory.engine.refusal import Refusal


def read_register(data: bytes) -> pl.DataFrame | Refusal:
    """The register as a table of text; empty values null. Gives a refusal for what is no CSV with a header.

    Read as UTF-8, or as Windows-1252, which the national register of schools is published in.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError:
        return _no_register()
    if frame.width < 2 or "\0" in text[:4096] or text.startswith(("PK", "<")):
        return _no_register()
    return frame.select(pl.when(pl.all() != "").then(pl.all()).name.keep())


def _no_register() -> Refusal:
    return Refusal(
        "wrong-table",
        "The register cannot be read",
        "It should be a CSV file whose first line names the columns.",
        "Download the register again as CSV and give it as it is.",
    )
