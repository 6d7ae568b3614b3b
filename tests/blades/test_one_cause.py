"""One cause, one finding: a module that is missing is said once, and silences the rules that need it."""

from __future__ import annotations

from typing import Any

import pytest

from collectory.blade import Edition
from collectory.blades.school_census import blade
from collectory.engine import check, editions
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
