"""Reports: pages that a blade makes of a return, with last year's return beside it where there is one.

A report is a function from a return to tables and charts; how they look on screen and paper is not its business::

    Report("summary", "Summary", build)

    def build(data: Return, previous: Return | None) -> ReportPage:
        return ReportPage(tables=(ReportTable("Pupils", ("Year", "Number"), (("Year 7", 120),)),))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl

    from collectory.blade.edition import Edition

Value = str | int | float | None
"""What stands in a cell: text, a number, or None for what is not known."""


class Return(Protocol):
    """What a report reads: the edition and the tables by entity, values as the text that was sent."""

    @property
    def edition(self) -> Edition: ...

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]: ...


@dataclass(frozen=True)
class Row:
    """A row of a table; `level` 1 or 2 for one that is a heading (its first cell alone is shown)."""

    cells: tuple[Value, ...]
    level: int = 0
    is_total: bool = False


@dataclass(frozen=True)
class ReportTable:
    """A table: headings of its columns, rows; columns from `numeric_from` on hold numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric_from: int = 1


@dataclass(frozen=True)
class Series:
    """The numbers of one group of bars, in the order of the chart's categories; None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """Bars: for each category one of every series. `measure` says what is counted."""

    title: str
    measure: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class ReportPage:
    """What a report shows: remarks first, then charts and tables."""

    tables: tuple[ReportTable, ...] = ()
    charts: tuple[Chart, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A report of a blade. `name` stands in addresses; `help` says in a sentence what it shows."""

    name: str
    title: str
    build: Callable[[Return, Return | None], ReportPage]
    help: str = ""
