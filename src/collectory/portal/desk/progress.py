"""How the returns of a data collection came in, day by day: counted from the events, drawn on the server."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import CharField, Count, F, QuerySet
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.returns.models import Event, Return
from collectory.portal.returns.states import IN_THE_CHAIN, State

LINES: dict[str, frozenset[State]] = {
    "Received": frozenset(State) - {State.NO_DATA},
    "Submitted": IN_THE_CHAIN | {State.AUTHORISED},
    "Approved": frozenset({State.APPROVED, State.AMENDED_BY_COLLECTOR, State.AUTHORISED}),
    "Authorised": frozenset({State.AUTHORISED}),
}
WIDTH, HEIGHT = 900, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 96, 12, 26
LETTERS = 16
"""Between the names of two lines."""

MOST_ROWS = 120
"""Of the table below the picture; a longer time is shown for the end of every so many days."""

LONG = 1000
"""Returns from which on a list is long: what is counted from all of its rows or events is kept for MINUTES."""

MINUTES = 5


@dataclass(frozen=True)
class Progress:
    """How many returns had come how far at the end of each day, of how many expected."""

    days: tuple[dt.date, ...]
    counts: dict[str, tuple[int, ...]]
    expected: int


Changes = dict[tuple[str, str, str], int]


def _changes_lately(returns: QuerySet[Return], list_name: str) -> Changes:
    """The changes; of a list that is kept, as they were a few minutes ago at the most."""
    if not list_name:
        return _changes(returns)
    found: Changes | None = cache.get_or_set(f"progress-{list_name}", lambda: _changes(returns), MINUTES * 60)
    return found or {}


def _changes(returns: QuerySet[Return]) -> Changes:
    """How often returns went from one state to another, by hour (UTC, as the database writes it)."""
    events = Event.objects.filter(data_return__in=returns.order_by()).exclude(from_state=F("to_state")).order_by()
    hour = Substr(Cast("at", CharField()), 1, 13)
    rows = events.annotate(hour=hour).values_list("hour", "from_state", "to_state").annotate(count=Count("pk"))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def progress(collection: DataCollection, returns: QuerySet[Return], expected: int, list_name: str = "") -> Progress:
    """The progress of returns from the opening of their data collection until today, or until it closed; one query.

    `list_name` names a long list in the cache, where its line is kept for some minutes.
    """
    moved: dict[str, Counter[dt.date]] = {name: Counter() for name in LINES}
    for (hour, before, after), count in _changes_lately(returns, list_name).items():
        moment = dt.datetime.strptime(hour.replace("T", " "), "%Y-%m-%d %H").replace(tzinfo=dt.UTC)
        day = timezone.localtime(moment).date()
        for name, states in LINES.items():
            moved[name][day] += count * ((State(after) in states) - (State(before) in states))
    first = timezone.localtime(collection.opens_at).date()
    last = min(timezone.localdate(), timezone.localtime(collection.closes_at).date())
    touched = [day for counter in moved.values() for day in counter]
    first, last = min([first, *touched]), max([last, first, *touched])
    days = tuple(first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    counts = {}
    for name, counter in moved.items():
        total, line = 0, []
        for day in days:
            total += counter[day]
            line.append(total)
        counts[name] = tuple(line)
    return Progress(days, counts, expected)


@dataclass(frozen=True)
class Line:
    """One line of the picture: its points, and where its name stands."""

    name: str
    number: int
    points: str
    y: float
    last: int


@dataclass(frozen=True)
class Drawing:
    """The picture with all its places worked out."""

    lines: tuple[Line, ...]
    marks: tuple[tuple[float, str], ...]
    dates: tuple[tuple[float, str, str], ...]
    rows: tuple[tuple[dt.date, tuple[int, ...]], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def _labels(found: Progress, y: Callable[[int], float]) -> list[float]:
    """Where the names of the lines stand: at their ends, but one below the other. The lines never cross."""
    places = [y(counts[-1]) + 4 for counts in found.counts.values()]
    limit = HEIGHT - BOTTOM + 4.0
    for number in reversed(range(len(places))):
        limit = places[number] = min(places[number], limit)
        limit -= LETTERS
    limit = float(TOP)
    for number, place in enumerate(places):
        limit = places[number] = max(place, limit)
        limit += LETTERS
    return places


def drawn(found: Progress) -> Drawing:
    """The lines from nothing to all that are expected, with names that do not cover each other."""
    most = max(found.expected, 1)
    across = (WIDTH - LEFT - RIGHT) / max(len(found.days) - 1, 1)
    down = HEIGHT - TOP - BOTTOM

    def x(number: int) -> float:
        return round(LEFT + number * across, 1)

    def y(count: int) -> float:
        return round(HEIGHT - BOTTOM - down * count / most, 1)

    lines = []
    for number, ((name, counts), label) in enumerate(zip(found.counts.items(), _labels(found, y), strict=True)):
        points = " ".join(f"{x(day)},{y(count)}" for day, count in enumerate(counts))
        if len(counts) == 1:
            points += f" {x(0) + 4},{y(counts[0])}"
        lines.append(Line(name, number, points, label, counts[-1]))
    steps = sorted({0, most // 2, most})
    ends = [(0, "start"), (len(found.days) - 1, "end")] if len(found.days) > 1 else [(0, "start")]
    every = -(-len(found.days) // MOST_ROWS)
    kept = range(len(found.days) - 1, -1, -every)
    return Drawing(
        tuple(lines),
        tuple((y(step), f"{step:,}") for step in steps),
        tuple((x(number), f"{found.days[number].day} {found.days[number]:%b}", anchor) for number, anchor in ends),
        tuple((found.days[number], tuple(counts[number] for counts in found.counts.values())) for number in kept),
    )
