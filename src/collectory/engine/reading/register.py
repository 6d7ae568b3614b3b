"""The register of organisations, from the CSV that its publisher offers."""

from __future__ import annotations

import polars as pl

from collectory.engine.refusal import Refusal

STATUS = "EstablishmentStatus (name)"


def read_register(data: bytes) -> pl.DataFrame | Refusal:
    """The register as rules read it: a table of text, empty values null. Gives a refusal for what is no CSV.

    The national register keeps the closed school beside the academy that took over its number; what is closed
    comes last, so that the first row of a number is the one in use.
    """
    frame = read_register_in_order(data)
    if isinstance(frame, Refusal) or STATUS not in frame.columns:
        return frame
    return frame.sort(pl.col(STATUS).fill_null("").str.to_lowercase() == "closed", maintain_order=True)


def read_register_in_order(data: bytes) -> pl.DataFrame | Refusal:
    """The same in the order of the file."""
    frame = read_text_table(data)
    return _no_register() if frame is None or frame.width < 2 else frame


def read_text_table(data: bytes) -> pl.DataFrame | None:
    """A CSV file as a table of text, empty values null; None where it is no CSV.

    Read as UTF-8, or as Windows-1252, which the national register of schools is published in.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text[:4096] or text.startswith(("PK", "<")):
        return None
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    return frame.select(pl.when(pl.all() != "").then(pl.all()).name.keep())


def _no_register() -> Refusal:
    return Refusal(
        "wrong-table",
        "The register cannot be read",
        "It should be a CSV file whose first line names the columns.",
        "Download the register again as CSV and give it as it is.",
    )
