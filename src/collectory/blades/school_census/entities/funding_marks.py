"""Marks on a pupil that funding or monitoring follows: bursaries and tutoring."""

from __future__ import annotations

from collectory.blade import Code, Decimal, Entity, Field, Text, When

from .extract import columns
from .terms import since, spring_and_summer


def learner_support(prefix: str, parent: Entity, suffix: str, after: str) -> Entity:
    """A bursary of a student of 16 to 19."""
    table = f"learnersupport{suffix}"
    return Entity(
        f"{prefix}LearnerSupportItem",
        "PupilCharacteristics/LearnerSupport/LearnerSupportItem",
        columns(table, Field("SupportCode", Code("LearnerSupportCode"), "Bursary", rule="1865", cbds="100491")),
        parent=parent,
        after=after,
        key=("SupportCode",),
        label="Bursary",
        plural="Bursaries",
        extract=table,
        when=spring_and_summer(),
    )


def learner_fam(prefix: str, parent: Entity, suffix: str, after: str) -> Entity:
    """A learner funding and monitoring mark, such as tutoring."""
    table = f"learnerfam{suffix}"
    return Entity(
        f"{prefix}LearnerFAM",
        "PupilCharacteristics/LearnerFAM",
        (
            Field(
                "LearnFAMType",
                Code("LearnFAMType"),
                "Kind of mark",
                required=True,
                extract=f"{table}.learnerfamtype",
                certainty="B",
            ),
            Field(
                "LearnFAMCode",
                Code("LearnFAMCode"),
                "Value of the mark",
                required=True,
                extract=f"{table}.learnerfamcode",
                certainty="B",
            ),
            Field(
                "LearnFAMHours",
                Decimal(2),
                "Tutoring hours",
                form_rules=("4012",),
                extract=f"{table}.learnerfamhours",
                when=spring_and_summer("2022-1", "2024-2"),
                certainty="B",
            ),
        ),
        parent=parent,
        after=after,
        key=("LearnFAMType", "LearnFAMCode"),
        label="Learner funding and monitoring mark",
        plural="Learner funding and monitoring marks",
        extract=table,
        when=since("2021-3"),
        certainty="C",
    )


def nationality(prefix: str, parent: Entity, suffix: str, after: str) -> Entity:
    """Withdrawn in 2018."""
    table = f"nationalities{suffix}"
    return Entity(
        f"{prefix}Nationality",
        "PupilCharacteristics/Nationalities/Nationality",
        columns(table, Field("Nationality", Text(longest=3), "Nationality", element=".", certainty="C")),
        parent=parent,
        after=after,
        key=("Nationality",),
        label="Nationality",
        plural="Nationalities",
        extract=table,
        when=When(since="2016-3", until="2018-2"),
        certainty="C",
    )
