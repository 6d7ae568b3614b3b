"""Pupils on roll on census day, and the records under them."""

from __future__ import annotations

from collectory.blade import Boolean, Code, Date, Decimal, Entity, Field, Integer, Text, When, group

from .address import bs7666_parts, lines, postcode, property_number, where_given
from .alternative_provision import alternative_provision
from .attendance import attendances
from .exclusions import exclusions
from .extract import columns
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
from .terms import since, spring

TABLE = "pupilonroll"

EARLY_YEARS = columns(
    TABLE,
    Field(
        "FundedHours",
        Decimal(2),
        "Funded hours a week",
        rule="1852",
        form_rules=("5180",),
        cbds="100290",
        help="Free early education, for children of two to four who are not yet in Reception.",
    ),
    Field(
        "ExtendedHours",
        Decimal(2),
        "Extended hours a week",
        rule="3140",
        form_rules=("3100",),
        when=since("2017-3"),
        certainty="B",
        help="The hours that working parents may have beyond the first 15.",
    ),
    Field(
        "ExpandedHours",
        Decimal(2),
        "Expanded hours a week",
        when=since("2024-2"),
        certainty="B",
        help="The hours that working parents may have for children from nine months to two years.",
    ),
    Field(
        "ThirtyHourCode",
        Text(form=r"^\d{11}$", form_in_words="eleven digits"),
        "30-hour code",
        renamed="EligibilityCode",
        rule="3105",
        when=since("2017-3", "2024-2"),
        certainty="B",
        help="The number that shows that the parents are entitled to extended hours.",
    ),
    Field(
        "EligibilityCode",
        Text(form=r"^\d{11}$", form_in_words="eleven digits"),
        "Eligibility code",
        rule="3105",
        when=since("2024-3"),
        certainty="C",
        help="The number that shows that working parents are entitled to extended or expanded hours.",
    ),
    Field(
        "DAFIndicator",
        Boolean(),
        "Disability access fund",
        rule="5230",
        when=since("2017-3"),
        certainty="B",
    ),
    Field(
        "HoursAtSetting",
        Decimal(2),
        "Hours at the school a week",
        rule="1855",
        cbds="100291",
        help="All hours, paid by parents or not.",
    ),
    Field(
        "UnitContactTimePupil",
        Integer(),
        "Contact hours in the unit",
        rule="2690",
        cbds="100418",
        extract=f"{TABLE}.unitcontacttime",
        when=spring(),
        help="Pupil referral units only.",
    ),
    Field("EYPPE", Code("YesNo"), "Early years pupil premium", cbds="100559", when=spring("2015-1", "2018-1")),
    Field(
        "EYPPR",
        Code("YesNo"),
        "Early years pupil premium",
        when=spring("2019-1") | since("2024-2"),
        certainty="B",
    ),
    Field(
        "EYPPBF",
        Code("EYPPBF"),
        "Basis of the early years pupil premium",
        rule="1843",
        cbds="100560",
        when=spring("2015-1") | since("2024-2"),
        certainty="B",
    ),
)

pupil_on_roll = Entity(
    "PupilOnRoll",
    "Pupils/PupilsOnRoll/PupilOnRoll",
    [
        *identifiers(TABLE),
        *group(
            "PupilCharacteristics",
            *ethnicity(TABLE),
            *country_of_birth(TABLE),
            *columns(
                TABLE,
                Field(
                    "SchoolLunchTaken",
                    Boolean(),
                    "Took a school lunch",
                    rule="1875",
                    when=since("2014-3"),
                    certainty="B",
                    help="On census day; asked of infants only.",
                ),
                Field(
                    "YSSA",
                    Code("YSSA"),
                    "Youth support services agreement",
                    rule="1770",
                    cbds="100488",
                    help="Whether parents or pupils agree that information goes to youth support services.",
                ),
            ),
            *language(TABLE),
            *columns(
                TABLE,
                Field(
                    "ServiceChild",
                    Code("ServiceChild"),
                    "Service child",
                    rule="1856",
                    cbds="100330",
                    when=spring() | since("2018-3"),
                    help="Whether a parent serves in the regular armed forces.",
                ),
            ),
            *EARLY_YEARS,
            *columns(
                TABLE,
                Field(
                    "TopUpFunding",
                    Boolean(),
                    "Top-up funding",
                    rule="1869",
                    cbds="100511",
                    when=since("2013-3"),
                    help="Whether the school receives high-needs funding for the pupil.",
                ),
                Field(
                    "AdoptedFromCare",
                    Code("PLAA"),
                    "Adopted from care",
                    cbds="100512",
                    when=since("2013-3", "2016-2"),
                ),
                Field(
                    "PLAA",
                    Code("PLAA"),
                    "Post looked-after arrangements",
                    rule="1871",
                    when=since("2016-3"),
                    certainty="B",
                    help="How a pupil who was looked after left care.",
                ),
                Field("YoungCarer", Code("YoungCarer"), "Young carer", when=spring("2023-1"), certainty="C"),
                Field(
                    "ProficiencyInEnglish",
                    Code("ProficiencyInEnglish"),
                    "Proficiency in English",
                    rule="5140",
                    when=When(("AUT",), "2016-3", "2016-3") | spring("2017-1", "2018-1"),
                    certainty="C",
                ),
            ),
            *planned_hours(TABLE),
            *prior_attainment(TABLE),
        ),
        *group(
            "PupilStatus",
            Field(
                "EnrolStatus",
                Code("EnrolStatus"),
                "Enrolment status",
                required=within("PupilStatus"),
                rule="1860",
                cbds="100060",
                extract=f"{TABLE}.enrolstatus",
                why="It says whether the pupil belongs to this school alone or to two schools, and so which of "
                "them is funded.",
            ),
            Field(
                "TypeOfClass",
                Code("ClassType"),
                "Type of class",
                rule="2060",
                cbds="100325",
                extract=f"{TABLE}.classtype",
                help="Nursery class or other; primary years only.",
            ),
            entry_date(TABLE),
            *part_time_and_boarder(TABLE),
            Field(
                "NCyearActual",
                Code("NCYear"),
                "Year group",
                required=within("PupilStatus"),
                rule="2000",
                why="What is collected about a pupil, and how the school is funded, goes by year group.",
                cbds="100068",
                extract=f"{TABLE}.ncyearactual",
                help="The national curriculum year that the pupil is taught in.",
            ),
        ),
        *group(
            "SpecialEducationalNeeds",
            *columns(
                TABLE,
                Field(
                    "SENprovision",
                    Code("SENprovision"),
                    "SEN provision",
                    required=True,  # often all that the module holds, so it is said beside 9999
                    rule="2120",
                    cbds="100472",
                    help="N for none.",
                ),
                Field(
                    "SENunitIndicator",
                    Boolean(),
                    "In an SEN unit",
                    rule="2230",
                    cbds="100075",
                    when=spring() | since("2017-3"),
                ),
                Field(
                    "ResourcedProvisionIndicator",
                    Boolean(),
                    "In resourced provision",
                    rule="2250",
                    cbds="100076",
                    when=spring() | since("2017-3"),
                ),
            ),
        ),
    ],
    key=("UPN",),
    named_by=("Surname", "Forename"),
    label="Pupil on roll",
    plural="Pupils on roll",
    extract=TABLE,
    help="Everyone who is registered at the school on census day.",
)

fsm_period = Entity(
    "FSMperiod",
    "PupilCharacteristics/FSMeligibility/FSMperiod",
    columns(
        "fsmperiodsonroll",
        Field(
            "FSMstartDate",
            Date(),
            "Start date",
            required=True,
            required_message="The period of free school meals has no start date.",
            rule="1761",
            why="Free school meals decide the pupil premium and a part of the school's budget.",
            cbds="100484",
        ),
        Field("FSMendDate", Date(), "End date", cbds="100485", help="Empty while the pupil is still entitled."),
        Field("UKcountry", Code("UKcountry"), "Country that granted the meals", rule="1764", cbds="200634"),
    ),
    parent=pupil_on_roll,
    after="Ethnicity",
    key=("FSMstartDate",),
    label="Free school meal period",
    plural="Free school meal periods",
    extract="fsmperiodsonroll",
    help="Times in which the pupil was entitled to free school meals since the last census day.",
)

on_roll_nationality = nationality("", pupil_on_roll, "onroll", "CountryOfBirth")

funding_basis_item = Entity(
    "FundingBasisItem",
    "PupilCharacteristics/FundingBasisItems/FundingBasis",
    columns(
        "fundingbasisitems",
        Field(
            "FundingBasis",
            Code("FundingBasis"),
            "Basis for funding",
            element=".",
            cbds="100576",
            certainty="C",
        ),
    ),
    parent=pupil_on_roll,
    after="HoursAtSetting",
    key=("FundingBasis",),
    label="Basis for funding at two",
    plural="Bases for funding at two",
    extract="fundingbasisitems",
    certainty="C",
    when=spring("2018-1") | since("2024-2"),
)

learner_support_item = learner_support("", pupil_on_roll, "onroll", "EYPPBF")
fam = learner_fam("", pupil_on_roll, "onroll", "YoungCarer")

sen_need = Entity(
    "SENneed",
    "SpecialEducationalNeeds/SENneeds/SENneed",
    columns(
        "senneeds",
        Field("SENtypeRank", Code("SENtypeRank"), "Rank", rule="2140", cbds="100080", help="1 main, 2 second."),
        Field("SENtype", Code("SENtype"), "Type of need", rule="2130", cbds="100081"),
    ),
    parent=pupil_on_roll,
    after="SENprovision",
    key=("SENtypeRank",),
    label="Special educational need",
    plural="Special educational needs",
    extract="senneeds",
    when=spring(),
)

termly_exclusion, annual_exclusion = exclusions("", pupil_on_roll, "onroll")

address = Entity(
    "Address",
    "HomeInformation/Address",
    [
        postcode("100121", "addressesonroll", required=where_given, rule="2340"),
        *group("BS7666Address", *bs7666_parts("addressesonroll")),
        *group("LineAddressFormat", *lines(100128, "addressesonroll")),
        property_number("addressesonroll"),
    ],
    parent=pupil_on_roll,
    key=("PostCode",),
    label="Address",
    plural="Addresses",
    extract="addressesonroll",
)

(
    termly_attendance,
    session_detail,
    second_half_attendance,
    second_half_session_detail,
    annual_attendance,
    annual_session_detail,
) = attendances("", pupil_on_roll, TABLE, "onroll")

programme_aim, learning_aim, workplace_entity, earlier_learning_aim, earlier_workplace_entity = learning(
    "", pupil_on_roll, "onroll", "2020-3"
)

ap_provision_detail, school_arranged_ap_detail = alternative_provision("", pupil_on_roll, "onroll")

on_roll_entities = (
    pupil_on_roll,
    on_roll_nationality,
    fsm_period,
    funding_basis_item,
    learner_support_item,
    fam,
    sen_need,
    termly_exclusion,
    annual_exclusion,
    address,
    termly_attendance,
    session_detail,
    second_half_attendance,
    second_half_session_detail,
    annual_attendance,
    annual_session_detail,
    programme_aim,
    learning_aim,
    workplace_entity,
    earlier_learning_aim,
    earlier_workplace_entity,
    ap_provision_detail,
    school_arranged_ap_detail,
)
