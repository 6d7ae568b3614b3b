"""Children in Need: the figures of the reports, against small returns worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from collectory.blade import ReportPage
from collectory.engine import Dataset, edition, read_tables

Rows = list[dict[str, Any]]
EDITION = edition("children-in-need-2025")
REPORTS = {report.name: report for report in EDITION.blade.reports}
KEYS = {"LAchildID": "A", "CINdetailsID": 1}


def built(name: str, before: Dataset | None = None, **tables: Rows) -> ReportPage:
    """A report of a return of child A with one episode, unless tables say otherwise."""
    whole: dict[str, Rows] = {
        "Header": [{"Collection": "CIN", "Year": "2025", "LEA": "302"}],
        "ChildIdentifiers": [{"LAchildID": "A"}],
        "CINdetails": [{**KEYS, "CINreferralDate": "2024-05-01", "ReferralNFA": "false"}],
        **tables,
    }
    return REPORTS[name].build(Dataset.from_tables(whole, EDITION), before)


def figures(page: ReportPage, title: str) -> dict[Any, tuple[Any, ...]]:
    """The rows of a table by their first cell, those with nothing but noughts left out."""
    table = next(each for each in page.tables if each.title == title)
    return {
        row.cells[0]: row.cells[1:]
        for row in table.rows
        if any(cell not in {0, None, "0.0%"} for cell in row.cells[1:])
    }


def assessment(start: str | None, end: str | None) -> dict[str, Any]:
    return {**KEYS, "AssessmentActualStartDate": start, "AssessmentAuthorisationDate": end}


def enquiry(start: str, conference: str | None) -> dict[str, Any]:
    return {**KEYS, "S47ActualStartDate": start, "DateOfInitialCPC": conference, "ICPCnotRequired": "false"}


def plan(start: str, end: str | None = None, number: int = 1, **more: str) -> dict[str, Any]:
    return {
        **{**KEYS, "CPPID": number, "CPPstartDate": start, "CPPendDate": end},
        **{"InitialCategoryOfAbuse": "NEG", "LatestCategoryOfAbuse": "NEG", "NumberOfPreviousCPP": "0", **more},
    }


ASSESSMENTS = [
    assessment("2024-05-01", "2024-05-01"),  # the same day: 0
    assessment("2024-05-03", "2024-05-07"),  # Friday to Tuesday over a bank holiday (6 May): 1
    assessment("2024-04-29", "2024-05-14"),  # three weeks and a day but for that holiday: 10
    assessment("2024-06-03", "2024-08-05"),  # nine weeks: 45
    assessment("2024-06-03", "2024-08-06"),  # and a day: 46
    assessment("2024-08-08", "2024-08-07"),  # ends before it starts
    assessment("2024-06-01", None),
    assessment("2024-01-01", "2024-03-31"),  # authorised in the year before
    assessment("not a day", "2024-08-07"),
]


def test_assessments_by_working_days() -> None:
    page = built("assessments-working-days-summary", Assessments=ASSESSMENTS)
    assert figures(page, "Assessments by working days") == {
        "0 to 10 working days": (3, "42.9%", None),
        "41 to 45 working days": (1, "14.3%", None),
        "46 to 50 working days": (1, "14.3%", None),
        "Not given": (2, "28.6%", None),
        "All": (7, "100.0%", None),
    }
    assert page.remarks[0] == "4 of 5 assessments were authorised within 45 working days (80.0%)."
    assert page.charts[0].series[0].values[0] == 3


def test_assessments_are_listed_longest_first() -> None:
    page = built("assessments-working-days-list", Assessments=ASSESSMENTS)
    assert [row.cells[3] for row in page.tables[0].rows] == [46, 45, 10, 1, 0, None, None]
    assert page.tables[0].rows[0].cells[:3] == ("A", "2024-06-03", "2024-08-06")


def test_conferences_by_working_days() -> None:
    page = built(
        "icpc-working-days-summary",
        Section47=[
            enquiry("2024-06-03", "2024-06-24"),  # three weeks: 15
            enquiry("2024-06-03", "2024-06-25"),
            enquiry("2024-06-03", None),
            enquiry("2024-03-01", "2024-03-28"),
        ],
    )
    assert figures(page, "Initial conferences by working days") == {
        "11 to 15 working days": (1, "50.0%", None),
        "16 to 20 working days": (1, "50.0%", None),
        "All": (2, "100.0%", None),
    }
    assert "1 of 2 conferences" in page.remarks[0]


def test_transfer_in_conferences_are_counted_from_the_referral() -> None:
    episode = {**KEYS, "CINreferralDate": "2024-06-03", "DateOfInitialCPC": "2024-06-07", "ReferralNFA": "false"}
    page = built("transfer-in-icpc-working-days-summary", CINdetails=[episode])
    assert figures(page, "Transfer-in conferences by working days")["0 to 5 working days"] == (1, "100.0%", None)


def test_categories_of_plans() -> None:
    plans = [
        plan("2024-06-01"),
        plan("2022-06-01", number=2, LatestCategoryOfAbuse="EMO"),
        plan("2024-06-01", "2025-03-31", 3, InitialCategoryOfAbuse="SAB"),  # ended on the last day
        plan("2024-06-01", "2025-04-01", 4, InitialCategoryOfAbuse="PHY", LatestCategoryOfAbuse="X"),
        plan("2025-04-01", number=5),  # not begun
    ]
    page = built("cpp-at-31-march", ChildProtectionPlans=plans)
    assert figures(page, "Initial against latest category") == {
        "NEG: Neglect": (1, 0, 0, 1, 0, 0, 2),
        "PHY: Physical abuse": (0, 0, 0, 0, 0, 1, 1),
        "All": (1, 0, 0, 1, 0, 1, 3),
    }
    assert page.tables[0].columns[1:6] == ("Latest NEG", "Latest PHY", "Latest SAB", "Latest EMO", "Latest MUL")
    started = built("started-cpp-category-of-abuse", ChildProtectionPlans=plans)
    shown = {name: cells[0] for name, cells in figures(started, "Plans started in the year").items()}
    assert shown == {"NEG: Neglect": 1, "PHY: Physical abuse": 1, "SAB: Sexual abuse": 1, "All": 3}


def test_factors_are_counted_once_in_an_assessment() -> None:
    page = built(
        "factors-at-assessment",
        Assessments=[
            {**assessment("2024-05-01", "2024-05-03"), "AssessmentID": 1},
            {**assessment("2024-05-01", "2024-05-03"), "AssessmentID": 2},
            {**assessment("2024-05-01", None), "AssessmentID": 3},
        ],
        AssessmentFactorsList=[
            {**KEYS, "AssessmentID": number, "AssessmentFactor": code}
            for number, code in ((1, "1B"), (1, "1B"), (1, "16A"), (2, "1B"), (3, "16A"))
        ],
    )
    found = {name[:3]: cells[:2] for name, cells in figures(page, "Factors").items()}
    assert found == {"1B:": (2, "100.0%"), "16A": (1, "50.0%")}


def test_what_happened_by_month() -> None:
    page = built(
        "by-month",
        Assessments=[assessment("2024-04-01", "2025-03-31"), assessment("2024-03-31", "2025-04-01")],
        CINplanDates=[{**KEYS, "CINPlanStartDate": "2024-12-24"}],
    )
    shown = figures(page, "By month")
    assert shown["April 2024"] == (0, 0, 1, 0, 0, 0, 0, 0, 0)
    assert shown["May 2024"] == (1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert shown["December 2024"] == (0, 0, 0, 0, 1, 0, 0, 0, 0)
    assert shown["March 2025"] == (0, 0, 0, 1, 0, 0, 0, 0, 0)
    assert shown["All"] == (1, 0, 1, 1, 1, 0, 0, 0, 0)


def episodes(*each: dict[str, Any]) -> Rows:
    return [{"LAchildID": "A", "ReferralNFA": "false", **one} for one in each]


def test_referrals_by_source() -> None:
    page = built(
        "referral-source",
        CINdetails=episodes(
            {"CINreferralDate": "2024-04-01", "ReferralSource": "2A"},
            {"CINreferralDate": "2024-04-02", "ReferralSource": "nobody"},
            {"CINreferralDate": "2024-04-03"},
            {"CINreferralDate": "2024-03-31", "ReferralSource": "2A"},
        ),
    )
    shown = {name.split(":")[0]: cells[0] for name, cells in figures(page, "Referrals by source").items()}
    assert shown == {"2A": 1, "Not valid": 1, "Not given": 1, "All": 3}


def test_long_plans() -> None:
    page = built(
        "ki-cpp-two-years",
        ChildProtectionPlans=[
            plan("2023-03-31", number=1),  # two years on the last day
            plan("2023-04-01", number=2),
            plan("2022-04-02", "2024-04-02", 3),
            plan("2022-04-02", "2024-04-01", 4),
            plan("2019-01-01", "2023-12-31", 5),  # of an earlier year
        ],
    )
    assert [row.cells[1] for row in page.tables[0].rows] == ["2022-04-02", "2023-03-31"]


def test_plans_reviewed_in_time() -> None:
    plans = [plan("2024-04-01", number=number) for number in (1, 2, 3, 4)]
    days = {
        1: ("2024-07-01", "2025-01-01"),  # three months, then six
        2: ("2024-07-02", "2025-01-01"),  # the first a day late
        3: ("2024-06-01", "2024-12-02"),  # the second a day late
        4: ("2024-07-01", "2024-09-29"),  # the last more than six months ago
    }
    page = built(
        "ki-cpp-reviewed",
        ChildProtectionPlans=[*plans, plan("2025-01-01", number=5), plan("2024-12-31", number=6)],
        Reviews=[{**KEYS, "CPPID": number, "CPPreviewDate": day} for number, held in days.items() for day in held],
    )
    assert "1 of 5 plans" in page.remarks[0]
    assert [row.cells[2:] for row in page.tables[0].rows] == [
        ("2024-07-02", "2025-01-01", 2),
        ("2024-06-01", "2024-12-02", 2),
        ("2024-07-01", "2024-09-29", 2),
        (None, None, 0),
    ]


def test_plans_that_are_not_the_first() -> None:
    page = built(
        "ki-more-than-one-cpp",
        ChildProtectionPlans=[
            plan("2024-06-01", NumberOfPreviousCPP="2"),
            plan("2024-06-02", number=2),
            plan("2023-06-01", number=3, NumberOfPreviousCPP="1"),
            plan("2024-06-03", number=4, NumberOfPreviousCPP="two"),
        ],
    )
    assert [row.cells for row in page.tables[0].rows] == [("A", "2024-06-01", None, 2)]
    assert page.remarks == ("1 of 3 plans started in the year (33.3%).",)


def test_the_summary_counts_children_in_need_at_the_end_of_the_year() -> None:
    page = built(
        "summary",
        ChildIdentifiers=[
            {"LAchildID": "A", "Sex": "F", "PersonBirthDate": "2009-03-31"},  # 16 that day
            {"LAchildID": "B", "Sex": "M", "PersonBirthDate": "2009-04-01"},  # 15
            {"LAchildID": "C", "Sex": "U", "ExpectedPersonBirthDate": "2025-06-01"},
            {"LAchildID": "D", "Sex": "F", "PersonBirthDate": "2020-01-01"},  # closed
            {"LAchildID": "E", "Sex": "F", "PersonBirthDate": "2020-01-01"},  # no further action
        ],
        ChildCharacteristics=[{"LAchildID": "A", "Ethnicity": "WBRI"}],
        CINdetails=[
            {"LAchildID": "A", "CINreferralDate": "2024-05-01", "ReferralNFA": "0", "PrimaryNeedCode": "N1"},
            {"LAchildID": "B", "CINreferralDate": "2024-05-01", "CINclosureDate": "2025-04-01", "ReferralNFA": "0"},
            {"LAchildID": "C", "CINreferralDate": "2025-03-31", "ReferralNFA": "0"},
            {
                **{"LAchildID": "D", "CINreferralDate": "2024-03-01", "CINclosureDate": "2025-03-31"},
                **{"ReferralNFA": "0", "ReasonForClosure": "RC7"},
            },
            {"LAchildID": "E", "CINreferralDate": "2024-05-01", "ReferralNFA": "1"},
        ],
    )
    shown = figures(page, "What is in the return")
    assert shown["Children in need on 31 March"] == (3, None)
    assert shown["Referrals in the year"] == (4, None)
    assert shown["of these, no further action"] == (1, None)
    assert shown["Episodes closed in the year"] == (1, None)
    first = {
        title: {name: cells[0] for name, cells in figures(page, title).items()} for title in ("Sex", "Age", "Ethnicity")
    }
    assert first["Sex"] == {"Male": 1, "Female": 1, "Unknown or not yet born": 1, "All": 3}
    assert first["Age"] == {"16 or over": 1, "10 to 15": 1, "Not yet born": 1, "All": 3}
    assert first["Ethnicity"] == {"WBRI: White British": 1, "Not given": 2, "All": 3}
    assert figures(page, "Primary need")["Not given"][0] == 2


def test_key_indicators_with_last_years() -> None:
    last = edition("children-in-need-2024")
    before = Dataset.from_tables(
        {
            "ChildIdentifiers": [{"LAchildID": "A"}],
            "CINdetails": [{"LAchildID": "A", "CINreferralDate": "2023-05-01", "ReferralNFA": "true"}],
        },
        last,
    )
    page = built(
        "key-indicators",
        before,
        CINdetails=episodes(
            {"CINreferralDate": "2023-06-01", "CINclosureDate": "2024-04-30"},
            {"CINreferralDate": "2024-06-01"},  # twelve months after
            {"CINreferralDate": "2024-07-01", "ReferralNFA": "true"},
        ),
        Assessments=ASSESSMENTS,
    )
    shown = figures(page, "Key indicators")
    assert shown["Referrals within 12 months of an earlier one"] == (2, 2, "100.0%", 0, "0.0%")
    assert shown["Referrals with no further action"] == (1, 2, "50.0%", 1, "100.0%")
    assert shown["Assessments authorised within 45 working days"] == (4, 5, "80.0%", 0, None)


@pytest.mark.parametrize("year", [2023, 2026])
@pytest.mark.parametrize("faults", [0.0, 1.0])
def test_every_report_can_be_made_of_every_return(year: int, faults: float) -> None:
    of = edition(f"children-in-need-{year}")
    assert of.blade.sample is not None
    data = read_tables(of.blade.sample(of, 40, faults, 1, "302"), of)
    nothing = Dataset.from_tables({}, of)
    for report in of.blade.reports:
        for one, previous in ((data, None), (data, data), (nothing, data), (data, nothing), (nothing, None)):
            page = report.build(one, previous)
            assert page.tables and all(len(row.cells) == len(t.columns) for t in page.tables for row in t.rows)
