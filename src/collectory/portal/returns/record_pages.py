"""What the page of one record shows: its items with what was found and noted, and the records under it."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from collectory.blade import Edition, Entity, Field
from collectory.engine.changing import rows_below
from collectory.engine.dataset import PARENT, ROW
from collectory.portal.returns import addresses, cells, reading, wording
from collectory.portal.returns.cells import NONE, Counts
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.notes_beside import notes_per_item
from collectory.portal.returns.services.explaining import with_explanation
from collectory.portal.returns.wording import Written


@dataclass(frozen=True)
class Message:
    """One finding in words."""

    rule_key: str
    number: str
    priority: str
    text: str
    explanation: str
    place: str
    accepted: bool

    @property
    def is_open_error(self) -> bool:
        """Whether it is an error that the collector has not OK'd."""
        return self.priority == "error" and not self.accepted


@dataclass(frozen=True)
class Item:
    """One field of a record, as one row of the page."""

    field: Field
    value: Written
    counts: Counts = NONE
    messages: tuple[Message, ...] = ()
    notes: int = 0
    amended: bool = False

    @property
    def anchor(self) -> str:
        """The id of its row."""
        return addresses.anchor(self.field)


@dataclass(frozen=True)
class Group:
    """Items under one heading ("" for none)."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class ListedRecord:
    """One record in a table: its cells in the order of the columns, and its findings."""

    row: int
    name: str
    cells: tuple[tuple[Written, Counts], ...]
    counts: Counts
    above: str = ""


@dataclass(frozen=True)
class Below:
    """The records of one entity under a record."""

    entity: Entity
    columns: tuple[Field, ...]
    records: tuple[ListedRecord, ...]
    depth: int

    @property
    def may_add(self) -> bool:
        """Whether one more can be put directly under the record of the page."""
        return self.depth == 1 and (self.entity.many or not self.records)


@dataclass(frozen=True)
class RecordPage:
    """A record with everything that its page shows."""

    entity: Entity
    row: int
    name: str
    key: list[tuple[Field, str]]
    groups: tuple[Group, ...]
    about: tuple[Message, ...]
    counts: Counts
    below: tuple[Below, ...]
    above: list[tuple[Entity, int, str]] = field(default_factory=list)


def values_of(revision: Revision, entity: Entity, row: int) -> dict[str, str | None]:
    """The values of one record. Raises IndexError for a row that is not there."""
    table = reading.table(revision, entity)
    if not 0 <= row < table.height:
        raise IndexError(f"{entity.name} has no row {row}")
    return table.row(row, named=True)


def messages_of(data_return: Return, revision: Revision, entity: Entity, row: int) -> dict[str, list[Message]]:
    """What was found at a record, by field; under "" what is about the record but reads none of its fields."""
    found = with_explanation(cells.findings_at(revision, entity.name, row), data_return)
    messages: dict[str, list[Message]] = {}
    for each in found.iter_rows(named=True):
        message = Message(
            *(each[name] for name in ("rule_key", "rule", "priority", "message", "explanation", "place", "accepted"))
        )
        for name in each["at_fields"] or [""]:
            messages.setdefault(name, []).append(message)
    return messages


def record_page(data_return: Return, revision: Revision, entity: Entity, row: int, amended: set[str]) -> RecordPage:
    """The page of one record; `amended` are the fields changed on screen. Raises IndexError for a row not there."""
    edition = reading.edition_of(data_return)
    values = values_of(revision, entity, row)
    messages = messages_of(data_return, revision, entity, row)
    counts = cells.of_cells(revision, entity.name, [row])
    notes = notes_per_item(data_return, revision, entity, row)
    items = {
        each.name: Item(
            each,
            wording.written(edition, each, values[each.name]),
            counts.get((row, each.name), NONE),
            tuple(messages.get(each.name, ())),
            notes.get(each.name, 0),
            each.name in amended,
        )
        for each in entity.fields
    }
    groups = tuple(
        Group(wording.group_title(path), tuple(items[each.name] for each in entity.fields if each.group == path))
        for path in entity.groups
    )
    total = cells.of_records(revision, entity.name).filter(pl.col("record") == row).drop("record").to_dicts()
    return RecordPage(
        entity=entity,
        row=row,
        name=wording.record_name(entity, values),
        key=wording.record_key(entity, values) if entity.named_by else [],
        groups=groups,
        about=tuple(messages.get("", ())),
        counts=Counts(**total[0]) if total else NONE,
        below=_below(edition, revision, entity, row),
        above=_above(revision, entity, row),
    )


def _above(revision: Revision, entity: Entity, row: int) -> list[tuple[Entity, int, str]]:
    """The records above, outermost first, each with its row and name."""
    found = []
    for each in [entity, *entity.ancestors()][:-1]:
        assert each.parent is not None
        row = reading.table(revision, each)[PARENT][row]
        found.append((each.parent, row, wording.record_name(each.parent, values_of(revision, each.parent, row))))
    return found[::-1]


def _below(edition: Edition, revision: Revision, entity: Entity, row: int) -> tuple[Below, ...]:
    """The records under a record; entities without any only directly under it."""
    family = [each for each in edition.entities if any(above.name == entity.name for above in each.ancestors())]
    if not family:
        return ()
    data = reading.dataset(revision, [entity.name, *(each.name for each in family)])
    rows = rows_below(data, entity.name, row)
    found = []
    for each in family:
        depth = 1 + [above.name for above in each.ancestors()].index(entity.name)
        if depth == 1 or rows.get(each.name):
            columns = listed_columns(each)
            chosen = rows.get(each.name, [])
            found.append(Below(each, columns, listed(edition, revision, each, chosen, columns, depth > 1), depth))
    return tuple(found)


def listed_columns(entity: Entity) -> tuple[Field, ...]:
    """The columns of a table of records."""
    from collectory.portal.returns.selecting import listed_fields

    return listed_fields(entity)


def listed(
    edition: Edition,
    revision: Revision,
    entity: Entity,
    rows: list[int],
    columns: tuple[Field, ...],
    with_above: bool = False,
) -> tuple[ListedRecord, ...]:
    """Records as rows of a table, in the order of `rows`."""
    if not rows:
        return ()
    table = reading.table(revision, entity)[rows]
    touched = cells.of_cells(revision, entity.name, rows)
    counts = {
        each.pop("record"): Counts(**each)
        for each in cells.of_records(revision, entity.name).filter(pl.col("record").is_in(rows)).to_dicts()
    }
    above: list[str] = [""] * len(rows)
    if with_above and entity.parent is not None:
        parents = reading.table(revision, entity.parent)[table[PARENT].to_list()]
        above = [wording.record_name(entity.parent, each) for each in parents.iter_rows(named=True)]
    return tuple(
        ListedRecord(
            row=each[ROW],
            name=wording.record_name(entity, each),
            cells=tuple(
                (wording.written(edition, one, each[one.name]), touched.get((each[ROW], one.name), NONE))
                for one in columns
            ),
            counts=counts.get(each[ROW], NONE),
            above=above[number],
        )
        for number, each in enumerate(table.iter_rows(named=True))
    )
