"""The one way for screens to get at a revision's data.

Revisions never change and their blobs are named by their content, so what has been read is kept for the
next page, in this process, up to a number of bytes; the least recently used goes first. Tables that an
edit left alone have the same blob in the next revision and are not read again.

    table(revision, "PupilOnRoll")     one entity's table
    dataset(revision)                  all of them, as the engine wants them
    findings(revision)                 the findings, with their number in the column `finding`
    remembered((…), make, size)        something worked out of them
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar, cast

import polars as pl
from django.conf import settings

from collectory.blade import Edition, Entity
from collectory.engine import Dataset, Notice
from collectory.engine.dataset import completed, empty_table
from collectory.engine.writing.parquet import table_from_parquet
from collectory.portal import storage
from collectory.portal.returns.models import Return, Revision
from collectory.portal.rules.switching import edition_in

Thing = TypeVar("Thing")
_DEFAULT_BYTES = 256 * 1024 * 1024


class Memory:
    """Things by key, the least recently used thrown away when their sizes add up to too much."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._things: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Thing], size: Callable[[Thing], int]) -> Thing:
        """The thing of this key, made when it is not there. Made outside the lock: twice at worst, never waiting."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return cast(Thing, self._things[key][0])
        thing = make()
        weight = max(1, size(thing))
        if weight > self.limit:
            return thing
        with self._lock:
            if key not in self._things:
                self._things[key] = (thing, weight)
                self._bytes += weight
            while self._bytes > self.limit:
                _, (_, gone) = self._things.popitem(last=False)
                self._bytes -= gone
        return thing

    def forget(self) -> None:
        """Throw everything away."""
        with self._lock:
            self._things.clear()
            self._bytes = 0

    @property
    def bytes(self) -> int:
        """How much is kept now."""
        return self._bytes


memory = Memory(getattr(settings, "READING_BYTES", _DEFAULT_BYTES))


def _size(frame: pl.DataFrame) -> int:
    return int(frame.estimated_size())


def edition_of(data_return: Return) -> Edition:
    """The edition that a return is of, with its rules as they are switched now."""
    return edition_in(data_return.collection)


def table(revision: Revision, entity: Entity | str) -> pl.DataFrame:
    """One entity's table of a revision: `_row`, `_parent`, and a text column for each field.

    An entity that came into the edition after the revision was kept has an empty table. Raises KeyError
    for a name that the edition does not know.
    """
    if isinstance(entity, str):
        entity = edition_of(revision.data_return).entity(entity)
    kind, sha256 = entity, revision.tables.get(entity.name)
    if sha256 is None:
        return empty_table(kind)

    def read() -> pl.DataFrame:
        return table_from_parquet(storage.read(sha256), kind)

    # The edition's columns are read, so that the same blob may be two tables for two editions.
    return memory.get(("table", sha256, revision.data_return.collection.edition_key, kind.name), read, _size)


def dataset(revision: Revision, entities: Iterable[str] | None = None) -> Dataset:
    """The data of a revision; with `entities`, only their tables are read and the others are empty."""
    edition = edition_of(revision.data_return)
    wanted = [each for each in edition.entities if entities is None or each.name in set(entities)]
    tables = {each.name: table(revision, each) for each in wanted}
    notices = tuple(Notice(**notice) for notice in revision.notices)
    return Dataset(edition, completed(edition, tables), notices)


def with_ancestors(entity: Entity) -> list[str]:
    """The names of an entity and of those above it: what is needed to name one of its records."""
    return [entity.name, *(above.name for above in entity.ancestors())]


def findings(revision: Revision) -> pl.DataFrame:
    """The findings of a revision, in reading order; the column `finding` counts them from 0."""

    def read() -> pl.DataFrame:
        return pl.read_parquet(storage.read(revision.findings)).with_row_index("finding").cast({"finding": pl.Int64})

    return memory.get(("findings", revision.findings), read, _size)


def remembered(
    key: tuple[Hashable, ...], make: Callable[[], Thing], size: Callable[[Thing], int] | None = None
) -> Thing:
    """Something worked out of blobs, kept under `key`, which must name every blob it was worked out of.

    The size is taken of frames; give `size` for anything else that may be large.
    """

    def weigh(thing: Thing) -> int:
        return _size(thing) if isinstance(thing, pl.DataFrame) else 1024

    return memory.get(("made", *key), make, size or weigh)
