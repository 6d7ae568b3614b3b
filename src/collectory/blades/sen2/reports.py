"""The one-page summary: the form as it is filled in, last year's figures beside it, ages and placements as charts."""

from __future__ import annotations

from collections.abc import Mapping

from collectory.blade import Chart, Heading, Item, Report, ReportPage, ReportTable, Row, Series, Tab, Value
from collectory.blade.reports import Return

from .lines import PLACED, STATEMENTS, Line

Figures = Mapping[str, int | None]


def figures(data: Return | None, entity: str) -> Figures:
    """The whole numbers in a part of a return, by field; None for what is empty or no number."""
    if data is None or not data.tables[entity].height:
        return {}
    values = data.tables[entity].row(0, named=True)
    return {
        name: int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 10 else None
        for name, text in values.items()
    }


def change(now: int | None, before: int | None) -> tuple[Value, Value]:
    """The change in number and in per cent, with their signs; None where there is nothing to compare."""
    if now is None or before is None:
        return None, None
    difference = now - before
    share = f"{100 * difference / before:+.1f}%" if before else None
    return (f"{difference:+,}" if difference else "0"), (share if difference else "0.0%" if before else None)


def part(tab: Tab, entity: str, data: Return, previous: Return | None) -> ReportTable:
    """One part of the form as a table."""
    now, before = figures(data, entity), figures(previous, entity)
    rows: list[Row] = []
    for line in tab.lines:
        if isinstance(line, Heading):
            rows.append(Row((f"{line.mark} {line.text}".strip(),), level=line.level))
        else:
            rows.append(row_of(line, now.get(line.field), before.get(line.field)))
    last = f"{previous.edition.title}" if previous is not None else "Year before"
    columns = ("Data item", data.edition.title, last, "Change", "Change in per cent")
    return ReportTable(tab.heading or tab.title, columns, tuple(rows))


def row_of(item: Item, now: int | None, before: int | None) -> Row:
    """One line of the form."""
    label = f"{item.mark} {item.label}".strip()
    return Row((label, now, before, *change(now, before)), is_total=bool(item.total_of or item.same_as))


def chart(title: str, lines: tuple[Line, ...], data: Return, previous: Return | None) -> Chart:
    """Bars for some lines of Part 1, this year's and last year's."""
    now, before = figures(data, "Part1"), figures(previous, "Part1")
    form = data.edition.form
    assert form is not None
    shown = [form.item("Part1", line.field) for line in lines if ("Part1", line.field) in form.order]
    series = [Series(data.edition.title, tuple(now.get(item.field) for item in shown))]
    if previous is not None:
        series.append(Series(previous.edition.title, tuple(before.get(item.field) for item in shown)))
    categories = tuple(item.label[:1].upper() + item.label[1:] for item in shown)
    return Chart(title, "Children with statements", categories, tuple(series))


def build(data: Return, previous: Return | None) -> ReportPage:
    """The summary of a return."""
    form = data.edition.form
    assert form is not None
    remarks = ["" if previous is not None else "There is no return of the year before here to compare with."]
    empty = sum(1 for tab in form.tabs[1:] for item in tab.items if figures(data, item.entity).get(item.field) is None)
    if empty:
        remarks.append(f"{empty} lines are empty or hold no whole number; they are shown as –.")
    return ReportPage(
        tables=tuple(part(tab, tab.entities[0], data, previous) for tab in form.tabs[1:]),
        charts=(
            chart("Statements by age", STATEMENTS[:-1], data, previous),
            chart("Statements by placement", (*PLACED.schools, *PLACED.elsewhere), data, previous),
        ),
        remarks=tuple(remark for remark in remarks if remark),
    )


summary = Report(
    "summary",
    "Summary of the return",
    build,
    help="The form as it is filled in, with last year's figures, the change in number and per cent, and charts of ages "
    "and placements.",
)
