"""The tables of the return, named and columned as councils' systems name them.

A child, its characteristics and its episodes; under an episode its assessments, plans, enquiries and protection
plans. The record of a child is the table ChildIdentifiers: it stands for the element Child.
"""

from __future__ import annotations

from collectory.blade import Boolean, Code, Date, DateTime, Entity, Field, Integer, Text, When, group

SEX = When(since="2025")
GENDER = When(until="2024")

YES_OR_NO = Boolean(("true", "1", "TRUE", "True"), ("false", "0", "FALSE", "False"))
THREE_DIGITS = Text(form=r"^[0-9]{3}$", form_in_words="three digits, such as 302")
CORRECT_DATE = "Correct the date in your own system: year-month-day, such as 2024-06-30."

header = Entity(
    "Header",
    "Header",
    [
        *group(
            "CollectionDetails",
            Field("Collection", Text(longest=10), "Collection", cbds="N00600", help="CIN."),
            Field(
                "Year",
                Text(form=r"^[0-9]{4}$", form_in_words="a year of four digits, such as 2025"),
                "Year",
                cbds="N00602",
                help="The year in which the census year ends.",
            ),
            Field("ReferenceDate", Date(), "Reference date", cbds="N00603", help="31 March of the year."),
        ),
        *group(
            "Source",
            Field("SourceLevel", Text(longest=1), "Made by", cbds="N00604", help="L: a local authority."),
            Field("LEA", THREE_DIGITS, "Local authority number", cbds="N00216"),
            Field("SoftwareCode", Text(longest=100), "Software", cbds="N00605"),
            Field("Release", Text(longest=100), "Release", cbds="N00607"),
            Field("SerialNo", Text(longest=20), "Serial number", cbds="N00606"),
            Field("DateTime", DateTime(), "File created", cbds="N00609"),
        ),
        Field("CBDSLevel", Text(), "Level", group="Content/CBDSLevels", cbds="N00608", certainty="B"),
    ],
    label="File header",
    plural="File header",
    many=False,
    help="What the return says about itself: which collection, which year, which authority.",
)

child = Entity(
    "ChildIdentifiers",
    "Children/Child",
    group(
        "ChildIdentifiers",
        Field(
            "LAchildID",
            Text(),
            "Local authority child ID",
            cbds="N00097",
            required=True,
            rule="8500",
            why="Without its number a child cannot be told from others, nor found in last year's return.",
            fix="Enter the number by which your own system knows the child.",
        ),
        Field("UPN", Text(), "UPN", cbds="N00001"),
        Field("FormerUPN", Text(), "Former UPN", cbds="N00002"),
        Field("UPNunknown", Code("UPNunknown"), "Reason UPN unknown", cbds="N00135"),
        Field("PersonBirthDate", Date(), "Date of birth", cbds="N00066", fix=CORRECT_DATE),
        Field("ExpectedPersonBirthDate", Date(), "Expected date of birth", cbds="N00098", fix=CORRECT_DATE),
        Field(
            "GenderCurrent",
            Code("GenderCurrent"),
            "Gender",
            cbds="N00065",
            required=True,
            rule="4180",
            why="National figures are published by gender.",
            fix="Enter 1 or 2; 0 for a child not yet born or where it is not recorded, 9 for neither.",
            when=GENDER,
        ),
        Field(
            "Sex",
            Code("Sex"),
            "Sex",
            cbds="N00783",
            required=True,
            rule="4180",
            why="National figures are published by sex.",
            fix="Enter M or F; U for a child not yet born or where it is not known.",
            when=SEX,
        ),
        Field("PersonDeathDate", Date(), "Date of death", cbds="N00108", fix=CORRECT_DATE),
    ),
    key=("LAchildID",),
    label="Child",
    plural="Children",
    help="A child, born or not, who was referred to or served by the council in the census year.",
)

characteristics = Entity(
    "ChildCharacteristics",
    "ChildCharacteristics",
    [
        Field(
            "Ethnicity",
            Code("Ethnicity"),
            "Ethnicity",
            cbds="N00177",
            required=True,
            rule="4220",
            why="It shows whether all communities are served alike.",
            fix="Enter the code of the child's ethnic group; NOBT where it was not obtained, REFU where refused.",
        )
    ],
    parent=child,
    label="Characteristics",
    plural="Characteristics",
    many=False,
)

disability = Entity(
    "Disabilities",
    "Disabilities/Disability",
    [Field("Disability", Code("Disability"), "Disability", element=".", cbds="N00099")],
    parent=characteristics,
    key=("Disability",),
    label="Disability",
    plural="Disabilities",
)

episode = Entity(
    "CINdetails",
    "CINdetails",
    [
        Field("CINreferralDate", Date(), "Referral date", cbds="N00100", fix=CORRECT_DATE),
        Field("ReferralSource", Code("ReferralSource"), "Source of referral", cbds="N00152"),
        Field(
            "PrimaryNeedCode",
            Code("PrimaryNeedCode"),
            "Primary need",
            cbds="N00101",
            rule="8650",
            why="Children are counted by what they need help for.",
            fix="Enter one of N0 to N9.",
        ),
        Field("CINclosureDate", Date(), "Closure date", cbds="N00102", fix=CORRECT_DATE),
        Field(
            "ReasonForClosure",
            Code("ReasonForClosure"),
            "Reason for closure",
            cbds="N00103",
            rule="8640",
            why="It shows what becomes of children when help ends.",
            fix="Enter one of RC1 to RC9.",
        ),
        Field("DateOfInitialCPC", Date(), "Date of initial conference", cbds="N00110", fix=CORRECT_DATE),
        Field(
            "ReferralNFA",
            YES_OR_NO,
            "No further action",
            cbds="N00112",
            required=True,
            rule="8568",
            why="Whether a referral led to anything decides what else is expected of the episode.",
            fix="Enter true where nothing followed the referral, else false.",
        ),
    ],
    parent=child,
    key=("CINreferralDate",),
    number_column="CINdetailsID",
    label="Episode",
    plural="Episodes",
    help="From a referral to its closure.",
)

assessment = Entity(
    "Assessments",
    "Assessments",
    [
        Field("AssessmentActualStartDate", Date(), "Start of assessment", cbds="N00159", fix=CORRECT_DATE),
        Field("AssessmentInternalReviewDate", Date(), "Internal review point", cbds="N00161", fix=CORRECT_DATE),
        Field("AssessmentAuthorisationDate", Date(), "Assessment authorised", cbds="N00160", fix=CORRECT_DATE),
    ],
    parent=episode,
    key=("AssessmentActualStartDate",),
    number_column="AssessmentID",
    label="Assessment",
    plural="Assessments",
    after="DateOfInitialCPC",
)

factor = Entity(
    "AssessmentFactorsList",
    "FactorsIdentifiedAtAssessment/AssessmentFactors",
    [Field("AssessmentFactor", Code("AssessmentFactors"), "Factor", element=".", cbds="N00181")],
    parent=assessment,
    key=("AssessmentFactor",),
    list_column="AssessmentFactors",
    label="Factor identified",
    plural="Factors identified",
)

cin_plan = Entity(
    "CINplanDates",
    "CINPlanDates",
    [
        Field("CINPlanStartDate", Date(), "Start of CIN plan", cbds="N00689", fix=CORRECT_DATE),
        Field("CINPlanEndDate", Date(), "End of CIN plan", cbds="N00690", fix=CORRECT_DATE),
    ],
    parent=episode,
    key=("CINPlanStartDate",),
    label="CIN plan",
    plural="CIN plans",
    after="DateOfInitialCPC",
)

enquiry = Entity(
    "Section47",
    "Section47",
    [
        Field("S47ActualStartDate", Date(), "Start of enquiry", cbds="N00148", fix=CORRECT_DATE),
        Field("InitialCPCtarget", Date(), "Target date of initial conference", cbds="N00109", fix=CORRECT_DATE),
        Field("DateOfInitialCPC", Date(), "Date of initial conference", cbds="N00110", fix=CORRECT_DATE),
        Field("ICPCnotRequired", YES_OR_NO, "Conference not required", cbds="N00111"),
    ],
    parent=episode,
    key=("S47ActualStartDate",),
    label="Section 47 enquiry",
    plural="Section 47 enquiries",
    after="DateOfInitialCPC",
)

CATEGORY = {
    "required": True,
    "why": "Plans are counted by what the child is protected from.",
    "fix": "Enter NEG, PHY, SAB, EMO or MUL.",
}
protection_plan = Entity(
    "ChildProtectionPlans",
    "ChildProtectionPlans",
    [
        Field("CPPstartDate", Date(), "Start of protection plan", cbds="N00105", fix=CORRECT_DATE),
        Field("CPPendDate", Date(), "End of protection plan", cbds="N00115", fix=CORRECT_DATE),
        Field(
            "InitialCategoryOfAbuse",
            Code("CategoryOfAbuse"),
            "Initial category of abuse",
            cbds="N00113",
            rule="8905",
            **CATEGORY,  # type: ignore[arg-type]
        ),
        Field(
            "LatestCategoryOfAbuse",
            Code("CategoryOfAbuse"),
            "Latest category of abuse",
            cbds="N00114",
            rule="8910",
            **CATEGORY,  # type: ignore[arg-type]
        ),
        Field(
            "NumberOfPreviousCPP",
            Integer(0),
            "Number of previous protection plans",
            cbds="N00106",
            required=True,
            rule="8730",
            why="It shows how many children need protection again.",
            fix="Enter a whole number; 0 where this is the child's first plan.",
        ),
    ],
    parent=episode,
    key=("CPPstartDate",),
    number_column="CPPID",
    label="Child protection plan",
    plural="Child protection plans",
)

review = Entity(
    "Reviews",
    "Reviews/CPPreviewDate",
    [Field("CPPreviewDate", Date(), "Date of review", element=".", cbds="N00116", fix=CORRECT_DATE)],
    parent=protection_plan,
    key=("CPPreviewDate",),
    label="Review",
    plural="Reviews",
)

entities = (
    header,
    child,
    characteristics,
    disability,
    episode,
    assessment,
    factor,
    cin_plan,
    enquiry,
    protection_plan,
    review,
)
