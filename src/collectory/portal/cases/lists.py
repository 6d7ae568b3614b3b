"""Work lists of cases: which of them, in which order, and how many of each, all asked of the database.

A page costs the same number of queries whether there are ten cases or ten thousand.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from collectory.portal.cases.models import Case, CaseSide, Kind, words_of
from collectory.portal.cases.parties import is_collector
from collectory.portal.cases.shown import names_in
from collectory.portal.cases.states import UNFINISHED, State
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import returns_of

SHOWN = 50
LISTED = 900
LISTS = {"to-do": "To do", "open": "Not settled", "settled": "Settled", "closed": "Closed", "all": "All"}
AGES = {"7": "7 days or more", "14": "14 days or more", "28": "28 days or more"}
WHERE = {"within": "Within one authority", "across": "Across authorities"}
SORTS = {
    "number": ("pk", "Case"),
    "kind": ("kind", "Kind"),
    "verdict": ("verdict", "What clashes"),
    "state": ("state", "State"),
    "age": ("opened_at", "Open since"),
    "own": ("own_name", "Our school"),
    "other": ("other_name", "Other side"),
}
CONTESTED = [State.DISAGREED.value]


@dataclass(frozen=True)
class Wanted:
    """Which cases, in which order, and which page of them. Holds names of schools, never of pupils."""

    list: str = ""
    kind: str = ""
    verdict: str = ""
    state: str = ""
    age: str = ""
    where: str = ""
    own: str = ""
    other: str = ""
    sort: str = ""
    page: str = ""

    @staticmethod
    def of(given: Mapping[str, str]) -> Wanted:
        """What an address or a form asks for; what makes no sense is left out."""
        text = {
            each.name: " ".join(given.get(each.name, "").replace("\0", "").split())[:100] for each in fields(Wanted)
        }
        one_of: dict[str, Any] = {
            "list": LISTS,
            "kind": Kind.values,
            "state": {state.value for state in State},
            "age": AGES,
            "where": WHERE,
            "sort": {*SORTS, *(f"-{name}" for name in SORTS)},
        }
        for name, known in one_of.items():
            text[name] = text[name] if text[name] in known else ""
        text["verdict"] = text["verdict"][:24]
        text["page"] = text["page"] if text["page"].isascii() and text["page"].isdecimal() else ""
        text["page"] = text["page"][:6]
        return Wanted(**text)

    @property
    def which(self) -> str:
        """The list; what is to do, where none is named."""
        return self.list or "to-do"

    @property
    def is_filtered(self) -> bool:
        """Whether anything of the list is left out."""
        return replace(self, list="", sort="", page="") != Wanted()

    def query(self, **changes: Any) -> str:
        """The part of the address after "?" for this list with some changes, from its first page."""
        other = replace(self, **{"page": "", **{name: str(value) for name, value in changes.items()}})
        return urlencode({each.name: value for each in fields(Wanted) if (value := getattr(other, each.name))})


@dataclass(frozen=True)
class Scope:
    """Whose list it is: the returns whose sides are a person's own. None: of a collector, to whom all are alike."""

    collection: DataCollection
    mine: Any

    @staticmethod
    def of(collection: DataCollection, membership: Membership) -> Scope:
        """Of a person in a data collection; one query."""
        if is_collector(membership):
            return Scope(collection, None)
        returns = returns_of(membership).filter(collection=collection).order_by().values_list("pk", flat=True)
        # A list is quicker than asking again in each part of a query; of very many it would be too long for one.
        listed = list(returns[: LISTED + 1])
        return Scope(collection, listed if len(listed) <= LISTED else returns)

    def sides(self) -> QuerySet[CaseSide]:
        """The person's own sides; of a collector all."""
        sides = CaseSide.objects.filter(case__collection=self.collection)
        return sides if self.mine is None else CaseSide.objects.filter(data_return__in=self.mine)

    def others(self) -> QuerySet[CaseSide]:
        """The other sides; of a collector all."""
        sides = CaseSide.objects.filter(case__collection=self.collection)
        return sides if self.mine is None else sides.exclude(data_return__in=self.mine)

    def cases(self) -> QuerySet[Case]:
        """All cases that concern the person."""
        cases = Case.objects.filter(collection=self.collection)
        return cases if self.mine is None else cases.filter(pk__in=self.sides().order_by().values("case"))

    def conditions(self) -> dict[str, Q]:
        """What is on each list. To do is for a side what waits for it, for the collector what sides cannot settle."""
        to_do = Q(state__in=CONTESTED)
        if self.mine is not None:
            to_do = Q(pk__in=self.sides().exclude(to_do="").order_by().values("case"))
        return {
            "to-do": to_do,
            "open": Q(state__in=[state.value for state in UNFINISHED]),
            "settled": Q(state=State.SETTLED.value),
            "closed": Q(state=State.CLOSED.value),
            "all": Q(),
        }

    def narrowed(self, wanted: Wanted) -> QuerySet[Case]:
        """The cases that a filter leaves."""
        cases = self.cases()
        for name in ("kind", "verdict", "state"):
            if value := getattr(wanted, name):
                cases = cases.filter(**{name: value})
        if wanted.age:
            cases = cases.filter(opened_at__lte=timezone.now() - dt.timedelta(days=int(wanted.age)))
        if wanted.where:
            cases = cases.filter(across=wanted.where == "across")
        for sides, text in ((self.sides(), wanted.own), (self.others(), wanted.other)):
            if text:
                cases = cases.filter(pk__in=sides.filter(_named(text)).order_by().values("case"))
        return cases

    def chosen(self, wanted: Wanted) -> QuerySet[Case]:
        """The cases that are wanted, in their order."""
        cases = self.narrowed(wanted).filter(self.conditions()[wanted.which])
        column = SORTS[wanted.sort.removeprefix("-") or "age"][0]
        if column in {"own_name", "other_name"}:
            sides = self.sides() if column == "own_name" else self.others()
            ordered = sides.filter(case=OuterRef("pk")).order_by("pk" if column == "own_name" else "-pk")
            cases = cases.annotate(**{column: Subquery(ordered.values("organisation__name")[:1])})
        order = F(column).desc() if wanted.sort.startswith("-") else F(column).asc()
        return cases.order_by(order, "pk")


def _named(text: str) -> Q:
    return Q(organisation__name__icontains=text) | Q(organisation__native_id__startswith=text)


def every(collection: DataCollection, membership: Membership) -> QuerySet[Case]:
    """All cases of a data collection that concern a person."""
    return Scope.of(collection, membership).cases()


def chosen(collection: DataCollection, membership: Membership, wanted: Wanted) -> QuerySet[Case]:
    """The cases that are wanted, all pages of them, in the order that is wanted: what is oldest first, if none is."""
    return Scope.of(collection, membership).chosen(wanted)


@dataclass(frozen=True)
class Row:
    """A line of the list: the case, its sides as the person sees them, and who the pupil is in their own data."""

    case: Case
    own: list[CaseSide]
    others: list[CaseSide]
    pupil: str
    upn: str
    statuses: str

    @property
    def to_do(self) -> str:
        """What the person's own sides have to do."""
        return next((side.to_do for side in self.own if side.to_do), "")


def rows_of(cases: QuerySet[Case], membership: Membership) -> list[Row]:
    """Cases with their sides; four queries."""
    sides = CaseSide.objects.select_related("organisation__authority", "data_return").prefetch_related("records")
    found = cases.prefetch_related(Prefetch("sides", sides.order_by("organisation__native_id")))
    mine = None if is_collector(membership) else set(returns_of(membership).order_by().values_list("pk", flat=True))
    return [_row(case, mine) for case in found]


def _row(case: Case, mine: set[int] | None) -> Row:
    sides = list(case.sides.all())
    own = sides if mine is None else [side for side in sides if side.data_return_id in mine]
    others = [] if mine is None else [side for side in sides if side.data_return_id not in mine]
    records = [each for side in own for each in side.records.all()]
    present = [each for side in sides if side.present for each in side.records.all()]
    statuses = "+".join(sorted({each.values.get("status", "?") for each in present}, key="CMSFOG?".find))
    if len({each.values.get("status") for each in present}) == 1 and len(present) > 1:
        statuses = "+".join([statuses] * min(len(present), 5))
    first = records[0].values if records else {}
    return Row(case, own, others, names_in(first), first.get("upn", ""), statuses)


@dataclass(frozen=True)
class Page:
    """A page of a list, how many cases are on each list under the same filter, and what may be filtered by."""

    rows: list[Row]
    count: int
    number: int
    pages: int
    counts: dict[str, int]
    verdicts: list[tuple[str, str]]


def page_of(collection: DataCollection, membership: Membership, wanted: Wanted) -> Page:
    """The wanted page; the last one where there are not so many."""
    scope = Scope.of(collection, membership)
    sums = (
        scope.narrowed(wanted)
        .order_by()
        .aggregate(
            **{
                name.replace("-", "_"): Count("pk", filter=q) if q else Count("pk")
                for name, q in scope.conditions().items()
            }
        )
    )
    counts = {name: sums[name.replace("-", "_")] for name in LISTS}
    count = counts[wanted.which]
    pages = max(1, -(-count // SHOWN))
    number = min(max(1, int(wanted.page or 1)), pages)
    # First which cases, then what they hold: sorting whole rows takes longer.
    keys = list(scope.chosen(wanted).values_list("pk", flat=True)[(number - 1) * SHOWN : number * SHOWN])
    found = {row.case.pk: row for row in rows_of(Case.objects.filter(pk__in=keys), membership)}
    there = set(scope.cases().order_by().values_list("verdict", flat=True).distinct())
    verdicts = sorted((verdict, words_of(verdict)) for verdict in there)
    return Page([found[key] for key in keys if key in found], count, number, pages, counts, verdicts)


@dataclass(frozen=True)
class Counts:
    """How many cases of a return are not settled, and how many of these wait for its side."""

    unsettled: int = 0
    to_do: int = 0


def counts_of(returns: Any) -> dict[int, Counts]:
    """The counts of some returns, by their ids; one query."""
    rows = (
        CaseSide.objects.filter(data_return__in=returns, present=True)
        .order_by()
        .values("data_return")
        .annotate(
            unsettled=Count("pk", filter=Q(case__state__in=[state.value for state in UNFINISHED])),
            waiting=Count("pk", filter=~Q(to_do="")),
        )
    )
    found: dict[int, Counts] = defaultdict(Counts)
    found.update({row["data_return"]: Counts(row["unsettled"], row["waiting"]) for row in rows})
    return found
