"""Children in Need: rules that name several records flag exactly the rows that the specification names."""

from __future__ import annotations

from typing import Any

import pytest

from collectory.engine import Dataset, check

KEYS = {"LAchildID": "A", "CINdetailsID": 1}
EPISODE = {**KEYS, "CINreferralDate": "2024-05-01", "ReferralNFA": "false"}
PLAN = {**KEYS, "CPPID": 1, "CPPstartDate": "2024-06-01", "CPPendDate": "2024-09-01"}
ENQUIRY = {**KEYS, "S47ActualStartDate": "2024-05-10", "ICPCnotRequired": "false"}
ASSESSMENT = {**KEYS, "AssessmentActualStartDate": "2024-05-10"}


def cin_plan(start: str, end: str | None = None) -> dict[str, Any]:
    return {**KEYS, "CINPlanStartDate": start, "CINPlanEndDate": end}


def episodes(*each: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"LAchildID": "A", "ReferralNFA": "false", **one} for one in each]


CASES: list[tuple[str, dict[str, list[dict[str, Any]]], dict[str, list[int]]]] = [
    (
        "4004",
        {"CINplanDates": [cin_plan("2024-06-01", "2024-06-05"), cin_plan("2024-07-01"), cin_plan("2024-08-01")]},
        {"CINplanDates": [0, 1, 2]},
    ),
    (
        "4003",
        {
            "CINplanDates": [cin_plan("2024-06-01", "2024-09-05"), cin_plan("2024-10-01", "2024-11-01")],
            "ChildProtectionPlans": [PLAN, {**PLAN, "CPPID": 2}],
            "Reviews": [{**KEYS, "CPPID": 1, "CPPreviewDate": day} for day in ("2024-07-01", "2024-09-01")],
        },
        {"CINplanDates": [0], "ChildProtectionPlans": [0], "Reviews": [0]},
    ),
    (
        "4016",
        {
            "CINplanDates": [cin_plan("2024-06-02"), cin_plan("2024-05-02")],
            "ChildProtectionPlans": [PLAN, {**PLAN, "CPPID": 2, "CPPstartDate": "2024-06-03"}],
        },
        {"CINplanDates": [0], "ChildProtectionPlans": [0]},
    ),
    (
        "4017",
        {
            "CINplanDates": [cin_plan("2024-06-01", "2024-09-05"), cin_plan("2024-10-01", "2024-11-01")],
            "ChildProtectionPlans": [PLAN, {**PLAN, "CPPID": 2, "CPPstartDate": "2025-01-01"}],
        },
        {"CINplanDates": [0], "ChildProtectionPlans": [0]},
    ),
    (
        "2885",
        {
            "Section47": [
                {**ENQUIRY, "DateOfInitialCPC": "2024-05-20"},
                {**ENQUIRY, "DateOfInitialCPC": "2024-05-21"},
                {**ENQUIRY, "ICPCnotRequired": "true", "DateOfInitialCPC": "2024-05-22"},
            ],
            "ChildProtectionPlans": [PLAN],
        },
        {"Section47": [0, 1], "ChildProtectionPlans": [0]},
    ),
    (
        "2885",
        {
            "Section47": [{**ENQUIRY, "DateOfInitialCPC": day} for day in ("2024-06-01", "2024-05-21")],
            "ChildProtectionPlans": [PLAN, {**PLAN, "CPPID": 2, "CPPstartDate": "2024-07-01"}],
        },
        {"ChildProtectionPlans": [1]},
    ),
    (
        "2885",
        {"CINdetails": [{**EPISODE, "DateOfInitialCPC": "2024-05-31"}], "ChildProtectionPlans": [PLAN]},
        {"CINdetails": [0], "ChildProtectionPlans": [0]},
    ),
    (
        "8815",
        {
            "CINdetails": episodes(
                {"CINreferralDate": "2024-05-01"},
                {"CINreferralDate": "2024-05-02", "ReferralNFA": "true"},
                {"CINreferralDate": "2024-05-03"},
                {"CINreferralDate": "2024-04-03", "CINclosureDate": "2024-04-09"},
            )
        },
        {"CINdetails": [0, 1, 2]},
    ),
    (
        "8816",
        {
            "CINdetails": episodes(
                {"CINreferralDate": "2024-05-01"},
                {"CINreferralDate": "2024-05-02", "ReferralNFA": "true"},
                {"CINreferralDate": "2024-05-03", "ReferralNFA": "true"},
                {"CINreferralDate": "2024-05-03", "ReferralNFA": "true"},
            )
        },
        {"CINdetails": [0, 2]},
    ),
    (
        "8839",
        {
            "Section47": [
                ENQUIRY,
                ENQUIRY,
                {**ENQUIRY, "ICPCnotRequired": "true"},
                {**ENQUIRY, "DateOfInitialCPC": "2024-06-01"},
            ]
        },
        {"Section47": [0, 1, 2]},
    ),
    (
        "8896",
        {"Assessments": [ASSESSMENT, ASSESSMENT, {**ASSESSMENT, "AssessmentAuthorisationDate": "2024-06-01"}]},
        {"Assessments": [0, 1, 2]},
    ),
]


@pytest.mark.parametrize(("rule", "tables", "rows"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_rows_are_those_of_the_specification(
    rule: str, tables: dict[str, list[dict[str, Any]]], rows: dict[str, list[int]]
) -> None:
    header = {"Collection": "CIN", "Year": "2025", "ReferenceDate": "2025-03-31", "LEA": "302"}
    whole = {"Header": [header], "ChildIdentifiers": [{"LAchildID": "A"}], "CINdetails": [EPISODE], **tables}
    found = check(Dataset.from_tables(whole, "children-in-need-2025")).found
    flagged = found.filter(found["rule"] == rule).select("entity", "record").unique().sort("entity", "record")
    assert flagged.rows() == sorted((entity, row) for entity, numbers in rows.items() for row in numbers)
