"""Probable matches: the report of one return or of many, one match with its waterfall, downloads."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import looking
from collectory.portal.people.models import Organisation
from collectory.portal.people.permissions import Act, Duty, has_duty, on_collection, on_return
from collectory.portal.probable import reports, waterfall
from collectory.portal.probable.models import setting_of, threshold_of
from collectory.portal.probable.reports import SIZE, Report
from collectory.portal.probable.services import running
from collectory.portal.returns.models import Return
from collectory.portal.returns.views.downloads import table_download

AT_ONCE = 500


def _report(request: HttpRequest, collection: DataCollection, data_return: Return | None = None) -> Report:
    if not running.is_possible(collection):
        raise Http404
    return Report(collection, request.membership, data_return)  # type: ignore[attr-defined]


def _listed(request: HttpRequest, report: Report) -> dict[str, Any]:
    views = [("", "Not settled", report.unsettled()), ("all", "All", report.matches())]
    view = "all" if request.GET.get("view") == "all" else ""
    counts = {name: matches.count() for name, _, matches in views}
    found, count = (report.matches() if view else report.unsettled()), counts[view]
    pages = max(1, -(-count // SIZE))
    asked = request.GET.get("page", "1")
    page = min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 9 else 1
    shown = report.shown(found[(page - 1) * SIZE : page * SIZE])
    report.write_down(shown, looking.LOOKED)
    whose = report.data_return.organisation.agent if report.data_return is not None else report.membership.organisation
    return {
        "collection": report.collection,
        "columns": reports.COLUMNS,
        "title": reports.TITLE,
        "message": reports.MESSAGE,
        "action": reports.ACTION,
        "views": [(name, words, counts[name]) for name, words, _ in views],
        "view": view,
        "shown": shown,
        "count": count,
        "page": page,
        "pages": pages,
        "threshold": threshold_of(report.collection),
        "compared": running.compared(
            report.collection, whose if whose is not None and whose.kind == Organisation.Kind.AUTHORITY else None
        ),
    }


def _download(request: HttpRequest, report: Report, form: str) -> HttpResponse:
    found = list(report.matches() if request.GET.get("view") == "all" else report.unsettled())
    tables, seen = [report.table([])], []
    for start in range(0, len(found), AT_ONCE):
        shown = [each for each in report.shown(found[start : start + AT_ONCE]) if each.is_current]
        tables.append(report.table(shown))
        seen += shown
    whose = report.data_return.organisation.native_id if report.data_return else report.collection.slug
    name = f"{whose}_duplicates-probable_{timezone.localtime():%Y-%m-%d}"
    answer = table_download(pl.concat(tables), name, form, "Probable matches")
    report.write_down(seen, looking.DOWNLOADED)
    return answer  # type: ignore[return-value]


def _one(request: HttpRequest, report: Report, match_id: int) -> dict[str, Any]:
    match = report.matches().filter(pk=match_id).first()
    if match is None:
        raise Http404
    (shown,) = report.shown([match])
    report.write_down([shown], looking.LOOKED)
    return {
        "collection": report.collection,
        "columns": reports.COLUMNS,
        "message": reports.MESSAGE,
        "action": reports.ACTION,
        "each": shown,
        "drawing": waterfall.drawn(match.reasons),
    }


@on_collection(Duty.DESK)
@require_GET
def of_many(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """The matches of an authority's schools, or of all; how they are looked for."""
    report = _report(request, data_collection)
    membership = report.membership
    context = _listed(request, report) | {
        "may_run": has_duty(membership, Duty.ACT_FOR_MANY),
        "is_installed": running.is_installed(),
        "may_decide": has_duty(membership, Duty.RUN),
        "run": running.under_way(data_collection, membership),
        "setting": setting_of(data_collection),
    }
    return render(request, "probable/of_many.html", context)


@on_collection(Duty.DESK)
@require_GET
def of_many_download(request: HttpRequest, data_collection: DataCollection, form: str) -> HttpResponse:
    """The same as a file."""
    return _download(request, _report(request, data_collection), form)


@on_collection(Duty.DESK)
@require_GET
def one_of_many(request: HttpRequest, data_collection: DataCollection, match_id: int) -> HttpResponse:
    """One match and how its score comes about."""
    return render(request, "probable/match.html", _one(request, _report(request, data_collection), match_id))


@on_return(Act.LOOK)
@require_GET
def of_return(request: HttpRequest, data_return: Return) -> HttpResponse:
    """The matches of one school."""
    context = _listed(request, _report(request, data_return.collection, data_return)) | {"data_return": data_return}
    return render(request, "probable/of_return.html", context)


@on_return(Act.EXPORT)
@require_GET
def of_return_download(request: HttpRequest, data_return: Return, form: str) -> HttpResponse:
    """The same as a file."""
    return _download(request, _report(request, data_return.collection, data_return), form)


@on_return(Act.LOOK)
@require_GET
def one_of_return(request: HttpRequest, data_return: Return, match_id: int) -> HttpResponse:
    """One match of a school and how its score comes about."""
    found = _one(request, _report(request, data_return.collection, data_return), match_id)
    return render(request, "probable/match_of_return.html", found | {"data_return": data_return})
