"""What a return says about itself and about the school."""

from __future__ import annotations

import numpy as np
import polars as pl

from .draws import Mask
from .identifiers import urn
from .roll import Pupils
from .schools import YEARS, School
from .tables import Columns, Made, table

SCHOOL_NAMES = ("Wistow", "Charnbrook", "Thurnaston", "Soar Vale", "Swithby", "Bradmoor", "Foxbury", "Quenby")
LARGEST_CLASS = 30
OWN_ADMISSIONS = ("VA", "FO", "CA")
LESSONS = ("EN", "MA", "EN", "MA", "SC", "HU", "PE")
EARLIEST, LATEST = "07:45", "17:45"


def file_header(school: School) -> pl.DataFrame:
    """The header of the file."""
    edition = school.edition
    columns: Columns = {
        "Collection": "SC",
        "Term": edition.term,
        "Year": edition.year,
        "ReferenceDate": edition.reference_date.isoformat(),
        "SourceLevel": "S",
        "LEA": school.authority,
        "Estab": school.number,
        "URN": urn(school.authority, school.number),
        "SoftwareCode": "Collectory sample",
        "Release": "1.0",
        "SerialNo": "001",
        "DateTime": f"{edition.reference_date.isoformat()}T09:00:00",
        "CBDSLevel1": "School",
        "CBDSLevel2": "Pupil",
    }
    return table(edition, "Header", columns, 1)


def school_tables(school: School, pupils: Pupils, free_meals_open: int, part_time: Mask) -> Made:
    """The school's own tables: what it is, and in spring what it counts."""
    edition, kind = school.edition, school.kind
    unit = school.phase == "PR"
    columns: Columns = {
        "SchoolName": f"{SCHOOL_NAMES[int(school.number) % len(SCHOOL_NAMES)]} {kind.title}",
        "Phase": school.phase,
        "SchoolType": kind.school_type,
        "HighestNCyear": YEARS[school.years[-1]],
        "LowestNCyear": YEARS[school.years[0]],
        "Intake": kind.intake,
        "Governance": kind.governance,
        "Email": f"office@{school.authority}{school.number}.invalid",
        # A number that is kept for drama.
        "PhoneNo": f"0116 496 0{int(school.number) % 1000:03}",
        "ChildMothers": "false" if unit else None,
        "TeenMotherPlaces": "0" if unit else None,
        "ChildcarePlaces": "false" if unit else None,
        "FreeMealsTaken": str(free_meals_open * 4 // 5),
        "SchoolTime": "32:30",
    }
    made: Made = {"School": table(edition, "School", columns, 1)}
    made.update(_special_school(school, len(pupils)))
    made.update(_appeals(school))
    made.update(_classes(school, pupils, part_time))
    made.update(_childcare(school))
    return {name: frame for name, frame in made.items() if edition.has_entity(name)}


def _one(school: School, entity: str, columns: Columns) -> Made:
    """The one record of a part of the school."""
    if not school.edition.has_entity(entity):
        return {}
    return {entity: table(school.edition, entity, columns, 1, np.zeros(1, dtype=np.int64))}


def _special_school(school: School, pupils: int) -> Made:
    if school.phase != "SP" or not school.edition.has_entity("SpecialSchool"):
        return {}
    ages = {
        name: str(4 + limit)
        for limit, names in (
            (school.years[0], ("MinMaleAge", "MinFemaleAge")),
            (school.years[-1] + 1, ("MaxMaleAge", "MaxFemaleAge")),
        )
        for name in names
    }
    approved = ["ASD", "MLD", "SLCN"]
    return {
        **_one(
            school,
            "SpecialSchool",
            {"Accommodation": "D", "MaxDayPupils": str(pupils + 10), "MaxBoarders": "0", **ages},
        ),
        "Provision": table(
            school.edition,
            "Provision",
            {"SpecialSchoolType": pl.Series(approved)},
            len(approved),
            np.zeros(len(approved), dtype=np.int64),
        ),
    }


def _appeals(school: School) -> Made:
    """Appeals against refused places, of schools that decide on their own admissions."""
    if school.kind.governance not in OWN_ADMISSIONS:
        return {}
    counts: Columns = {"Lodged": "9", "Withdrawn": "3", "Heard": "6", "Upheld": "2", "Rejected": "4"}
    infants: Columns = {"Lodged": "4", "Withdrawn": "1", "Heard": "3", "Upheld": "1", "Rejected": "2"}
    made: Made = {}
    if school.phase in ("PS", "MP", "AT"):
        made.update(_one(school, "PrimaryAdmissionsAppeals", counts))
    if school.phase in ("MS", "SS", "AT"):
        made.update(_one(school, "SecondaryAdmissionsAppeals", counts))
    if school.is_primary:
        made.update(_one(school, "InfantAdmissionsAppeals", infants))
    return made


def _classes(school: School, pupils: Pupils, part_time: Mask) -> Made:
    """Classes of one year each, and the pupils who were in none."""
    edition = school.edition
    if school.phase not in ("PS", "MP", "MS", "SS", "AT") or not edition.has_entity("Class"):
        return {}
    away = int(part_time.sum()) // 3
    in_class = {year: int((pupils.year == year).sum()) for year in school.years}
    in_class[school.years[0]] -= away if school.years[0] < 0 else 0
    away = away if school.years[0] < 0 else 0
    studying = {year: count // 4 for year, count in in_class.items() if year >= 12}
    rows: list[dict[str, str | None]] = []
    for year, count in in_class.items():
        rows.extend(_classes_of_year(school, year, count - studying.get(year, 0)))
    older = school.phase in ("MS", "SS", "AT")
    reconciliation: Columns = {
        "PartTimeNotIn": str(away),
        "PrivateStudy": str(sum(studying.values())),
        "AtOtherSchool": "0",
        "WorkExperience": "0" if older else None,
        "FEcollege": "0" if older else None,
    }
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    columns = {name: frame[name] for name in frame.columns}
    return {
        **_one(school, "PupilReconciliation", reconciliation),
        "Class": table(edition, "Class", columns, len(rows), np.zeros(len(rows), dtype=np.int64)),
    }


def _classes_of_year(school: School, year: int, pupils: int) -> list[dict[str, str | None]]:
    classes = -(-pupils // LARGEST_CLASS)
    detailed = school.is_primary and year <= 7
    stage = "F" if year <= 0 else "1" if year <= 2 else "2" if year <= 6 else "3"
    name = {-2: "Nursery one", -1: "Nursery", 0: "Reception"}.get(year, f"Year {year}")
    return [
        {
            "ClassName": f"{name} class {number + 1}",
            "Teachers": "1",
            "NonTeachers": "1" if year <= 6 or number == 0 else "0",
            "YearGroup": YEARS[year],
            "ClassType": ("N" if year < 0 else "O") if detailed else None,
            "KeyStage": stage if detailed else None,
            "ClassActivity": LESSONS[number % (2 if year <= 2 else len(LESSONS))] if detailed else None,
            "HomePupils": str(pupils // classes + (number < pupils % classes)),
            "GuestPupils": "0",
        }
        for number in range(classes)
    ]


def _childcare(school: School) -> Made:
    """The four kinds of childcare: before and after school on site in primary schools, the rest elsewhere."""
    edition = school.edition
    if not edition.has_entity("ChildcareDetail"):
        return {}
    here = [kind in ("B", "A") and school.is_primary for kind in "BAHU"]
    columns: Columns = {
        "TypeOfChildcare": pl.Series(list("BAHU")),
        "OnSite": pl.Series(["Y" if each else "N" for each in here]),
        "ChildcareSignposting": pl.Series(["YL" if each else "N" for each in here]),
        **{
            name: pl.Series(
                [value if each else None for value, each in zip(values, here, strict=True)], dtype=pl.String
            )
            for name, values in (
                ("OpeningTime", (EARLIEST, "15:15", "", "")),
                ("ClosingTime", ("08:45", LATEST, "", "")),
                ("NoOfChildcarePlaces", ("24", "32", "", "")),
                ("ChildcareProvider", ("SCH", "SCH", "", "")),
                ("OtherSchools", ("N", "N", "", "")),
                ("ChildcareWksOpen", ("38", "38", "", "")),
                ("ChildcarePlacesAvailability", ("YES", "NO", "", "")),
                ("ChildcareBefore8am", ("YES", "NO", "", "")),
                ("ChildcareCovers8amTo6pm", ("ALL", "MOST", "", "")),
                ("ChildcareUntil6pm", ("NO", "YES", "", "")),
            )
        },
    }
    return {"ChildcareDetail": table(edition, "ChildcareDetail", columns, 4, np.zeros(4, dtype=np.int64))}
