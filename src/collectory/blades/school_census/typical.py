"""One record of each entity without a finding: a secondary academy and a pupil of year 10."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from collectory.blade import Edition

SOURCE = "8554001"
PREFIX = "Leaver"


def typical(edition: Edition) -> Mapping[str, Mapping[str, str]]:
    """For each entity of the edition, values as they are sent; only the fields that the edition has."""
    values = {**_school(edition), **_pupils(edition), **_under_pupils(edition)}
    return {
        entity.name: {
            field.name: values[entity.name][field.name]
            for field in entity.fields
            if field.name in values.get(entity.name, {})
        }
        for entity in edition.entities
    }


def _school(edition: Edition) -> dict[str, dict[str, str]]:
    appeals = {"Lodged": "6", "Withdrawn": "2", "Heard": "4", "Upheld": "1", "Rejected": "3"}
    return {
        "Header": {
            "Collection": "SC",
            "Term": edition.term,
            "Year": edition.year,
            "ReferenceDate": _day(edition.reference_date),
            "SourceLevel": "S",
            "LEA": SOURCE[:3],
            "Estab": SOURCE[3:],
            "URN": "123456",
            "SoftwareCode": "Demonstration",
            "Release": "1.0",
            "SerialNo": "001",
            "DateTime": f"{_day(edition.reference_date)}T09:00:00",
            "CBDSLevel1": "School",
            "CBDSLevel2": "Pupil",
        },
        "School": {
            "SchoolName": "Example Academy",
            "Phase": "SS",
            "SchoolType": "49",
            "HighestNCyear": "13",
            "LowestNCyear": "7",
            "Intake": "COMP",
            "Governance": "CA",
            "Email": "office@example.invalid",
            "PhoneNo": "01632960000",
            "FreeMealsTaken": "1",
        },
        "SpecialSchool": {
            "Accommodation": "D",
            "MaxDayPupils": "100",
            "MaxBoarders": "0",
            "MinMaleAge": "11",
            "MaxMaleAge": "19",
            "MinFemaleAge": "11",
            "MaxFemaleAge": "19",
        },
        "Provision": {"SpecialSchoolType": "SLD"},
        "SecondaryAdmissionsAppeals": appeals,
        "PrimaryAdmissionsAppeals": appeals,
        "InfantAdmissionsAppeals": appeals,
        "PupilReconciliation": {
            "PartTimeNotIn": "0",
            "PrivateStudy": "0",
            "AtOtherSchool": "0",
            "WorkExperience": "0",
            "FEcollege": "0",
        },
        "Class": {
            "ClassName": "10A English",
            "Teachers": "1",
            "NonTeachers": "0",
            "YearGroup": "10",
            "HomePupils": "1",
            "GuestPupils": "0",
        },
        "ChildcareDetail": {"TypeOfChildcare": "B", "OnSite": "N", "ChildcareSignposting": "N"},
    }


def _pupils(edition: Edition) -> dict[str, dict[str, str]]:
    school_year = edition.age_date.year
    shared = {
        "Gender": "F",
        "Sex": "F",
        # Fourteen on 31 August before the school year: year 10.
        "DOB": _day(date(school_year - 15, 11, 2)),
        "Ethnicity": "WBRI",
        "Language": "ENG",
        "EntryDate": _day(date(school_year - 3, 9, 3)),
        "PartTime": "false",
        "Boarder": "N",
    }
    return {
        "PupilOnRoll": {
            **shared,
            "UPN": "F855400121001",
            "UniqueLearnerNumber": "1000000043",
            "Surname": "Sample",
            "Forename": "Ada",
            "YSSA": "UNS",
            "ServiceChild": "N",
            "TopUpFunding": "false",
            "PLAA": "N",
            "YoungCarer": "N",
            "EnrolStatus": "C",
            "NCyearActual": "10",
            "SENprovision": "N",
        },
        "PupilNoLongerOnRoll": {
            **shared,
            "UPN": "V855400121002",
            "UniqueLearnerNumber": "1234567899",
            "Surname": "Example",
            "Forename": "Ben",
            "Gender": "M",
            "Sex": "M",
            # Between the start of the term before and census day, which is why the leaver is in the return.
            "LeavingDate": _day(edition.term_start - timedelta(days=10)),
        },
    }


def _under_pupils(edition: Edition) -> dict[str, dict[str, str]]:
    academic_year = edition.academic_year_from.year
    aim = {
        "QN": "60144637",
        "SCC": "2210",
        "LearningStartDate": f"{academic_year}-09-06",
        "LearningPlannedEndDate": f"{academic_year + 1}-07-22",
        "LearningAimStatus": "1",
        "CoreAim": "false",
        "Traineeship": "false",
        "ProgType": "01",
    }
    under = {
        "FSMperiod": {"FSMstartDate": _day(edition.fsm_from + timedelta(days=11)), "UKcountry": "ENG"},
        "FundingBasisItem": {"FundingBasis": "ECO"},
        "LearnerSupportItem": {"SupportCode": "56"},
        "LearnerFAM": {"LearnFAMType": "NLM", "LearnFAMCode": "01", "LearnFAMHours": "15"},
        "SENneed": {"SENtypeRank": "1", "SENtype": "SPLD"},
        "TermlyExclusion": {
            "Category": "SUSP" if "SUSP" in edition.codes("ExclusionCategory") else "FIXD",
            "Reason": "DB",
            "Reason1": "DB",
            "StartDate": _day(edition.exclusions_from + timedelta(days=20)),
            "Sessions": "4",
            "SENprovision": "N",
        },
        "Address": {"PostCode": "LE1 1AA", "AddressLine1": "1 Example Road", "AddressLine2": "Exampleton"},
        "TermlyAttendance": {
            "SessionsPossible": "60",
            "SessionsAuthorised": "4",
            "SessionsUnauthorised": "0",
        },
        "SessionDetail": {"AttendanceReason": "I", "AbsenceSessions": "4", "Sessions": "4"},
        "SummerHalfTerm2Attendance": {
            "SessionsPossible": "60",
            "SessionsAuthorised": "4",
            "SessionsUnauthorised": "0",
        },
        "SummerHalfTerm2SessionDetail": {"AttendanceReason": "I", "AbsenceSessions": "4", "Sessions": "4"},
        "ProgrammeAim": {
            "QN": "ZPROG001",
            "ProgType": "01",
            "ProgrammeStartDate": f"{academic_year}-09-06",
            "ProgrammePlannedEndDate": f"{academic_year + 1}-07-22",
            "ProgrammeAimStatus": "1",
            "Traineeship": "false",
        },
        "LearningAim": aim,
        "EarlierLearningAim": aim,
        "WorkplaceEntity": {"WPStartDate": f"{academic_year}-09-20", "WPHours": "30", "WPMode": "2"},
        "APProvisionDetail": {"PrevURN": "123457", "APReason": "OTH", "SENprovisionEntry": "N"},
        "SchoolArrangedAPDetail": {
            "URN": "123458",
            "PlacementReason": "OTH",
            "EntryDate": _day(edition.previous_reference_date + timedelta(days=5)),
            "APAttendancePattern": "PT",
            "APSessionsPerWeek": "4",
            "SENprovisionEntry": "N",
        },
    }
    ended_aim = {
        "LearningStartDate": f"{academic_year - 1}-09-07",
        "LearningPlannedEndDate": f"{academic_year}-07-22",
        "LearningActualEndDate": f"{academic_year}-07-22",
        "LearningAimStatus": "2",
    }
    ended = {
        "ProgrammeAim": {
            "ProgrammeStartDate": f"{academic_year - 1}-09-07",
            "ProgrammePlannedEndDate": f"{academic_year}-07-22",
            "ProgrammeActualEndDate": f"{academic_year}-07-22",
            "ProgrammeAimStatus": "2",
        },
        "LearningAim": ended_aim,
        "EarlierLearningAim": ended_aim,
        "Address": {"AddressLine1": "", "AddressLine2": ""},
    }
    leavers = {
        f"{PREFIX}{name}": {key: text for key, text in {**values, **ended.get(name, {})}.items() if text}
        for name, values in under.items()
    }
    return {**under, **leavers}


def _day(day: date) -> str:
    return day.isoformat()
