"""Which findings are explained. The one place that joins notes with findings, and counts.

A note is about a finding when they share the `place` (the rule and the record's natural key). It
explains the finding when they also share the `identity` (the values that the rule read); where the
values have changed since, the finding needs another look. A withdrawn note explains nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from django.db.models import Max

from collectory.portal.returns import reading
from collectory.portal.returns.models import Note, NoteWithdrawal, Return

EXPLAINED = "explained"
ANOTHER_LOOK = "needs another look"
NOT_EXPLAINED = "not explained"
NO_LONGER_RAISED = "no longer raised"

STANDINGS = (NOT_EXPLAINED, ANOTHER_LOOK, EXPLAINED)


@dataclass(frozen=True)
class Explanations:
    """Counts of findings of the current revision. Open ones have no note for their present values.

    `needs_another_look` counts those open ones that have a note for earlier values.
    """

    open_errors: int = 0
    open_queries: int = 0
    explained: int = 0
    needs_another_look: int = 0
    explained_errors: int = 0
    explained_queries: int = 0

    @property
    def open(self) -> int:
        """Findings that have no note for their present values."""
        return self.open_errors + self.open_queries


def notes_on_findings(data_return: Return) -> pl.DataFrame:
    """One row per place and identity that has a note which stands: place, identity."""
    rows = Note.objects.filter(data_return=data_return, scope=Note.Scope.FINDING, withdrawal=None).exclude(place="")
    pairs = list(rows.values_list("place", "identity").distinct())
    schema = {"place": pl.String, "identity": pl.String}
    return pl.DataFrame(pairs, schema=schema, orient="row").unique()


def with_explanation(findings: pl.DataFrame, data_return: Return) -> pl.DataFrame:
    """The findings with a column `explanation`: explained, needs another look, or not explained."""
    notes = notes_on_findings(data_return)
    # An identity contains its place, so that equal identities are enough.
    same = pl.col("identity").is_in(notes["identity"].implode())
    place = pl.col("place").is_in(notes["place"].implode())
    return findings.with_columns(
        explanation=pl.when(same)
        .then(pl.lit(EXPLAINED))
        .when(place)
        .then(pl.lit(ANOTHER_LOOK))
        .otherwise(pl.lit(NOT_EXPLAINED))
    )


LIGHT = ("finding", "rule_key", "rule", "priority", "level", "entity", "record", "place", "identity")


def findings_with_explanation(data_return: Return) -> pl.DataFrame:
    """The current revision's findings with `explanation`, without the columns that are large: see LIGHT.

    Without data there are none. Remembered until a note is written or withdrawn.
    """
    revision = data_return.current_revision
    if revision is None:
        schema = dict.fromkeys(LIGHT, pl.String) | {"finding": pl.Int64, "record": pl.Int64, "explanation": pl.String}
        return pl.DataFrame(schema=schema)
    notes = Note.objects.filter(data_return=data_return).aggregate(Max("pk"), Max("at"))
    withdrawn = NoteWithdrawal.objects.filter(note__data_return=data_return).aggregate(Max("pk"), Max("event__at"))
    state = (data_return.pk, *notes.values(), *withdrawn.values())

    def make() -> pl.DataFrame:
        return with_explanation(reading.findings(revision).select(LIGHT), data_return)

    return reading.remembered(("explained", revision.findings, *state), make)


def explanations(data_return: Return) -> Explanations:
    """How many findings of the current revision are open, explained, or need another look."""
    is_explained = pl.col("explanation") == EXPLAINED
    error = pl.col("priority") == "error"
    counts = findings_with_explanation(data_return).select(
        open_errors=(~is_explained & error).sum(),
        open_queries=(~is_explained & ~error).sum(),
        explained=is_explained.sum(),
        needs_another_look=(pl.col("explanation") == ANOTHER_LOOK).sum(),
        explained_errors=(is_explained & error).sum(),
        explained_queries=(is_explained & ~error).sum(),
    )
    return Explanations(**counts.to_dicts()[0])


def by_rule(data_return: Return) -> pl.DataFrame:
    """Per rule of the current revision: rule_key, rule, priority, level, findings, records (touched),
    explained, another_look, not_explained. Errors first, then as the rules are ordered."""

    def how_many(explanation: str) -> pl.Expr:
        return (pl.col("explanation") == explanation).sum()

    return (
        findings_with_explanation(data_return)
        .group_by("rule_key", "rule", "priority", "level", maintain_order=True)
        .agg(
            findings=pl.len(),
            records=pl.struct("entity", "record").filter(pl.col("record").is_not_null()).n_unique(),
            explained=how_many(EXPLAINED),
            another_look=how_many(ANOTHER_LOOK),
            not_explained=how_many(NOT_EXPLAINED),
        )
    )
