"""Pupils who left before census day and still belong in the return, and the records under them."""

from __future__ import annotations

from collectory.blade import Code, Date, Entity, Field, group

from .address import postcode, property_number
from .alternative_provision import alternative_provision
from .attendance import attendances
from .exclusions import exclusions
from .funding_marks import learner_fam, learner_support, nationality
from .learning import learning
from .pupils import (
    country_of_birth,
    entry_date,
    ethnicity,
    identifiers,
    language,
    part_time_and_boarder,
    planned_hours,
    prior_attainment,
)
from .requirement import within
from .terms import autumn

TABLE = "pupilnolongeronroll"

leaver = Entity(
    "PupilNoLongerOnRoll",
    "Pupils/PupilsNoLongerOnRoll/PupilNoLongerOnRoll",
    [
        *identifiers(TABLE, leaver=True),
        *group(
            "PupilCharacteristics",
            *ethnicity(TABLE),
            *country_of_birth(TABLE),
            *language(TABLE),
            *planned_hours(TABLE),
            *prior_attainment(TABLE, leaver=True),
        ),
        *group(
            "PupilStatus",
            entry_date(TABLE),
            Field(
                "LeavingDate",
                Date(),
                "Date of leaving",
                required=within("PupilStatus"),
                rule="1920",
                cbds="100064",
                extract=f"{TABLE}.leavingdate",
            ),
            *part_time_and_boarder(TABLE),
            Field(
                "NCyearLeaving",
                Code("NCYear"),
                "Year group on leaving",
                rule="2005",
                cbds="100486",
                extract=f"{TABLE}.ncyearleaving",
                when=autumn(),
                help="Asked of leavers with learning aims.",
            ),
        ),
    ],
    key=("UPN",),
    named_by=("Surname", "Forename"),
    label="Pupil no longer on roll",
    plural="Pupils no longer on roll",
    extract=TABLE,
    help="Pupils who left before census day and whose exclusions, attendance or studies the return still covers.",
)

leaver_nationality = nationality("Leaver", leaver, "offroll", "CountryOfBirth")
leaver_support_item = learner_support("Leaver", leaver, "offroll", "Language")
leaver_fam = learner_fam("Leaver", leaver, "offroll", "Language")
leaver_exclusion, leaver_annual_exclusion = exclusions("Leaver", leaver, "offroll")

leaver_address = Entity(
    "LeaverAddress",
    "HomeInformation/Address",
    [
        postcode("100121", "addressesoffroll", rule="2341"),
        property_number("addressesoffroll"),
    ],
    parent=leaver,
    key=("PostCode",),
    label="Address",
    plural="Addresses",
    extract="addressesoffroll",
    when=autumn(),
)

(
    leaver_attendance,
    leaver_session_detail,
    leaver_second_half_attendance,
    leaver_second_half_session_detail,
    leaver_annual_attendance,
    leaver_annual_session_detail,
) = attendances("Leaver", leaver, TABLE, "offroll")

(
    leaver_programme_aim,
    leaver_learning_aim,
    leaver_workplace_entity,
    leaver_earlier_learning_aim,
    leaver_earlier_workplace_entity,
) = learning("Leaver", leaver, "offroll", "2021-3")

leaver_ap_provision_detail, leaver_school_arranged_ap_detail = alternative_provision("Leaver", leaver, "offroll")

leaver_entities = (
    leaver,
    leaver_nationality,
    leaver_support_item,
    leaver_fam,
    leaver_exclusion,
    leaver_annual_exclusion,
    leaver_address,
    leaver_attendance,
    leaver_session_detail,
    leaver_second_half_attendance,
    leaver_second_half_session_detail,
    leaver_annual_attendance,
    leaver_annual_session_detail,
    leaver_programme_aim,
    leaver_learning_aim,
    leaver_workplace_entity,
    leaver_earlier_learning_aim,
    leaver_earlier_workplace_entity,
    leaver_ap_provision_detail,
    leaver_school_arranged_ap_detail,
)
