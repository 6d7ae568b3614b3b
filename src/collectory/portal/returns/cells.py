"""Which findings touch which cell, record and part of a return. The one place where they are counted.

Everything comes from the findings of a revision and from what the collector OK'd of them, and is remembered
by both. A return's own counters count findings; a cell's count the findings that read it, so the cells' add up
to more. What is OK'd counts as OK'd alone.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import polars as pl

from collectory.engine.dataset import PARENT, ROW
from collectory.portal.returns import reading
from collectory.portal.returns.models import Revision
from collectory.portal.returns.services.explaining import accepted_identities, with_accepted


@dataclass(frozen=True)
class Counts:
    """Errors, queries, and those of both that the collector has accepted."""

    errors: int = 0
    queries: int = 0
    ok_errors: int = 0

    @property
    def any(self) -> bool:
        """Whether there is something to do."""
        return bool(self.errors or self.queries)


NONE = Counts()


def _with_accepted(revision: Revision) -> pl.DataFrame:
    """The findings of a revision with the column `accepted`."""
    return with_accepted(reading.findings(revision), revision.data_return)


def _state(revision: Revision) -> tuple[Hashable, ...]:
    """What counts are remembered by: the findings, and what is OK'd."""
    return revision.findings, accepted_identities(revision.data_return)


def touches(revision: Revision) -> pl.DataFrame:
    """One row for each cell that a finding read: finding, priority, accepted, entity, record, field."""

    def make() -> pl.DataFrame:
        return (
            _with_accepted(revision)
            .select("finding", "priority", "accepted", "fields")
            .explode("fields")
            .filter(pl.col("fields").is_not_null())
            .select(
                "finding",
                "priority",
                "accepted",
                pl.col("fields").struct.field("entity"),
                pl.col("fields").struct.field("record"),
                pl.col("fields").struct.field("field").str.split(".").list.last().alias("field"),
            )
            .filter(pl.col("entity").is_not_null() & pl.col("record").is_not_null())
            .unique(maintain_order=True)
        )

    return reading.remembered(("touches", *_state(revision)), make)


def _by_priority(findings: pl.DataFrame, *by: str) -> pl.DataFrame:
    is_ok = pl.col("accepted")
    return findings.group_by(*by).agg(
        ((pl.col("priority") == "error") & ~is_ok).sum().cast(pl.Int64).alias("errors"),
        ((pl.col("priority") == "query") & ~is_ok).sum().cast(pl.Int64).alias("queries"),
        is_ok.sum().cast(pl.Int64).alias("ok_errors"),
    )


def of_entities(revision: Revision) -> dict[str, Counts]:
    """Counts of each entity's own findings; under "" those of the whole return."""

    def make() -> dict[str, Counts]:
        findings = _with_accepted(revision).with_columns(
            pl.when(pl.col("level") == "return").then(pl.lit("")).otherwise(pl.col("entity").fill_null("")).alias("of")
        )
        rows = _by_priority(findings, "of").rows(named=True)
        return {row.pop("of"): Counts(**row) for row in rows}

    return reading.remembered(("of_entities", *_state(revision)), make)


def of_records(revision: Revision, entity: str) -> pl.DataFrame:
    """record, errors, queries, ok_errors: each record's own findings and those of the records under it.

    Records without any are left out.
    """
    edition = reading.edition_of(revision.data_return)
    kind = edition.entity(entity)

    def make() -> pl.DataFrame:
        own = _with_accepted(revision).filter((pl.col("entity") == entity) & pl.col("record").is_not_null())
        parts = [_by_priority(own, "record")]
        for child in edition.children(kind):
            below = of_records(revision, child.name)
            if below.height:
                parents = reading.table(revision, child).select(pl.col(ROW).alias("record"), PARENT)
                joined = below.join(parents, on="record").drop("record").rename({PARENT: "record"})
                parts.append(joined.select(parts[0].columns))
        return pl.concat(parts).group_by("record").sum().sort("record")

    blobs = tuple(sorted(revision.tables.items()))
    return reading.remembered(("of_records", *_state(revision), entity, blobs), make)


def of_cells(revision: Revision, entity: str, records: list[int]) -> dict[tuple[int, str], Counts]:
    """Counts for each cell of these records that a finding touches, by record and field."""
    there = touches(revision).filter((pl.col("entity") == entity) & pl.col("record").is_in(records))
    rows = _by_priority(there, "record", "field").rows(named=True)
    return {(row.pop("record"), row.pop("field")): Counts(**row) for row in rows}


def findings_at(revision: Revision, entity: str, record: int) -> pl.DataFrame:
    """The findings that touch any cell of a record, or are about it; `at_fields` lists the fields here they read."""
    there = touches(revision).filter((pl.col("entity") == entity) & (pl.col("record") == record))
    fields = there.group_by("finding", maintain_order=True).agg(pl.col("field").alias("at_fields"))
    findings = reading.findings(revision)
    about = (pl.col("entity") == entity) & (pl.col("record") == record)
    return (
        findings.filter(about.fill_null(False) | pl.col("finding").is_in(fields["finding"].implode()))
        .join(fields, on="finding", how="left", maintain_order="left")
        .with_columns(pl.col("at_fields").fill_null([]))
    )
