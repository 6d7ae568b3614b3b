"""The editions of 2024/25: what was renamed, what is new, what is gone, and how they meet returns of other years."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from collectory.blade import Edition
from collectory.blades.school_census import blade, file_name
from collectory.cli import main
from collectory.engine import Dataset, Refusal, Result, check, edition, read_tables, read_xml
from collectory.engine.checking.compile import compiled
from collectory.engine.tables import dataset_of_tables
from collectory.engine.writing.catalogue import catalogue
from collectory.engine.writing.xml import write_xml

KEYS = ("school-census-2024-autumn", "school-census-2025-spring", "school-census-2025-summer")
AUTUMN, SPRING, SUMMER = (edition(key) for key in KEYS)
EDITIONS = (AUTUMN, SPRING, SUMMER)
PRIMARY = "8552001"


def returned(of: Edition, pupils: list[dict[str, Any]], phase: str = "PS", **tables: Any) -> Dataset:
    """The typical school with these pupils, each with the values of the typical pupil where none are given."""
    typical = blade.typical(of)
    school = {**typical["School"], "Phase": phase, "SchoolType": "18", "Governance": "CO", "LowestNCyear": "N1"}
    rows: dict[str, Any] = {"Header": [dict(typical["Header"])], "School": [school]}
    rows["PupilOnRoll"] = [{**typical["PupilOnRoll"], **pupil} for pupil in pupils]
    return dataset_of_tables({**rows, **tables}, of)


def found(of: Edition, pupil: dict[str, Any], **tables: Any) -> set[str]:
    return set(check(returned(of, [pupil], **tables)).found["rule"])


# What the year has


def test_days() -> None:
    assert [each.reference_date for each in EDITIONS] == [date(2024, 10, 3), date(2025, 1, 16), date(2025, 5, 15)]
    assert [each.previous_reference_date for each in EDITIONS] == [
        date(2024, 5, 16),
        date(2024, 10, 3),
        date(2025, 1, 16),
    ]
    assert [each.term_start for each in EDITIONS] == [date(2024, 8, 1), date(2025, 1, 1), date(2025, 4, 21)]
    assert {each.age_date for each in EDITIONS} == {date(2024, 8, 31)}
    assert AUTUMN.attendance_age_date == date(2023, 8, 31)
    assert (AUTUMN.fsm_from, AUTUMN.exclusions_from, AUTUMN.aims_from) == (
        date(2024, 5, 17),
        date(2024, 1, 1),
        date(2023, 8, 1),
    )
    assert file_name(SPRING, "8554001", "001") == "8554001_SC1_855LL25_001.XML"


def test_names_of_the_year() -> None:
    for each in EDITIONS:
        pupil, leaver = each.entity("PupilOnRoll"), each.entity("PupilNoLongerOnRoll")
        for entity in (pupil, leaver):
            assert entity.has_field("Sex") and not entity.has_field("Gender")
        assert pupil.has_field("EligibilityCode") and not pupil.has_field("ThirtyHourCode")
        assert pupil.has_field("ExpandedHours") and pupil.has_field("EYPPR") and pupil.has_field("EYPPBF")
        assert each.has_entity("FundingBasisItem") and each.has_entity("SchoolArrangedAPDetail")
        assert not each.entity("LearnerFAM").has_field("LearnFAMHours")
        assert each.entity("SchoolArrangedAPDetail").has_field("CompanyNumber")
    assert [each.entity("PupilOnRoll").has_field("YoungCarer") for each in EDITIONS] == [False, True, False]
    assert [each.entity("TermlyAttendance").has_field("SessionsAuthorised") for each in EDITIONS] == [
        True,
        False,
        False,
    ]
    assert SPRING.entity("ChildcareDetail").has_field("ChildcareBefore8am")
    assert AUTUMN.entity("LearningAim").has_field("Traineeship")
    assert not AUTUMN.entity("WorkplaceEntity").has_field("WPEmployerID")


def test_codes_of_the_year() -> None:
    assert [{"H", "J", "Y"} <= set(each.codes("AttendanceCode").codes) for each in EDITIONS] == [True, False, False]
    assert all({"C1", "C2", "J1", "K", "Q", "Y1", "Y7"} <= set(each.codes("AttendanceCode").codes) for each in EDITIONS)
    assert ["DS" in each.codes("SENtype") for each in EDITIONS] == [False, True, True]
    assert "AWEL" in SPRING.codes("Ethnicity")
    assert "O" in AUTUMN.codes("PLAA")
    assert "21" not in AUTUMN.codes("LearnFAMCode")
    assert {"EMH", "MMH"}.isdisjoint(AUTUMN.codes("LearnFAMType").codes)
    assert "942" in AUTUMN.upn_authorities


def test_no_rule_is_left_out_but_those_of_what_is_gone() -> None:
    for each in EDITIONS:
        assert compiled(each).left_out == {}
        numbers = {rule.number for rule in each.rules}
        assert {"1610", "1620Q", "3100", "3105", "3110", "3130", "3140", "3160", "5096", "2530", "2560Q"} <= numbers
        assert {"2360", "2361", "2392", "3131"} <= numbers
        assert "4012" not in numbers  # the hours of tutoring are no longer collected
    earlier = edition("school-census-2022-spring")
    assert "4012" in {rule.number for rule in earlier.rules}


def test_people_read_the_name_of_their_own_edition() -> None:
    for each, sex, code in (
        (AUTUMN, "Sex", "eligibility code"),
        (edition("school-census-2021-autumn"), "Gender", "30-hour code"),
    ):
        words = {rule["rule"]: rule for rule in catalogue(each)}
        assert sex in words["1620Q"]["reads"]
        assert code in words["3130"]["message"]


# Children from nine months on


@pytest.mark.parametrize(
    ("of", "born", "too_young"),
    [
        (AUTUMN, "2023-11-30", "2023-12-01"),
        (SPRING, "2024-03-31", "2024-04-01"),
        (SUMMER, "2024-06-30", "2024-07-01"),
    ],
    ids=KEYS,
)
def test_hours_begin_at_nine_months(of: Edition, born: str, too_young: str) -> None:
    child = {
        "DOB": born, "NCyearActual": "E2", "ExpandedHours": "15", "HoursAtSetting": "20", "EYPPR": "Y", "EYPPBF": "RE",
        "DAFIndicator": "true", "EligibilityCode": "50001234567",
    }  # fmt: skip
    of_hours = {"1851", "1854", "1859", "1861", "1862", "3100", "3110", "3120", "3130", "3140", "5220", "5235"}
    assert found(of, child) & of_hours == set()
    assert found(of, {**child, "DOB": too_young}) & of_hours == {"1854", "1861", "3110", "3120"}
    assert found(of, {**child, "ExpandedHours": None}) & of_hours == {"3110", "3140", "5220"}
    assert found(of, {**child, "HoursAtSetting": "14"}) & of_hours == {"1859"}
    assert "3105" in found(of, {**child, "EligibilityCode": "5000"})


def test_before_2024_they_began_at_two() -> None:
    before = edition("school-census-2022-summer")
    child = {"NCyearActual": "E2", "HoursAtSetting": "20"}
    assert "1854" not in found(before, {**child, "DOB": "2019-08-31"})
    assert "1854" in found(before, {**child, "DOB": "2019-09-01"})


# Attendance without totals


def test_absence_is_counted_from_the_codes_where_there_are_no_totals() -> None:
    def result(of: Edition, possible: str, *codes: tuple[str, str]) -> Result:
        names = ("AttendanceReason", "Sessions")
        details = [{"_parent": 0, **dict(zip(names, each, strict=True))} for each in codes]
        attendance = [{"_parent": 0, "SessionsPossible": possible}]
        return check(returned(of, [{}], "SS", TermlyAttendance=attendance, SessionDetail=details))

    for of in (SPRING, SUMMER):
        assert "2530" in set(result(of, "10", ("C2", "6"), ("U", "5")).found["rule"])
        assert "2530" not in set(result(of, "10", ("C2", "6"), ("U", "4"), ("K", "9"), ("Q", "9")).found["rule"])
        share = result(of, "10", ("J1", "4")).found.filter(pl.col("rule") == "2560Q")
        assert "40%" in share["message"][0]
        assert "2560Q" not in set(result(of, "10", ("O", "4"), ("Y1", "2")).found["rule"])


# The return of the term before


@cache
def sample(of: Edition, pupils: int = 60) -> Dataset:
    assert blade.sample
    return read_tables(dict(blade.sample(of, pupils, 0, 1, PRIMARY)), of)


def changed(data: Dataset, values: Mapping[str, str | None], **tables: pl.DataFrame) -> Dataset:
    """The return with these values in all pupils."""
    pupils = data.tables["PupilOnRoll"]
    there = {name: value for name, value in values.items() if name in pupils.columns}
    pupils = pupils.with_columns(pl.lit(value, pl.String).alias(name) for name, value in there.items())
    return data.with_tables({"PupilOnRoll": pupils, **tables})


BEFORE = {
    AUTUMN: [edition("school-census-2022-summer"), edition("school-census-2021-autumn")],
    SPRING: [AUTUMN, edition("school-census-2022-spring")],
    SUMMER: [SPRING, edition("school-census-2022-summer")],
}
PAIRS = [
    pytest.param(of, before, id=f"{of.key}-after-{before.key}") for of, befores in BEFORE.items() for before in befores
]
SOME = {
    "SENprovision": "E", "Language": "POL", "ServiceChild": "Y", "Ethnicity": "NOBT", "SchoolLunchTaken": "true",
    "NCyearActual": "1",
}  # fmt: skip
NONE = {
    "SENprovision": "N", "Language": "ENG", "ServiceChild": "N", "Ethnicity": "WBRI", "SchoolLunchTaken": "false",
    "NCyearActual": "1",
}  # fmt: skip


def term_on_term(data: Dataset, before: Dataset | None) -> tuple[set[str], dict[str, str]]:
    """The checks with a finding, and those that could not be asked with the reason."""
    result = check(data, before)
    found = {number for number in result.found["rule"] if number.startswith("TonT")}
    return found, {each.rule: each.why for each in result.skipped if each.rule.startswith("TonT")}


@pytest.mark.parametrize(("of", "before"), PAIRS)
def test_every_check_between_terms_works_across_editions(of: Edition, before: Edition) -> None:
    asked = {rule.key for rule in of.rules if rule.key.startswith("TonT")}
    compared_ethnicity = (
        {"TonT9B", "TonT9C"} & asked if not before.entity("PupilOnRoll").has_field("Ethnicity") else set()
    )

    # The same school: nothing has moved.
    found, skipped = term_on_term(sample(of), sample(before))
    assert found == set()
    assert set(skipped) == compared_ethnicity
    assert all("does not hold" in why for why in skipped.values())

    some, none = changed(sample(of), SOME), changed(sample(of), NONE)
    were_some, were_none = changed(sample(before), SOME), changed(sample(before), NONE)
    few = were_none.with_tables({"FSMperiod": were_none.tables["FSMperiod"].clear()})
    assert term_on_term(some, few)[0] == {"TonT3D", "TonT4D", "TonT5D", "TonT7D"}
    spring = {"TonT8C", "TonT9C"} & asked - compared_ethnicity
    assert term_on_term(none, were_some)[0] == {"TonT5C", "TonT7C", *spring}
    # Of those who had none before, D asks instead of B.
    a_few = were_none.tables["PupilOnRoll"].with_columns(
        pl.when(pl.col("_row") < 3).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in SOME.items()
        if name in were_none.tables["PupilOnRoll"].columns
    )
    spring = {"TonT8B", "TonT9B"} & asked - compared_ethnicity
    ups = {"TonT5B", "TonT7B", "TonT13B", *spring}
    assert term_on_term(some, were_none.with_tables({"PupilOnRoll": a_few}))[0] == ups
    assert term_on_term(sample(of), sample(before, 30))[0] >= {"TonT1B"}
    assert term_on_term(sample(of, 30), sample(before))[0] >= {"TonT1C"}


def test_only_the_term_directly_before_is_compared_with() -> None:
    before = {each.key: each.before.key if each.before else None for each in blade.editions}
    assert before["school-census-2025-spring"] == "school-census-2024-autumn"
    assert before["school-census-2025-summer"] == "school-census-2025-spring"
    assert before["school-census-2022-spring"] == "school-census-2021-autumn"
    # Spring 2024, spring 2021 and summer 2018 are not known here; returns of years before are no measure.
    assert before["school-census-2024-autumn"] == "school-census-2024-summer"
    assert before["school-census-2024-summer"] is None
    assert before["school-census-2021-summer"] is None
    assert before["school-census-2018-autumn"] is None


def test_without_a_return_before_the_checks_are_skipped_and_say_so() -> None:
    found, skipped = term_on_term(sample(SPRING), None)
    assert found == set()
    assert set(skipped) == {rule.key for rule in SPRING.rules if rule.key.startswith("TonT")}
    assert set(skipped.values()) == {"there is no return of the collection before to compare with"}


# Files of other editions


@pytest.mark.parametrize("of", EDITIONS, ids=KEYS)
def test_a_file_of_another_edition_is_refused(of: Edition) -> None:
    content = write_xml(sample(of))
    back = read_xml(content)
    assert isinstance(back, Dataset) and back.edition is of and not back.notices
    for other in blade.editions:
        if other is of:
            continue
        refusal = read_xml(content, other)
        assert isinstance(refusal, Refusal)
        assert refusal.code == ("wrong-year" if other.year != of.year else "wrong-term")
        said = f"{blade.terms[of.term]} {of.year}"
        assert said in refusal.message and other.title in refusal.message
        assert refusal.action


def test_a_year_that_is_not_known_is_refused() -> None:
    refusal = read_xml(write_xml(sample(AUTUMN)).replace(b"<Year>2024<", b"<Year>2023<"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "wrong-year"
    assert "autumn 2023" in refusal.message and AUTUMN.title in refusal.message


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    autumn, summer, spring = (tmp_path / name for name in ("autumn.xml", "summer.xml", "spring.xml"))
    autumn.write_bytes(write_xml(sample(AUTUMN)))
    spring.write_bytes(write_xml(sample(SPRING)))
    summer.write_bytes(write_xml(sample(edition("school-census-2022-summer"))))
    assert main(["convert", str(autumn), "--to", "csv", "--out", str(tmp_path / "set.zip")]) == 0
    assert "School Census 2024 autumn" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "set.zip"), "--previous", str(summer)]) == 0
    assert (
        main(["convert", str(autumn), "--edition", SPRING.key, "--to", "csv", "--out", str(tmp_path / "no.zip")]) == 2
    )
    said = capsys.readouterr().err
    assert "autumn 2024" in said and SPRING.title in said
    assert not (tmp_path / "no.zip").exists()
    assert main(["compare", str(autumn), str(spring), "--edition", AUTUMN.key]) == 2
    assert "spring 2025" in capsys.readouterr().err
    # Different terms may be compared where nothing else is asked for; a renamed field is the same field.
    assert main(["compare", str(summer), str(autumn), "--format", "csv"]) == 0
    assert "Year" in capsys.readouterr().out
