"""One cause, one finding: a module that is missing is said once, and silences the rules that need it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from collectory.blade import Case, Edition
from collectory.blades.school_census import blade
from collectory.blades.school_census.rules.childcare import ON_SITE
from collectory.engine import check, editions
from collectory.engine.cases import dataset_of_case
from collectory.engine.dataset import PARENT
from collectory.engine.tables import dataset_of_tables

Rows = dict[str, list[dict[str, Any]]]

UNDER_PUPILS = ("TermlyAttendance", "SummerHalfTerm2Attendance", "Address")
MODULES = {
    ("School", "SchoolCharacteristics"): {"165"},
    ("School", "Miscellaneous"): {"1310"},
    ("PupilOnRoll", "PupilIdentifiers"): {"9999"},
    ("PupilOnRoll", "PupilCharacteristics"): {"9999"},
    ("PupilOnRoll", "PupilStatus"): {"9999"},
    ("PupilOnRoll", "SpecialEducationalNeeds"): {"9999", "2120"},  # its provision is often all that it holds
    ("PupilNoLongerOnRoll", "PupilIdentifiers"): {"9999"},
    ("PupilNoLongerOnRoll", "PupilCharacteristics"): set(),  # nothing in it is asked of every leaver
    ("PupilNoLongerOnRoll", "PupilStatus"): {"9999"},
}


def small_return(edition: Edition) -> Rows:
    """A school with one pupil and one leaver."""
    typical = blade.typical(edition)
    rows: Rows = {name: [dict(typical[name])] for name in ("Header", "School", "PupilOnRoll", "PupilNoLongerOnRoll")}
    rows.update({name: [{**typical[name], PARENT: 0}] for name in UNDER_PUPILS if edition.has_entity(name)})
    return rows


def found(edition: Edition, rows: Rows) -> set[str]:
    return set(check(dataset_of_tables(rows, edition)).found["rule_key"])


@pytest.mark.parametrize("edition", blade.editions, ids=lambda each: each.key)
def test_a_missing_module_is_one_finding(edition: Edition) -> None:
    before = found(edition, small_return(edition))
    said = {}
    for entity in ("School", "PupilOnRoll", "PupilNoLongerOnRoll"):
        for group in edition.entity(entity).groups:
            rows = small_return(edition)
            for field in edition.entity(entity).fields:
                if field.group == group:
                    rows[entity][0].pop(field.name, None)
            said[entity, group] = found(edition, rows) - before
    assert said == {module: rules for module, rules in MODULES.items() if module in said}
    assert len(said) >= len(MODULES) - 1


@pytest.mark.parametrize("edition", blade.editions, ids=lambda each: each.key)
def test_a_return_without_pupils_is_one_finding(edition: Edition) -> None:
    rows = small_return(edition)
    assert found(edition, {name: rows[name] for name in ("Header", "School")}) >= {"9999.Pupils"}
    assert found(edition, {"Header": rows["Header"]}) == {"9999.Pupils", "165"}


def test_rules_are_silenced_by_rules_that_there_are() -> None:
    for each in {edition.blade for edition in editions().values()}:
        keys = {rule.key for edition in each.editions for rule in edition.rules} | {rule.key for rule in each.rules}
        unknown = {(rule.key, key) for rule in each.rules for key in rule.silenced_by if key not in keys}
        assert unknown == set()


SPECIAL: dict[str, Any] = {"School": {"Phase": "SP", "SchoolType": "52", "Intake": "SPEC", "Governance": "CO"}}
NURSERY: dict[str, Any] = {"School": {"Phase": "PS", "SchoolType": "18", "Governance": "CO"}}
FOUR: dict[str, Any] = {"DOB": "2017-05-01", "NCyearActual": "N2", "HoursAtSetting": "30", "DAFIndicator": "false"}
IN_THE_HOLIDAYS = {**ON_SITE, "TypeOfChildcare": "H", "ChildcareWksOpen": "9"}
AIM: dict[str, Any] = {"ProgrammeAim": [{"LearningAim": [{}]}]}

ONE_CAUSE = [
    ("2022-spring", {**SPECIAL, "PupilOnRoll": [{"Sex": "M"}], "SpecialSchool": [{}]}, "MinMaleAge", "two", {"350"}),
    ("2022-spring", {**SPECIAL, "SpecialSchool": [{}]}, "MaxDayPupils", "many", {"310"}),
    ("2022-spring", {"PupilReconciliation": [{}]}, "PrivateStudy", "none", {"940"}),
    ("2022-spring", {"Class": [{}]}, "Teachers", "one", {"1070Q"}),
    ("2022-spring", {"Class": [{}]}, "NonTeachers", "one", {"1090"}),
    ("2022-spring", {"ChildcareDetail": [{**ON_SITE}]}, "ChildcareWksOpen", "all", {"2940"}),
    (
        "2022-spring",
        {"ChildcareDetail": [{**ON_SITE, "TypeOfChildcare": "H", "ChildcareWksOpen": "9"}]},
        "ChildcareWksOpen",
        "-1",
        {"2975"},
    ),
    ("2021-autumn", {"SessionDetail": [{}]}, "Sessions", "two", {"2480"}),
    ("2021-autumn", {"SummerHalfTerm2SessionDetail": [{}]}, "Sessions", "", {"2573"}),
    ("2021-autumn", {"TermlyExclusion": [{}]}, "Sessions", "x", {"2300"}),
    ("2022-summer", {"LearnerFAM": [{}]}, "LearnFAMHours", "x", {"4012"}),
    ("2021-autumn", {**NURSERY, "PupilOnRoll": [{**FOUR, "FundedHours": "15"}]}, "FundedHours", "-5", {"5180"}),
    ("2021-autumn", {**NURSERY, "PupilOnRoll": [{**FOUR, "FundedHours": "15"}]}, "ExtendedHours", "x", {"3100"}),
    ("2021-autumn", {"School": [{}]}, "Governance", "IN", {"260"}),
    ("2021-autumn", {"School": [{"SchoolType": "49", "Governance": "CA"}]}, "SchoolType", "99", {"140", "150"}),
    ("2021-autumn", {"PupilOnRoll": [AIM], "School": [{}]}, "Phase", "ZZ", {"120"}),
    ("2021-autumn", {"PupilOnRoll": [AIM], "School": [{"LowestNCyear": "13"}]}, "HighestNCyear", "7", {"230"}),
]
"""A return by the records that it has, a field of the last of these with a wrong value, and what it says."""


@pytest.mark.parametrize(("key", "values", "field", "wrong", "numbers"), ONE_CAUSE, ids=lambda each: str(each)[:12])
def test_a_wrong_value_is_one_finding(
    key: str, values: dict[str, Any], field: str, wrong: str, numbers: set[str]
) -> None:
    edition = editions()[f"school-census-{key}"]
    some = edition.rules[0]
    right = dataset_of_case(edition, some, Case(values))
    name = next(each for each in reversed(values) if edition.entity(each).has_field(field))
    table = right.tables[name].with_columns(pl.lit(wrong or None, pl.String).alias(field))
    before, after = (set(check(each).found["rule"]) for each in (right, right.with_tables({name: table})))
    assert after - before == numbers
