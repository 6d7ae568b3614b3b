"""The children behind three key indicators: long plans, plans reviewed in time, and plans that are not the first."""

from __future__ import annotations

import polars as pl

from collectory.blade import Report, ReportPage, ReportTable, Row
from collectory.blade.reports import Return

from .figures import in_year, open_at_year_end, share, typed, with_child
from .plans_at_year_end import PLANS, started

FIRST_REVIEW = "3mo"
NEXT_REVIEW = "6mo"


def long_plans(data: Return) -> pl.DataFrame:
    """Plans of two years or more: those that ended in the year, and those open on 31 March, with `until`."""
    last = pl.lit(data.edition.reference_date)
    found = typed(data, PLANS).filter(
        in_year(data, "CPPendDate") | open_at_year_end(data, "CPPstartDate", "CPPendDate")
    )
    found = found.with_columns(until=pl.min_horizontal(pl.col("CPPendDate"), last))
    return found.filter(pl.col("CPPstartDate").dt.offset_by("2y") <= pl.col("until"))


def reviews_of_open_plans(data: Return) -> pl.DataFrame:
    """Plans that were open on 31 March and had lasted three months, with `reviews` (a number) and `in_time`.

    In time: the first review within three months of the start, each further one within six months of the one before,
    and the last one not more than six months before 31 March.
    """
    last = pl.lit(data.edition.reference_date)
    plans = typed(data, PLANS).filter(open_at_year_end(data, "CPPstartDate", "CPPendDate"))
    plans = plans.filter(pl.col("CPPstartDate").dt.offset_by(FIRST_REVIEW) <= last)
    held = typed(data, "Reviews").select(pl.col("_parent").alias("_row"), "CPPreviewDate").drop_nulls()
    held = held.filter(pl.col("CPPreviewDate") <= last).sort("_row", "CPPreviewDate")
    gaps = held.with_columns(before=pl.col("CPPreviewDate").shift(1).over("_row")).with_columns(
        late=(pl.col("CPPreviewDate") > pl.col("before").dt.offset_by(NEXT_REVIEW)).fill_null(False)
    )
    of_plan = gaps.group_by("_row").agg(
        pl.len().alias("reviews"),
        pl.col("CPPreviewDate").min().alias("first"),
        pl.col("CPPreviewDate").max().alias("latest"),
        pl.col("late").any(),
    )
    return plans.join(of_plan, on="_row", how="left", maintain_order="left").with_columns(
        reviews=pl.col("reviews").fill_null(0).cast(pl.Int64),
        in_time=(
            (pl.col("first") <= pl.col("CPPstartDate").dt.offset_by(FIRST_REVIEW))
            & ~pl.col("late")
            & (pl.col("latest").dt.offset_by(NEXT_REVIEW) >= last)
        ).fill_null(False),
    )


def second_plans(data: Return) -> pl.DataFrame:
    """Plans started in the year of children who had one before."""
    return started(data).filter(pl.col("NumberOfPreviousCPP") > 0)


def _listed(data: Return, found: pl.DataFrame, title: str, columns: dict[str, str]) -> ReportTable:
    rows = with_child(data, found, PLANS).with_columns(pl.col("LAchildID").fill_null("(no ID)"))
    shown = [pl.col(name).dt.strftime("%Y-%m-%d") if rows.schema[name] == pl.Date else pl.col(name) for name in columns]
    numeric = next((at for at, name in enumerate(columns) if rows.schema[name] == pl.Int64), len(columns))
    return ReportTable(
        title, tuple(columns.values()), tuple(Row(row) for row in rows.select(shown).rows()), numeric_from=numeric
    )


ID = {"LAchildID": "Local authority child ID", "CPPstartDate": "Start of plan"}


def _build_long(data: Return, previous: Return | None) -> ReportPage:
    found = long_plans(data).sort("CPPstartDate")
    table = _listed(data, found, "Plans of two years or more", {**ID, "CPPendDate": "End of plan"})
    return ReportPage((table,), (), (f"{found.height:,} plans; those without an end were open on 31 March.",))


def _build_reviewed(data: Return, previous: Return | None) -> ReportPage:
    found = reviews_of_open_plans(data)
    late = found.filter(~pl.col("in_time")).sort("CPPstartDate")
    in_time = found.height - late.height
    remark = (
        f"{in_time:,} of {found.height:,} plans that were open on 31 March for three months or more were reviewed in "
        f"time ({share(in_time, found.height) or 'none'}): the first review within three months, each further one "
        "within six, and the last not more than six months before 31 March. The others are listed."
    )
    columns = {**ID, "first": "First review", "latest": "Latest review", "reviews": "Reviews"}
    return ReportPage((_listed(data, late, "Plans not reviewed in time", columns),), (), (remark,))


def _build_second(data: Return, previous: Return | None) -> ReportPage:
    found = second_plans(data).sort("CPPstartDate")
    columns = {**ID, "CPPendDate": "End of plan", "NumberOfPreviousCPP": "Plans before"}
    table = _listed(data, found, "Plans that are not the child's first", columns)
    whole = started(data).height
    remark = f"{found.height:,} of {whole:,} plans started in the year ({share(found.height, whole) or 'none'})."
    return ReportPage((table,), (), (remark,))


plans_of_two_years = Report(
    "ki-cpp-two-years",
    "KI children: CPP 2 years or more",
    _build_long,
    help="Protection plans that had lasted two years or more when they ended in the year, or on 31 March.",
)
reviewed_in_time = Report(
    "ki-cpp-reviewed",
    "KI children: CPPs reviewed within timescales",
    _build_reviewed,
    help="Protection plans open on 31 March for three months or more that were not reviewed in time.",
)
more_than_one_plan = Report(
    "ki-more-than-one-cpp",
    "KI children: more than one CPP",
    _build_second,
    help="Protection plans started in the year of children who had one before.",
)
