"""Groups of fields that pupils on roll and leavers share."""

from __future__ import annotations

from collectory.blade import Boolean, Code, Date, Field, Integer, Text, group

from .extract import columns
from .requirement import within
from .terms import autumn, since, spring, until

there = within("PupilIdentifiers")

NAMES = "The name is part of how a pupil is recognised where the UPN is missing or wrong."


def identifiers(table: str, *, leaver: bool = False) -> tuple[Field, ...]:
    """Who the pupil is."""
    preferred = () if leaver else (Field("PreferredSurname", Text(longest=35), "Preferred surname", cbds="100011"),)
    return group(
        "PupilIdentifiers",
        *columns(
            table,
            Field(
                "UPN",
                Text(),
                "Unique pupil number (UPN)",
                required=there,
                rule="1500",
                cbds="100001",
                why="The UPN follows a pupil from school to school. Without it the department cannot match the "
                "pupil to their past, and may not count them for funding.",
                fix="Ask the pupil's last school for the transfer file that holds the UPN, look it up on the "
                "department's Get UPN service, or issue a temporary UPN in your own system.",
                help="A letter, eleven digits, and a digit or letter.",
            ),
            Field(
                "UniqueLearnerNumber",
                Text(),
                "Unique learner number (ULN)",
                cbds="100016",
                help="Ten digits; needed from the age of 14.",
            ),
            Field("FormerUPN", Text(), "Former UPN", cbds="100002", help="An earlier UPN held at this school."),
            Field("Surname", Text(longest=35), "Legal surname", required=there, rule="1580", why=NAMES, cbds="100003"),
            Field(
                "Forename", Text(longest=35), "Legal forename", required=there, rule="1590", why=NAMES, cbds="100004"
            ),
            Field("MiddleNames", Text(longest=35), "Middle names", cbds="100006"),
            *preferred,
            Field("FormerSurname", Text(longest=35), "Former surname", cbds="100009"),
            Field(
                "Gender",
                Code("Sex"),
                "Gender",
                renamed="Sex",
                required=there,
                rule="1610",
                why="It is published for every school, and part of how a pupil is recognised without a UPN.",
                cbds="100008",
                when=until("2023-2"),
            ),
            Field(
                "Sex",
                Code("Sex"),
                "Sex",
                required=there,
                rule="1610",
                why="It is published for every school, and part of how a pupil is recognised without a UPN.",
                when=since("2023-3"),
                certainty="B",
            ),
            Field(
                "DOB",
                Date(),
                "Date of birth",
                required=there,
                rule="1600",
                cbds="100007",
                why="The age decides what is collected about a pupil and how the school is funded for them.",
            ),
        ),
    )


def ethnicity(table: str) -> tuple[Field, ...]:
    """Ethnic group, and the country of birth while it was collected."""
    return columns(
        table,
        Field(
            "Ethnicity",
            Code("Ethnicity"),
            "Ethnicity",
            rule="1630",
            cbds="100319",
            when=spring(),
            help="As the parent or the pupil stated it.",
        ),
    )


def country_of_birth(table: str) -> tuple[Field, ...]:
    """Withdrawn in 2018."""
    return columns(
        table,
        Field(
            "CountryOfBirth",
            Text(longest=3),
            "Country of birth",
            when=since("2016-3", "2018-2"),
            certainty="C",
        ),
    )


def language(table: str) -> tuple[Field, ...]:
    """First language."""
    return columns(
        table,
        Field(
            "Language",
            Code("Language"),
            "First language",
            rule="1840",
            cbds="100047",
            help="The language to which the child was first exposed at home.",
        ),
    )


def planned_hours(table: str) -> tuple[Field, ...]:
    """The hours that a student of 16 or over is going to be taught."""
    return columns(
        table,
        *(
            Field(
                name,
                Integer(),
                label,
                when=autumn(first),
                certainty="B",
            )
            for name, label, first in (
                ("QualHrs", "Planned learning hours", ""),
                ("Non_qualHrs", "Planned employability, enrichment and pastoral hours", ""),
                ("QualHrsPreviousYear", "Planned learning hours, last year", "2019-3"),
                ("Non_qualHrsPreviousYear", "Planned other hours, last year", "2019-3"),
                ("TLevelQualHrs", "T Level planned learning hours", "2020-3"),
                ("TLevelNon_qualHrs", "T Level planned other hours", "2020-3"),
            )
        ),
    )


def prior_attainment(table: str, *, leaver: bool = False) -> tuple[Field, ...]:
    """GCSE grades in maths and English and what follows from them for the funding of students of 16 or over."""
    employed = (
        ()
        if leaver
        else (
            Field(
                "FTEmp",
                Boolean(),
                "In full-time work while studying",
                rule="2712",
                when=autumn("2014-3"),
                certainty="C",
            ),
        )
    )
    grade, stage, exemption = "GCSEPriorAttainment", "GCSEPriorAttainmentYearGroup", "GCSEFundingExemption"
    return columns(
        table,
        *(
            Field(
                name,
                Code(codes),
                label,
                renamed=name.replace("YearGroup", "Year11") if name.endswith("YearGroup") else "",
                rule=rule,
                when=when,
                certainty=certainty,
            )
            for name, codes, label, rule, when, certainty in (
                (
                    "MathsGCSEHighestPriorAttainment",
                    grade,
                    "Best maths GCSE grade",
                    "3000",
                    autumn("2014-3"),
                    "B",
                ),
                (
                    "MathsGCSEPriorAttainmentYearGroup",
                    stage,
                    "When maths was achieved",
                    "3005",
                    autumn("2014-3", "2020-3"),
                    "C",
                ),
                (
                    "MathsGCSEPriorAttainmentYear11",
                    stage,
                    "When maths was achieved",
                    "3005",
                    autumn("2021-3"),
                    "B",
                ),
                (
                    "EnglishGCSEHighestPriorAttainment",
                    grade,
                    "Best English GCSE grade",
                    "3010",
                    autumn("2014-3"),
                    "B",
                ),
                (
                    "EnglishGCSEPriorAttainmentYearGroup",
                    stage,
                    "When English was achieved",
                    "3015",
                    autumn("2014-3", "2020-3"),
                    "C",
                ),
                (
                    "EnglishGCSEPriorAttainmentYear11",
                    stage,
                    "When English was achieved",
                    "3015",
                    autumn("2021-3"),
                    "B",
                ),
                (
                    "MathsGCSEFundingExemption",
                    exemption,
                    "Maths condition exemption",
                    "3040",
                    autumn("2014-3"),
                    "B",
                ),
                (
                    "EnglishGCSEFundingExemption",
                    exemption,
                    "English condition exemption",
                    "3045",
                    autumn("2014-3"),
                    "B",
                ),
                (
                    "MathsGCSEHighestPriorAttainmentPreviousYear",
                    grade,
                    "Best maths GCSE grade, end of last year",
                    "",
                    autumn("2019-3"),
                    "B",
                ),
                (
                    "EnglishGCSEHighestPriorAttainmentPreviousYear",
                    grade,
                    "Best English GCSE grade, end of last year",
                    "",
                    autumn("2019-3"),
                    "B",
                ),
            )
        ),
        *employed,
    )


def entry_date(table: str) -> Field:
    """The day on which the pupil joined the school."""
    return Field(
        "EntryDate",
        Date(),
        "Date of entry",
        required=within("PupilStatus"),
        rule="1880",
        cbds="100063",
        extract=f"{table}.entrydate",
        help="The day on which the pupil joined this school.",
    )


def part_time_and_boarder(table: str) -> tuple[Field, ...]:
    """How the pupil attends."""
    return columns(
        table,
        Field(
            "PartTime",
            Boolean(),
            "Part-time",
            required=within("PupilStatus"),
            rule="1930",
            why="Schools are funded for the share of the week that a pupil is registered for.",
            cbds="100065",
        ),
        Field("Boarder", Code("Boarder"), "Boarder", rule="1970", cbds="100067"),
    )
