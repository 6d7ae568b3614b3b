"""The reports of duplicate pupils: of one return, and of the returns that an authority or the collector sees."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.portal.cases.links import Link, links_of
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import looking, reports, verdicts
from collectory.portal.duplicates.models import Clash, Kind
from collectory.portal.duplicates.reports import SIZE, Report, Shown
from collectory.portal.people.permissions import Act, Duty, on_collection, on_return
from collectory.portal.returns.models import Return
from collectory.portal.returns.views.downloads import table_download

AT_ONCE = 500


def _kind(name: str, collection: DataCollection) -> Kind:
    """The kind of that name. Raises Http404 for others, and where a data collection matches nobody."""
    if name not in Kind.values or verdicts.matching_in(collection) is None:
        raise Http404
    return Kind(name)


def _wanted(request: HttpRequest, report: Report) -> tuple[str, str]:
    view, verdict = request.GET.get("view", ""), request.GET.get("verdict", "")
    return view if view in report.views and report.data_return is None else "", verdict


def _cases(report: Report, shown: list[Shown]) -> dict[int, Link]:
    return links_of(report.collection, report.membership, report.kind, [each.clash.key for each in shown])


def _page(request: HttpRequest, report: Report) -> HttpResponse:
    view, verdict = _wanted(request, report)
    in_view = report.clashes(view)
    choices = reports.verdicts_in(in_view)
    found = report.clashes(view, verdict)
    count = found.count()
    pages = max(1, -(-count // SIZE))
    asked = request.GET.get("page", "1")
    page = min(int(asked), pages) if asked.isdecimal() and 0 < len(asked) < 9 else 1
    shown = report.shown(found[(max(page, 1) - 1) * SIZE : max(page, 1) * SIZE])
    looking.looked(request.membership, report, shown, looking.LOOKED)  # type: ignore[attr-defined]
    seen = reports.seen_by(report.membership, report.collection, report.data_return)
    context: dict[str, Any] = {
        "collection": report.collection,
        "report": report,
        "title": reports.TITLES[report.kind],
        "about": reports.HELP[report.kind],
        "titles": reports.TITLES,
        "columns": reports.COLUMNS[report.kind],
        "counts": reports.counted(seen),
        "views": [(name, words, report.clashes(name).count()) for name, words in report.views.items()]
        if report.data_return is None
        else [],
        "view": view,
        "verdict": verdict,
        "verdicts": choices,
        "shown": shown,
        "cases": _cases(report, shown),
        "count": count,
        "page": max(page, 1),
        "pages": pages,
        "now": timezone.now(),
        "codes": verdicts.codes_of(report.collection),
        "statuses": verdicts.table_of(report.collection) if report.kind is Kind.SAME_UPN else [],
    }
    if report.data_return is None:
        return render(request, "duplicates/of_many.html", context)
    return render(request, "duplicates/of_return.html", context | {"data_return": report.data_return})


def _download(request: HttpRequest, report: Report, form: str) -> HttpResponse:
    view, verdict = _wanted(request, report)
    found: list[Clash] = list(report.clashes(view, verdict))
    tables = [report.table([], {})]
    about: set[int] = set()
    for start_at in range(0, len(found), AT_ONCE):
        shown = report.shown(found[start_at : start_at + AT_ONCE])
        about |= looking.others(report.membership, shown)
        tables.append(report.table(shown, _cases(report, shown)))
    whose = report.data_return.organisation.native_id if report.data_return else report.collection.slug
    name = f"{whose}_duplicates-{report.kind}_{timezone.localtime():%Y-%m-%d}"
    answer = table_download(pl.concat(tables), name, form, reports.TITLES[report.kind][:31])
    looking.write_down(report.membership, report, about, looking.DOWNLOADED)
    return answer  # type: ignore[return-value]


@on_return(Act.LOOK)
@require_GET
def of_return(request: HttpRequest, data_return: Return, kind: str) -> HttpResponse:
    """The duplicates of one school, against the last upload of every other."""
    report = Report(data_return.collection, request.membership, _kind(kind, data_return.collection), data_return)  # type: ignore[attr-defined]
    return _page(request, report)


@on_return(Act.EXPORT)
@require_GET
def of_return_download(request: HttpRequest, data_return: Return, kind: str, form: str) -> HttpResponse:
    """The same as a file."""
    report = Report(data_return.collection, request.membership, _kind(kind, data_return.collection), data_return)  # type: ignore[attr-defined]
    return _download(request, report, form)


@on_collection(Duty.DESK)
@require_GET
def start(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """The first of the three."""
    return redirect("duplicates", data_collection.slug, Kind.SAME_UPN.value)


@on_collection(Duty.DESK)
@require_GET
def of_many(request: HttpRequest, data_collection: DataCollection, kind: str) -> HttpResponse:
    """The duplicates of an authority's schools, or of all."""
    return _page(request, Report(data_collection, request.membership, _kind(kind, data_collection)))  # type: ignore[attr-defined]


@on_collection(Duty.DESK)
@require_GET
def of_many_download(request: HttpRequest, data_collection: DataCollection, kind: str, form: str) -> HttpResponse:
    """The same as a file."""
    return _download(request, Report(data_collection, request.membership, _kind(kind, data_collection)), form)  # type: ignore[attr-defined]
