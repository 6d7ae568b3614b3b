"""Rule statistics of a data collection: a table to sort, by authority, and as CSV."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

import collectory
from collectory.portal.collections.models import DataCollection
from collectory.portal.collector import work_lists
from collectory.portal.collector.statistics import COUNTED, HEADINGS, Line, as_table, lines, sorted_lines
from collectory.portal.people.permissions import Duty, on_collection
from collectory.portal.returns.views.downloads import table_download

USUAL = "-findings"


def _wanted(request: HttpRequest) -> tuple[str, str]:
    """The authority and the order that an address asks for."""
    sort = request.GET.get("sort", "")
    return request.GET.get("authority", "")[:16], sort if sort.removeprefix("-") in HEADINGS else USUAL


def _found(request: HttpRequest, data_collection: DataCollection) -> tuple[list[Line], str, str]:
    authority, sort = _wanted(request)
    edition = collectory.edition(data_collection.edition_key)
    return sorted_lines(lines(data_collection, edition, authority), sort), authority, sort


@on_collection(Duty.WORK)
@require_GET
def statistics(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Which rules are raised most, and what becomes of their findings."""
    found, authority, sort = _found(request, data_collection)

    def sorted_by(name: str) -> str:
        first = f"-{name}" if name in COUNTED else name
        turned = name if sort == first and name in COUNTED else f"-{name}" if sort == first else first
        return urlencode({"authority": authority, "sort": turned} if authority else {"sort": turned})

    orders = {sort.removeprefix("-"): "descending" if sort.startswith("-") else "ascending"}
    headings = [
        {"name": name, "label": label, "link": sorted_by(name), "order": orders.get(name, "none")}
        for name, label in HEADINGS.items()
    ]
    return render(
        request,
        "collector/statistics.html",
        {
            "collection": data_collection,
            "lines": found,
            "headings": headings,
            "counted": COUNTED,
            "authority": authority,
            "sort": sort,
            "authorities": work_lists.authorities(data_collection, request.membership),  # type: ignore[attr-defined]
            "query": urlencode({"authority": authority, "sort": sort}),
        },
    )


@on_collection(Duty.WORK)
@require_GET
def download(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """The same table as CSV, safe to open in a spreadsheet."""
    found, authority, _ = _found(request, data_collection)
    where = f"_{authority}" if authority.isalnum() else ""
    name = f"{data_collection.slug}_rules{where}_{timezone.localtime():%Y-%m-%d}"
    return table_download(as_table(found), name, "csv", "Rules")  # type: ignore[return-value]
