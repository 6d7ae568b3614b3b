"""Protection plans by category of abuse: those open on 31 March, and those started in the year."""

from __future__ import annotations

import polars as pl

from collectory.blade import Report, ReportPage, ReportTable, Row
from collectory.blade.reports import Return

from .figures import Figures, counted, counts, in_year, labelled, open_at_year_end, typed

PLANS = "ChildProtectionPlans"
CODES = "CategoryOfAbuse"
OTHER = "Missing or not valid"


def open_plans(data: Return) -> pl.DataFrame:
    """The protection plans that were open at the end of the reference date."""
    return typed(data, PLANS).filter(open_at_year_end(data, "CPPstartDate", "CPPendDate"))


def started(data: Return) -> pl.DataFrame:
    """The protection plans that started in the year."""
    return typed(data, PLANS).filter(in_year(data, "CPPstartDate"))


def _matrix(data: Return) -> ReportTable:
    """Initial categories down, latest categories across."""
    labels = labelled(data, CODES)
    known = [pl.when(pl.col(name).is_in(list(labels))).then(name).otherwise(pl.lit("")).alias(name) for name in BOTH]
    found = open_plans(data).select(known).group_by(BOTH).len().rows()
    number = {(initial, latest): count for initial, latest, count in found}
    codes = [*labels, ""]
    rows = []
    for code in codes:
        line = [number.get((code, latest), 0) for latest in codes]
        rows.append(Row((labels.get(code, OTHER), *line, sum(line))))
    total = [sum(number.get((initial, latest), 0) for initial in codes) for latest in codes]
    rows.append(Row(("All", *total, sum(total)), is_total=True))
    columns = ("Initial category", *(f"Latest {code}" for code in labels), OTHER, "All")
    return ReportTable("Initial against latest category", columns, tuple(rows))


BOTH = ("InitialCategoryOfAbuse", "LatestCategoryOfAbuse")


def _by(column: str, plans: pl.DataFrame) -> Figures:
    return counts(plans[column])


def _build_at_year_end(data: Return, previous: Return | None) -> ReportPage:
    tables, charts = [_matrix(data)], []
    for column, title in zip(BOTH, ("By initial category", "By latest category"), strict=True):
        table, chart = counted(
            title,
            "Plans open on 31 March",
            labelled(data, CODES),
            lambda one, column=column: _by(column, open_plans(one)),  # type: ignore[misc]
            data,
            previous,
        )
        tables.append(table)
        charts.append(chart)
    return ReportPage(tuple(tables), tuple(charts))


def _build_started(data: Return, previous: Return | None) -> ReportPage:
    table, chart = counted(
        "Plans started in the year",
        "Plans by initial category of abuse",
        labelled(data, CODES),
        lambda one: _by("InitialCategoryOfAbuse", started(one)),
        data,
        previous,
    )
    return ReportPage((table,), (chart,))


categories_at_year_end = Report(
    "cpp-at-31-march",
    "CPP at 31 March by initial and latest category of abuse",
    _build_at_year_end,
    help="Protection plans open on 31 March by the category of abuse at their start and the latest one.",
)
categories_of_started_plans = Report(
    "started-cpp-category-of-abuse",
    "Started CPP in year: category of abuse",
    _build_started,
    help="Protection plans that started in the year by their initial category of abuse.",
)
