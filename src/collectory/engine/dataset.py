"""The data of one return: a table for each entity, values as the text that was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, overload

import polars as pl

from collectory.blade import Edition, Entity

ROW = "_row"
PARENT = "_parent"

Rows = pl.DataFrame | Sequence[Mapping[str, Any]]
"""A plain table: a frame, or rows as mappings of field to value."""


@dataclass(frozen=True)
class Notice:
    """Something in a file that its tables do not show.

    kind   "unknown", "misplaced", "repeated" or "text"
    path   the element, as the path of names below the root's
    count  how often
    line   line of the first one, from 1; None where there are no lines
    entity, record  the record it stands in, where there is one
    """

    kind: str
    path: str
    count: int
    line: int | None = None
    entity: str | None = None


@dataclass(frozen=True, eq=False)
class PlainTables:
    """Tables that are not yet of an edition."""

    tables: Mapping[str, Rows]


@dataclass(frozen=True, eq=False)
class Dataset:
    """The tables of a return of an edition.

    Each table has `_row` (Int64, 0-based position in document order), `_parent` (Int64, row of the record
    above in its entity's table; null at the top) and one String column for each field, null where it is
    missing or empty. Tables of all entities of the edition are there, empty ones too.
    """

    edition: Edition
    tables: Mapping[str, pl.DataFrame]
    notices: tuple[Notice, ...] = ()

    @overload
    @staticmethod
    def from_tables(tables: Mapping[str, Rows], edition: Edition | str) -> Dataset: ...

    @overload
    @staticmethod
    def from_tables(tables: Mapping[str, Rows], edition: None = None) -> PlainTables: ...

    @staticmethod
    def from_tables(tables: Mapping[str, Rows], edition: Edition | str | None = None) -> Dataset | PlainTables:
        """A data set of plain tables: frames, or lists of rows as mappings of field to value.

        Values may be text, numbers, dates or booleans. Records below others say where they belong by
        `_parent` (0-based row of the table above), or by columns that bear the names of the natural keys of
        the records above; a single record above needs neither. Without an edition the tables wait for the one
        that checks them (`edition.check(tables)`). Raises ValueError for tables, columns or parents that the
        edition does not know.
        """
        from collectory.engine.tables import dataset_of_tables

        return PlainTables(tables) if edition is None else dataset_of_tables(tables, edition)

    @cached_property
    def records(self) -> dict[str, int]:
        """Number of records of each entity."""
        return {name: table.height for name, table in self.tables.items()}

    @property
    def source(self) -> str:
        """The native ID that the header states; "" where it does not."""
        parts = [self.header_value(path) for path in self.edition.blade.header.source]
        return "".join(part or "" for part in parts)

    def header_value(self, path: str) -> str | None:
        """The value at a path below the root, of the first record there."""
        for entity in self.edition.entities:
            if entity.parent is None and path.startswith(entity.path + "/"):
                for field in entity.fields:
                    if f"{entity.path}/{field.path}" == path:
                        table = self.tables[entity.name]
                        return table[field.name][0] if table.height else None
        return None

    def with_tables(self, tables: Mapping[str, pl.DataFrame]) -> Dataset:
        """The same return with some tables replaced (their `_row` made to count from 0 again)."""
        return replace(self, tables={**self.tables, **tables})

    def key_of(self, entity: Entity) -> tuple[str, ...]:
        """The fields of an entity's natural key that this edition has."""
        return tuple(name for name in entity.key if entity.has_field(name))


def columns_of(entity: Entity) -> list[str]:
    """The columns of an entity's table, in order."""
    return [ROW, PARENT, *(field.name for field in entity.fields)]


def empty_table(entity: Entity) -> pl.DataFrame:
    """A table of an entity without records."""
    schema: dict[str, Any] = {ROW: pl.Int64, PARENT: pl.Int64}
    schema.update({field.name: pl.String for field in entity.fields})
    return pl.DataFrame(schema=schema)


def one_empty_record(entity: Entity) -> pl.DataFrame:
    """A table of an entity at the top with one record that holds nothing."""
    return pl.concat([empty_table(entity), pl.DataFrame({ROW: [0]})], how="diagonal")


def completed(edition: Edition, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Tables of all entities of an edition in its order, the missing ones empty.

    What the edition's form shows has a record even where none was sent: an empty form, not a form without lines.
    """
    keyed = edition.form.entities if edition.form else ()
    made: dict[str, pl.DataFrame] = {}
    for entity in edition.entities:
        table = tables[entity.name] if entity.name in tables else empty_table(entity)
        made[entity.name] = one_empty_record(entity) if entity.name in keyed and not table.height else table
    return made


def under_names_of(entity: Entity, frame: pl.DataFrame, theirs: Entity) -> pl.DataFrame:
    """A table of one edition (`theirs`) with columns named as another edition's `entity` names them, as far as fields
    were only renamed between the two."""
    names: dict[str, str] = {}
    for field in entity.fields:
        if field.name in frame.columns:
            continue
        meant = theirs.field_meant_by(field.name) or (theirs.field_meant_by(field.renamed) if field.renamed else None)
        if meant is not None and meant.name in frame.columns:
            names[meant.name] = field.name
    return frame.rename(names) if names else frame
