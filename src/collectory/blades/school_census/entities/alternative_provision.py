"""Alternative provision: pupils of a referral unit, and placements that a school arranges."""

from __future__ import annotations

from collectory.blade import Code, Date, Entity, Field, Integer, Text

from .address import POSTCODE_FORM
from .extract import columns
from .terms import since

SIX_DIGITS = Text(form=r"^\d{6}$", form_in_words="six digits")


def alternative_provision(prefix: str, parent: Entity, suffix: str) -> tuple[Entity, Entity]:
    """Why a pupil is in a referral unit, and where else a school has placed a pupil."""
    in_unit = Entity(
        f"{prefix}APProvisionDetail",
        "APPlacementDetails/APProvisionDetail",
        columns(
            f"approvisiondetail{suffix}",
            Field("PrevURN", SIX_DIGITS, "Previous school (URN)", rule="2360", certainty="C"),
            Field("APReason", Code("APReason"), "Reason for the placement", rule="2361", certainty="C"),
            Field("SENprovisionEntry", Code("SENprovision"), "SEN provision on entry", certainty="C"),
        ),
        parent=parent,
        many=False,
        label="Alternative provision",
        plural="Alternative provision",
        extract=f"approvisiondetail{suffix}",
        when=since("2021-3"),
        certainty="C",
    )
    arranged = Entity(
        f"{prefix}SchoolArrangedAPDetail",
        "APPlacementDetails/SchoolArrangedAPDetail",
        columns(
            f"schoolarrangedapdetail{suffix}",
            Field("URN", SIX_DIGITS, "Provider's URN", certainty="C"),
            Field(
                "UKPRN",
                Text(form=r"^\d{8}$", form_in_words="eight digits"),
                "Provider's UKPRN",
                certainty="C",
            ),
            Field(
                "CompanyNumber",
                Text(longest=8),
                "Provider's company number",
                when=since("2023-1"),
                certainty="B",
            ),
            Field(
                "APPlacementPostcode",
                Text(longest=8, form=POSTCODE_FORM, form_in_words="a UK postcode such as LE1 6TP"),
                "Postcode of the placement",
                when=since("2023-1"),
                certainty="B",
            ),
            Field("APSettingType", Code("APSettingType"), "Kind of setting", certainty="C"),
            Field("PlacementReason", Code("APPlacementReason"), "Reason for the placement", certainty="C"),
            Field("EntryDate", Date(), "Start date", certainty="C"),
            Field("LeavingDate", Date(), "End date", certainty="C"),
            Field("APAttendancePattern", Code("APAttendancePattern"), "Attendance pattern", certainty="C"),
            Field("APSessionsPerWeek", Integer(1, 10), "Sessions a week", certainty="C"),
            Field("SENprovisionEntry", Code("SENprovision"), "SEN provision on entry", certainty="C"),
            Field("SENprovisionLeaving", Code("SENprovision"), "SEN provision on leaving", certainty="C"),
        ),
        parent=parent,
        key=("EntryDate", "URN", "UKPRN"),
        label="Placement arranged by the school",
        plural="Placements arranged by the school",
        extract=f"schoolarrangedapdetail{suffix}",
        when=since("2022-1"),
        certainty="C",
    )
    return in_unit, arranged
