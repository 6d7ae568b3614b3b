"""The list of returns that an agent or a collector looks after: which of them, in which order, and their sums.

Everything is asked of the database: the list of a nation has 22,000 rows, and a page shows a hundred of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk import progress
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, Role, returns_of
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.states import IN_THE_CHAIN, State

SIZES = (50, 100, 250)
DATES = {"submitted": "submitted_at", "approved": "approved_at", "authorised": "authorised_at", "touched": "touched_at"}
DATE_LABELS = {"submitted": "Submitted", "approved": "Approved", "authorised": "Authorised", "touched": "Last touched"}
FOUND = {"some": "some", "none": "none"}
WAITING = {State.SUBMITTED.value, State.AMENDED_BY_AGENT.value}

COLUMNS = {
    "id": ("organisation__native_id", "Native ID"),
    "name": ("organisation__name", "Name"),
    "type": ("organisation__school_type", "Type"),
    "phase": ("organisation__phase", "Phase"),
    "state": ("state", "Status"),
    "errors": ("errors", "Errors"),
    "queries": ("queries", "Queries"),
    "ok": ("ok_errors", "OK Errors"),
    "submitted": ("submitted_at", "Submitted"),
    "approved": ("approved_at", "Approved"),
    "authorised": ("authorised_at", "Authorised"),
    "touched": ("touched_at", "Last touched"),
}


def _day(text: str) -> str:
    """A date as browsers send it, or ""."""
    try:
        return dt.date.fromisoformat(text).isoformat() if len(text) == 10 else ""
    except ValueError:
        return ""


def _midnight(day: str, later: int = 0) -> dt.datetime:
    moment = dt.datetime.combine(dt.date.fromisoformat(day) + dt.timedelta(days=later), dt.time())
    return timezone.make_aware(moment)


@dataclass(frozen=True)
class Wanted:
    """Which returns, in which order, and which page of them. Holds names of schools, never of pupils."""

    find: str = ""
    state: str = ""
    type: str = ""
    phase: str = ""
    authority: str = ""
    errors: str = ""
    queries: str = ""
    date: str = ""
    since: str = ""
    until: str = ""
    untouched: str = ""
    whose: str = ""
    sort: str = ""
    show: str = ""
    page: str = ""

    @staticmethod
    def of(given: Mapping[str, str]) -> Wanted:
        """What an address or a form asks for; what makes no sense is left out."""
        text = {
            each.name: " ".join(given.get(each.name, "").replace("\0", "").split())[:120] for each in fields(Wanted)
        }
        one_of: dict[str, Any] = {
            "state": {state.value for state in State} | {"waiting", "received"},
            "errors": FOUND,
            "queries": FOUND,
            "date": DATES,
            "whose": {"academies"},
            "sort": {*COLUMNS, *(f"-{name}" for name in COLUMNS)},
            "show": {str(size) for size in SIZES[1:]},
        }
        for name, known in one_of.items():
            text[name] = text[name] if text[name] in known else ""
        for name in ("since", "until"):
            text[name] = _day(text[name])
        for name, longest in (("untouched", 3), ("page", 6)):
            text[name] = (
                text[name] if text[name].isascii() and text[name].isdecimal() and len(text[name]) <= longest else ""
            )
        if (text["since"] or text["until"]) and not text["date"]:
            text["date"] = "touched"
        return Wanted(**text)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return replace(self, sort="", show="", page="", whose="") != Wanted()

    @property
    def size(self) -> int:
        """How many rows a page has."""
        return int(self.show or SIZES[0])

    def query(self, **changes: Any) -> str:
        """The part of the address after "?" for this list with some changes, from its first page."""
        other = replace(self, **{"page": "", **{name: str(value) for name, value in changes.items()}})
        return urlencode({each.name: value for each in fields(Wanted) if (value := getattr(other, each.name))})


def own(collection: DataCollection, membership: Membership, whose: str = "") -> QuerySet[Return]:
    """The returns that a person looks after in a data collection; with "academies" those of schools that report
    to the department, as far as this person may read them."""
    returns: QuerySet[Return] = returns_of(membership).filter(collection=collection)
    if PLAYS[Role(membership.role)] is Part.AGENT:
        mine = Q(organisation__agent=membership.organisation)
        return returns.exclude(mine) if whose else returns.filter(mine)
    if whose:
        return returns.filter(organisation__kind=Organisation.Kind.SCHOOL, organisation__agent=membership.organisation)
    return returns


def chosen(returns: QuerySet[Return], wanted: Wanted) -> QuerySet[Return]:
    """The returns that are wanted, all pages of them, in the order that is wanted."""
    for word in wanted.find.split():
        returns = returns.filter(Q(organisation__name__icontains=word) | Q(organisation__native_id__startswith=word))
    if wanted.state == "waiting":
        returns = returns.filter(state__in=WAITING)
    elif wanted.state == "received":
        returns = returns.exclude(state=State.NO_DATA.value)
    elif wanted.state:
        returns = returns.filter(state=wanted.state)
    for name, column in (("type", "school_type"), ("phase", "phase"), ("authority", "authority__native_id")):
        if value := getattr(wanted, name):
            returns = returns.filter(**{f"organisation__{column}": value})
    for name in ("errors", "queries"):
        if value := getattr(wanted, name):
            returns = returns.filter(**{f"{name}__gt": 0} if value == "some" else {name: 0})
    if wanted.since:
        returns = returns.filter(**{f"{DATES[wanted.date]}__gte": _midnight(wanted.since)})
    if wanted.until:
        returns = returns.filter(**{f"{DATES[wanted.date]}__lt": _midnight(wanted.until, later=1)})
    if wanted.untouched:
        before = timezone.now() - dt.timedelta(days=int(wanted.untouched))
        returns = returns.filter(Q(touched_at__lt=before) | Q(touched_at=None))
    column, _ = COLUMNS[wanted.sort.removeprefix("-") or "id"]
    order = ["-" + column if wanted.sort.startswith("-") else column]
    return returns.order_by(*order, *([] if column == "organisation__native_id" else ["organisation__native_id"]))


def with_all(
    returns: QuerySet[Return], collection: DataCollection, first: int = 0, size: int | None = None
) -> list[Return]:
    """The rows, or so many from the first, with what lists and acts read of them."""
    running = Upload.objects.filter(data_return=OuterRef("pk")).exclude(stage=Upload.Stage.FINISHED)
    complete = returns.select_related("organisation__agent").annotate(being_checked=Exists(running))
    if size is None:
        rows = list(complete)
    else:
        # First which rows, then what they hold: sorting 22,000 whole rows takes ten times as long.
        keys = list(returns.values_list("pk", flat=True)[first : first + size])
        found = {each.pk: each for each in complete.order_by().filter(pk__in=keys)}
        rows = [found[key] for key in keys if key in found]
    for each in rows:
        each.collection = collection
    return rows


@dataclass(frozen=True)
class Page:
    """One page of the list, and where it stands among the others."""

    rows: list[Return]
    found: int
    number: int
    pages: int
    first: int


def page_of(returns: QuerySet[Return], wanted: Wanted, collection: DataCollection) -> Page:
    """The wanted page of the returns found; the last one when there are not so many."""
    found = returns.order_by().count()
    pages = max(1, -(-found // wanted.size))
    number = min(max(1, int(wanted.page or 1)), pages)
    first = (number - 1) * wanted.size
    return Page(with_all(returns, collection, first, wanted.size), found, number, pages, first + 1)


@dataclass(frozen=True)
class Summary:
    """How far the returns have come together: the counts of each state, and the findings of all."""

    states: dict[State, int]
    errors: int
    queries: int
    ok_errors: int

    @property
    def expected(self) -> int:
        """How many returns there are to be."""
        return sum(self.states.values())

    def of(self, *states: State) -> int:
        """How many are in one of these states."""
        return sum(self.states[state] for state in states)

    @property
    def steps(self) -> list[tuple[str, int, int]]:
        """What has come how far: words, how many, per cent of those expected (rounded down, so that 100 is all)."""
        counts = [
            ("Received", self.expected - self.of(State.NO_DATA)),
            ("Submitted", self.of(*IN_THE_CHAIN, State.AUTHORISED)),
            ("Approved", self.of(State.APPROVED, State.AMENDED_BY_COLLECTOR, State.AUTHORISED)),
            ("Authorised", self.of(State.AUTHORISED)),
        ]
        return [(words, count, count * 100 // self.expected if self.expected else 0) for words, count in counts]


def summary(returns: QuerySet[Return]) -> Summary:
    """The sums of returns, in one query."""
    rows = (
        returns.filter(excused_at=None)
        .order_by()
        .values("state")
        .annotate(count=Count("pk"), errors=Sum("errors"), queries=Sum("queries"), ok_errors=Sum("ok_errors"))
    )
    found = {row["state"]: row for row in rows}
    return Summary(
        {state: found[state.value]["count"] if state.value in found else 0 for state in State},
        *(sum(row[name] for row in found.values()) for name in ("errors", "queries", "ok_errors")),
    )


def choices(returns: QuerySet[Return], *, authorities: bool, kept_as: str = "") -> dict[str, list[tuple[str, str]]]:
    """What the filter offers, as far as it occurs: types, phases and, where asked for, authorities; one query.

    `kept_as` names the list in the cache, where the choices of a long one are kept for some minutes: they only offer
    to choose from, and of a nation's list they take as long to find as all the rest of the page.
    """
    if not kept_as:
        return _choices(returns, authorities)
    offered: dict[str, list[tuple[str, str]]] | None = cache.get_or_set(
        f"choices-{kept_as}", lambda: _choices(returns, authorities), progress.MINUTES * 60
    )
    return offered or {}


def _choices(returns: QuerySet[Return], authorities: bool) -> dict[str, list[tuple[str, str]]]:
    columns = ["organisation__school_type", "organisation__phase"]
    if authorities:
        columns += ["organisation__authority__native_id", "organisation__authority__name"]
    found = list(returns.order_by().values_list(*columns).distinct())
    offered = {
        "type": sorted({(row[0], row[0]) for row in found if row[0]}),
        "phase": sorted({(row[1], row[1]) for row in found if row[1]}),
    }
    if authorities:
        offered["authority"] = sorted({(row[2], f"{row[2]} {row[3]}") for row in found if row[2]})
    return offered
