"""What students of 16 or over study: programmes, learning aims and work placements."""

from __future__ import annotations

from collectory.blade import Boolean, Code, Date, Entity, Field, Integer, Text, When

from .extract import columns
from .terms import autumn

FUNDED = "Students of 16 or over are funded by what they study, and by whether they stay to the end."


def programme_aim(name: str, parent: Entity, table: str, when: When) -> Entity:
    """A study programme or a T Level."""
    return Entity(
        name,
        "LearningAims/ProgrammeAim",
        columns(
            table,
            Field("QN", Text(longest=10), "Programme number (QN)", certainty="C"),
            Field("ProgType", Code("ProgType"), "Programme type", certainty="B"),
            Field("ProgrammeStartDate", Date(), "Start date", when=autumn("2021-3"), certainty="C"),
            Field("ProgrammePlannedEndDate", Date(), "Planned end date", when=autumn("2021-3"), certainty="C"),
            Field("ProgrammeActualEndDate", Date(), "Actual end date", when=autumn("2021-3"), certainty="C"),
            Field(
                "ProgrammeAimStatus",
                Code("LearningAimStatus"),
                "Status",
                when=autumn("2021-3"),
                certainty="C",
            ),
            Field(
                "ProgrammeAimWithdrawalReason",
                Code("LearningAimWithdrawalReason"),
                "Withdrawal reason",
                when=autumn("2021-3"),
                certainty="C",
            ),
            Field("Traineeship", Boolean(), "Traineeship", when=autumn("2020-3", "2024-3"), certainty="C"),
        ),
        parent=parent,
        key=("ProgType", "ProgrammeStartDate"),
        label="Programme",
        plural="Programmes",
        extract=table,
        when=when,
        certainty="C",
    )


def learning_aim(name: str, path: str, parent: Entity, table: str, when: When) -> Entity:
    """A qualification or other aim that a student works towards."""
    return Entity(
        name,
        path,
        columns(
            table,
            Field(
                "QN",
                Text(longest=10),
                "Qualification number (QN)",
                required=True,
                rule="2700",
                why=FUNDED,
                cbds="100255",
                when=autumn("2016-3"),
                certainty="B",
            ),
            Field(
                "QAN",
                Text(longest=10),
                "Qualification number (QAN)",
                required=True,
                rule="2700",
                why=FUNDED,
                cbds="100255",
                when=autumn(until="2015-3"),
            ),
            Field(
                "SCC",
                Text(),
                "Subject classification code",
                required=True,
                rule="2722",
                why=FUNDED,
                when=autumn("2016-3"),
                certainty="C",
            ),
            Field("DiscCode", Text(), "Discount code", cbds="100337", when=autumn(until="2015-3")),
            Field(
                "LearningStartDate",
                Date(),
                "Start date",
                required=True,
                required_message="The aim has no start date.",
                rule="2730",
                why=FUNDED,
                cbds="100256",
            ),
            Field(
                "LearningPlannedEndDate",
                Date(),
                "Planned end date",
                required=True,
                rule="2750",
                required_message="The aim has no planned end date.",
                why=FUNDED,
                cbds="100257",
            ),
            Field("LearningActualEndDate", Date(), "Actual end date", rule="2770", cbds="100258"),
            Field(
                "LearningAimStatus",
                Code("LearningAimStatus"),
                "Status",
                required=True,
                rule="2820",
                required_message="It is not said whether the aim is going on, completed, withdrawn or transferred.",
                why=FUNDED,
                cbds="100478",
            ),
            Field(
                "LearningAimWithdrawalReason",
                Code("LearningAimWithdrawalReason"),
                "Withdrawal reason",
                rule="2785",
                when=autumn("2014-3"),
                certainty="B",
            ),
            Field("CoreAim", Boolean(), "Core aim", when=autumn("2014-3"), certainty="C"),
            Field(
                "PartnerUKPRN",
                Text(form=r"^\d{8}$", form_in_words="eight digits"),
                "Partner that teaches the aim (UKPRN)",
                when=autumn("2014-3"),
                certainty="C",
            ),
            Field(
                "Traineeship",
                Boolean(),
                "Traineeship",
                rule="5165",
                when=autumn("2016-3", "2024-3"),
                certainty="C",
            ),
            Field("ProgType", Code("ProgType"), "Programme type", when=autumn("2020-3"), certainty="B"),
        ),
        parent=parent,
        key=("QN", "LearningStartDate"),
        label="Learning aim",
        plural="Learning aims",
        extract=table,
        when=when,
        certainty="C",
    )


def workplace(name: str, parent: Entity, table: str, when: When) -> Entity:
    """A work placement that belongs to an aim."""
    return Entity(
        name,
        "WorkplaceEntity",
        columns(
            table,
            Field("WPStartDate", Date(), "Start date", certainty="C"),
            Field("WPEndDate", Date(), "End date", certainty="C"),
            Field("WPHours", Integer(), "Planned hours", certainty="C"),
            Field("WPMode", Code("WPMode"), "Kind of placement", certainty="C"),
            Field("WPEmployerID", Text(), "Employer number", when=autumn("2020-3", "2023-3"), certainty="C"),
        ),
        parent=parent,
        key=("WPStartDate",),
        label="Work placement",
        plural="Work placements",
        extract=table,
        when=when,
        certainty="C",
    )


def learning(prefix: str, parent: Entity, suffix: str, programmes_since: str) -> tuple[Entity, ...]:
    """Programmes with their aims since autumn 2021; aims directly under the pupil before."""
    programme = programme_aim(f"{prefix}ProgrammeAim", parent, f"programmeaims{suffix}", autumn(programmes_since))
    aims, placements = f"learningaims{suffix}", f"workplaceentity{suffix}"
    aim = learning_aim(f"{prefix}LearningAim", "LearningAim", programme, aims, autumn("2021-3"))
    earlier = learning_aim(
        f"{prefix}EarlierLearningAim", "LearningAims/LearningAim", parent, aims, autumn(until="2020-3")
    )
    return (
        programme,
        aim,
        workplace(f"{prefix}WorkplaceEntity", aim, placements, autumn("2021-3")),
        earlier,
        workplace(f"{prefix}EarlierWorkplaceEntity", earlier, placements, autumn("2020-3", "2020-3")),
    )
