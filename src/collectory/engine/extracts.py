"""How a return lies in an extract: one CSV table for several entities, one line for what stands once.

The tables and columns are those that the old system's extracts had, in which councils still keep their data. Fields
say where they lie (`Field.extract`), a blade says what else the tables hold (`Blade.extract`). Everything is a
description; `writing.extract` and `reading.extract` do the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collectory.blade import Edition, Entity, Field

NATIVE_ID = "NativeId"
SOURCE_ID = "sourceid"


@dataclass
class ExtractTable:
    """One file of an extract.

    entity     whose records are its lines
    held       entities with at most one record, whose values stand in the same line, nearest first
    columns    the column of each field, by entity and field name
    parent     the table that its lines belong to
    marks      columns that the old system added for itself
    """

    name: str
    entity: Entity
    parent: ExtractTable | None = None
    held: list[Entity] = field(default_factory=list)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The column that numbers its lines."""
        return f"{self.name}tableid"

    @property
    def order(self) -> str:
        """The column that says where a line stood among those of its parent."""
        return f"{self.name}orderseqcolumn"

    @property
    def entities(self) -> list[Entity]:
        return [self.entity, *self.held]


@dataclass
class ExtractLayout:
    """The files of an extract of an edition, parents before children.

    place     the table in which the records of an entity lie
    left_out  fields that an extract has no column for
    implied   the values of some of them, by entity and field, that go without saying
    """

    edition: Edition
    tables: dict[str, ExtractTable] = field(default_factory=dict)
    place: dict[str, ExtractTable] = field(default_factory=dict)
    left_out: list[tuple[Entity, Field]] = field(default_factory=list)
    implied: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def first(self) -> ExtractTable:
        return next(iter(self.tables.values()))


def extract_layout(edition: Edition) -> ExtractLayout | None:
    """The layout of an edition's extract; None where its blade has none."""
    extract = edition.blade.extract
    if extract is None:
        return None
    layout = ExtractLayout(edition, implied=extract.implied)
    for entity in edition.entities:
        above = layout.place.get(entity.parent.name) if entity.parent is not None else None
        if not entity.extract or (entity.parent is not None and above is None):
            layout.left_out.extend((entity, each) for each in entity.fields)
            continue
        if above is not None and not entity.many and entity.extract == above.entity.extract:
            table = above
            table.held.append(entity)
        else:
            name = extract.table(edition, entity.extract)
            if layout.tables:
                above = above or layout.first
            table = ExtractTable(name, entity, above, marks=extract.marks.get(entity.extract, ()))
            layout.tables[name] = table
        layout.place[entity.name] = table
        _put_columns(layout, table, entity)
    return layout


def _put_columns(layout: ExtractLayout, table: ExtractTable, entity: Entity) -> None:
    for each in entity.fields:
        of, _, column = each.extract.partition(".")
        if of == entity.extract and column and column not in table.columns.values():
            table.columns[entity.name, each.name] = column
        else:
            layout.left_out.append((entity, each))
