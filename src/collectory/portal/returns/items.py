"""Data items: what a note on one value is kept under, so that it is found again after the next upload.

An item's `place` is made of its entity, the natural keys from the outermost record down to it, and the
field; records of one key are told apart by their order. Its `identity` has the value in addition.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from collectory.blade import Entity
from collectory.engine.checking.findings import digest_of, keys_of
from collectory.portal.returns import reading
from collectory.portal.returns.models import Note, Return, Revision


@dataclass(frozen=True)
class Item:
    """One value of one record of a revision."""

    revision: Revision
    entity: Entity
    row: int
    field: str
    title: str
    value: str | None
    record_key: tuple[str, ...]
    place: str

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for the place and the value."""
        return digest_of(f"{self.place}\x1e{'∅' if self.value is None else self.value}")


def _known(revision: Revision, entity: Entity) -> pl.Series:
    """For each row of an entity, the text that it is known by, the same in the next upload."""

    def make() -> pl.DataFrame:
        table = reading.table(revision, entity)
        data = reading.dataset(revision, reading.with_ancestors(entity))
        keys = keys_of(data, entity.name, table["_row"])
        names = [name for name in entity.named_by if entity.has_field(name)]
        named = pl.concat_str([pl.col(name) for name in names], separator="\x1f", ignore_nulls=True)
        frame = table.with_columns(keys.list.join("\x1f").alias("_key"))
        key = pl.col("_key")
        blank = key.str.strip_chars("\x1f") == ""
        known = pl.when(blank).then(named if names else pl.lit("")).otherwise(key)
        return frame.select(known.alias("known")).select(
            pl.concat_str("known", pl.lit("\x1e"), pl.int_range(pl.len()).over("known")).alias("known")
        )

    blobs = tuple(revision.tables.get(name, "") for name in reading.with_ancestors(entity))
    return reading.remembered(("known", entity.name, blobs), make)["known"]


def item(revision: Revision, entity: str, row: int, field: str) -> Item | None:
    """The item at a field of the record in `row`; None when there is no such entity, record or field."""
    edition = reading.edition_of(revision.data_return)
    if not edition.has_entity(entity) or not edition.entity(entity).has_field(field):
        return None
    kind = edition.entity(entity)
    table = reading.table(revision, kind)
    if not 0 <= row < table.height:
        return None
    data = reading.dataset(revision, reading.with_ancestors(kind))
    key = keys_of(data, entity, pl.Series([row], dtype=pl.Int64)).to_list()[0]
    known = _known(revision, kind)[row]
    return Item(
        revision=revision,
        entity=kind,
        row=row,
        field=field,
        title=kind.field(field).title,
        value=table[field][row],
        record_key=tuple(key),
        place=_place(entity, known, field),
    )


def items_at(revision: Revision, entity: Entity, field: str, places: list[str]) -> dict[str, Item]:
    """The items of one field at these places; places that are gone are left out."""
    wanted = set(places)
    found = {}
    for row, known in enumerate(_known(revision, entity)):
        place = _place(entity.name, known, field)
        if place in wanted and (there := item(revision, entity.name, row, field)):
            found[place] = there
    return found


def _place(entity: str, known: str, field: str) -> str:
    return digest_of("\x1e".join(("item", entity, known, field)))


def notes_on_record(data_return: Return, revision: Revision, entity: str, row: int) -> dict[str, list[Note]]:
    """The notes on the items of one record by field, newest first, withdrawn ones left out."""
    edition = reading.edition_of(data_return)
    kind = edition.entity(entity)
    known = _known(revision, kind)[row]
    places = {_place(entity, known, each.name): each.name for each in kind.fields}
    found: dict[str, list[Note]] = {}
    notes = Note.objects.filter(data_return=data_return, scope=Note.Scope.ITEM, place__in=list(places), withdrawal=None)
    for note in notes.select_related("author", "organisation"):
        found.setdefault(places[note.place], []).append(note)
    return found
