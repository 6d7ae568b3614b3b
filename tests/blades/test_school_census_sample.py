"""Made-up census returns: the same for a seed, believable, without a finding; and faults that are found."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl
import pytest

from collectory.blade import Edition
from collectory.blades.school_census.authorities import upn_authorities
from collectory.blades.school_census.sample import sample
from collectory.blades.school_census.sample.faults import FAULTS, Fault, Workings
from collectory.blades.school_census.sample.school_days import easter
from collectory.engine import Dataset, Result, check, edition, editions, read_tables, read_xml
from collectory.engine.writing.xml import write_xml

AUTUMN = "school-census-2021-autumn"
SECONDARY, PRIMARY, NURSERY, UNIT, SPECIAL, ALL_THROUGH = (
    "8554001", "8552001", "8551001", "8551100", "8557001", "8556001",
)  # fmt: skip
SOURCES = (SECONDARY, PRIMARY, NURSERY, UNIT, SPECIAL, ALL_THROUGH)
CENSUSES = [key for key, each in editions().items() if each.blade.name == "school_census"]


@cache
def made(key: str, records: int, source: str, faults: float = 0.0, seed: int = 1) -> Dataset:
    each = edition(key)
    return read_tables(dict(sample(each, records, faults, seed, source)), each)


@cache
def checked(key: str, records: int, source: str, faults: float = 0.0, seed: int = 1) -> Result:
    return check(made(key, records, source, faults, seed))


def what_was_found(result: Result) -> list[tuple[str, str]]:
    return result.found.select("rule_key", "message").unique().rows()


@pytest.mark.parametrize("faults", [0.0, 0.2])
def test_same_seed_gives_same_bytes_and_another_seed_others(faults: float) -> None:
    first, again, other = (
        write_xml(read_tables(dict(sample(edition(AUTUMN), 120, faults, seed, "")), AUTUMN)) for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("key", CENSUSES)
@pytest.mark.parametrize(("source", "records"), [(SECONDARY, 1500), (PRIMARY, 420)])
def test_a_normal_school_gives_no_finding(key: str, source: str, records: int) -> None:
    assert what_was_found(checked(key, records, source)) == []


@pytest.mark.parametrize("key", CENSUSES)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("records", [30, 77])
def test_a_small_school_of_any_kind_gives_no_finding(key: str, source: str, records: int) -> None:
    assert what_was_found(checked(key, records, source)) == []


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("records", [1, 2, 10])
def test_a_tiny_school_gives_no_error(source: str, records: int) -> None:
    result = checked(AUTUMN, records, source)
    assert result.dataset.records["PupilOnRoll"] == records
    assert result.errors == 0


@pytest.mark.parametrize("seed", range(2, 8))
def test_no_seed_gives_a_finding(seed: int) -> None:
    assert what_was_found(checked(AUTUMN, 60, SECONDARY, seed=seed)) == []
    assert what_was_found(checked(AUTUMN, 45, PRIMARY, seed=seed)) == []


@pytest.mark.parametrize("key", CENSUSES)
def test_every_module_of_the_edition_occurs(key: str) -> None:
    filled = {name for source in SOURCES for name, count in made(key, 300, source).records.items() if count}
    assert filled == {entity.name for entity in edition(key).entities}


@pytest.mark.parametrize("faults", [0.0, 0.3])
def test_xml_reads_back_as_the_same_return(faults: float) -> None:
    dataset = made(AUTUMN, 150, SECONDARY, faults)
    back = read_xml(write_xml(dataset))
    assert isinstance(back, Dataset)
    assert back.source == SECONDARY
    assert not back.notices
    for name, table in dataset.tables.items():
        assert back.tables[name].equals(table), name


def test_unique_pupil_numbers_are_right_and_unique() -> None:
    upns = pl.concat(
        [made(AUTUMN, 1500, SECONDARY).tables[name]["UPN"] for name in ("PupilOnRoll", "PupilNoLongerOnRoll")]
    )
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    assert upns.n_unique() == len(upns)
    temporary = 0
    for upn in upns:
        values = [letters.index(each) if each in letters else int(each) for each in upn[1:]]
        assert upn[0] == letters[sum(value * place for place, value in enumerate(values, 2)) % 23]
        assert upn[1:4] in upn_authorities("2021-3")
        assert upn[1:12].isdigit()
        temporary += not upn[12].isdigit()
    assert 0 < temporary < len(upns) / 50


def test_learner_numbers_are_right_and_unique() -> None:
    numbers = made(AUTUMN, 1500, SECONDARY).tables["PupilOnRoll"]["UniqueLearnerNumber"].drop_nulls()
    assert numbers.n_unique() == len(numbers) > 700
    for number in numbers:
        remainder = sum(int(each) * weight for each, weight in zip(number[:9], range(10, 1, -1), strict=True)) % 11
        assert remainder
        assert int(number[9]) == 10 - remainder


def share(table: pl.DataFrame, column: str, *values: str) -> float:
    return float(table[column].is_in(values).mean())  # type: ignore[arg-type]


def test_shares_are_plausible() -> None:
    tables = made(AUTUMN, 3000, SECONDARY).tables
    pupils = tables["PupilOnRoll"]
    assert 0.10 < share(pupils, "SENprovision", "K") < 0.14
    assert 0.025 < share(pupils, "SENprovision", "E") < 0.045
    assert 0.45 < share(pupils, "Gender", "F") < 0.53
    assert 0.12 < 1 - share(pupils, "Language", "ENG", "ENB", "NOT", "REF", "BSL", "CYM") < 0.19
    assert pupils["Language"].n_unique() > 25
    assert 0.17 < tables["FSMperiod"]["_parent"].n_unique() / 3000 < 0.23
    assert 0.02 < tables["TermlyExclusion"]["_parent"].n_unique() / 3000 < 0.04
    assert 0.3 < tables["Address"]["PAON"].is_not_null().mean() < 0.5  # type: ignore[operator]
    absence = tables["TermlyAttendance"].select(pl.all().cast(pl.Int64)).sum()
    assert 0.03 < (absence["SessionsAuthorised"] / absence["SessionsPossible"])[0] < 0.1
    assert 0.005 < (absence["SessionsUnauthorised"] / absence["SessionsPossible"])[0] < 0.04
    assert pupils["Surname"].n_unique() > 300
    for odd in ("-", "'", "é|ë|ł|ç|ș", " "):
        assert (pupils["Surname"] + pupils["Forename"]).str.contains(odd).any(), odd


def test_totals_of_attendance_agree_with_its_codes() -> None:
    tables = made(AUTUMN, 600, SECONDARY).tables
    for period, detail in (
        ("TermlyAttendance", "SessionDetail"),
        ("SummerHalfTerm2Attendance", "SummerHalfTerm2SessionDetail"),
    ):
        counted = (
            tables[detail]
            .group_by("_parent")
            .agg(
                pl.col("Sessions")
                .cast(pl.Int64)
                .filter(pl.col("AttendanceReason").is_in(list("EIMCRSTH")))
                .sum()
                .alias("yes"),
                pl.col("Sessions")
                .cast(pl.Int64)
                .filter(pl.col("AttendanceReason").is_in(list("OUGN")))
                .sum()
                .alias("no"),
                pl.col("Sessions").cast(pl.Int64).filter(pl.col("AttendanceReason") != "X").sum().alias("all"),
            )
        )
        both = tables[period].join(counted, left_on="_row", right_on="_parent", how="left")
        assert both.height > 400
        for total, sum_of_codes in (
            ("SessionsAuthorised", "yes"),
            ("SessionsUnauthorised", "no"),
            ("SessionsPossible", "all"),
        ):
            assert (both[total].cast(pl.Int64) == both[sum_of_codes]).all()


def test_only_fields_of_the_edition_are_filled() -> None:
    for key in CENSUSES:
        each = edition(key)
        for name, table in sample(each, 40, 0, 1, "").items():
            assert table.columns == ["_row", "_parent", *(field.name for field in each.entity(name).fields)]


@pytest.mark.parametrize("source", ["855", "855400A", "٨٥٥٤٠٠١"])
def test_a_source_that_cannot_be_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="seven digits"):
        sample(edition(AUTUMN), 10, 0, 1, source)


def test_shares_and_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        sample(edition(AUTUMN), 10, 1.5, 1, "")
    with pytest.raises(ValueError, match="at least one"):
        sample(edition(AUTUMN), 0, 0, 1, "")


@pytest.mark.parametrize(
    ("year", "expected"), [(2019, "04-21"), (2020, "04-12"), (2021, "04-04"), (2022, "04-17"), (2025, "04-20")]
)
def test_easter(year: int, expected: str) -> None:
    assert easter(year).isoformat() == f"{year}-{expected}"


# Faults


def owners(tables: Mapping[str, pl.DataFrame], of: Edition, entity: str, rows: list[int]) -> set[int]:
    """The pupils to whom records belong."""
    found, above = np.asarray(rows, dtype=np.int64), of.entity(entity)
    while above.parent is not None:
        found, above = tables[above.name]["_parent"].to_numpy()[found], above.parent
    return set(found.tolist())


def pupils_found(result: Result, top: str, number: str) -> set[int]:
    """The pupils with a finding of a rule, on their own record or one below it."""
    of = result.dataset.edition
    found: set[int] = set()
    of_rule = result.found.filter((pl.col("rule") == number) & pl.col("record").is_not_null())
    for (entity,), rows in of_rule.group_by("entity"):
        if Workings(of, {}).top(str(entity)) == top:
            found |= owners(result.dataset.tables, of, str(entity), rows["record"].to_list())
    return found


@pytest.mark.parametrize("key", CENSUSES)
def test_every_fault_breaks_the_rules_that_it_names(key: str) -> None:
    """All faults of an edition are put into one return of each kind of school, each into a pupil of its own."""
    of = edition(key)
    numbers = {rule.number for rule in of.rules}
    possible = [each for each in FAULTS if each.possible_in(of)]
    tried: set[str] = set()
    missed: list[str] = []
    for source in (SECONDARY, PRIMARY, NURSERY, UNIT):
        work = Workings(of, made(key, 900, source).tables)
        free = {top: np.ones(work.height(top), dtype=bool) for top in ("PupilOnRoll", "PupilNoLongerOnRoll")}
        befallen: list[tuple[Fault, int, int]] = []
        for fault in sorted(possible, key=lambda each: len(each.rows(work)[0])):
            pupils, rows = fault.rows(work)
            place = next((place for place, pupil in enumerate(pupils) if free[work.top(fault.on)][pupil]), None)
            if place is not None:
                free[work.top(fault.on)][pupils[place]] = False
                befallen.append((fault, int(pupils[place]), int(rows[place])))
        work.victims = {top: ~mask for top, mask in free.items()}
        for fault, _, row in befallen:
            fault.spoil(work, np.array([row]))
        result = check(read_tables(work.finished(), of))
        for fault, pupil, _ in befallen:
            tried.add(fault.name)
            missed.extend(
                f"{source} {fault.name} {number}"
                for number in fault.rules
                if number in numbers and pupil not in pupils_found(result, work.top(fault.on), number)
            )
    assert missed == []
    assert tried == {each.name for each in possible}


def test_each_fault_names_rules_and_is_named_once() -> None:
    names = [each.name for each in FAULTS]
    assert len(set(names)) == len(names) >= 80
    assert all(each.rules for each in FAULTS)


def test_faults_befall_the_share_of_pupils_that_is_asked_for() -> None:
    clean, spoiled = made(AUTUMN, 1500, SECONDARY), checked(AUTUMN, 1500, SECONDARY, 0.1)
    assert spoiled.dataset.records["PupilOnRoll"] == clean.records["PupilOnRoll"]
    numbers = spoiled.found["rule"].n_unique()
    assert numbers > 50
    with_findings: set[int] = set()
    for number in spoiled.found["rule"].unique():
        with_findings |= pupils_found(spoiled, "PupilOnRoll", number)
    # Whoever shares a number with a pupil at fault is found as well.
    assert 150 <= len(with_findings) < 165


@pytest.mark.parametrize("faults", [0.001, 0.5, 1.0])
@pytest.mark.parametrize("source", [SECONDARY, PRIMARY])
def test_any_share_of_faults_can_be_made(faults: float, source: str) -> None:
    result = checked(AUTUMN, 200, source, faults)
    assert result.found.height > 0
    back = read_xml(write_xml(result.dataset))
    assert isinstance(back, Dataset)
    assert back.records == result.dataset.records


CORNERS = [
    (AUTUMN, SPECIAL, 8, 1),  # a single infant would be asked about with a lunch and without
    (AUTUMN, ALL_THROUGH, 9, 1),
    ("school-census-2018-autumn", "8555910", 9, 7),  # more than half of so few would be new
    ("school-census-2018-autumn", "8555940", 3, 7),
    ("school-census-2022-spring", NURSERY, 3, 0),  # all might be of a white background
    ("school-census-2024-summer", NURSERY, 210, 0),  # has expanded hours, but no children under two
]


@pytest.mark.parametrize(("key", "source", "records", "seed"), CORNERS)
def test_a_small_school_of_any_kind_has_no_finding(key: str, source: str, records: int, seed: int) -> None:
    assert what_was_found(checked(key, records, source, seed=seed)) == []


@pytest.mark.parametrize("key", CENSUSES[1::4])
def test_one_or_two_pupils_break_nothing_but_shares(key: str) -> None:
    for source in SOURCES:
        for records in (1, 2):
            assert {rule[-1] for rule in checked(key, records, source).found["rule_key"]} <= {"Q"}
