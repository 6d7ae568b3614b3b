"""How long assessments took, and how long it took until initial conferences were held."""

from __future__ import annotations

import polars as pl

from collectory.blade import Report, ReportPage, ReportTable, Row
from collectory.blade.reports import Return

from .figures import Figures, counted, in_year, share, typed, with_child, working_days

HOW = "Working days are Monday to Friday without bank holidays of England; the first is not counted, the last one is."
ASSESSMENT_DAYS = 45
CONFERENCE_DAYS = 15
ASSESSMENT_BANDS = (10, 20, 25, 30, 35, 40, 45, 50, 55, 60)
CONFERENCE_BANDS = (5, 10, 15, 20, 25, 30, 35)


def bands(lasts: tuple[int, ...]) -> dict[str, str]:
    """Names of bands of working days by their last day; the one without an end is "more"."""
    labels = {}
    first = 0
    for last in lasts:
        labels[str(last)] = f"{first} to {last} working days"
        first = last + 1
    return {**labels, "more": f"{first} or more working days"}


def band_of(days: pl.Series, lasts: tuple[int, ...]) -> Figures:
    """How many stand in each band; under "" those that have no number of days."""
    labels = list(bands(lasts))
    edges = [0, *(last + 1 for last in lasts)]
    found = {
        label: int(((days >= start) & (days < end)).sum()) if end is not None else int((days >= start).sum())
        for label, start, end in zip(labels, edges, [*edges[1:], None], strict=True)
    }
    return {**found, **({"": days.null_count()} if days.null_count() else {})}


def assessments(data: Return) -> pl.DataFrame:
    """The assessments authorised in the year with their `days`."""
    found = typed(data, "Assessments").filter(in_year(data, "AssessmentAuthorisationDate"))
    return found.with_columns(
        days=working_days(data, "AssessmentActualStartDate", "AssessmentAuthorisationDate").cast(pl.Int64)
    )


def conferences(data: Return) -> pl.DataFrame:
    """The initial conferences in the year that enquiries led to, with the `days` since the enquiry began."""
    found = typed(data, "Section47").filter(in_year(data, "DateOfInitialCPC"))
    return found.with_columns(days=working_days(data, "S47ActualStartDate", "DateOfInitialCPC").cast(pl.Int64))


def transfers(data: Return) -> pl.DataFrame:
    """The initial conferences in the year that are entered at the episode, with the `days` since the referral."""
    found = typed(data, "CINdetails").filter(in_year(data, "DateOfInitialCPC"))
    return found.with_columns(days=working_days(data, "CINreferralDate", "DateOfInitialCPC").cast(pl.Int64))


def _in_time(days: pl.Series, limit: int, what: str) -> str:
    known = len(days) - days.null_count()
    in_time = int((days <= limit).sum())
    return f"{in_time:,} of {known:,} {what} within {limit} working days ({share(in_time, known) or 'none'})."


def _build_assessments(data: Return, previous: Return | None) -> ReportPage:
    labels = bands(ASSESSMENT_BANDS)
    table, chart = counted(
        "Assessments by working days",
        "Assessments authorised in the year",
        labels,
        lambda one: band_of(assessments(one)["days"], ASSESSMENT_BANDS),
        data,
        previous,
    )
    remark = _in_time(assessments(data)["days"], ASSESSMENT_DAYS, "assessments were authorised")
    return ReportPage((table,), (chart,), (remark, HOW, "Not given: the start is missing or after the authorisation."))


def _build_conferences(data: Return, previous: Return | None) -> ReportPage:
    labels = bands(CONFERENCE_BANDS)
    table, chart = counted(
        "Initial conferences by working days",
        "Initial conferences in the year, since the enquiry began",
        labels,
        lambda one: band_of(conferences(one)["days"], CONFERENCE_BANDS),
        data,
        previous,
    )
    remark = _in_time(conferences(data)["days"], CONFERENCE_DAYS, "conferences were held")
    return ReportPage(
        (table,), (chart,), (remark, HOW, "Not given: the enquiry has no start, or it is after the date.")
    )


def _build_transfers(data: Return, previous: Return | None) -> ReportPage:
    labels = bands(CONFERENCE_BANDS)
    table, chart = counted(
        "Transfer-in conferences by working days",
        "Initial conferences at the episode, since the referral",
        labels,
        lambda one: band_of(transfers(one)["days"], CONFERENCE_BANDS),
        data,
        previous,
    )
    remark = _in_time(transfers(data)["days"], CONFERENCE_DAYS, "conferences were held")
    return ReportPage((table,), (chart,), (remark, HOW, "Not given: the referral date is missing or after the date."))


def _build_list(data: Return, previous: Return | None) -> ReportPage:
    found = with_child(data, assessments(data), "Assessments").sort("days", descending=True, nulls_last=True)
    columns = ("LAchildID", "AssessmentActualStartDate", "AssessmentAuthorisationDate", "days")
    rows = found.select(
        pl.col("LAchildID").fill_null("(no ID)"),
        pl.col("AssessmentActualStartDate", "AssessmentAuthorisationDate").dt.strftime("%Y-%m-%d"),
        "days",
    ).select(columns)
    headings = ("Local authority child ID", "Start of assessment", "Authorised", "Working days")
    table = ReportTable("Assessments, longest first", headings, tuple(Row(row) for row in rows.rows()), numeric_from=3)
    return ReportPage((table,), (), (HOW,))


assessments_listed = Report(
    "assessments-working-days-list",
    "Assessments working days list",
    _build_list,
    help="Every assessment authorised in the year with its working days, the longest first.",
)
assessments_in_bands = Report(
    "assessments-working-days-summary",
    "Assessments working days summary",
    _build_assessments,
    help="Assessments authorised in the year by how many working days they took, and how many took 45 or fewer.",
)
conferences_in_bands = Report(
    "icpc-working-days-summary",
    "ICPC working days summary",
    _build_conferences,
    help="Initial child protection conferences by working days since the section 47 enquiry began.",
)
transfers_in_bands = Report(
    "transfer-in-icpc-working-days-summary",
    "Transfer-in ICPC working days summary",
    _build_transfers,
    help="Initial conferences that are entered at the episode, as for children who moved in, by working days since the "
    "referral.",
)
