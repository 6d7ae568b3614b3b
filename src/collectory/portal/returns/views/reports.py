"""Launch reports: the pages that the blade makes of a return."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import reading
from collectory.portal.returns.charts import drawn
from collectory.portal.returns.models import Return
from collectory.portal.returns.previous import previous_revision
from collectory.portal.returns.views.opening import address_in


@on_return(Act.LOOK)
@require_GET
def reports(request: HttpRequest, data_return: Return) -> HttpResponse:
    """The reports there are; where there is one only, that one."""
    found = reading.edition_of(data_return).blade.reports
    if data_return.current_revision is None:
        return redirect(address_in(data_return, "source-page"))
    if len(found) == 1:
        return redirect(address_in(data_return, "report", found[0].name))
    return render(request, "returns/reports.html", {"data_return": data_return, "reports": found})


@on_return(Act.LOOK)
@require_GET
def report(request: HttpRequest, data_return: Return, report: str) -> HttpResponse:
    """One report of the return as it is now, with last year's return where there is one."""
    chosen = next((each for each in reading.edition_of(data_return).blade.reports if each.name == report), None)
    revision = data_return.current_revision
    if chosen is None or revision is None:
        raise Http404
    before = previous_revision(data_return)
    page = chosen.build(reading.dataset(revision), reading.dataset(before) if before else None)
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
        },
    )
