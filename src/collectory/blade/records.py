"""What a rule sees: a record, or the whole return, as names for Polars expressions.

Every method gives an expression over the frame of one entity. What lies outside of that frame (children,
records above, other records of the same value, the return before, the register) becomes a *derived column*:
noted in a plan when the rule is built, worked out once for all rules by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from collectory.blade.entities import Entity

if TYPE_CHECKING:
    from collectory.blade.edition import Edition

RETURN = ""
"""The name under which derived columns of the one-row frame of the whole return are kept."""

OTHER = "other:"
"""What the columns of another record begin with where two records stand beside each other."""

Of = Literal["current", "previous"]
Where = Callable[["Record"], pl.Expr]


class NotInEdition(LookupError):
    """A rule reads a field or an entity that this edition does not have."""


def typed_name(name: str) -> str:
    """The column of the typed value of a field whose text is in the column `name`."""
    return f"{name}:typed"


def other_name(name: str) -> str:
    """The column of another record that is compared with this one, where both stand in one frame."""
    return f"{OTHER}{name}"


@dataclass(frozen=True)
class Derived:
    """A column to work out.

    how      "aggregate" over records below, "lookup" in a record above, "figure" of the return, "broadcast"
             of a figure, "occurrences" of values, "others" that compare in some way, the "own" record, a "register" or
             "listed" value of a reference list
    owner    entity whose frame gets the column, RETURN for the return's
    source   entity whose frame `expression` is evaluated in ("" where there is none)
    of       which return it is worked out of
    """

    name: str
    how: str
    owner: str
    source: str
    expression: pl.Expr | None
    of: Of = "current"
    columns: tuple[str, ...] = ()
    among: tuple[str, ...] = ()

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The columns that `expression` reads."""
        return tuple(self.expression.meta.root_names()) if self.expression is not None else ()

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The same without the prefix that tells another record's columns; nothing of this return's for a figure of
        the return before."""
        return () if self.of == "previous" else tuple(root.removeprefix(OTHER) for root in self.roots)

    @cached_property
    def named(self) -> pl.Expr | None:
        """`expression` under the column's name."""
        return self.expression.alias(self.name) if self.expression is not None else None


@dataclass
class Plan:
    """The derived columns of an edition's rules, in the order in which they were asked for."""

    entities: dict[str, Entity]
    edition: Edition
    derived: dict[str, Derived] = field(default_factory=dict)
    _seen: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def add(self, how: str, owner: str, source: str, expression: pl.Expr | None, **more: Any) -> pl.Expr:
        """The column for this value; the same request gives the same column."""
        written = expression.meta.serialize() if expression is not None else b""
        seen = (how, owner, source, written, tuple(sorted(more.items())))
        if seen not in self._seen:
            name = f"{how}:{len(self._seen)}"
            self._seen[seen] = name
            self.derived[name] = Derived(name, how, owner, source, expression, **more)
        return pl.col(self._seen[seen])

    def entity(self, entity: Entity | str) -> Entity:
        """The edition's form of an entity. Raises NotInEdition, and KeyError where no edition has it."""
        name = entity if isinstance(entity, str) else entity.name
        if name not in self.entities:
            # A slip of the pen is an error; an entity of another year is not.
            if all(each.name != name for each in self.edition.blade.entities):
                raise KeyError(f"{self.edition.blade.name} has no entity {name}")
            raise NotInEdition(f"{self.edition.key} has no {name}")
        return self.entities[name]

    def record(self, entity: Entity | str) -> Record:
        return Record(self, self.entity(entity))

    def whole(self, of: Of = "current") -> ReturnView:
        return ReturnView(self, of)


class Record:
    """One record of an entity: `pupil.DOB` is its typed value (a date, a number, text for codes)."""

    def __init__(self, plan: Plan, entity: Entity) -> None:
        self._plan = plan
        self._entity = entity

    def __getattr__(self, name: str) -> pl.Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.value(name)

    def value(self, name: str) -> pl.Expr:
        """The typed value of a field."""
        return pl.col(self._column(name))

    def sent(self, name: str) -> pl.Expr:
        """The text of a field as it was sent."""
        return pl.col(self._field(name).name)

    def present(self, *names: str) -> pl.Expr:
        """Whether all these fields hold something, valid or not."""
        return _all([self.sent(name).is_not_null() for name in names])

    def blank(self, *names: str) -> pl.Expr:
        """Whether all these fields are empty."""
        return _all([self.sent(name).is_null() for name in names])

    def valid(self, name: str) -> pl.Expr:
        """Whether a field is there and its text is of its kind and, for codes, in its list."""
        field = self._field(name)
        return (
            self.sent(name).is_not_null() & self._plan.edition.holds(field, self.sent(name), self.value(name))
        ).fill_null(False)

    def once(self, expression: pl.Expr) -> pl.Expr:
        """An expression of this record that many rules use; it is worked out once.

        Polars looks at an expression anew in each run, in a time that grows with the square of its depth. For returns
        of usual size that is what rules cost, so that ages and the like are best asked for through this.
        """
        return self._derive("own", self._entity.name, expression)

    def has(self, name: str) -> bool:
        """Whether this edition has the field."""
        return self._entity.field_meant_by(name) is not None

    def has_group(self, path: str) -> pl.Expr:
        """Whether any field of a group is there (a module that is not wholly absent)."""
        names = [each.name for each in self._entity.fields if each.group.startswith(path)]
        if not names:
            raise NotInEdition(f"{self._plan.edition.key} has no {path} in {self._entity.name}")
        return self.once(pl.any_horizontal(*(self.sent(name).is_not_null() for name in names)))

    def count(self, child: Entity, where: Where | None = None) -> pl.Expr:
        """How many records of an entity below lie under this one (of which `where` is true)."""
        if where is None:
            return self._below(child, pl.len()).fill_null(0)
        return self._below(child, where(self._plan.record(child)).sum()).fill_null(0)

    def any(self, child: Entity, where: Where | None = None) -> pl.Expr:
        """Whether a record below (of which `where` is true) lies under this one."""
        return self.count(child, where) > 0

    def sum(self, child: Entity, of: Where, where: Where | None = None) -> pl.Expr:
        """The sum of a value over the records below; 0 where there are none."""
        record = self._plan.record(child)
        value = of(record) if where is None else of(record).filter(where(record))
        return self._below(child, value.sum()).fill_null(0)

    def least(self, child: Entity, of: Where) -> pl.Expr:
        """The least value over the records below; null where there is none."""
        return self._below(child, of(self._plan.record(child)).min())

    def most(self, child: Entity, of: Where) -> pl.Expr:
        """The greatest value over the records below; null where there is none."""
        return self._below(child, of(self._plan.record(child)).max())

    def distinct(self, child: Entity, of: Where) -> pl.Expr:
        """How many different values the records below have, missing ones left out."""
        return self._below(child, of(self._plan.record(child)).drop_nulls().n_unique()).fill_null(0)

    def listed(self, child: Entity, of: Where) -> pl.Expr:
        """The texts of a value over the records below, one after the other ("1A, 2B"); null where there is none."""
        texts = of(self._plan.record(child)).cast(pl.String).drop_nulls()
        return self._below(child, pl.when(texts.len() > 0).then(texts.str.join(", ")))

    def up(self, *entities: Entity) -> Above:
        """The record above, of whichever of these entities lies above this one."""
        above = {each.name for each in self._entity.ancestors()}
        for each in entities:
            if each.name in above:
                return Above(self, self._plan.record(each))
        raise NotInEdition(f"None of {[e.name for e in entities]} lies above {self._entity.name}")

    def occurrences(self, *names: str, among: Iterable[Entity] = ()) -> pl.Expr:
        """How many records of this entity and of those in `among` have the same values; null if one is missing."""
        others = [each.name for each in among if each.name in self._plan.entities]
        columns = tuple(self._column(name) for name in names)
        return self._derive(
            "occurrences",
            "",
            None,
            columns=columns,
            among=tuple(sorted({self._entity.name, *others})),
        )

    def siblings(self, *names: str) -> pl.Expr:
        """How many records under the same parent have these same values, this one included."""
        columns = [self._column(name) for name in names]
        there = pl.all_horizontal(*(pl.col(name).is_not_null() for name in columns))
        return pl.when(there).then(pl.len().over(["_parent", *columns]))

    def first_of(self, *names: str) -> pl.Expr:
        """Whether no record before this one, under the same parent, has the same values; null if one is missing."""
        columns = [self._column(name) for name in names]
        there = pl.all_horizontal(*(pl.col(name).is_not_null() for name in columns))
        return pl.when(there).then(pl.struct("_parent", *columns).is_first_distinct())

    def others(self, entity: Entity, where: Callable[[Record], pl.Expr], *, within: Entity) -> pl.Expr:
        """How many other records of an entity under the same record of `within` make `where` true.

        `where` takes the other record and may compare it with this one::

            plan.others(plans, lambda other: plan.Start.is_between(other.Start, other.End), within=child)
        """
        condition = where(Other(self._plan, self._plan.entity(entity)))
        above = self._plan.entity(within).name
        return self._derive("others", entity.name, condition, columns=(above,)).fill_null(0)

    def is_listed(self, reference_list: str, name: str) -> pl.Expr:
        """Whether a field's text stands in a list (its key column), null where the field is empty; a rule that asks it
        is skipped where the list is not given."""
        key = self._plan.edition.blade.reference_list(reference_list).key
        return self._in_list(reference_list, name, key).is_not_null() | self.sent(name).is_null()

    def looked_up(self, reference_list: str, name: str, column: str) -> pl.Expr:
        """What a list says in a column of the row of a field's text, as text; null where it has no such row."""
        if column not in self._plan.edition.blade.reference_list(reference_list).columns:
            raise KeyError(f"the list {reference_list} has no column {column}")
        return self._in_list(reference_list, name, column)

    def _in_list(self, reference_list: str, name: str, column: str) -> pl.Expr:
        return self._derive("listed", self._entity.name, self.sent(name), columns=(reference_list, column))

    def of_return(self, figure: Callable[[ReturnView], pl.Expr]) -> pl.Expr:
        """A value of the whole return, beside every record (the school's phase, the return before)."""
        inside = self._plan.add("figure", RETURN, RETURN, figure(self._plan.whole()))
        return self._derive("broadcast", "", inside)

    def one(self, entity: Entity) -> Beside:
        """The one record of another entity: `pupil.one(school).Phase`."""
        return Beside(self, entity)

    def _column(self, name: str) -> str:
        """The column of the typed value of a field."""
        field = self._field(name)
        return str(field.name) if field.kind.is_text else typed_name(field.name)

    def _field(self, name: str) -> Any:
        field = self._entity.field_meant_by(name)
        if field is None:
            base = self._plan.edition.blade.entity(self._entity.name)
            base.field(name)  # a slip of the pen is an error; a field of another year is not
            raise NotInEdition(f"{self._plan.edition.key} has no {self._entity.name}.{name}")
        return field

    def _below(self, child: Entity, aggregate: pl.Expr) -> pl.Expr:
        inner = self._plan.entity(child)
        if self._entity.name not in {each.name for each in inner.ancestors()}:
            raise NotInEdition(f"{child.name} does not lie below {self._entity.name}")
        return self._derive("aggregate", inner.name, aggregate)

    def _derive(self, how: str, source: str, expression: pl.Expr | None, **more: Any) -> pl.Expr:
        """A derived column of this record's frame."""
        return self._plan.add(how, self._entity.name, source, expression, **more)


class Other(Record):
    """Another record beside this one: the same names, kept apart by a prefix of their columns."""

    def value(self, name: str) -> pl.Expr:
        return pl.col(other_name(self._column(name)))

    def sent(self, name: str) -> pl.Expr:
        return pl.col(other_name(self._field(name).name))

    def once(self, expression: pl.Expr) -> pl.Expr:
        """The expression itself: its columns stand in no record's own frame."""
        return expression

    def _derive(self, how: str, source: str, expression: pl.Expr | None, **more: Any) -> pl.Expr:
        column = super()._derive(how, source, expression, **more)
        return pl.col(other_name(column.meta.output_name()))


class Above:
    """The record above another; its values are looked up for the record below."""

    def __init__(self, below: Record, above: Record) -> None:
        self._below = below
        self._above = above

    def __getattr__(self, name: str) -> pl.Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.value(lambda record: record.value(name))

    def value(self, of: Where) -> pl.Expr:
        """Any expression of the record above."""
        return self._below._derive("lookup", self._above._entity.name, of(self._above))


class Beside:
    """The one record of another entity, beside every record of this one."""

    def __init__(self, record: Record, entity: Entity) -> None:
        self._record = record
        self._other = entity

    def __getattr__(self, name: str) -> pl.Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._record.of_return(lambda whole: getattr(whole.one(self._other), name))


class One:
    """The one record of an entity, seen from the whole return."""

    def __init__(self, whole: ReturnView, entity: Entity) -> None:
        self._whole = whole
        self._entity = entity

    def __getattr__(self, name: str) -> pl.Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.value(lambda record: record.value(name))

    def sent(self, name: str) -> pl.Expr:
        """The text of a field as it was sent."""
        return self.value(lambda record: record.sent(name))

    def value(self, of: Where) -> pl.Expr:
        """Any expression of that record."""
        return self._whole.figure(self._entity, lambda record: of(record).first())


class ReturnView:
    """The whole return: counts, shares and sums over its records, and the return before it."""

    def __init__(self, plan: Plan, of: Of = "current") -> None:
        self._plan = plan
        self._of: Of = of

    def figure(self, entity: Entity, aggregate: Where) -> pl.Expr:
        """Any aggregate over the records of an entity."""
        record = self._plan.record(entity)
        return self._plan.add("figure", RETURN, record._entity.name, aggregate(record), of=self._of)

    def count(self, entity: Entity, where: Where | None = None) -> pl.Expr:
        """How many records there are (of which `where` is true)."""
        if where is None:
            return self.figure(entity, lambda record: pl.len())
        return self.figure(entity, lambda record: where(record).sum())

    def share(self, entity: Entity, where: Where, of: Where | None = None) -> pl.Expr:
        """Which part of the records (of those of which `of` is true) `where` is true of; null of none."""
        if of is None:
            return self.count(entity, where) / self._unless_zero(self.count(entity))
        among = self.count(entity, lambda record: where(record) & of(record))
        return among / self._unless_zero(self.count(entity, of))

    def sum(self, entity: Entity, of: Where) -> pl.Expr:
        """The sum of a value over all records."""
        return self.figure(entity, lambda record: of(record).sum())

    def one(self, entity: Entity) -> One:
        """The one record of an entity that has one."""
        return One(self, entity)

    @property
    def previous(self) -> ReturnView:
        """The return before; a rule that reads it is skipped where there is none."""
        return ReturnView(self._plan, "previous")

    def register(self, column: str) -> pl.Expr:
        """A value of this source's row in the register; a rule that reads it is skipped where there is none."""
        return self._plan.add("register", RETURN, "", None, columns=(column,))

    @staticmethod
    def _unless_zero(number: pl.Expr) -> pl.Expr:
        return pl.when(number > 0).then(number)


def _all(conditions: list[pl.Expr]) -> pl.Expr:
    """Whether all conditions hold; the condition itself where there is one."""
    return conditions[0] if len(conditions) == 1 else pl.all_horizontal(conditions)
