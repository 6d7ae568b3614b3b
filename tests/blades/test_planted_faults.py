"""Returns written from the published structure alone: clean ones pass, and a planted fault is found by its number.

What is planted is the least change that breaks a rule by its text, one fault for each pupil; the number must be among
the pupil's findings, beside whatever else the same change breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from collectory.blade import Edition
from collectory.blades.school_census import blade
from collectory.engine import Dataset, check, editions, read_return
from tests.blades.supplier_returns import SCHOOLS, Element, Supplier, file_of, put

AS_IN_LIFE = {("NS", "1960Q")}
"""Queries that a return without any fault has: all children of a nursery are part-time."""


def found(edition: Edition, message: Element) -> set[tuple[str, str, int | None]]:
    outcome = read_return(file_of(message))
    assert isinstance(outcome, Dataset), outcome
    assert outcome.edition.key == edition.key
    return set(check(outcome).found.select("rule", "entity", "record").iter_rows())


@pytest.mark.parametrize("edition", blade.editions, ids=lambda each: each.key)
def test_a_return_written_from_the_structure_has_no_finding(edition: Edition) -> None:
    all_phases = edition.key.removeprefix("school-census-") in ("2021-autumn", "2022-spring", "2022-summer")
    wrong = {}
    for phase in SCHOOLS if all_phases else ("AT", "PR"):
        rules = {rule for rule, *_ in found(edition, Supplier(edition, phase).write())}
        wrong[phase] = {rule for rule in rules if (phase, rule) not in AS_IN_LIFE}
    assert {phase: rules for phase, rules in wrong.items() if rules} == {}


@dataclass(frozen=True)
class Fault:
    """A change of one pupil on roll of a year group, as paths with values, and the rules that it breaks."""

    rules: str
    year: str
    change: dict[str, str | Callable[[Edition], object] | None] = field(default_factory=dict)


ID, CH, ST, SEN = "PupilIdentifiers", "PupilCharacteristics", "PupilStatus", "SpecialEducationalNeeds"
AIM = "LearningAims/ProgrammeAim/LearningAim"
MEALS = f"{CH}/FSMeligibility/FSMperiod"
LINES = "HomeInformation/Address/LineAddressFormat"


def after_census_day(edition: Edition) -> object:
    return edition.reference_date + timedelta(1)


def on_census_before(edition: Edition) -> object:
    return edition.previous_reference_date


IN_AUTUMN = [
    Fault("1500", "7", {f"{ID}/UPN": None}),
    Fault("1510", "7", {f"{ID}/UPN": "A855401021777"}),
    Fault("1530", "7", {f"{ID}/FormerUPN": "R900400001001"}),
    Fault("1550", "8", {f"{ID}/FormerUPN": "A85540012100I"}),
    Fault("1570", "10", {f"{ID}/UniqueLearnerNumber": None}),
    Fault("1575", "10", {f"{ID}/UniqueLearnerNumber": "9999999999"}),
    Fault("1600", "7", {f"{ID}/DOB": "2010-02-30"}),
    Fault("1610", "8", {f"{ID}/Gender": "X"}),
    Fault("1761", "8", {f"{MEALS}/UKcountry": "ENG"}),
    Fault("1762", "9", {f"{MEALS}/FSMstartDate": after_census_day}),
    Fault("1763", "9", {f"{MEALS}/FSMstartDate": "2020-01-01", f"{MEALS}/FSMendDate": on_census_before}),
    Fault("1770", "9", {f"{CH}/YSSA": None}),
    Fault("1840", "10", {f"{CH}/Language": None}),
    Fault("1856", "11", {f"{CH}/ServiceChild": "Q"}),
    Fault("1880", "11", {f"{ST}/EntryDate": after_census_day}),
    Fault("2080 5048", "11", {f"{ST}/TypeOfClass": "N"}),
    Fault("2002 2030Q", "12", {f"{ST}/NCyearActual": "6"}),
    Fault("2120", "13", {f"{SEN}/SENprovision": None}),
    Fault("1993 2870", "12", {"LearningAims": None}),
    Fault("1992 1998Q", "12", {f"{CH}/QualHrs": "0"}),
    Fault("1895 1896", "13", {f"{CH}/TLevelQualHrs": "600"}),
    Fault("2780", "13", {f"{AIM}/LearningActualEndDate": "2021-10-01"}),
]
IN_SPRING = [
    Fault("1630", "3", {f"{CH}/Ethnicity": "XXXX"}),
    Fault("1741", "4", {f"{CH}/ServiceChild": "Y", f"{MEALS}/FSMstartDate": "2021-11-01"}),
    Fault("1843", "N2", {f"{CH}/EYPPR": "Y"}),
    Fault("1846", "N2", {f"{CH}/EYPPR": None}),
    Fault("1852", "N1", {f"{CH}/FundedHours": "15.01"}),
    Fault("1859", "N1", {f"{CH}/HoursAtSetting": "14"}),
    Fault("1869", "5", {f"{CH}/TopUpFunding": "2"}),
    Fault("1874", "R", {f"{CH}/PLAA": "R"}),
    Fault("1875", "1", {f"{CH}/SchoolLunchTaken": None}),
    Fault("1876", "3", {f"{CH}/SchoolLunchTaken": "true"}),
    Fault("2070Q 2080", "3", {f"{ST}/TypeOfClass": "N"}),
    Fault("2125", "5", {f"{SEN}/SENneeds/SENneed/SENtype": "MLD", f"{SEN}/SENneeds/SENneed/SENtypeRank": "1"}),
    Fault("2170", "5", {f"{SEN}/SENprovision": "K"}),
    Fault("2340", "6", {"HomeInformation/Address/PostCode": "LEICESTER"}),
    Fault("2400", "6", {f"{LINES}/AddressLine2": None}),
    Fault("3100 3130", "N2", {f"{CH}/ExtendedHours": "5"}),
    Fault("3105 3110", "N1", {f"{CH}/ThirtyHourCode": "123"}),
]
PLANTED = [("school-census-2021-autumn", "SS", IN_AUTUMN), ("school-census-2022-spring", "PS", IN_SPRING)]


@pytest.mark.parametrize(("key", "phase", "faults"), PLANTED)
def test_a_planted_fault_is_found_by_its_number(key: str, phase: str, faults: list[Fault]) -> None:
    edition = editions()[key]
    message = Supplier(edition, phase).write(pupils_of_each_year=6)
    pupils = list(message.iter("PupilOnRoll"))
    clean = [number for number, pupil in enumerate(pupils) if pupil.find(MEALS) is None and provision_of(pupil) == "N"]
    expected = set()
    for fault in faults:
        number = next(each for each in clean if pupils[each].findtext(f"{ST}/NCyearActual") == fault.year)
        clean.remove(number)
        for path, value in fault.change.items():
            put(pupils[number], path, value(edition) if callable(value) else value)
        expected |= {(rule, number) for rule in fault.rules.split()}
    records = {(rule, pupil_of(message, entity, record)) for rule, entity, record in found(edition, message)}
    assert expected - records == set()


def provision_of(pupil: Element) -> str | None:
    return pupil.findtext(f"{SEN}/SENprovision")


def pupil_of(message: Element, entity: str, record: int | None) -> int | None:
    """The pupil on roll, by number, that a record belongs to."""
    tags = {"FSMperiod": "FSMperiod", "Address": "Address", "SENneed": "SENneed", "LearningAim": "LearningAim"}
    if entity not in tags or record is None:
        return record if entity == "PupilOnRoll" else None
    on_roll = list(message.iter("PupilOnRoll"))
    owner = [number for number, pupil in enumerate(on_roll) for _ in pupil.iter(tags[entity])]
    return owner[record]


WITHOUT = {
    "School/Reconciliation": "9999",
    "School/Classes": "5160",
    "School/Miscellaneous": "1310",
    "School/SchoolCharacteristics": "165",
    "Pupils/PupilsNoLongerOnRoll": "1495Q",
}


@pytest.mark.parametrize("path", WITHOUT)
def test_a_missing_module_is_found(path: str) -> None:
    edition = editions()["school-census-2022-spring"]
    message = Supplier(edition, "MS").write()
    put(message, path, None)
    assert WITHOUT[path] in {rule for rule, *_ in found(edition, message)}
