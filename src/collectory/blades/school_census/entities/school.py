"""The school: what it is, and the counts that it gives in spring."""

from __future__ import annotations

from collectory.blade import Boolean, Code, Entity, Field, Integer, Text, When, group

from .address import bs7666_parts, lines, postcode
from .extract import columns
from .requirement import within
from .terms import spring

there = within("SchoolCharacteristics")

school = Entity(
    "School",
    "School",
    [
        *group(
            "SchoolCharacteristics",
            Field(
                "SchoolName",
                Text(longest=100),
                "School name",
                required=there,
                rule="110",
                why="It shows to everybody who works on the return whose it is.",
                cbds="200039",
                extract="school.schoolname",
            ),
            Field(
                "Phase",
                Code("Phase"),
                "Phase of education",
                required=there,
                rule="120",
                cbds="200006",
                extract="school.phase",
                why="Which parts of the census a school returns depends on its phase.",
            ),
            Field(
                "SchoolType",
                Code("SchoolType"),
                "School type",
                required=there,
                rule="140",
                why="It decides what the school is asked and with which schools it is compared.",
                cbds="200632",
                extract="school.type",
            ),
            Field(
                "HighestNCyear",
                Code("NCYear"),
                "Highest year group",
                required=there,
                rule="210",
                why="It decides what the school is asked and with which schools it is compared.",
                cbds="200013",
                extract="school.highestncyeargroup",
                help="The highest national curriculum year that the school teaches.",
            ),
            Field(
                "LowestNCyear",
                Code("NCYear"),
                "Lowest year group",
                required=there,
                rule="220",
                why="It decides what the school is asked and with which schools it is compared.",
                cbds="200012",
                extract="school.lowestncyeargroup",
                help="The lowest national curriculum year that the school teaches.",
            ),
            Field(
                "Intake",
                Code("Intake"),
                "Intake",
                required=there,
                rule="240",
                why="It decides what the school is asked and with which schools it is compared.",
                cbds="200014",
                extract="school.intake",
                help="How the school chooses its pupils.",
            ),
            Field(
                "Governance",
                Code("Governance"),
                "Governance",
                required=there,
                rule="260",
                why="It decides what the school is asked and with which schools it is compared.",
                cbds="200015",
                extract="school.governance",
                help="Who runs the school. Independent schools do not return the census.",
            ),
            Field("Email", Text(longest=254), "School email address", cbds="200022", extract="school.email"),
            Field(
                "PhoneNo",
                Text(longest=35),
                "School telephone number",
                required=there,
                rule="420",
                why="Helpdesks ring the school where a return cannot be understood.",
                cbds="200118",
                extract="school.phoneno",
            ),
        ),
        *group(
            "SchoolCharacteristics",
            Field(
                "ChildMothers",
                Boolean(),
                "Takes teenage mothers",
                rule="540",
                cbds="200023",
                extract="school.childmothers",
                when=spring(),
                help="Pupil referral units only.",
            ),
            Field(
                "TeenMotherPlaces",
                Integer(),
                "Places for teenage mothers",
                rule="541",
                cbds="200354",
                extract="school.teenmotherplaces",
                when=spring(),
                help="Pupil referral units only.",
            ),
            Field(
                "ChildcarePlaces",
                Boolean(),
                "Has childcare places",
                rule="542",
                cbds="200024",
                extract="school.childcareplaces",
                when=spring(),
                help="Pupil referral units only.",
            ),
        ),
        *group(
            "SchoolLocation/AddressInformation",
            postcode("200096", "school", label="School postcode"),
            when=spring(until="2016-1"),
        ),
        *group(
            "SchoolLocation/AddressInformation/BS7666Address",
            *bs7666_parts("school"),
            when=spring(until="2016-1"),
        ),
        *group(
            "SchoolLocation/AddressInformation/LineAddressFormat",
            *lines(200101, "school"),
            when=spring(until="2016-1"),
        ),
        *group(
            "Miscellaneous",
            Field(
                "FreeMealsTaken",
                Integer(0, 99999),
                "Free school meals taken",
                required=True,
                rule="1310",
                why="Meals that were taken are set against the pupils who are entitled to them, and paid for.",
                cbds="200147",
                extract="school.freemealstaken",
                when=spring(),
                help="How many free meals were eaten on census day by pupils who are entitled to them.",
            ),
            Field(
                "SchoolTime",
                Text(),
                "Compulsory school time in a week",
                when=spring("2023-1"),
                certainty="B",
                help="Hours and minutes.",
            ),
        ),
    ],
    label="School",
    plural="School",
    many=False,
    extract="school",
    help="What the school is.",
)

special_school = Entity(
    "SpecialSchool",
    "SchoolCharacteristics/SpecialSchool",
    [
        Field(
            "Accommodation",
            Code("Accommodation"),
            "Organisation of the special school",
            rule="280",
            cbds="200030",
            extract="school.accommodation",
            help="Mainly day pupils, mainly boarders, or in hospital.",
        ),
        Field(
            "MaxDayPupils",
            Integer(0, 9999),
            "Approved day places",
            rule="310",
            cbds="200031",
            extract="school.maxdaypupils",
        ),
        Field(
            "MaxBoarders",
            Integer(0, 9999),
            "Approved boarding places",
            rule="320",
            cbds="200032",
            extract="school.maxboarders",
        ),
        *(
            Field(name, Integer(), label, form_rules=(number,), cbds=cbds, extract=f"school.{name.lower()}")
            for name, label, number, cbds in (
                ("MinMaleAge", "Lowest approved age, boys", "350", "200033"),
                ("MaxMaleAge", "Highest approved age, boys", "350", "200035"),
                ("MinFemaleAge", "Lowest approved age, girls", "360", "200034"),
                ("MaxFemaleAge", "Highest approved age, girls", "360", "200036"),
            )
        ),
    ],
    parent=school,
    after="PhoneNo",
    label="Special school",
    plural="Special school",
    many=False,
    extract="school",
    when=spring(),
)

provision = Entity(
    "Provision",
    "Provisions/SpecialSchoolType",
    [
        Field(
            "SpecialSchoolType",
            Code("SpecialSchoolType"),
            "Need that the school is approved for",
            element=".",
            cbds="200085",
            extract="provisions.specialschooltype",
            rule="410",
        )
    ],
    parent=special_school,
    key=("SpecialSchoolType",),
    label="Approved provision",
    plural="Approved provisions",
    extract="provisions",
    when=spring(),
)


def appeals(name: str, label: str, prefix: str, when: When, certainty: str = "C") -> Entity:
    """One group of admission appeals: five counts."""
    return Entity(
        name,
        name,
        [
            Field(
                each,
                Integer(0, 999),
                words,
                cbds=cbds,
                extract=f"school.{prefix}{each.lower()}",
                certainty=certainty,
            )
            for each, words, cbds in (
                ("Lodged", "Appeals lodged", "200139"),
                ("Withdrawn", "Appeals withdrawn before a hearing", "200140"),
                ("Heard", "Appeals heard", "200141"),
                ("Upheld", "Appeals decided for the parent", "200142"),
                ("Rejected", "Appeals refused", "200143"),
            )
        ],
        parent=school,
        after="AddressLine5",
        label=label,
        plural=label,
        many=False,
        extract="school",
        when=when,
        certainty=certainty,
    )


admissions_appeals = appeals("AdmissionsAppeals", "Admission appeals", "", spring(until="2016-1"), "A")
primary_appeals = appeals("PrimaryAdmissionsAppeals", "Admission appeals, primary", "primary", spring("2017-1"))
secondary_appeals = appeals("SecondaryAdmissionsAppeals", "Admission appeals, secondary", "secondary", spring("2017-1"))
infant_appeals = appeals("InfantAdmissionsAppeals", "Admission appeals, infant classes", "infants", spring(), "A")

pupil_reconciliation = Entity(
    "PupilReconciliation",
    "Reconciliation/PupilReconciliation",
    [
        Field(name, Integer(0, 9999), label, rule=number, cbds=cbds, extract=f"school.{column}")
        for name, label, number, cbds, column in (
            ("PartTimeNotIn", "Part-time pupils not in school", "920", "200169", "parttimenotin"),
            ("PrivateStudy", "Pupils on private study", "940", "200170", "privatestudy"),
            ("AtOtherSchool", "Pupils at another school", "950", "200171", "pupilsatotherschool"),
            ("WorkExperience", "Pupils on work experience", "953", "200172", "workexperience"),
            ("FEcollege", "Pupils at a college", "957", "200173", "fecollege"),
        )
    ],
    parent=school,
    after="AddressLine5",
    label="Pupil reconciliation",
    plural="Pupil reconciliation",
    many=False,
    extract="school",
    when=spring(),
    help="Where pupils were who were in no class at the selected time.",
)

CLASS_NAMES = "The name tells the classes apart, here and in every message about them."

school_class = Entity(
    "Class",
    "Classes/Class",
    columns(
        "classes",
        Field("ClassName", Text(longest=30), "Class name", required=True, rule="1050", why=CLASS_NAMES, cbds="200185"),
        Field("Teachers", Integer(), "Teachers in the class", form_rules=("1070Q",), cbds="200190"),
        Field("NonTeachers", Integer(), "Other adults in the class", rule="1090", cbds="200191"),
        Field(
            "YearGroup",
            Code("ClassYear"),
            "Year group of the class",
            required=True,
            rule="1140",
            why="The size of classes is published by year group.",
            cbds="200560",
        ),
        Field("ClassType", Code("ClassType"), "Type of class", rule="1130", cbds="200552", extract="classes.category"),
        Field("KeyStage", Code("ClassKeyStage"), "Key stage", rule="1160", cbds="200562"),
        Field("ClassActivity", Code("ClassActivity"), "Activity", rule="1170", cbds="200195", certainty="B"),
        Field("HomePupils", Integer(0, 999), "Own pupils in the class", rule="1200", cbds="200201"),
        Field("GuestPupils", Integer(0, 999), "Pupils of other schools in the class", rule="1210", cbds="200202"),
        *(
            Field(f"Exception{letter}", Integer(), f"Infants over 30 for reason {letter}", certainty="C")
            for letter in "ABCDEFGH"
        ),
        Field("PPATeachers", Text(), "Covered while the teacher plans", certainty="C"),
    ),
    parent=school,
    after="AddressLine5",
    key=("ClassName",),
    label="Class",
    plural="Classes",
    extract="classes",
    when=spring(),
    named_by=("ClassName",),
    help="Each class as it was at the selected time of census day.",
)

childcare_detail = Entity(
    "ChildcareDetail",
    "Childcare/ChildcareDetail",
    columns(
        "childcare",
        Field("TypeOfChildcare", Code("ChildcareType"), "Kind of childcare", required=True, certainty="B"),
        Field("OnSite", Code("YesNo"), "On the school site", rule="2900", certainty="C"),
        Field(
            "ChildcareSignposting",
            Code("ChildcareSignposting"),
            "Points parents to other childcare",
            rule="2910",
            certainty="C",
        ),
        Field("OpeningTime", Text(), "Opens at", certainty="C"),
        Field("ClosingTime", Text(), "Closes at", certainty="C"),
        Field("NoOfChildcarePlaces", Integer(), "Places", rule="2925", certainty="C"),
        Field("ChildcareProvider", Code("ChildcareProvider"), "Run by", rule="2930", certainty="C"),
        Field("OtherSchools", Code("YesNoUnknown"), "Takes pupils of other schools", rule="2935", certainty="C"),
        Field("ChildcareWksOpen", Integer(), "Weeks open in the year", form_rules=("2940", "2975"), certainty="C"),
        *(
            Field(name, Code(codes), label, when=spring("2025-1"), certainty="C")
            for name, codes, label in (
                ("ChildcarePlacesAvailability", "YesNoUnknownWord", "Places free"),
                ("ChildcareBefore8am", "YesNoUnknownWord", "Open before 8am"),
                ("ChildcareCovers8amTo6pm", "ChildcareCover", "Days covered from 8am to 6pm"),
                ("ChildcareUntil6pm", "YesNoUnknownWord", "Open until 6pm"),
                ("HolidayChildcareProviderHours", "YesNoUnknownWord", "Holiday hours known"),
            )
        ),
    ),
    parent=school,
    key=("TypeOfChildcare",),
    label="Childcare",
    plural="Childcare",
    extract="childcare",
    certainty="C",
    when=spring("2016-1"),
    help="One record for each kind: before school, after school, holiday and under-fives.",
)

school_entities = (
    school,
    special_school,
    provision,
    admissions_appeals,
    primary_appeals,
    secondary_appeals,
    infant_appeals,
    pupil_reconciliation,
    school_class,
    childcare_detail,
)
