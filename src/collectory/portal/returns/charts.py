"""Bars on a page, drawn on the server: where each stands. No script; the figures stand beside them as a table.

Lying bars, as labels are long; two to a category, told apart by filling and order and not by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from collectory.blade import Chart

WIDTH = 900
LABELS = 330
NUMBERS = 70
BAR = 11
BETWEEN = 10
TOP = 6
LETTERS = 46
"""How many letters of a label fit beside the bars; the table has the whole of it."""


@dataclass(frozen=True)
class Bar:
    """One bar: its series (0 for the first), its place and length, and its number."""

    series: int
    y: float
    length: float
    value: str


@dataclass(frozen=True)
class Group:
    """The bars of a category, its label and where that stands."""

    label: str
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Drawing:
    """A chart with all its places worked out, in the units of its own picture."""

    chart: Chart
    groups: tuple[Group, ...]
    height: float

    width: int = WIDTH
    left: int = LABELS
    thickness: int = BAR

    @property
    def words(self) -> str:
        """What the picture shows, for people who do not see it."""
        names = " and ".join(series.name for series in self.chart.series)
        return f"{self.chart.measure}, {names}. The figures are in the table below it."


def drawn(chart: Chart) -> Drawing:
    """The bars of a chart, the longest as long as there is room."""
    most = max((value or 0 for series in chart.series for value in series.values), default=0) or 1
    room = WIDTH - LABELS - NUMBERS
    groups = []
    y = float(TOP)
    for number, label in enumerate(chart.categories):
        bars = []
        for at, series in enumerate(chart.series):
            value = series.values[number]
            length = room * (value or 0) / most
            bars.append(Bar(at, y + at * (BAR + 2), round(length, 1), "–" if value is None else f"{value:,}"))
        height = len(bars) * (BAR + 2)
        short = label if len(label) <= LETTERS else f"{label[: LETTERS - 1].rstrip()}…"
        groups.append(Group(short, y + height / 2 + 3, tuple(bars)))
        y += height + BETWEEN
    return Drawing(chart, tuple(groups), y)
