"""Children in Need: samples, tables with running numbers, and every way in and out."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectory.blades.children_in_need.editions import working_days_before
from collectory.engine import Dataset, Refusal, check, edition, read_path, read_return, read_tables, read_xml
from collectory.engine.writing.csv_set import csv_files, write_csv_set
from collectory.engine.writing.xml import write_xml

YEARS = (2023, 2024, 2025, 2026)
SINCE_2025 = {"1570", "1580", "8945Q", "8950Q"}


def made(year: int, records: int = 400, faults: float = 0, seed: int = 1) -> Dataset:
    of = edition(f"children-in-need-{year}")
    assert of.blade.sample is not None
    return read_tables(of.blade.sample(of, records, faults, seed, "302"), of)


def findings(year: int, **tables: list[dict[str, object]]) -> list[tuple[str, str, int]]:
    """Rule, table and 0-based row of each finding of plain tables."""
    found = check(Dataset.from_tables(tables, f"children-in-need-{year}")).found
    return list(found.select("rule", "entity", "record").iter_rows())


@pytest.mark.parametrize("year", YEARS)
def test_editions_ask_the_rules_of_their_year(year: int) -> None:
    numbered = {rule.number for rule in edition(f"children-in-need-{year}").rules if rule.number.rstrip("Q").isdigit()}
    assert len(numbered) == (109 if year >= 2025 else 105)
    assert (numbered >= SINCE_2025) is (year >= 2025)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("records", [1, 7, 1000])
def test_samples_have_no_finding(year: int, records: int) -> None:
    for seed in range(2):
        result = check(made(year, records, seed=seed))
        assert result.found.select("rule_key", "fields").rows() == []
        assert result.skipped == [] or year < 2025


def test_samples_of_the_same_seed_are_the_same() -> None:
    one, two, other = (made(2025, 300, 0.1, seed) for seed in (1, 1, 2))
    assert all(one.tables[name].equals(two.tables[name]) for name in one.tables)
    assert not one.tables["CINdetails"].equals(other.tables["CINdetails"])
    assert one.records["ChildIdentifiers"] == 300


def test_faults_raise_many_rules() -> None:
    result = check(made(2026, 2000, 0.1))
    assert result.found["rule_key"].n_unique() >= 50
    assert result.errors > 100 and result.queries > 30


@pytest.mark.parametrize(("records", "faults", "source"), [(0, 0, ""), (10, 2, ""), (10, 0, "8554001")])
def test_samples_that_cannot_be_are_refused(records: int, faults: float, source: str) -> None:
    of = edition("children-in-need-2025")
    assert of.blade.sample is not None
    with pytest.raises(ValueError, match=r"three digits|at least one child|share of faults"):
        of.blade.sample(of, records, faults, 1, source)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("faults", [0.0, 0.2])
def test_xml_and_csv_give_the_same_return(year: int, faults: float) -> None:
    dataset = made(year, 150, faults)
    for outcome in (read_xml(write_xml(dataset)), read_return(write_csv_set(dataset))):
        assert isinstance(outcome, Dataset), outcome
        assert outcome.edition is dataset.edition and outcome.source == "302"
        assert not outcome.notices
        assert all(outcome.tables[name].equals(table) for name, table in dataset.tables.items())


def as_councils_write_it(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """The tables with the columns LAchildID, CINdetailsID, AssessmentID and CPPID in place of rows."""
    keyed: dict[str, pl.DataFrame] = {}
    for entity in dataset.edition.entities:
        table = dataset.tables[entity.name]
        if entity.parent is not None:
            above = keyed[entity.parent.name]
            keys = [name for name in ("LAchildID", "CINdetailsID", "AssessmentID", "CPPID") if name in above.columns]
            table = above.select(*keys)[table["_parent"].to_list()].hstack(table.get_columns())
        if entity.number_column:
            number = pl.int_range(1, pl.len() + 1).over("_parent").alias(entity.number_column)
            table = table.with_columns(number)
        keyed[entity.name] = table
    return {name: table.drop("_row", "_parent") for name, table in keyed.items()}


@pytest.mark.parametrize("year", YEARS)
def test_csv_files_of_councils_give_the_same_return(year: int, tmp_path: Path) -> None:
    dataset = made(year, 150)
    tables = as_councils_write_it(dataset)
    for name, table in tables.items():
        table.write_csv(tmp_path / f"{name}.csv")
    for outcome in (read_path(tmp_path), Dataset.from_tables(tables, dataset.edition)):
        assert isinstance(outcome, Dataset), outcome
        assert all(outcome.tables[name].equals(table) for name, table in dataset.tables.items())


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("CINdetails", None, "CINdetails.csv, which is missing"),
        ("Section47", {"CINdetailsID": "9"}, "belongs to no row of CINdetails"),
        ("Section47", {"Shoe": "9"}, "no column Shoe"),
        ("CINdetails", {"CINdetailsID": "1"}, "have the same LAchildID and CINdetailsID"),
        ("Assessments", {"AssessmentFactors": "1A,9A"}, "say different things"),
        ("Section47", {"_parent": "first"}, "Record 1 has no whole number in the column _parent"),
        ("Section47", {"_parent": "9999"}, "belongs to no row of CINdetails"),
        ("Section47", {"LACHILDID": "A"}, "names that differ in capitals only"),
    ],
)
def test_csv_files_of_councils_that_do_not_fit_are_refused(
    name: str, change: dict[str, str] | None, says: str, tmp_path: Path
) -> None:
    tables = as_councils_write_it(made(2025, 60))
    for each, table in tables.items():
        if each != name:
            table.write_csv(tmp_path / f"{each}.csv")
        elif change is not None:
            table.with_columns(**{column: pl.lit(value) for column, value in change.items()}).write_csv(
                tmp_path / f"{each}.csv"
            )
    outcome = read_path(tmp_path)
    assert isinstance(outcome, Refusal) and says in outcome.message


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), ids=st.lists(st.sampled_from(["A", "B", "=C", None]), min_size=6, max_size=6))
def test_csv_files_come_back_also_where_ids_are_missing_or_shared(seed: int, ids: list[str | None]) -> None:
    dataset = made(2025, 12, 0.3, seed)
    children = dataset.tables["ChildIdentifiers"]
    mixed = children.with_columns(pl.Series("LAchildID", [*ids, *children["LAchildID"].to_list()[6:]]))
    dataset = dataset.with_tables({"ChildIdentifiers": mixed})
    outcome = read_return(write_csv_set(dataset))
    assert isinstance(outcome, Dataset), outcome
    assert all(outcome.tables[name].equals(table) for name, table in dataset.tables.items())


def test_csv_files_have_the_columns_of_the_specification() -> None:
    files = {name: content.decode("utf-8-sig") for name, content in csv_files(made(2025, 20)) if name.endswith(".csv")}
    columns = {name: next(csv.reader(io.StringIO(text))) for name, text in files.items()}
    assert columns["CINdetails.csv"][:3] == ["LAchildID", "CINdetailsID", "CINreferralDate"]
    assert columns["Assessments.csv"] == [
        *("LAchildID", "CINdetailsID", "AssessmentID", "AssessmentActualStartDate", "AssessmentInternalReviewDate"),
        *("AssessmentAuthorisationDate", "AssessmentFactors"),
    ]
    assert columns["AssessmentFactorsList.csv"] == ["LAchildID", "CINdetailsID", "AssessmentID", "AssessmentFactor"]
    assert columns["Reviews.csv"] == ["LAchildID", "CINdetailsID", "CPPID", "CPPreviewDate"]
    assert columns["Disabilities.csv"] == ["LAchildID", "Disability"]
    assert columns["ChildIdentifiers.csv"][0] == "LAchildID"


def test_capitals_and_order_of_names_do_not_matter(tmp_path: Path) -> None:
    dataset = made(2025, 40)
    for name, table in as_councils_write_it(dataset).items():
        other = table.select(reversed(table.columns)).rename(lambda column: f" {column.upper()}")
        other.write_csv(tmp_path / f"{name.lower()}.CSV")
    outcome = read_path(tmp_path)
    assert isinstance(outcome, Dataset), outcome
    assert all(outcome.tables[name].equals(table) for name, table in dataset.tables.items())


def test_elements_lie_where_the_message_has_them() -> None:
    document = write_xml(made(2025, 300)).decode()
    for parts in (
        "<Children> <Child> <ChildIdentifiers> <LAchildID>",
        "</ChildIdentifiers> <ChildCharacteristics> <Ethnicity>",
        "</Ethnicity> <Disabilities> <Disability>",
        "<FactorsIdentifiedAtAssessment> <AssessmentFactors>",
        "</FactorsIdentifiedAtAssessment> </Assessments> <CINPlanDates> <CINPlanStartDate>",
        "</Section47> <ReferralNFA>false</ReferralNFA> <ChildProtectionPlans> <CPPstartDate>",
        "<Reviews> <CPPreviewDate>",
    ):
        assert parts in " ".join(document.split()).replace("> <", "> <"), parts


def test_another_years_file_is_refused() -> None:
    outcome = read_xml(write_xml(made(2025, 3)), edition("children-in-need-2026"))
    assert isinstance(outcome, Refusal) and outcome.code == "wrong-year"


def test_a_file_of_children_without_episodes_or_dates_is_checked() -> None:
    nothing = {"Header": [{"Collection": "CIN", "Year": 2025, "ReferenceDate": datetime.date(2025, 3, 31), "LEA": 302}]}
    assert {rule for rule, _, _ in findings(2025, **nothing)} == {"2887Q", "2888Q"}
    dataset = made(2025, 200)
    dates = {
        name: table.with_columns(
            pl.lit(None, pl.String).alias(column)
            for column in table.columns
            if "Date" in column or column.startswith("CPPrev")
        )
        for name, table in dataset.tables.items()
        if name != "Header"
    }
    asked = set(check(dataset.with_tables(dates)).found["rule_key"])
    assert asked >= {"8525Q", "8600", "8720", "8736", "4010", "8842Q", "8740"}
    bare = check(
        Dataset.from_tables({"Header": dataset.tables["Header"], "ChildIdentifiers": [{}, {}]}, dataset.edition)
    )
    assert set(bare.found.filter(pl.col("entity") == "ChildIdentifiers")["rule_key"]) == {
        "4180",
        "4220",
        "8500",
        "8525Q",
        "8590",
    }


CHILD = {"LAchildID": "C1", "PersonBirthDate": "2012-05-01", "Sex": "F", "UPN": "W302123456789"}
EPISODE = {
    "LAchildID": "C1",
    "CINdetailsID": 1,
    "CINreferralDate": "2024-05-01",
    "ReferralSource": "2A",
    "PrimaryNeedCode": "N1",
    "ReferralNFA": 0,
}


def test_tables_with_running_numbers_give_table_and_row() -> None:
    found = findings(
        2025,
        ChildIdentifiers=[CHILD, CHILD | {"LAchildID": "C2", "UPN": "A302123456780"}],
        CINdetails=[
            EPISODE | {"CINclosureDate": "2024-07-01", "ReasonForClosure": "RC8"},
            EPISODE | {"CINdetailsID": 2, "CINreferralDate": "2024-08-01"},
            EPISODE | {"LAchildID": "C2"},
        ],
        Assessments=[
            {
                "LAchildID": "C1",
                "CINdetailsID": 1,
                "AssessmentID": 1,
                "AssessmentActualStartDate": "2024-05-02",
                "AssessmentAuthorisationDate": "2024-06-01",
                "AssessmentFactors": ["21", "3A"],
            },
            {
                "LAchildID": "C1",
                "CINdetailsID": 2,
                "AssessmentID": 1,
                "AssessmentActualStartDate": "2024-07-30",
                "AssessmentAuthorisationDate": "2024-09-01",
                "AssessmentFactors": ["16A"],
            },
        ],
        ChildProtectionPlans=[
            {"LAchildID": "C2", "CINdetailsID": 1, "CPPID": 1, "CPPstartDate": "2024-06-03", "NumberOfPreviousCPP": 0},
            {"LAchildID": "C2", "CINdetailsID": 1, "CPPID": 2, "CPPstartDate": "2024-09-03", "NumberOfPreviousCPP": 0},
        ],
        Reviews=[
            {"LAchildID": "C2", "CINdetailsID": 1, "CPPID": 1, "CPPreviewDate": "2024-08-01"},
            {"LAchildID": "C2", "CINdetailsID": 1, "CPPID": 2, "CPPreviewDate": "2024-08-01"},
        ],
    )
    assert ("1510", "ChildIdentifiers", 1) in found
    assert ("1103", "Assessments", 1) in found and ("1103", "Assessments", 0) not in found
    assert ("8869", "Assessments", 0) in found and ("8869", "Assessments", 1) not in found
    assert ("8841", "Reviews", 1) in found and ("8841", "Reviews", 0) not in found
    assert [row for rule, _, row in found if rule == "8935"] == [0, 1]
    assert {(rule, row) for rule, name, row in found if name == "CINdetails"} == set()


def test_a_single_table_can_be_checked() -> None:
    found = findings(2025, Section47=[{"LAchildID": "C1", "CINdetailsID": 4, "DateOfInitialCPC": "2024-06-02"}])
    assert {("8875", "Section47", 0), ("8615", "Section47", 0)} <= set(found)


@pytest.mark.parametrize("yes", ["true", "TRUE", "1", True, 1])
def test_every_spelling_of_yes_is_read(yes: object) -> None:
    found = findings(
        2026,
        CINdetails=[EPISODE | {"ReferralNFA": yes}],
        CINplanDates=[{"LAchildID": "C1", "CINdetailsID": 1, "CINPlanStartDate": "2025-05-02"}],
    )
    assert ("4000", "CINplanDates", 0) in found
    assert not [rule for rule, _, _ in found if rule == "8568"]


@pytest.mark.parametrize("no", ["false", "FALSE", "0", False, 0])
def test_every_spelling_of_no_is_read(no: object) -> None:
    found = findings(2026, CINdetails=[EPISODE | {"ReferralNFA": no, "PrimaryNeedCode": None}])
    assert ("8610", "CINdetails", 0) in found


def test_working_days_leave_out_weekends_and_bank_holidays() -> None:
    day = datetime.date
    assert working_days_before(day(2025, 4, 1), 1) == day(2025, 3, 31)
    # Good Friday and Easter Monday of 2024 lie around the last day of its census year, a Sunday.
    assert working_days_before(day(2024, 3, 31), 1) == day(2024, 3, 28)
    assert working_days_before(day(2024, 4, 3), 1) == day(2024, 4, 2)
    assert working_days_before(day(2025, 1, 3), 5) == day(2024, 12, 24)


def test_upns_of_new_authorities_are_known_since_2024() -> None:
    for year, flagged in ((2023, True), (2024, False)):
        found = findings(year, ChildIdentifiers=[{"LAchildID": "C1", "UPN": "A942123456789"}])
        assert (("1530", "ChildIdentifiers", 0) in found) is flagged


def test_codes_are_those_of_the_collection() -> None:
    of = edition("children-in-need-2026")
    path = Path(__file__).parents[2] / "src/collectory/blades/children_in_need/codesets.csv"
    with path.open(encoding="utf-8") as lines:
        counts = pl.DataFrame(list(csv.DictReader(lines)))["codeset"].value_counts()
    sizes = dict(counts.iter_rows())
    assert sizes == {
        "UPNunknown": 7,
        "Sex": 3,
        "GenderCurrent": 4,
        "Ethnicity": 20,
        "Disability": 13,
        "ReferralSource": 22,
        "PrimaryNeedCode": 10,
        "ReasonForClosure": 9,
        "CategoryOfAbuse": 5,
        "AssessmentFactors": 44,
    }
    assert of.codeset(of.entity("ChildIdentifiers").field("Sex")) == {
        "M": "Male",
        "F": "Female",
        "U": "Unknown or not yet born",
    }
