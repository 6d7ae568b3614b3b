"""One record of each entity without a finding: a girl of ten with a finished assessment and an open plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from collectory.blade import Edition

SOURCE = "302"


def day(edition: Edition, after: int) -> str:
    """A day of the census year, so many days after its first."""
    return (edition.period_from + timedelta(days=after)).isoformat()


def typical(edition: Edition) -> Mapping[str, Mapping[str, str]]:
    """For each entity, values as they are sent; only the fields that the edition has."""
    values = {
        "Header": {
            "Collection": "CIN",
            "Year": edition.year,
            "ReferenceDate": edition.reference_date.isoformat(),
            "SourceLevel": "L",
            "LEA": SOURCE,
            "SoftwareCode": "Demonstration",
            "Release": "1.0",
            "SerialNo": "001",
            "DateTime": f"{edition.reference_date + timedelta(days=30)}T09:00:00",
        },
        "ChildIdentifiers": {
            "LAchildID": "C1001",
            "UPN": "W302123456789",
            "PersonBirthDate": date(int(edition.year) - 11, 6, 15).isoformat(),
            "GenderCurrent": "2",
            "Sex": "F",
        },
        "ChildCharacteristics": {"Ethnicity": "WBRI"},
        "Disabilities": {"Disability": "LD"},
        "CINdetails": {
            "CINreferralDate": day(edition, 30),
            "ReferralSource": "2A",
            "PrimaryNeedCode": "N1",
            "ReferralNFA": "false",
        },
        "Assessments": {
            "AssessmentActualStartDate": day(edition, 33),
            "AssessmentInternalReviewDate": day(edition, 47),
            "AssessmentAuthorisationDate": day(edition, 80),
        },
        "AssessmentFactorsList": {"AssessmentFactor": "16A"},
        "CINplanDates": {"CINPlanStartDate": day(edition, 90), "CINPlanEndDate": day(edition, 150)},
        "Section47": {"S47ActualStartDate": day(edition, 140), "ICPCnotRequired": "true"},
        "ChildProtectionPlans": {
            "CPPstartDate": day(edition, 150),
            "InitialCategoryOfAbuse": "NEG",
            "LatestCategoryOfAbuse": "NEG",
            "NumberOfPreviousCPP": "0",
        },
        "Reviews": {"CPPreviewDate": day(edition, 230)},
    }
    return {
        entity.name: {name: value for name, value in values[entity.name].items() if entity.has_field(name)}
        for entity in edition.entities
    }
