"""Tables that faults are put into, and the faults themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from collectory.blade import Edition

from ..draws import Ints, Mask, age_on, day

ON_ROLL = "PupilOnRoll"
LEAVER = "PupilNoLongerOnRoll"


class Workings:
    """The tables of a return while faults are put in.

    Rows keep their numbers until `finished`: new ones come after all others, dropped ones are only marked.
    """

    def __init__(self, edition: Edition, tables: Mapping[str, pl.DataFrame]) -> None:
        self.edition = edition
        self.tables = dict(tables)
        self.victims: Mapping[str, Mask] = {}
        self._dropped: dict[str, set[int]] = {}

    def height(self, entity: str) -> int:
        return self.tables[entity].height if entity in self.tables else 0

    def values(self, entity: str, field: str) -> pl.Series:
        """The column of a field, which later editions may have renamed to this name."""
        return self.tables[entity][self.named(entity, field)]

    def named(self, entity: str, field: str) -> str:
        """The name that a field has in the edition. Raises KeyError where there is none."""
        meant = self.edition.entity(entity).field_meant_by(field)
        if meant is None:
            raise KeyError(field)
        return meant.name

    def there(self, entity: str, field: str) -> Mask:
        """Whether each record has a value of the field."""
        return self.values(entity, field).is_not_null().to_numpy()

    def equal(self, entity: str, field: str, *values: str) -> Mask:
        """Whether the value of each record is one of these."""
        return self.values(entity, field).is_in(values).fill_null(False).to_numpy()

    def age(self, entity: str) -> Ints:
        """Ages of pupils on 31 August before the school year; -1 where there is no date of birth."""
        born = self.values(entity, "DOB").str.to_date(strict=False)
        ages = age_on(born.fill_null(self.edition.reference_date).to_numpy(), day(self.edition.age_date))
        return np.where(born.is_null().to_numpy(), -1, ages)

    def owner(self, entity: str) -> Ints:
        """The pupil's row for each record of the entity."""
        rows = np.arange(self.height(entity))
        above = self.edition.entity(entity)
        while above.parent is not None:
            parents = self.tables[above.name]["_parent"].to_numpy()
            rows, above = parents[rows], above.parent
        return rows.astype(np.int64)

    def parents(self, entity: str, rows: Ints) -> Ints:
        """The row above for each of these records."""
        return self.tables[entity]["_parent"].to_numpy()[rows].astype(np.int64)

    def top(self, entity: str) -> str:
        """The entity of pupils above this one, or itself."""
        found = self.edition.entity(entity)
        while found.parent is not None:
            found = found.parent
        return found.name

    def put(self, entity: str, field: str, rows: Ints, values: pl.Series | str | None) -> None:
        """Set a field of some records."""
        column = self.values(entity, field)
        new = values if isinstance(values, pl.Series) else pl.Series([values] * len(rows), dtype=pl.String)
        self.tables[entity] = self.tables[entity].with_columns(column.scatter(pl.Series(rows, dtype=pl.UInt32), new))

    def copy(self, entity: str, rows: Ints, fields: Sequence[str]) -> None:
        """Give records the values that some other record has, of a pupil without a fault where there is one."""
        spoiled = self.victims.get(self.top(entity))
        sound = np.arange(self.height(entity))
        if spoiled is not None and not spoiled.all():
            sound = sound[~spoiled[self.owner(entity)]]
        for field in fields:
            among = sound[self.there(entity, field)[sound]]
            if len(among):
                others = among[np.searchsorted(among, rows) % len(among)]
                self.put(entity, field, rows, self.values(entity, field).gather(pl.Series(others)))

    def repeat(self, entity: str, rows: Ints, **changes: str | None) -> None:
        """Add records like these, with some values changed."""
        more = self.tables[entity][rows].with_columns(
            pl.lit(value, pl.String).alias(self.named(entity, name)) for name, value in changes.items()
        )
        self.tables[entity] = pl.concat([self.tables[entity], more])

    def drop(self, entity: str, rows: Ints) -> None:
        """Leave out records, and all below them."""
        self._dropped.setdefault(entity, set()).update(rows.tolist())

    def written(self, name: str, more: int = 0) -> str:
        """A date among the edition's parameters, or so many days later, as it is written."""
        value: date = getattr(self.edition, name)
        return (value + timedelta(days=more)).isoformat()

    def finished(self) -> dict[str, pl.DataFrame]:
        """The tables with rows numbered from 0 again, in the order of the records above."""
        new_rows: dict[str, Ints] = {}
        made: dict[str, pl.DataFrame] = {}
        for entity in self.edition.entities:
            if entity.name not in self.tables:
                continue
            frame = self.tables[entity.name]
            keep = np.ones(frame.height, dtype=bool)
            keep[list(self._dropped.get(entity.name, ()))] = False
            if entity.parent is not None:
                parents = new_rows[entity.parent.name][frame["_parent"].to_numpy()]
                keep &= parents >= 0
                frame = frame.with_columns(pl.Series("_parent", parents))
            order = np.flatnonzero(keep)
            if entity.parent is not None:
                order = order[np.argsort(frame["_parent"].to_numpy()[order], kind="stable")]
            numbers = np.full(len(keep), -1)
            numbers[order] = np.arange(len(order))
            new_rows[entity.name] = numbers
            made[entity.name] = frame[order].with_columns(pl.Series("_row", np.arange(len(order))))
        return made


Spoil = Callable[[Workings, Ints], None]
Among = Callable[[Workings], Mask]


@dataclass(frozen=True)
class Fault:
    """One way in which a pupil's record is wrong.

    rules   numbers of the rules that it breaks
    on      the entity that it is about
    among   which of its records it can befall
    spoil   puts the fault into records of that entity, given by their rows
    fields  fields that an edition must have for it
    form    whether a value of the wrong form is what is wrong
    """

    name: str
    rules: tuple[str, ...]
    on: str
    among: Among | None
    spoil: Spoil
    fields: tuple[str, ...]
    form: bool = False

    def possible_in(self, edition: Edition) -> bool:
        """Whether the edition has what it is about, and a rule that says so."""
        if not edition.has_entity(self.on):
            return False
        entity = edition.entity(self.on)
        asked = {
            rule.number
            for rule in edition.rules
            if any(self.form or part.derived_from != "format" for part in rule.parts)
        }
        return all(entity.field_meant_by(name) for name in self.fields) and any(each in asked for each in self.rules)

    def rows(self, work: Workings) -> tuple[Ints, Ints]:
        """The pupils whom it can befall, and the first record of each that it can befall."""
        count = work.height(self.on)
        if not count:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        able = np.flatnonzero(self.among(work)) if self.among is not None else np.arange(count)
        pupils, first = np.unique(work.owner(self.on)[able], return_index=True)
        return pupils.astype(np.int64), able[first]


def fault(
    *rules: str, on: str = ON_ROLL, among: Among | None = None, fields: tuple[str, ...] = ()
) -> Callable[[Spoil], Fault]:
    """Make a fault of a function that puts it into records."""

    def made(spoil: Spoil) -> Fault:
        name = getattr(spoil, "__name__", "")
        return Fault(name, rules, on, among, spoil, fields)

    return made


def setting(
    name: str, rules: tuple[str, ...], field: str, value: str | None, *, on: str = ON_ROLL, among: Among | None = None
) -> Fault:
    """The fault of a field that has this value (None: that is missing)."""

    def spoil(work: Workings, rows: Ints) -> None:
        work.put(on, field, rows, value)

    return Fault(name, rules, on, among or _having(on, field), spoil, (field,), form=value is not None)


def _having(on: str, field: str) -> Among:
    return lambda work: work.there(on, field)


def faults_in(namespace: Mapping[str, Any]) -> tuple[Fault, ...]:
    """All faults among the values of a module, alone or in tuples."""
    found: list[Fault] = []
    for value in namespace.values():
        if isinstance(value, Fault):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(each for each in value if isinstance(each, Fault))
    return tuple(found)
