"""Which findings are explained or OK'd. The one place that joins notes and OKs with findings, and counts.

A note is about a finding when they share the `place` (the rule and the record's natural key). It
explains the finding when they also share the `identity` (the values that the rule read); where the
values have changed since, the finding needs another look. A withdrawn note explains nothing. An OK of the
collector holds for the same `identity`; an OK'd finding counts as neither error nor query, but as OK'd.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from django.db.models import Max

from collectory.portal.judging.models import Ok, OkUndone
from collectory.portal.returns import reading
from collectory.portal.returns.models import Note, NoteWithdrawal, Return

EXPLAINED = "explained"
ANOTHER_LOOK = "needs another look"
NOT_EXPLAINED = "not explained"
NO_LONGER_RAISED = "no longer raised"

STANDINGS = (NOT_EXPLAINED, ANOTHER_LOOK, EXPLAINED)

# Of findings with `explanation` and `accepted`: those that want a correction, a note or an OK.
IS_OPEN = (pl.col("explanation") != EXPLAINED) & ~pl.col("accepted")


@dataclass(frozen=True)
class Explanations:
    """Counts of findings of the current revision. Open ones have no note for their present values and no OK.

    `needs_another_look` counts those open ones that have a note for earlier values; none of the others is OK'd.
    """

    open_errors: int = 0
    open_queries: int = 0
    explained: int = 0
    needs_another_look: int = 0
    explained_errors: int = 0
    explained_queries: int = 0
    ok_errors: int = 0

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


def accepted_identities(data_return: Return) -> frozenset[str]:
    """The identities of the findings that the collector has OK'd, raised now or not.

    Asked once for each version of the return that a request holds: every act on it makes another version.
    """
    known: tuple[int, frozenset[str]] | None = data_return.__dict__.get("_accepted")
    if known is None or known[0] != data_return.version:
        oks = Ok.objects.filter(data_return=data_return, undone=None)
        known = (data_return.version, frozenset(oks.values_list("identity", flat=True)))
        data_return.__dict__["_accepted"] = known
    return known[1]


def with_accepted(findings: pl.DataFrame, data_return: Return) -> pl.DataFrame:
    """The findings with a column `accepted`: whether the collector has OK'd them."""
    accepted = accepted_identities(data_return)
    if not accepted:
        return findings.with_columns(accepted=pl.lit(False))
    return findings.with_columns(accepted=pl.col("identity").is_in(sorted(accepted)))


def recount(data_return: Return) -> None:
    """Bring errors, queries and OK'd of a locked return up to date with its revision and its OKs. Does not save.

    Call it whenever the current revision, its findings or the OKs are others than before.
    """
    data_return.__dict__.pop("_accepted", None)
    if data_return.current_revision is None:
        data_return.errors = data_return.queries = data_return.ok_errors = 0
        return
    data_return.current_revision.data_return = data_return
    found = with_accepted(reading.findings(data_return.current_revision).select(LIGHT), data_return)
    error, accepted = pl.col("priority") == "error", pl.col("accepted")
    counts = found.select(
        errors=(error & ~accepted).sum(), queries=(~error & ~accepted).sum(), ok_errors=accepted.sum()
    ).to_dicts()[0]
    data_return.errors, data_return.queries, data_return.ok_errors = counts.values()


def with_explanation(findings: pl.DataFrame, data_return: Return) -> pl.DataFrame:
    """The findings with `explanation` (explained, needs another look, or not explained) and `accepted`."""
    findings = with_accepted(findings, data_return)
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
    """The current revision's findings with `explanation` and `accepted`, without the columns that are large: see LIGHT.

    Without data there are none. Remembered until a note or an OK is written or taken back.
    """
    revision = data_return.current_revision
    if revision is None:
        schema = dict.fromkeys([*LIGHT, "explanation"], pl.String) | {"finding": pl.Int64, "record": pl.Int64}
        return pl.DataFrame(schema={**schema, "accepted": pl.Boolean})
    notes = Note.objects.filter(data_return=data_return).aggregate(Max("pk"), Max("at"))
    withdrawn = NoteWithdrawal.objects.filter(note__data_return=data_return).aggregate(Max("pk"), Max("event__at"))
    oks = Ok.objects.filter(data_return=data_return).aggregate(Max("pk"), Max("event__at"))
    undone = OkUndone.objects.filter(ok__data_return=data_return).aggregate(Max("pk"), Max("event__at"))
    state = (data_return.pk, *(value for each in (notes, withdrawn, oks, undone) for value in each.values()))

    def make() -> pl.DataFrame:
        return with_explanation(reading.findings(revision).select(LIGHT), data_return)

    return reading.remembered(("explained", revision.findings, *state), make)


def explanations(data_return: Return) -> Explanations:
    """How many findings of the current revision are open, explained, OK'd, or need another look."""
    accepted = pl.col("accepted")
    is_explained = (pl.col("explanation") == EXPLAINED) & ~accepted
    error = pl.col("priority") == "error"
    counts = findings_with_explanation(data_return).select(
        open_errors=(IS_OPEN & error).sum(),
        open_queries=(IS_OPEN & ~error).sum(),
        explained=is_explained.sum(),
        needs_another_look=((pl.col("explanation") == ANOTHER_LOOK) & ~accepted).sum(),
        explained_errors=(is_explained & error).sum(),
        explained_queries=(is_explained & ~error).sum(),
        ok_errors=accepted.sum(),
    )
    return Explanations(**counts.to_dicts()[0])


def by_rule(data_return: Return) -> pl.DataFrame:
    """Per rule of the current revision: rule_key, rule, priority, level, findings, records (touched), ok, and of
    those that are not OK'd explained, another_look, not_explained. Errors first, then as the rules are ordered."""

    def how_many(explanation: str) -> pl.Expr:
        return ((pl.col("explanation") == explanation) & ~pl.col("accepted")).sum()

    return (
        findings_with_explanation(data_return)
        .group_by("rule_key", "rule", "priority", "level", maintain_order=True)
        .agg(
            findings=pl.len(),
            records=pl.struct("entity", "record").filter(pl.col("record").is_not_null()).n_unique(),
            explained=how_many(EXPLAINED),
            another_look=how_many(ANOTHER_LOOK),
            not_explained=how_many(NOT_EXPLAINED),
            ok=pl.col("accepted").sum(),
        )
    )
