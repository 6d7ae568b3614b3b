"""What happened in the year: by month, by source of referral, and the factors that assessments found."""

from __future__ import annotations

import calendar

import polars as pl

from collectory.blade import Chart, Report, ReportPage, ReportTable, Row, Series
from collectory.blade.reports import Return

from .figures import Figures, counted, counts, in_year, labelled, share, typed, year_before
from .working_days import assessments

EVENTS = (
    ("Referrals", "CINdetails", "CINreferralDate"),
    ("Episodes closed", "CINdetails", "CINclosureDate"),
    ("Assessments started", "Assessments", "AssessmentActualStartDate"),
    ("Assessments authorised", "Assessments", "AssessmentAuthorisationDate"),
    ("CIN plans started", "CINplanDates", "CINPlanStartDate"),
    ("CIN plans ended", "CINplanDates", "CINPlanEndDate"),
    ("Section 47 enquiries started", "Section47", "S47ActualStartDate"),
    ("Protection plans started", "ChildProtectionPlans", "CPPstartDate"),
    ("Protection plans ended", "ChildProtectionPlans", "CPPendDate"),
)
MONTHS = tuple((month - 1) % 12 + 1 for month in range(4, 16))


def by_months(data: Return, entity: str, column: str) -> tuple[int, ...]:
    """How many of these days lie in each month of the census year, April first."""
    days = typed(data, entity).filter(in_year(data, column))[column].dt.month()
    found = dict(days.value_counts().iter_rows())
    return tuple(found.get(month, 0) for month in MONTHS)


def _build_months(data: Return, previous: Return | None) -> ReportPage:
    figures = {title: by_months(data, entity, column) for title, entity, column in EVENTS}
    names = [f"{calendar.month_name[month]} {int(data.edition.year) - (month > 3)}" for month in MONTHS]
    rows = [Row((name, *(each[at] for each in figures.values()))) for at, name in enumerate(names)]
    rows.append(Row(("All", *(sum(each) for each in figures.values())), is_total=True))
    if previous is not None:
        totals = (sum(by_months(previous, entity, column)) for _, entity, column in EVENTS)
        rows.append(Row((year_before(previous), *totals)))
    charts = []
    for start in (0, 2, 4, 7):
        pair = [EVENTS[start][0]] if start + 1 == len(EVENTS) else [EVENTS[start][0], EVENTS[start + 1][0]]
        charts.append(
            Chart(" and ".join(pair), "By month", tuple(names), tuple(Series(name, figures[name]) for name in pair))
        )
    return ReportPage((ReportTable("By month", ("Month", *figures), tuple(rows)),), tuple(charts))


def _sources(data: Return) -> Figures:
    return counts(typed(data, "CINdetails").filter(in_year(data, "CINreferralDate"))["ReferralSource"])


def _build_sources(data: Return, previous: Return | None) -> ReportPage:
    table, chart = counted(
        "Referrals by source", "Referrals in the year", labelled(data, "ReferralSource"), _sources, data, previous
    )
    return ReportPage((table,), (chart,))


def _factors(data: Return) -> Figures:
    """How many assessments authorised in the year found each factor."""
    done = assessments(data).select(pl.col("_row").alias("_parent"))
    found = data.tables["AssessmentFactorsList"].join(done, on="_parent", how="semi")
    return counts(found.unique(["_parent", "AssessmentFactor"])["AssessmentFactor"])


def _build_factors(data: Return, previous: Return | None) -> ReportPage:
    labels = labelled(data, "AssessmentFactors")
    table, chart = counted("Factors", "Assessments that found the factor", labels, _factors, data, previous)
    done = assessments(data).height
    rows = tuple(
        Row((row.cells[0], row.cells[1], share(int(row.cells[1] or 0), done), row.cells[3]))
        for row in table.rows
        if not row.is_total
    )
    columns = (table.columns[0], table.columns[1], "Share of assessments", table.columns[3])
    remark = f"{done:,} assessments were authorised in the year. One may have several factors."
    return ReportPage((ReportTable(table.title, columns, rows),), (chart,), (remark,))


by_month = Report(
    "by-month",
    "Referrals, assessments and plans starting and ending by month",
    _build_months,
    help="What began and what ended in each month of the census year.",
)
referral_sources = Report(
    "referral-source", "Referral source", _build_sources, help="Referrals in the year by who made them."
)
factors_found = Report(
    "factors-at-assessment",
    "Factors at assessment",
    _build_factors,
    help="How many of the assessments authorised in the year found each factor.",
)
