"""My data collections: the first page after signing in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, Duty, has_duty, returns_of, signed_in


@dataclass(frozen=True)
class Row:
    """One line: a data collection with a return of its own, or with all returns that a person looks after."""

    key: str
    collection: DataCollection
    about: str
    state: str
    address: str


def _returns(membership: Membership) -> list[Row]:
    returns = returns_of(membership).select_related("collection", "organisation")
    return [
        Row(
            str(one.pk),
            one.collection,
            str(one.organisation),
            one.standing.words,
            reverse("source-page", args=[one.collection.slug, one.organisation.native_id]),
        )
        for one in returns
    ]


def _collections(membership: Membership) -> list[Row]:
    is_agent = PLAYS[Role(membership.role)] is Part.AGENT
    mine = Q(returns__organisation__agent=membership.organisation) if is_agent else Q()
    opened = DataCollection.objects.filter(mine, pk__in=returns_of(membership).values("collection"))
    states = Q(returns__state__in=["submitted", "amended by agent"])
    found = opened.annotate(
        total=Count("returns"), received=Count("returns", filter=~Q(returns__state="no data")),
        waiting=Count("returns", filter=states),
    )  # fmt: skip
    return [
        Row(
            each.slug,
            each,
            f"{each.total:,} {'return' if each.total == 1 else 'returns'}",
            f"{each.received:,} received" + (f", {each.waiting:,} waiting for approval" if each.waiting else ""),
            reverse("sources", args=[each.slug]),
        )
        for each in found
    ]


def _soonest(row: Row) -> tuple[bool, float]:
    """What can still be done, the next to close first; then what has closed, the last one first."""
    closes = row.collection.closes_at.timestamp()
    return (True, -closes) if row.collection.has_closed else (False, closes)


SORTS: dict[str, tuple[Callable[[Row], Any], str]] = {
    "title": (lambda row: row.collection.title, "Data collection"),
    "organisation": (lambda row: row.about, "Organisation"),
    "closes": (lambda row: row.collection.closes_at, "Closes"),
    "state": (lambda row: row.state, "Status"),
}


@signed_in
@require_http_methods(["GET", "POST"])
def my_data_collections(request: HttpRequest) -> HttpResponse:
    """The data collections open to this person, sortable by column.

    For a source each line is a return, and choosing it opens the return; agents and collectors look after many, so
    that for them each line is a data collection, and choosing it opens the list of its sources.
    """
    membership: Membership = request.membership  # type: ignore[attr-defined]
    has_many = has_duty(membership, Duty.DESK)
    sort = request.GET.get("sort", "")
    by, _ = SORTS.get(sort.removeprefix("-"), SORTS["closes"])
    rows = _collections(membership) if has_many else _returns(membership)
    rows.sort(key=lambda row: (row.collection.title, row.about))
    rows.sort(key=by, reverse=sort.startswith("-"))
    if not sort:
        rows.sort(key=_soonest)
    missing = False
    if request.method == "POST":
        chosen = next((row for row in rows if row.key == request.POST.get("return")), None)
        if chosen is not None:
            return redirect(chosen.address)
        missing = True
    headings = [
        {
            "label": "Returns" if key == "organisation" and has_many else label,
            "link": f"?sort={'-' if sort == key else ''}{key}",
            "order": {key: "ascending", f"-{key}": "descending"}.get(sort, "none"),
        }
        for key, (_, label) in SORTS.items()
    ]
    return render(
        request,
        "collections/my_data_collections.html",
        {
            "rows": rows,
            "headings": headings,
            "missing": missing,
            "run_by_me": DataCollection.objects.all() if has_duty(membership, Duty.RUN) else None,
        },
    )
