"""A file that came compared with the register and with the last one of the same source."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from collectory.blade import Entity
from collectory.engine.comparing import compare
from collectory.engine.dataset import Dataset
from collectory.engine.reading.register import STATUS

BIG_SHARE, BIG_NUMBER = 0.1, 5
"""A change is big from this share of what was there before, and from this number."""


@dataclass(frozen=True)
class RegisterDifference:
    """What the return says of its source, and what the register says; `field` is "" for what is of the whole source."""

    field: str
    title: str
    here: str
    register: str
    message: str


@dataclass(frozen=True)
class TableCount:
    """Records of a table in the last file and in this one."""

    entity: str
    title: str
    before: int
    now: int

    @property
    def is_big(self) -> bool:
        """Whether the change is worth a look."""
        change = abs(self.now - self.before)
        return change >= BIG_NUMBER and (self.before == 0 or self.now == 0 or change > BIG_SHARE * self.before)


@dataclass(frozen=True)
class Person:
    """A record that is in one of two files only: its key and what names it."""

    key: str
    name: str


@dataclass(frozen=True)
class Movement:
    """Whose records of a table have come and gone."""

    entity: str
    title: str
    come: tuple[Person, ...]
    gone: tuple[Person, ...]
    before: int

    @property
    def is_big(self) -> bool:
        """Whether so many have changed that it is worth a look."""
        most = max(len(self.come), len(self.gone))
        return most >= BIG_NUMBER and most > BIG_SHARE * self.before


@dataclass(frozen=True)
class ComparedWithLast:
    """How a return differs from the last one.

    last    what the last one is of, such as "School Census 2021 autumn"
    values  how many values of records that are in both differ
    """

    last: str
    counts: tuple[TableCount, ...]
    movements: tuple[Movement, ...]
    values: int

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return (
            not self.values
            and all(each.before == each.now for each in self.counts)
            and not any(each.come or each.gone for each in self.movements)
        )

    @property
    def big(self) -> list[str]:
        """The changes that are worth a look, each as a sentence."""
        said = [
            f"{each.title}: {each.now:,} now, {each.before:,} in the last file." for each in self.counts if each.is_big
        ]
        for each in self.movements:
            if each.is_big:
                said.append(
                    f"{each.title}: {len(each.come):,} have come and {len(each.gone):,} have gone since the last file."
                )
        return said


def with_register(dataset: Dataset, register: pl.DataFrame) -> tuple[RegisterDifference, ...]:
    """What the register's row of the source says otherwise. `register` holds the rows of this source only."""
    if not register.height:
        message = f"The register has no organisation {dataset.source}."
        return (RegisterDifference("", "Organisation", dataset.source, "", message),)
    row = register.row(0, named=True)
    found = []
    status = row.get(STATUS) or ""
    if status.lower() == "closed":
        found.append(RegisterDifference("", "Status", "", status, "The register says that the organisation is closed."))
    for name, column in dataset.edition.blade.in_register.items():
        entity, _, field = name.partition(".")
        if not dataset.edition.has_entity(entity) or not dataset.edition.entity(entity).has_field(field):
            continue
        table = dataset.tables[entity]
        here = (table[field][0] if table.height else None) or ""
        there = row.get(column) or ""
        if here and there and _plain(here) != _plain(there):
            title = dataset.edition.entity(entity).field(field).title
            message = f"The return has “{here[:60]}”, the register “{there[:60]}”."
            found.append(RegisterDifference(name, title, here, there, message))
    return tuple(found)


def with_last(dataset: Dataset, last: Dataset) -> ComparedWithLast:
    """How a return differs from the source's last one, of this edition or an earlier one."""
    changes = compare(last, dataset)
    shared = [entity for entity in dataset.edition.entities if last.edition.has_entity(entity.name)]
    counts = tuple(
        TableCount(entity.name, entity.plural, last.records[entity.name], dataset.records[entity.name])
        for entity in shared
        if entity.many and (last.records[entity.name] or dataset.records[entity.name])
    )
    movements = tuple(
        _movement(dataset, last, entity, changes)
        for entity in shared
        if entity.many and entity.parent is None and dataset.key_of(entity) and entity.named_by
    )
    values = changes.filter(pl.col("change") == "changed").height
    return ComparedWithLast(
        last.edition.title, counts, tuple(each for each in movements if each.come or each.gone), values
    )


def _movement(dataset: Dataset, last: Dataset, entity: Entity, changes: pl.DataFrame) -> Movement:
    of = changes.filter(pl.col("entity") == entity.name)
    come = of.filter(pl.col("change") == "added")["new_record"]
    gone = of.filter(pl.col("change") == "removed")["old_record"]
    return Movement(
        entity.name,
        entity.plural,
        _people(dataset, entity, come),
        _people(last, last.edition.entity(entity.name), gone),
        last.records[entity.name],
    )


def _people(dataset: Dataset, entity: Entity, rows: pl.Series) -> tuple[Person, ...]:
    table = dataset.tables[entity.name].select(
        pl.concat_str(list(dataset.key_of(entity)) or [pl.lit("")], separator=" ", ignore_nulls=True).alias("key"),
        pl.concat_str(
            [name for name in entity.named_by if entity.has_field(name)] or [pl.lit("")],
            separator=" ",
            ignore_nulls=True,
        ).alias("name"),
    )
    return tuple(Person(key or "", name or "") for key, name in table[rows.to_list()].iter_rows())


def _plain(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
