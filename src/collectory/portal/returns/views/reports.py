"""Launch reports: the pages that the blade makes of a return."""

from __future__ import annotations

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.blade import Report, ReportPage, ReportTable
from collectory.portal.duplicates import reports as duplicates
from collectory.portal.duplicates.models import Kind
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.probable.reports import count_of
from collectory.portal.returns import reading
from collectory.portal.returns.charts import drawn
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.previous import previous_revision
from collectory.portal.returns.views.downloads import log_download, table_download
from collectory.portal.returns.views.opening import address_in

ROWS_SHOWN = 200
"""Rows of a table on the page; all of them are in its download."""


@on_return(Act.LOOK)
@require_GET
def reports(request: HttpRequest, data_return: Return) -> HttpResponse:
    """The reports there are; where there is one only, that one."""
    found = reading.edition_of(data_return).blade.reports
    if data_return.current_revision is None:
        return redirect(address_in(data_return, "source-page"))
    counts = duplicates.counts_of(data_return)
    if len(found) == 1 and not counts:
        return redirect(address_in(data_return, "report", found[0].name))
    matched = [(kind.value, duplicates.TITLES[kind], duplicates.HELP[kind], counts[kind]) for kind in Kind if counts]
    probable = count_of(data_return) if matched else 0
    context = {"data_return": data_return, "reports": found, "duplicates": matched, "probable": probable}
    return render(request, "returns/reports.html", context)


@on_return(Act.LOOK)
@require_GET
def report(request: HttpRequest, data_return: Return, report: str) -> HttpResponse:
    """One report of the return as it is now, with last year's return where there is one."""
    chosen, revision, before, page = _built(data_return, report)
    return render(
        request,
        "returns/report.html",
        {
            "data_return": data_return,
            "revision": revision,
            "report": chosen,
            "page": page,
            "drawings": [drawn(chart) for chart in page.charts],
            "before": before,
            "now": timezone.now(),
            "rows_shown": ROWS_SHOWN,
        },
    )


@on_return(Act.EXPORT)
@require_GET
def report_table(request: HttpRequest, data_return: Return, report: str, table: int, form: str) -> HttpResponse:
    """One table of a report with all its rows, as CSV or XLSX."""
    chosen, _, _, page = _built(data_return, report)
    if not 0 < table <= len(page.tables):
        raise Http404
    name = f"{data_return.organisation.native_id}_{chosen.name}_{timezone.localtime():%Y-%m-%d}"
    answer = table_download(as_frame(page.tables[table - 1]), name, form, chosen.title)
    log_download(request, data_return, "downloaded a report")
    return answer  # type: ignore[return-value]


def _built(data_return: Return, name: str) -> tuple[Report, Revision, Revision | None, ReportPage]:
    """A report of the return as it is now. Raises Http404 for one that is not there."""
    chosen = next((each for each in reading.edition_of(data_return).blade.reports if each.name == name), None)
    revision = data_return.current_revision
    if chosen is None or revision is None:
        raise Http404
    before = previous_revision(data_return)
    return (
        chosen,
        revision,
        before,
        chosen.build(reading.dataset(revision), reading.dataset(before) if before else None),
    )


def as_frame(table: ReportTable) -> pl.DataFrame:
    """A table of a report as a table of text; headings that stand twice are numbered."""
    names: list[str] = []
    for heading in table.columns:
        again = sum(1 for each in names if each == heading or each.startswith(f"{heading} ("))
        names.append(f"{heading} ({again + 1})" if heading in names else heading)
    rows = [[*row.cells, *[None] * (len(names) - len(row.cells))] for row in table.rows]
    text = [[None if value is None else str(value) for value in row] for row in rows]
    return pl.DataFrame(text, schema=dict.fromkeys(names, pl.String), orient="row")
