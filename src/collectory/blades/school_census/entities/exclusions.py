"""Suspensions and exclusions, of pupils on roll and of leavers."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from collectory.blade import (
    ALWAYS,
    Boolean,
    Code,
    Date,
    Edition,
    Entity,
    Field,
    Integer,
    Record,
    When,
    group,
    repeated,
)

from .extract import columns
from .terms import since, until

REVIEWED = When(terms=("SPR", "SUM"), since="2020-1", until="2020-2")


def where_category_given(record: Record, edition: Edition) -> pl.Expr:
    """A reason belongs to every exclusion that has a category."""
    return record.present("Category")


def reason(certainty: str) -> Field:
    """Why the pupil was excluded: one value to autumn 2020; since then up to three, in a place that is not sure."""
    return Field(
        "Reason",
        Code("ExclusionReason"),
        "Reason",
        required=where_category_given,
        required_message="The exclusion has no reason.",
        rule="2280",
        cbds="100088",
        certainty=certainty,
    )


def exclusion(name: str, path: str, parent: Entity, table: str, when: When) -> Entity:
    """A suspension or exclusion."""
    fields = columns(
        table,
        Field("Category", Code("ExclusionCategory"), "Category of exclusion", rule="2275", cbds="100087"),
        replace(reason("A"), when=until("2020-3")),
        *group("Reasons", *repeated(3, reason("C")), when=since("2021-1")),
        Field("StartDate", Date(), "Start date", rule="2290", cbds="100090"),
        Field(
            "Sessions",
            Integer(0, 999),
            "Sessions",
            form_rules=("2300", "2330"),
            cbds="100093",
            help="Half days; none for a permanent exclusion.",
        ),
        Field("InCare", Boolean(), "Looked after at the time", cbds="100038", when=until("2016-2")),
        Field("SENprovision", Code("SENprovision"), "SEN provision at the time", rule="2310", cbds="100472"),
        Field("ReviewDate", Date(), "Review date", when=REVIEWED, certainty="C"),
        Field("ReviewResult", Code("ExclusionReviewResult"), "Review result", when=REVIEWED, certainty="C"),
        Field("ReinstatementDate", Date(), "Reinstatement date", when=REVIEWED, certainty="C"),
        Field("SENexpert", Code("YesNo"), "SEN expert asked for", when=REVIEWED, certainty="C"),
    )
    return Entity(
        name,
        path,
        fields,
        parent=parent,
        key=("StartDate", "Category"),
        label="Suspension or exclusion",
        plural="Suspensions and exclusions",
        extract=table,
        when=when,
    )


def exclusions(prefix: str, parent: Entity, suffix: str) -> tuple[Entity, Entity]:
    """The exclusions of the terms before, and those of the year that only the PRU census to 2013 had."""
    return (
        exclusion(
            f"{prefix}TermlyExclusion",
            "Exclusions/TermlyExclusion",
            parent,
            f"termlyexclusions{suffix}",
            ALWAYS,
        ),
        exclusion(
            f"{prefix}AnnualExclusion",
            "Exclusions/AnnualExclusion",
            parent,
            f"annualexclusions{suffix}",
            When(terms=("SPR",), until="2013-1"),
        ),
    )
