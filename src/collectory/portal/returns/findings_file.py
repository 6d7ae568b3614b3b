"""The whole list of findings, and the list of notes, as tables to take away.

Everything is worked out by column, so that the list may be of any length. The column REFERENCE ties a row to
its finding when the sheet comes back with notes in NEW_NOTE; it begins with a letter, because a spreadsheet
would turn some identities into numbers.
"""

from __future__ import annotations

import polars as pl

from collectory.engine.writing.findings import report
from collectory.portal.returns import reading
from collectory.portal.returns.models import Note, Return
from collectory.portal.returns.note_list import SCOPES, notes_table
from collectory.portal.returns.services.explaining import findings_with_explanation

REFERENCE = "Reference"
NEW_NOTE = "New note"
MARK = "F"


def findings_table(data_return: Return) -> pl.DataFrame:
    """Every finding of the current revision, one row each, in reading order; all columns text.

    The engine's report, then what the portal knows: whether it is explained or OK'd, and the newest note.
    """
    revision = data_return.current_revision
    assert revision is not None, "a return without data has no findings"
    beside = (
        findings_with_explanation(data_return)
        .join(_newest_notes(data_return), on="place", how="left", maintain_order="left")
        .select(
            _capital("explanation").alias("Explained"),
            pl.when("accepted").then(pl.lit("Yes")).otherwise(pl.lit("No")).alias("OK’d"),
            pl.col("text").fill_null("").alias("Notes"),
            pl.lit("").alias(NEW_NOTE),
            (pl.lit(MARK) + pl.col("identity")).alias(REFERENCE),
        )
    )
    return report(reading.dataset(revision), reading.findings(revision), names=True, beside=beside)


def _capital(name: str) -> pl.Expr:
    return pl.col(name).str.slice(0, 1).str.to_uppercase() + pl.col(name).str.slice(1)


def _newest_notes(data_return: Return) -> pl.DataFrame:
    """The text of the newest note that stands at each place."""
    notes = Note.objects.filter(data_return=data_return, scope=Note.Scope.FINDING, withdrawal=None).order_by("pk")
    rows = list(notes.values_list("place", "text"))
    frame = pl.DataFrame(rows, schema={"place": pl.String, "text": pl.String}, orient="row")
    return frame.unique("place", keep="last", maintain_order=True)


def notes_file(data_return: Return) -> pl.DataFrame:
    """Every note, one row each, newest first; all columns text."""
    local = pl.col("at").dt.convert_time_zone("Europe/London").dt.strftime("%Y-%m-%d %H:%M")
    about = pl.col("scope").replace(SCOPES)
    return notes_table(data_return).select(
        about.alias("About"),
        pl.col("number").alias("Rule no."),
        pl.col("message").alias("Error message"),
        pl.col("who").alias("Record"),
        pl.col("key").alias("Number of the record"),
        pl.col("what").alias("Part of the record"),
        pl.col("title").fill_null("").alias("Data Item"),
        pl.col("text").alias("Note Detail"),
        _capital("standing").alias("State"),
        pl.col("reason").fill_null("").alias("Reason of withdrawal"),
        pl.col("user").alias("User"),
        pl.col("role").alias("Role"),
        pl.col("organisation").alias("Organisation"),
        pl.col("native_id").alias("Native ID"),
        local.alias("Date and Time"),
    )
