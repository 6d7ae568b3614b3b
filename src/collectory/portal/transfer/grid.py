"""The grid of the desk: all schools of a team with all their files, filtered, paged, and its sums.

Everything is asked of the database, in a number of queries that does not grow with schools or file types.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from collectory.portal.people.models import Organisation
from collectory.portal.transfer.models import Delivery, FileQuestion, FileType
from collectory.portal.transfer.states import WITH_THE_SCHOOL, State

SIZES = (50, 100, 300)
OVERDUE, TO_DO = "overdue", "to do"


@dataclass(frozen=True)
class Wanted:
    """Which schools and files, and which page of them."""

    find: str = ""
    trust: str = ""
    contact: str = ""
    state: str = ""
    type: str = ""
    show: str = ""
    page: str = ""

    @staticmethod
    def of(given: Mapping[str, str]) -> Wanted:
        """What an address or a form asks for; what makes no sense is left out."""
        text = {
            each.name: " ".join(given.get(each.name, "").replace("\0", "").split())[:120] for each in fields(Wanted)
        }
        if text["state"] not in {state.value for state in State} | {OVERDUE, TO_DO}:
            text["state"] = ""
        for name, longest in (("contact", 18), ("type", 18), ("page", 6), ("show", 4)):
            value = text[name]
            fits = value.isascii() and value.isdecimal() and len(value) <= longest
            text[name] = value if fits or (name == "contact" and value == "nobody") else ""
        text["show"] = text["show"] if text["show"] in {str(size) for size in SIZES[1:]} else ""
        return Wanted(**text)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return replace(self, show="", page="") != Wanted()

    @property
    def size(self) -> int:
        """How many schools a page has."""
        return int(self.show or SIZES[0])

    def query(self, **changes: Any) -> str:
        """The part of the address after "?" for this grid with some changes, from its first page."""
        other = replace(self, **{"page": "", **{name: str(value) for name, value in changes.items()}})
        return urlencode({each.name: value for each in fields(Wanted) if (value := getattr(other, each.name))})


def in_state(state: str) -> Q:
    """The deliveries that stand so today."""
    today, now = timezone.localdate(), timezone.now()
    begun = Q(file_type__begins_on=None) | Q(file_type__begins_on__lte=today)
    match state:
        case State.NOT_DUE:
            return Q(state=State.AWAITED.value) & ~begun
        case State.AWAITED:
            return Q(state=State.AWAITED.value) & begun
        case "overdue":
            return Q(state=State.AWAITED.value, file_type__due_at__lt=now) & begun
        case "to do":
            return Q(state=State.RECEIVED.value) | Q(questions__state=FileQuestion.State.WITH_TEAM)
    return Q(state=state)


def types_of(team: Organisation, wanted: Wanted | None = None) -> list[FileType]:
    """The file types of a team that are not closed, and are wanted."""
    types = FileType.objects.filter(organisation=team, closed_at=None).select_related("collection")
    if wanted is not None and wanted.type:
        types = types.filter(pk=int(wanted.type))
    return list(types)


def chosen(team: Organisation, types: list[FileType], wanted: Wanted) -> QuerySet[Delivery]:
    """The deliveries that are wanted, all pages of them."""
    found = Delivery.objects.filter(file_type__in=types, file_type__organisation=team, not_expected=False)
    for word in wanted.find.split():
        named = Q(organisation__name__icontains=word) | Q(organisation__native_id__startswith=word)
        found = found.filter(named)
    if wanted.trust:
        found = found.filter(organisation__trust__native_id=wanted.trust)
    if wanted.contact:
        found = found.filter(assigned_to=None if wanted.contact == "nobody" else int(wanted.contact))
    if wanted.state:
        found = found.filter(in_state(wanted.state))
    return found


@dataclass(frozen=True)
class Row:
    """A school, and what it owes: a delivery or None for each of the file types, in their order."""

    school: Organisation
    cells: list[Any]


@dataclass(frozen=True)
class Page:
    """One page of the grid, and where it stands among the others."""

    rows: list[Row]
    found: int  # schools
    files: int  # deliveries that are wanted
    number: int
    pages: int


def _cells(team: Organisation, schools: list[Organisation], types: list[FileType], matching: set[int]) -> list[Row]:
    with_team = Count("questions", filter=Q(questions__state=FileQuestion.State.WITH_TEAM))
    deliveries = (
        Delivery.objects.filter(organisation__in=schools, file_type__in=types, not_expected=False)
        .select_related("assigned_to", "current_file")
        .annotate(with_team=with_team)
        .order_by()
    )
    of_type = {one.pk: one for one in types}
    by_school: dict[int, dict[int, Any]] = defaultdict(dict)
    for one in deliveries:
        one.file_type = of_type[one.file_type_id]
        one.is_wanted = one.pk in matching  # type: ignore[attr-defined]
        by_school[one.organisation_id][one.file_type_id] = one
    return [Row(school, [by_school[school.pk].get(each.pk) for each in types]) for school in schools]


def page_of(team: Organisation, types: list[FileType], wanted: Wanted) -> Page:
    """The wanted page; the last one when there are not so many."""
    matching = set(chosen(team, types, wanted).order_by().values_list("pk", flat=True).distinct())
    mine = (
        Delivery.objects.filter(pk__in=matching, organisation=OuterRef("pk"))
        if len(matching) < 500
        else (chosen(team, types, wanted).filter(organisation=OuterRef("pk")))
    )
    schools = Organisation.objects.filter(Exists(mine)).order_by("native_id")
    found = schools.count()
    pages = max(1, -(-found // wanted.size))
    number = min(max(1, int(wanted.page or 1)), pages)
    first = (number - 1) * wanted.size
    shown = list(schools.select_related("trust", "agent")[first : first + wanted.size])
    return Page(_cells(team, shown, types, matching), found, len(matching), number, pages)


def all_rows(team: Organisation, types: list[FileType], wanted: Wanted) -> list[Row]:
    """All rows that are wanted, for a file of them."""
    matching = set(chosen(team, types, wanted).order_by().values_list("pk", flat=True).distinct())
    mine = chosen(team, types, wanted).filter(organisation=OuterRef("pk"))
    schools = list(Organisation.objects.filter(Exists(mine)).select_related("trust", "agent").order_by("native_id"))
    return _cells(team, schools, types, matching)


@dataclass(frozen=True)
class Sums:
    """How many deliveries of each file type stand how."""

    of_type: dict[int, dict[State, int]]

    def of(self, file_type: FileType, state: State) -> int:
        """How many of one type are in a state."""
        return self.of_type.get(file_type.pk, {}).get(state, 0)

    def waiting(self) -> int:
        """How many wait for schools."""
        return sum(
            count for states in self.of_type.values() for state, count in states.items() if state in WITH_THE_SCHOOL
        )


def sums(team: Organisation, types: list[FileType]) -> Sums:
    """The sums of all file types, in one query."""
    rows = (
        Delivery.objects.filter(file_type__in=types, not_expected=False)
        .order_by()
        .values("file_type", "state")
        .annotate(count=Count("pk"))
    )
    begun = {one.pk: one.has_begun for one in types}
    found: dict[int, dict[State, int]] = defaultdict(dict)
    for row in rows:
        state = State(row["state"])
        if state is State.AWAITED and not begun[row["file_type"]]:
            state = State.NOT_DUE
        found[row["file_type"]][state] = row["count"]
    return Sums(dict(found))


def trusts(team: Organisation) -> list[tuple[str, str]]:
    """The trusts that have schools here, for the filter."""
    found = Organisation.objects.filter(kind=Organisation.Kind.TRUST, trust_schools__authority=team)
    return list(found.order_by("name").values_list("native_id", "name").distinct())


def as_table(rows: list[Row], types: list[FileType]) -> dict[str, list[str]]:
    """The grid as columns of text, for a file."""

    def moment(value: dt.datetime | None) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""

    table: dict[str, list[str]] = {
        "Native ID": [row.school.native_id for row in rows],
        "School": [row.school.name for row in rows],
        "Trust": [row.school.trust.name if row.school.trust else "" for row in rows],
    }
    for at, kind in enumerate(types):
        cells = [row.cells[at] for row in rows]
        table |= {
            kind.name: [one.standing.value if one else "" for one in cells],
            f"{kind.name}: received": [
                moment(one.current_file.received_at) if one and one.current_file else "" for one in cells
            ],
            f"{kind.name}: errors": [
                str(one.current_file.counts.get("errors", "")) if one and one.current_file else "" for one in cells
            ],
            f"{kind.name}: looked after by": [
                one.assigned_to.shown_name if one and one.assigned_to else "" for one in cells
            ],
        }
    return table
