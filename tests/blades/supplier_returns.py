"""Census returns as a school's supplier would write them: from the published structure, not by this project's writer.

A return is a tree of lxml elements, so that a test can change it as a person changes a file: `put` sets, adds or
takes away one value. All people are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lxml import etree

from collectory.blade import Edition

Element = etree._Element

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
YEARS = ["E2", "N1", "N2", "R", *(str(year) for year in range(1, 14))]
AGES = {"E2": 2, "N1": 3, "N2": 3, "R": 4, **{str(year): year + 4 for year in range(1, 14)}}
"""Age on 31 August before the school year."""

SCHOOLS = {
    "NS": ("50", "E2", "N2", "COMP", "CO", "1010"),
    "PS": ("18", "N1", "6", "COMP", "CO", "2010"),
    "MP": ("05", "4", "7", "COMP", "CO", "5941"),
    "MS": ("07", "5", "8", "COMP", "CO", "5901"),
    "SS": ("22", "7", "13", "COMP", "CO", "4010"),
    "SP": ("52", "R", "13", "SPEC", "CO", "7010"),
    "AT": ("49", "N1", "13", "COMP", "CA", "6905"),
    "PR": ("54", "1", "11", "COMP", "CO", "1110"),
}
"""By phase: type, lowest and highest year, intake, governance, establishment number."""

EARLY_YEARS = ("NS", "PS", "AT", "SP", "PR")
WITH_CLASSES = ("PS", "MP", "MS", "SS", "AT")
CHILDCARE = (
    ("B", "07:30", "08:45", 38),
    ("A", "15:15", "18:00", 38),
    ("H", "08:00", "18:00", 12),
    ("U", "08:00", "17:30", 38),
)


def put(record: Element, path: str, value: object) -> None:
    """Set the value at a path below an element, making what is missing; None takes the element away."""
    at = record
    *groups, tag = path.split("/")
    for group in groups:
        below = at.find(group)
        at = etree.SubElement(at, group) if below is None else below
    there = at.find(tag)
    if value is None:
        if there is not None:
            at.remove(there)
        return
    (etree.SubElement(at, tag) if there is None else there).text = str(value)


def fill(record: Element, path: str, **values: object) -> None:
    """Set several values below one group, in this order."""
    for name, value in values.items():
        if value is not None:
            put(record, f"{path}/{name}" if path else name, value)


def upn(number: int, establishment: str, year: int) -> str:
    body = f"855{establishment}{year % 100:02d}{number:03d}"
    return LETTERS[sum(int(digit) * place for place, digit in enumerate(body, start=2)) % 23] + body


def uln(number: int) -> str:
    body = str(100_000_000 + number)
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(body)) % 11
    return f"{body}{10 - rest}" if rest else uln(number + 500)


class Supplier:
    """Writes the clean return of a kind of school in an edition."""

    def __init__(self, edition: Edition, phase: str) -> None:
        self.phase = phase
        self.term, self.year = edition.term, int(edition.year)
        self.day: date = edition.reference_date
        self.before: date = edition.previous_reference_date
        self.attendance_from: date = edition.attendance_from
        self.school_year = self.year if self.term == "AUT" else self.year - 1
        self.spring, self.autumn = self.term == "SPR", self.term == "AUT"
        self.establishment = SCHOOLS[phase][5]

    def write(self, pupils_of_each_year: int = 3) -> Element:
        message = etree.Element("Message")
        self._header(etree.SubElement(message, "Header"))
        _, lowest, highest, *_ = SCHOOLS[self.phase]
        years = YEARS[YEARS.index(lowest) : YEARS.index(highest) + 1]
        self._school(etree.SubElement(message, "School"), years, pupils_of_each_year)
        pupils = etree.SubElement(message, "Pupils")
        on_roll = etree.SubElement(pupils, "PupilsOnRoll")
        numbers = iter(range(1, 1000))
        for year in years:
            for _ in range(pupils_of_each_year):
                self._pupil(etree.SubElement(on_roll, "PupilOnRoll"), next(numbers), year)
        if self.phase != "NS":
            left = etree.SubElement(pupils, "PupilsNoLongerOnRoll")
            for year in [year for year in years if year.isdigit() and 2 <= int(year) <= 10][:4]:
                self._leaver(etree.SubElement(left, "PupilNoLongerOnRoll"), next(numbers), year)
        if self.spring:
            meals = sum(1 for _ in on_roll.iter("FSMperiod"))
            put(message, "School/Miscellaneous/FreeMealsTaken", meals)
        return message

    def _header(self, header: Element) -> None:
        fill(header, "CollectionDetails", Collection="SC", Term=self.term, Year=self.year, ReferenceDate=self.day)
        fill(header, "Source", SourceLevel="S", LEA="855", Estab=self.establishment, URN="130001")
        fill(header, "Source", SoftwareCode="By hand", Release="1", SerialNo="001", DateTime=f"{self.day}T09:00:00")
        levels = etree.SubElement(etree.SubElement(header, "Content"), "CBDSLevels")
        for level in ("School", "Pupil"):
            etree.SubElement(levels, "CBDSLevel").text = level

    def _school(self, school: Element, years: list[str], each: int) -> None:
        kind, lowest, highest, intake, governance, _ = SCHOOLS[self.phase]
        at = "SchoolCharacteristics"
        fill(school, at, SchoolName="By Hand School", Phase=self.phase, SchoolType=kind, HighestNCyear=highest)
        fill(school, at, LowestNCyear=lowest, Intake=intake, Governance=governance)
        fill(school, at, Email="office@school.invalid", PhoneNo="0116 496 0000")
        if not self.spring:
            return
        if self.phase == "SP":
            places = {"Accommodation": "D", "MaxDayPupils": 200, "MaxBoarders": 0}
            ages = {"MinMaleAge": 3, "MaxMaleAge": 19, "MinFemaleAge": 3, "MaxFemaleAge": 19}
            fill(school, f"{at}/SpecialSchool", **places, **ages)
            put(school, f"{at}/SpecialSchool/Provisions/SpecialSchoolType", "MLD")
        if self.phase == "PR":
            fill(school, at, ChildMothers="false", TeenMotherPlaces=0, ChildcarePlaces="false")
        if self.phase in WITH_CLASSES:
            self._appeals(school, governance)
            away = ["PartTimeNotIn", "PrivateStudy", "AtOtherSchool"]
            away += ["WorkExperience", "FEcollege"] if self.phase in ("MS", "SS", "AT") else []
            fill(school, "Reconciliation/PupilReconciliation", **dict.fromkeys(away, 0))
            classes = etree.SubElement(school, "Classes")
            for year in years:
                self._class(etree.SubElement(classes, "Class"), year, each)
        put(school, "Miscellaneous/FreeMealsTaken", 0)
        childcare = etree.SubElement(school, "Childcare")
        for kind, opens, closes, weeks in CHILDCARE:
            one = etree.SubElement(childcare, "ChildcareDetail")
            fill(one, "", TypeOfChildcare=kind, OnSite="Y", ChildcareSignposting="YL", OpeningTime=opens)
            fill(one, "", ClosingTime=closes, NoOfChildcarePlaces=20, ChildcareProvider="SCH", OtherSchools="N")
            put(one, "ChildcareWksOpen", weeks)

    def _appeals(self, school: Element, governance: str) -> None:
        if governance not in ("VA", "FO", "CA"):
            return
        kinds = {"Primary": ("PS", "MP", "AT"), "Secondary": ("MS", "SS", "AT"), "Infant": ("PS", "AT")}
        for kind, phases in kinds.items():
            if self.phase in phases:
                fill(school, f"{kind}AdmissionsAppeals", Lodged=5, Withdrawn=1, Heard=4, Upheld=1, Rejected=3)

    def _class(self, one: Element, year: str, pupils: int) -> None:
        fill(one, "", ClassName=f"Class {year}", Teachers=1, NonTeachers=1, YearGroup=year)
        if self.phase in ("PS", "AT") and AGES[year] <= 11:
            stage = next(stage for stage, oldest in zip("F123", (4, 6, 10, 13), strict=True) if AGES[year] <= oldest)
            fill(one, "", ClassType="N" if AGES[year] < 4 else "O", KeyStage=stage, ClassActivity="EN")
        fill(one, "", HomePupils=pupils, GuestPupils=0)

    def _identifiers(self, record: Element, number: int, year: str) -> None:
        born = date(self.school_year - AGES[year] - 1, 9, 1) + timedelta(number * 37 % 300)
        fill(record, "PupilIdentifiers", UPN=upn(number, self.establishment, self.school_year))
        if AGES[year] >= 13 and self.phase not in ("NS", "PS"):
            put(record, "PupilIdentifiers/UniqueLearnerNumber", uln(number * 7))
        fill(record, "PupilIdentifiers", Surname=f"Sur{number}", Forename=f"Fore{number}")
        fill(record, "PupilIdentifiers", **{"Sex" if self.day >= date(2023, 9, 1) else "Gender": "MF"[number % 2]})
        put(record, "PupilIdentifiers/DOB", born)
        if self.spring:
            put(record, "PupilCharacteristics/Ethnicity", ("WBRI", "AIND", "BCRB")[number % 3])

    def _pupil(self, record: Element, number: int, year: str) -> None:
        self._identifiers(record, number, year)
        age, at = AGES[year], "PupilCharacteristics"
        student = self.autumn and age >= 16 and self.phase in ("SS", "AT")
        if number % 5 == 0:
            put(record, f"{at}/FSMeligibility/FSMperiod/FSMstartDate", self.before + timedelta(1))
            put(record, f"{at}/FSMeligibility/FSMperiod/UKcountry", "ENG")
        fill(record, at, SchoolLunchTaken=("true" if number % 4 else "false") if year in ("R", "1", "2") else None)
        fill(record, at, YSSA=("Yes", "UNS")[number % 2] if age >= 12 and self.phase not in ("NS", "PS") else None)
        fill(record, at, Language="ENG" if number % 6 else "PNJ", ServiceChild="N")
        if age < 4 and self.phase in EARLY_YEARS:
            self._early_years(record, age)
        fill(record, at, UnitContactTimePupil=25 if self.spring and self.phase == "PR" else None)
        fill(record, at, TopUpFunding="false", PLAA="N")
        kind = ("N" if age < 4 else "O") if self.phase in ("PS", "AT") and age <= 11 else None
        entered = date(self.school_year, 9, 3) if age in (2, 4) else date(self.school_year - 1, 9, 4)
        fill(record, "PupilStatus", EnrolStatus="C", TypeOfClass=kind, EntryDate=entered)
        fill(record, "PupilStatus", PartTime="true" if age < 4 else "false", Boarder="N", NCyearActual=year)
        provision = "E" if self.phase == "SP" else "K" if number % 9 == 4 else "N"
        put(record, "SpecialEducationalNeeds/SENprovision", provision)
        if provision != "N":
            if self.spring:
                fill(record, "SpecialEducationalNeeds/SENneeds/SENneed", SENtypeRank=1, SENtype="MLD")
            if self.phase not in ("SP", "PR"):
                flags = {"SENunitIndicator": "false", "ResourcedProvisionIndicator": "false"}
                fill(record, "SpecialEducationalNeeds", **flags)
        put(record, "HomeInformation/Address/PostCode", "LE1 1AA")
        lines = {"AddressLine1": f"{number} High Street", "AddressLine2": "Leicester"}
        fill(record, "HomeInformation/Address/LineAddressFormat", **lines)
        self._attendance(record, age)
        if student:
            self._studies(record)
        if self.phase == "PR" and self.day >= date(2021, 9, 1):
            placed = {"PrevURN": "120001", "APReason": "PEX", "SENprovisionEntry": "N"}
            fill(record, "APPlacementDetails/APProvisionDetail", **placed)

    def _early_years(self, record: Element, age: int) -> None:
        asked = self.spring or self.day >= date(2024, 4, 1)
        at = "PupilCharacteristics"
        fill(record, at, FundedHours=15 if age == 3 else 10, DAFIndicator="false" if age == 3 else None)
        fill(record, at, HoursAtSetting=20)
        if age == 2 and asked:
            put(record, f"{at}/FundingBasisItems/FundingBasis", "ECO")
        fill(record, at, EYPPR="N" if age == 3 and asked else None)

    def _attendance(self, record: Element, age: int) -> None:
        age_then = age - 1 if self.autumn else age  # the sessions of autumn fell in the school year before
        if self.phase == "NS" or not 4 <= age_then <= 15:
            return
        for period in ("TermlyAttendance", "SummerHalfTerm2Attendance")[: 2 if self.autumn else 1]:
            at = f"Attendance/{period}"
            put(record, f"{at}/SessionsPossible", 100)
            sessions = "Sessions" if self.day >= date(2020, 9, 1) else "AbsenceSessions"
            fill(record, f"{at}/SessionDetails/SessionDetail", **{"AttendanceReason": "I", sessions: 4})
            if self.day < date(2025, 1, 1):
                fill(record, at, SessionsAuthorised=4, SessionsUnauthorised=0)

    def _studies(self, record: Element) -> None:
        at, named = "PupilCharacteristics", "Year11" if self.year >= 2021 else "YearGroup"
        fill(record, at, QualHrs=540, Non_qualHrs=60)
        for subject in ("Maths", "English"):
            grades = {"HighestPriorAttainment": "5", f"PriorAttainment{named}": "1", "FundingExemption": "N"}
            fill(record, at, **{f"{subject}GCSE{name}": value for name, value in grades.items()})
        begins, ends = date(self.school_year, 9, 5), date(self.school_year + 1, 7, 31)
        place = "LearningAims"
        if self.year >= 2021:
            place = "LearningAims/ProgrammeAim"
            fill(record, place, ProgType="01", ProgrammeStartDate=begins, ProgrammePlannedEndDate=ends)
            fill(record, place, ProgrammeAimStatus=1)
        aim = f"{place}/LearningAim"
        fill(record, aim, QN="60012345", SCC="1A2", LearningStartDate=begins, LearningPlannedEndDate=ends)
        fill(record, aim, LearningAimStatus=1, CoreAim="false", Traineeship="false")
        fill(record, aim, ProgType="01" if self.year >= 2020 else None)

    def _leaver(self, record: Element, number: int, year: str) -> None:
        self._identifiers(record, number, year)
        put(record, "PupilCharacteristics/Language", "ENG")
        entered = date(self.school_year - 2, 9, 3)
        left = self.attendance_from + timedelta(30)
        fill(record, "PupilStatus", EntryDate=entered, LeavingDate=left, PartTime="false", Boarder="N")
        self._attendance(record, AGES[year])


def file_of(message: Element) -> bytes:
    return etree.tostring(message, xml_declaration=True, encoding="utf-8", pretty_print=True)


def on_roll(message: Element, year: str) -> Iterator[Element]:
    """The pupils on roll in a year group."""
    for pupil in message.iter("PupilOnRoll"):
        if pupil.findtext("PupilStatus/NCyearActual") == year:
            yield pupil
