"""What the reports count in: typed tables, working days, and tables of counts with last year's beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache

import polars as pl

from collectory.blade import Chart, ReportTable, Row, Series, Value
from collectory.blade.reports import Return

CHILD = "ChildIdentifiers"
EPISODE = "CINdetails"

Figures = Mapping[str, int]


def typed(data: Return, name: str) -> pl.DataFrame:
    """The table of an entity with typed values (dates as dates); what cannot be read is null."""
    entity = data.edition.entity(name)
    return data.tables[name].with_columns(
        field.kind.typed(pl.col(field.name)).alias(field.name) for field in entity.fields if not field.kind.is_text
    )


def with_child(data: Return, frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The records of an entity below the episode with the row and ID of their child, `child` and `LAchildID`."""
    entity = data.edition.entity(name)
    frame = frame.with_columns(pl.col("_parent").alias("child"))
    for above in list(entity.ancestors())[:-1]:
        parents = data.tables[above.name]["_parent"]
        frame = frame.with_columns(parents.gather(frame["child"]).alias("child"))
    return frame.with_columns(data.tables[CHILD]["LAchildID"].gather(frame["child"]).alias("LAchildID"))


def in_year(data: Return, column: str) -> pl.Expr:
    """Whether a day lies in the census year."""
    return pl.col(column).is_between(data.edition.period_from, data.edition.reference_date)


def open_at_year_end(data: Return, start: str, end: str) -> pl.Expr:
    """Whether something that has a start and an end was open at the end of the reference date."""
    last = data.edition.reference_date
    return (pl.col(start) <= last) & (pl.col(end).is_null() | (pl.col(end) > last)).fill_null(False)


@cache
def bank_holidays(first: int, last: int) -> list[date]:
    """The bank holidays of England in these years."""
    import holidays  # knows all countries, and takes as long to load as all the rest

    return sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(first, last + 1)))


def working_days(data: Return, start: str, end: str) -> pl.Expr:
    """Working days in England from a day to another: the first day is not counted, the last is.

    Monday to the Monday after is five; the same day is none. Null where the second is before the first.
    """
    year = data.edition.reference_date.year
    days = pl.business_day_count(start, end, holidays=bank_holidays(year - 10, year + 1))
    return pl.when(pl.col(end) >= pl.col(start)).then(days)


def year_before(previous: Return | None) -> str:
    """What the column of last year's figures is called."""
    return previous.edition.title if previous is not None else "Year before"


def share(part: int, whole: int) -> Value:
    """A share in per cent, such as 12.5%; None of nothing."""
    return f"{100 * part / whole:.1f}%" if whole else None


def counts(values: pl.Series) -> dict[str, int]:
    """How often each value is there; what is missing stands under ""."""
    found = values.fill_null("").value_counts(sort=True)
    return dict(zip(found.to_series(0).to_list(), found.to_series(1).to_list(), strict=True))


def labelled(data: Return, codeset: str) -> dict[str, str]:
    """Code → "code: meaning"."""
    return {code: f"{code}: {meaning}" for code, meaning in data.edition.codes(codeset).codes.items()}


def counted(
    title: str,
    what: str,
    labels: Mapping[str, str],
    figures: Callable[[Return], Figures],
    data: Return,
    previous: Return | None,
) -> tuple[ReportTable, Chart]:
    """A table of counts with their shares and last year's counts, and its chart.

    Codes that are none come last under "Not valid", empty ones under "Not given".
    """
    now = _known(figures(data), labels)
    before = _known(figures(previous), labels) if previous is not None else {}
    names = {**labels, "?": "Not valid", "": "Not given"}
    shown = [code for code in names if code in labels or now.get(code) or before.get(code)]
    total = sum(now.values())
    rows = [
        Row(
            (
                names[code],
                now.get(code, 0),
                share(now.get(code, 0), total),
                before.get(code, 0) if previous is not None else None,
            )
        )
        for code in shown
    ]
    rows.append(
        Row(("All", total, share(total, total), sum(before.values()) if previous is not None else None), is_total=True)
    )
    columns = (what, data.edition.title, "Share", year_before(previous))
    return ReportTable(title, columns, tuple(rows)), chart(title, what, names, shown, now, before, data, previous)


def chart(
    title: str,
    what: str,
    names: Mapping[str, str],
    shown: Iterable[str],
    now: Figures,
    before: Figures,
    data: Return,
    previous: Return | None,
) -> Chart:
    """Bars of this year's and last year's counts."""
    shown = list(shown)
    series = [Series(data.edition.title, tuple(now.get(code, 0) for code in shown))]
    if previous is not None:
        series.append(Series(previous.edition.title, tuple(before.get(code, 0) for code in shown)))
    return Chart(title, what, tuple(names[code] for code in shown), tuple(series))


def _known(figures: Figures, labels: Mapping[str, str]) -> dict[str, int]:
    known = {code: number for code, number in figures.items() if code in labels or code == ""}
    if others := sum(number for code, number in figures.items() if code not in known):
        known["?"] = others
    return known
