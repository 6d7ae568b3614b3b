"""What the pages of a form show: its tabs with their counts, and each line with what was found and noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from collectory.blade import Edition, Field, Form, Heading, Integer, Item, RunningTotal, Tab
from collectory.engine.keying import understood
from collectory.portal.returns import addresses, cells, changes, reading, wording
from collectory.portal.returns.cells import NONE, Counts
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.notes_beside import notes_per_item
from collectory.portal.returns.record_pages import Message
from collectory.portal.returns.services.explaining import with_explanation
from collectory.portal.returns.services.keying import Cell, values_in
from collectory.portal.returns.wording import Written


@dataclass(frozen=True)
class Told(Message):
    """A finding told at a line of a form: `is_alone` where its rule reads no other line."""

    is_alone: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """A finding that reads a line and is told at another one."""

    number: str
    priority: str
    name: str
    address: str


@dataclass(frozen=True)
class Line:
    """One line of a form with one value.

    messages   findings told here: those that read this value alone, or this value first
    elsewhere  findings that read it too and are told at another line
    is_missing whether the value is asked for and is not there
    problem    what is wrong with the value by itself; "" where it is of its kind
    running    for a total: the sum of its parts as they stand
    typed      what stands in the box; `shown` and `theirs` as in the controls of a record
    """

    item: Item
    field: Field
    written: Written
    counts: Counts = NONE
    messages: tuple[Told, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    is_missing: bool = False
    notes: int = 0
    amended: bool = False
    problem: str = ""
    running: RunningTotal | None = None
    parts: tuple[Item, ...] = ()
    same_as: tuple[tuple[Item, str | None], ...] = ()
    typed: str = ""
    was_changed: bool = False
    shown: str | None = None
    theirs: str | None = None

    @property
    def cell(self) -> Cell:
        """Entity and field."""
        return self.item.entity, self.item.field

    @property
    def anchor(self) -> str:
        """The id of its row."""
        return addresses.anchor(self.item.field)

    @property
    def control(self) -> str:
        """The id of its box, and the name under which its value is sent."""
        return control_name(self.cell)

    @property
    def is_number(self) -> bool:
        """Whether it asks for a whole number."""
        return isinstance(self.field.kind, Integer)

    @property
    def is_total(self) -> bool:
        """Whether other lines add up to it."""
        return bool(self.item.total_of)

    @property
    def is_wrong(self) -> bool:
        """Whether something has to be put right at this line rather than at another one."""
        return bool(self.problem or self.was_changed or any(one.is_open_error for one in self.messages))

    @property
    def difference(self) -> int | None:
        """How much the total that stands there is more than the sum of its parts; None where that cannot be told."""
        if self.running is None or self.running.counted < self.running.parts:
            return None
        text = understood(self.field, self.typed).value
        return int(text) - self.running.total if text and text.isascii() and text.isdecimal() else None


@dataclass(frozen=True)
class Block:
    """Lines under one heading; None for those above the first."""

    heading: Heading | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class TabLink:
    """A tab as it is shown above the form."""

    tab: Tab
    counts: Counts
    is_current: bool


@dataclass(frozen=True)
class Problem:
    """A line of the error summary: what is wrong, and the box where it is put right."""

    text: str
    target: str


@dataclass(frozen=True)
class TabPage:
    """One tab of the form of a return."""

    tab: Tab
    blocks: tuple[Block, ...]
    filled: int
    asked: int
    problems: tuple[Problem, ...] = field(default=())

    @property
    def lines(self) -> Iterator[Line]:
        """All lines, in order."""
        for block in self.blocks:
            yield from block.lines

    @property
    def has_totals(self) -> bool:
        """Whether lines of it add up to others."""
        return any(line.is_total for line in self.lines)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has keyed anything on it."""
        return not self.filled


def control_name(cell: Cell) -> str:
    """The name under which the value of an item is sent."""
    return f"value-{cell[0]}-{cell[1]}"


def tab_links(form: Form, revision: Revision | None, current: Tab) -> list[TabLink]:
    """The tabs with the number of findings that touch a value of each."""
    return [TabLink(tab, counts_of(form, revision, tab), tab == current) for tab in form.tabs]


def counts_of(form: Form, revision: Revision | None, tab: Tab) -> Counts:
    """How many findings touch a value of a tab; a finding that touches several counts once."""
    if revision is None:
        return NONE
    names = [(item.entity, item.field) for item in tab.items]
    wanted = pl.DataFrame(names, schema={"entity": pl.String, "field": pl.String}, orient="row")
    there = cells.touches(revision).join(wanted, on=["entity", "field"], how="semi").unique("finding")
    is_ok = pl.col("accepted")
    error = pl.col("priority") == "error"
    row = there.select(errors=(error & ~is_ok).sum(), queries=(~error & ~is_ok).sum(), ok_errors=is_ok.sum())
    return Counts(**row.to_dicts()[0])


def off_the_form(edition: Edition, form: Form, revision: Revision) -> int:
    """How many findings are about neither the return as a whole nor a value of the form."""
    touched = cells.touches(revision).filter(pl.col("entity").is_in(form.entities))["finding"].unique()
    rest = reading.findings(revision).filter(
        (pl.col("level") != "return") & ~pl.col("finding").is_in(touched.implode())
    )
    return rest.height


def tab_page(data_return: Return, revision: Revision | None, tab: Tab, form: Form) -> TabPage:
    """A tab as the return holds it now; every line empty for a return without data."""
    edition = reading.edition_of(data_return)
    values = values_in(revision, form)
    if revision is None:
        values |= _given(edition, form, data_return)
    beside = {name: _beside(data_return, revision, form, name) for name in tab.entities} if revision else {}
    lines = {}
    for item in tab.items:
        kind = edition.entity(item.entity).field(item.field)
        value = values[item.entity, item.field]
        line = Line(item, kind, wording.written(edition, kind, value), typed=value or "")
        if item.entity in beside:
            line = replace(line, **beside[item.entity](item.field))
        problem = understood(kind, value).problem if value else ""
        lines[line.cell] = replace(line, problem=problem)
    return _assembled(tab, form, lines, values, shows_found=revision is not None)


def _given(edition: Edition, form: Form, data_return: Return) -> dict[Cell, str | None]:
    given = form.given(edition, data_return.organisation.native_id)
    cells_of_form = form.order
    return {(e, f): text for e, fields in given.items() for f, text in fields.items() if (e, f) in cells_of_form}


def _assembled(
    tab: Tab, form: Form, lines: Mapping[Cell, Line], values: Mapping[Cell, str | None], *, shows_found: bool
) -> TabPage:
    """The page of these lines, with sums and the summary of what is wrong."""
    made: list[Block] = []
    heading: Heading | None = None
    here: list[Line] = []
    for one in tab.lines:
        if isinstance(one, Heading):
            if here or heading is not None:
                made.append(Block(heading, tuple(here)))
            heading, here = one, []
            continue
        here.append(_with_sums(lines[one.entity, one.field], form, values))
    made.append(Block(heading, tuple(here)))
    own = [line for block in made for line in block.lines if not line.item.given]
    filled = sum(1 for line in own if line.typed)
    page = TabPage(tab, tuple(made), filled, len(own))
    return replace(page, problems=_summary(page)) if shows_found and filled else page


def _with_sums(line: Line, form: Form, values: Mapping[Cell, str | None]) -> Line:
    """A line with the sum of its parts and the numbers that it should be the same as."""
    entity = line.item.entity
    of_entity = {name: text for (each, name), text in values.items() if each == entity}
    parts = tuple(form.item(entity, name) for name in line.item.total_of if (entity, name) in form.order)
    same = tuple(
        (form.item(entity, name), of_entity[name]) for name in line.item.same_as if (entity, name) in form.order
    )
    return replace(line, running=line.item.running_total(of_entity), parts=parts, same_as=same)


def _summary(page: TabPage) -> tuple[Problem, ...]:
    """What has to be put right on a tab: values first, then sums; lines that are still empty in one sentence."""
    found = [Problem(f"{_called(line)}: {line.problem}", f"#{line.control}") for line in page.lines if line.problem]
    for line in page.lines:
        found.extend(
            Problem(f"{_called(line)}: {message.text}", f"#{line.control}")
            for message in line.messages
            if message.is_open_error and not (message.is_alone and (line.is_missing or line.problem))
        )
    missing = [line for line in page.lines if line.is_missing]
    if missing:
        words = f"{len(missing)} lines are empty" if len(missing) > 1 else "One line is empty"
        first = f"; the first is {_called(missing[0])}" if len(missing) > 1 else f": {_called(missing[0])}"
        found.append(Problem(f"{words}{first}. Enter 0 where there are none.", f"#{missing[0].control}"))
    return tuple(found)


def _called(line: Line) -> str:
    return line.item.reference or line.item.label


def _beside(data_return: Return, revision: Revision, form: Form, entity: str):  # type: ignore[no-untyped-def]
    """For one entity of the form: what each of its lines shows beside its value, by field."""
    kind = reading.edition_of(data_return).entity(entity)
    counts = cells.of_cells(revision, entity, [0])
    notes = notes_per_item(data_return, revision, kind, 0)
    first = data_return.revisions.filter(number__lte=revision.number).exclude(cause=Revision.Cause.EDIT)
    from_file = first.order_by("-number").values_list("cause", flat=True).first() == Revision.Cause.UPLOAD
    amended = changes.amended(data_return, kind).get(0, set()) if from_file else set()
    told: dict[str, list[Told]] = {}
    elsewhere: dict[str, list[Elsewhere]] = {}
    missing: set[str] = set()
    for row in with_explanation(cells.findings_at(revision, entity, 0), data_return).rows(named=True):
        read = _items_read(form, row["fields"] or [])
        owner = read[0] if read else None
        alone = len(read) == 1
        empty = alone and row["fields"][0]["value"] is None
        for name in row["at_fields"]:
            if owner is None or owner == (entity, name):
                one = ("rule_key", "rule", "priority", "message", "explanation", "place", "accepted")
                told.setdefault(name, []).append(Told(*(row[each] for each in one), is_alone=alone))
                if empty and row["priority"] == "error" and not row["accepted"]:
                    missing.add(name)
            else:
                at = form.item(*owner)
                address = addresses.url_of_cell(data_return, at.entity, 0, at.field)
                label = at.reference or at.label
                elsewhere.setdefault(name, []).append(Elsewhere(row["rule"], row["priority"], label, address))

    def of(name: str) -> dict[str, Any]:
        return {
            "counts": counts.get((0, name), NONE),
            "messages": tuple(told.get(name, ())),
            "elsewhere": tuple(elsewhere.get(name, ())),
            "is_missing": name in missing,
            "notes": notes.get(name, 0),
            "amended": name in amended,
        }

    return of


def _items_read(form: Form, read: list[dict[str, Any]]) -> list[Cell]:
    """The items of the form that a finding reads, in the order in which its rule reads them."""
    found = [(one["entity"], one["field"].rpartition(".")[2]) for one in read if one["entity"]]
    return [cell for cell in dict.fromkeys(found) if cell in form.order]


def with_typed(
    page: TabPage, form: Form, typed: Mapping[Cell, str], theirs: Mapping[Cell, tuple[str | None, str | None]]
) -> TabPage:
    """The page with what a person typed in its boxes, and what somebody else made of the values meanwhile."""
    lines: dict[Cell, Line] = {}
    for line in page.lines:
        before, now = theirs.get(line.cell, (None, line.written.text))
        text = typed.get(line.cell, line.typed)
        if line.cell in theirs and understood(line.field, text).value == before:
            text = now or ""
        changed = line.cell in theirs
        problem = understood(line.field, text).problem if text else ""
        lines[line.cell] = replace(
            line, typed=text, problem=problem, was_changed=changed, shown=before, theirs=now if changed else None
        )
    values = {cell: understood(line.field, line.typed).value for cell, line in lines.items()}
    return _assembled(page.tab, form, lines, values, shows_found=False)
