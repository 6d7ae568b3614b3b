"""Faults of the kinds that councils make: a value left out, a slip of the keyboard, dates the wrong way round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from collectory.blade import Edition

from ..typical import day
from .columns import Columns, Flags, Texts

Value = str | None | Callable[[Edition], str]


@dataclass(frozen=True)
class Fault:
    """One value of a record put wrong, where `where` holds something (or, with "!", nothing)."""

    entity: str
    field: str
    value: Value
    where: str = ""


def _before(edition: Edition) -> str:
    return day(edition, -500)


def _after(edition: Edition) -> str:
    return day(edition, 400)


def _sunday(edition: Edition) -> str:
    return day(edition, 300 + 6 - (edition.period_from.weekday() + 300) % 7)


FAULTS = (
    Fault("ChildIdentifiers", "UPN", "A302123456780", "UPN"),
    Fault("ChildIdentifiers", "UPN", "A99912X456I", "UPN"),
    Fault("ChildIdentifiers", "UPN", None, "UPN"),
    Fault("ChildIdentifiers", "FormerUPN", "302"),
    Fault("ChildIdentifiers", "LAchildID", None),
    Fault("ChildIdentifiers", "LAchildID", "C-100/2"),
    Fault("ChildIdentifiers", "LAchildID", "C" * 24),
    Fault("ChildIdentifiers", "Sex", "X"),
    Fault("ChildIdentifiers", "GenderCurrent", "3"),
    Fault("ChildIdentifiers", "Sex", "F", "ExpectedPersonBirthDate"),
    Fault("ChildIdentifiers", "PersonBirthDate", None, "PersonBirthDate"),
    Fault("ChildIdentifiers", "PersonBirthDate", _after, "PersonBirthDate"),
    Fault("ChildIdentifiers", "PersonBirthDate", "1985-02-03", "PersonBirthDate"),
    Fault("ChildIdentifiers", "PersonDeathDate", _before, "PersonBirthDate"),
    Fault("ChildIdentifiers", "UPNunknown", "UN7", "!UPN"),
    Fault("ChildCharacteristics", "Ethnicity", "WHIT"),
    Fault("Disabilities", "Disability", "XX"),
    Fault("CINdetails", "CINreferralDate", None),
    Fault("CINdetails", "CINreferralDate", "12/06/2024"),
    Fault("CINdetails", "CINreferralDate", _after),
    Fault("CINdetails", "ReferralSource", "99"),
    Fault("CINdetails", "PrimaryNeedCode", None, "PrimaryNeedCode"),
    Fault("CINdetails", "PrimaryNeedCode", "N12", "PrimaryNeedCode"),
    Fault("CINdetails", "CINclosureDate", _before, "CINclosureDate"),
    Fault("CINdetails", "CINclosureDate", None, "CINclosureDate"),
    Fault("CINdetails", "ReasonForClosure", None, "ReasonForClosure"),
    Fault("CINdetails", "ReasonForClosure", "RC2", "ReasonForClosure"),
    Fault("CINdetails", "ReasonForClosure", "RC8", "!ReasonForClosure"),
    Fault("CINdetails", "ReferralNFA", "maybe"),
    Fault("CINdetails", "ReferralNFA", "true", "PrimaryNeedCode"),
    Fault("Assessments", "AssessmentActualStartDate", _before),
    Fault("Assessments", "AssessmentActualStartDate", _after),
    Fault("Assessments", "AssessmentAuthorisationDate", None, "AssessmentAuthorisationDate"),
    Fault("AssessmentFactorsList", "AssessmentFactor", "99"),
    Fault("AssessmentFactorsList", "AssessmentFactor", "21"),
    Fault("AssessmentFactorsList", "AssessmentFactor", "18A"),
    Fault("CINplanDates", "CINPlanStartDate", None),
    Fault("CINplanDates", "CINPlanStartDate", _after),
    Fault("CINplanDates", "CINPlanEndDate", _before),
    Fault("Section47", "S47ActualStartDate", _before),
    Fault("Section47", "S47ActualStartDate", None),
    Fault("Section47", "DateOfInitialCPC", None, "DateOfInitialCPC"),
    Fault("Section47", "DateOfInitialCPC", _sunday, "DateOfInitialCPC"),
    Fault("Section47", "InitialCPCtarget", _sunday),
    Fault("ChildProtectionPlans", "CPPstartDate", None),
    Fault("ChildProtectionPlans", "CPPendDate", _before),
    Fault("ChildProtectionPlans", "InitialCategoryOfAbuse", "ABC"),
    Fault("ChildProtectionPlans", "LatestCategoryOfAbuse", None),
    Fault("ChildProtectionPlans", "NumberOfPreviousCPP", "-1"),
    Fault("Reviews", "CPPreviewDate", _before),
)


def put_faults(edition: Edition, made: dict[str, Columns], count: int, draws: np.random.Generator) -> None:
    """Put so many faults into the tables, the kinds in turn in an order of their own, each into a record at random."""
    known = [each for each in FAULTS if edition.entity(each.entity).has_field(each.field)]
    turn = draws.permutation(len(known))
    for number in range(len(known)):
        fault = known[turn[number]]
        times = count // len(known) + (number < count % len(known))
        columns = made[fault.entity]
        fitting = np.flatnonzero(_fits(columns, fault))
        rows = draws.choice(fitting, size=min(times, len(fitting)), replace=False)
        value = fault.value(edition) if callable(fault.value) else fault.value
        height = len(next(iter(columns.values())))
        columns.setdefault(fault.field, np.full(height, None, object))[rows] = value


def _fits(columns: Columns, fault: Fault) -> Flags:
    height = len(next(iter(columns.values())))
    if not fault.where:
        return np.ones(height, np.bool_)
    there: Texts = columns[fault.where.lstrip("!")]
    holds = np.array([value is not None for value in there], np.bool_)
    return ~holds if fault.where.startswith("!") else holds
