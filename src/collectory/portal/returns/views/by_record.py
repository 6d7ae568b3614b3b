"""Errors by record: the records with most errors first, and one of them with all that was found in it."""

from __future__ import annotations

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from collectory.blade import Entity
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import addresses, by_record, changes, following, reading, record_pages
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.views.opening import address_in


def _outermost(data_return: Return, name: str) -> Entity:
    found = {each.name: each for each in by_record.outermost(reading.edition_of(data_return))}
    if name not in found:
        raise Http404
    return found[name]


@on_return(Act.LOOK)
@require_GET
def errors_by_record(request: HttpRequest, data_return: Return, entity: str) -> HttpResponse:
    """The records of an outermost entity that have errors or queries, those with most errors first."""
    kind = _outermost(data_return, entity)
    asked = request.GET.get("page", "")
    counts = by_record.counted(data_return, kind)
    return render(
        request,
        "returns/errors_by_record.html",
        {
            "data_return": data_return,
            "entity": kind,
            "others": [each for each in by_record.outermost(reading.edition_of(data_return)) if each is not kind],
            "page": by_record.page_of(
                data_return, kind, counts, int(asked) if asked.isdecimal() and len(asked) < 9 else 1
            ),
        },
    )


@on_return(Act.LOOK)
@require_GET
def errors_of_record(request: HttpRequest, data_return: Return, entity: str, revision: int, row: int) -> HttpResponse:
    """One record with everything that was found in it and below it; then on to the next."""
    kind = _outermost(data_return, entity)
    current = data_return.current_revision
    here = following.row_now(data_return, revision, kind, row)
    if current is None or here is None:
        raise Http404
    if revision != current.number:
        return redirect(address_in(data_return, "errors-of-record", kind.name, current.number, here))
    order = by_record.counted(data_return, kind)
    at = order.select((pl.col("row") == here).arg_true()).to_series()
    position = int(at[0]) if len(at) else None
    following_one = position + 1 if position is not None else 0
    return render(
        request,
        "returns/errors_of_record.html",
        {
            "data_return": data_return,
            "addresses": addresses,
            "entity": kind,
            "revision": current,
            "row": here,
            "name": by_record.name_of(current, kind, here),
            "rows": by_record.findings_of(data_return, kind, here),
            "page": record_pages.record_page(
                data_return, current, kind, here, changes.amended(data_return, kind).get(here, set())
            ),
            "alike": by_record.alike(data_return, kind, here),
            "before": by_record.before(data_return, kind, here),
            "position": position,
            "count": order.height,
            "previous": order["row"][position - 1] if position else None,
            "next": order["row"][following_one] if following_one < order.height else None,
            "may_note": not why_not(data_return, Act.NOTE, request.membership),  # type: ignore[attr-defined]
        },
    )
