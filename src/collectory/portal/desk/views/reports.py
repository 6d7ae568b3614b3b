"""Reports over many returns: the list itself as a file, and which rules fire how often."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import sources as lists
from collectory.portal.desk.sources import Wanted
from collectory.portal.people.permissions import Duty, on_collection
from collectory.portal.returns.models import RuleTally


class _Line:
    """Gives back what is written to it, so that a file can be sent while it is made."""

    def write(self, text: str) -> str:
        return text


def _safe(value: Any) -> Any:
    """A value as spreadsheets may open it: a text that begins like a formula is kept from being one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t"} else value


def _rows(returns: Any) -> Iterator[str]:
    writer = csv.writer(_Line())
    columns = [column for column, _ in lists.COLUMNS.values()]
    yield "\ufeff"
    yield writer.writerow([label for _, label in lists.COLUMNS.values()])
    for row in returns.values_list(*columns).iterator(chunk_size=2000):
        values = [timezone.localtime(one).strftime("%Y-%m-%d %H:%M") if hasattr(one, "hour") else one for one in row]
        yield writer.writerow([_safe("" if one is None else one) for one in values])


@on_collection(Duty.DESK)
@require_GET
def list_as_csv(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """All returns that the filter finds, one a line."""
    wanted = Wanted.of(request.GET.dict())  # type: ignore[arg-type]
    returns = lists.chosen(lists.own(data_collection, request.membership, wanted.whose), wanted)  # type: ignore[attr-defined]
    response = StreamingHttpResponse(_rows(returns), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{data_collection.slug}-sources.csv"'
    return response  # type: ignore[return-value]


@on_collection(Duty.DESK)
@require_GET
def by_rule(request: HttpRequest, data_collection: DataCollection) -> HttpResponse:
    """Which rules fire in the returns that the filter finds: how often, and in how many returns."""
    wanted = Wanted.of(request.GET.dict())  # type: ignore[arg-type]
    returns = lists.chosen(lists.own(data_collection, request.membership, wanted.whose), wanted)  # type: ignore[attr-defined]
    revisions = returns.order_by().exclude(current_revision=None).values("current_revision")
    rows = (
        RuleTally.objects.filter(revision__in=revisions)
        .order_by()
        .values("rule_key", "number", "priority")
        .annotate(total=Sum("findings"), returns=Count("pk"))
        .order_by("priority", "-total", "rule_key")
    )
    context = {"collection": data_collection, "wanted": wanted, "rows": list(rows), "now": timezone.now()}
    return render(request, "desk/by_rule.html", context)
