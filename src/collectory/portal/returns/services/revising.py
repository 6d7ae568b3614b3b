"""Keeping revisions: tables and findings as Parquet blobs, counts and pointers as rows.

`returns/reading.py` reads them.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl
from django.utils import timezone

from collectory.engine import Dataset, Result, check
from collectory.engine.writing.parquet import tables_to_parquet
from collectory.portal import storage
from collectory.portal.duplicates.services import storing
from collectory.portal.lists.in_force import lists_for
from collectory.portal.organisations.register import register_for
from collectory.portal.returns.models import Return, Revision, RuleTally, Upload
from collectory.portal.returns.previous import previous_return
from collectory.portal.returns.services.explaining import recount
from collectory.portal.returns.services.questioning import settle_corrected
from collectory.portal.returns.services.recording import Actor


def _parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


@dataclass(frozen=True)
class Kept:
    """A data set and its result, already in the blob store; a revision can point at it. `people` are its rows for
    matching."""

    tables: dict[str, str]
    findings: str
    records: dict[str, int]
    notices: list[dict[str, Any]]
    errors: int
    queries: int
    skipped: list[dict[str, str]]
    rules_version: str
    tallies: list[dict[str, Any]]
    people: pl.DataFrame


def _tallies(result: Result) -> list[dict[str, Any]]:
    """One row per rule: its findings and the records they touch."""
    return result.tallies.rename({"rule": "number"}).to_dicts()


def keep(dataset: Dataset, result: Result, unchanged: Mapping[str, str] | None = None) -> Kept:
    """Write a data set and its findings to the blob store. Call before the transaction, not inside it.

    `unchanged` are blobs that hold some of the tables already; these are not written again.
    """
    known = dict(unchanged or {})
    new = replace(dataset, tables={name: table for name, table in dataset.tables.items() if name not in known})
    blobs = {name: storage.save(content) for name, content in tables_to_parquet(new).items()}
    return Kept(
        tables={name: known.get(name) or blobs[name] for name in dataset.tables},
        findings=storage.save(_parquet(result.findings)),
        records=dict(dataset.records),
        notices=[asdict(notice) for notice in dataset.notices],
        errors=result.errors,
        queries=result.queries,
        skipped=[{"rule": one.rule, "why": one.why} for one in result.skipped],
        rules_version=result.rules_version,
        tallies=_tallies(result),
        people=storing.people_of(dataset),
    )


def add_revision(
    data_return: Return,
    kept: Kept,
    actor: Actor,
    cause: Revision.Cause,
    *,
    upload: Upload | None = None,
    sha256: str = "",
) -> Revision:
    """Make what was kept the current revision of a locked return. The caller then records the event."""
    made = {"made_by": actor.user, "made_at": timezone.now(), "cause": cause, "upload": upload, "sha256": sha256}
    return _made_current(data_return, kept, **made)


def add_checked_again(data_return: Return, kept: Kept) -> Revision:
    """Put a new result of the same data in the place of the current revision of a locked return.

    Who made the data, when and how stay as they were. The caller then records the event.
    """
    base = data_return.current_revision
    assert base is not None, "only what is there can be checked again"
    made = {"made_by_id": base.made_by_id, "made_at": base.made_at, "cause": base.cause, "sha256": base.sha256}
    return _made_current(data_return, kept, **made, data_of_id=base.first_with_its_data)


def _made_current(data_return: Return, kept: Kept, **made: Any) -> Revision:
    last = data_return.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    revision = Revision.objects.create(
        data_return=data_return,
        number=last + 1,
        **made,
        tables=kept.tables,
        findings=kept.findings,
        records=kept.records,
        notices=kept.notices,
        errors=kept.errors,
        queries=kept.queries,
        skipped=kept.skipped,
        rules_version=kept.rules_version,
    )
    RuleTally.objects.bulk_create(RuleTally(revision=revision, **tally) for tally in kept.tallies)
    data_return.current_revision = revision
    recount(data_return)
    settle_corrected(data_return)
    storing.store(data_return, kept.people)
    return revision


def checked(dataset: Dataset, data_return: Return, progress: Any = None, only: Collection[str] | None = None) -> Result:
    """Run the rules over a data set as the portal does, with what the portal knows of the source: all of them, or
    only those of these keys where nothing is kept of it."""
    register = register_for(dataset.edition, data_return.organisation.native_id)
    lists = lists_for(dataset.edition)
    return check(dataset, previous_return(data_return), register, progress=progress, only=only, lists=lists)
