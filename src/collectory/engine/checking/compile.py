"""An edition's rules made ready to run: expressions, and the derived columns that they need."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from collectory.blade import Edition, Entity, Field, NotInEdition, Part, Record, ReturnView, Rule
from collectory.blade.parameters import filled
from collectory.blade.records import RETURN, Plan
from collectory.engine.checking.steps import Steps, steps_to
from collectory.engine.checking.version import rules_version
from collectory.engine.dataset import ROW


@dataclass(frozen=True)
class Read:
    """A value to show with a finding: its name on screen, its column, and the cell that it came from."""

    name: str
    column: pl.Expr
    entity: str | None = None
    row: pl.Expr | None = None


@dataclass(frozen=True)
class CompiledPart:
    """One test: where `holds` is false of a record of `entity` (RETURN: of the return), there is a finding.

    Where it comes out as null the test holds.
    """

    rule: Rule
    entity: str
    holds: pl.Expr
    reads: tuple[Read, ...]
    message: str
    figures: tuple[str, ...]
    applies: pl.Expr | None
    derived_from: str = ""
    silenced_by: tuple[str, ...] = ()

    def surely_holds(self, missing: Mapping[str, int], height: int) -> bool:
        """Whether it holds of all of `height` records, by how many of them miss the one column that it reads."""
        if self.derived_from == "required":
            return missing[self.reads[0].name] == 0
        return self.derived_from == "format" and missing[self.reads[0].name] == height

    @property
    def place_fields(self) -> str:
        """The names of what it reads, to tell two tests of one rule apart."""
        return ",".join(read.name for read in self.reads)

    @cached_property
    def roots(self) -> frozenset[str]:
        """The columns that it needs in its entity's frame."""
        needed = set(self.holds.meta.root_names())
        for read in self.reads:
            needed.update(read.column.meta.root_names())
            if read.row is not None:
                needed.update(read.row.meta.root_names())
        return frozenset(needed)

    @cached_property
    def decided_by(self) -> frozenset[str]:
        """The columns of the return's frame that decide whether it is asked."""
        return frozenset(self.applies.meta.root_names()) if self.applies is not None else frozenset()


@dataclass(frozen=True)
class NamedPart:
    """A part with a name of its own, and under that name what it asks: `holds`, and `applies` where it has one."""

    part: CompiledPart
    name: str
    holds: pl.Expr
    applies: pl.Expr | None


@dataclass(frozen=True)
class Preparation:
    """Parts to be asked together and the steps to the columns that they need."""

    parts: tuple[NamedPart, ...]
    steps: Steps


def prepared(plan: Plan, parts: Iterable[CompiledPart], only: Collection[str] | None = None) -> Preparation:
    """These parts, or those of them whose rule has one of these keys, made ready.

    Making it takes a tenth of the time in which the rules of a school of usual size are asked.
    """
    needed: dict[str, set[str]] = {}
    named: list[NamedPart] = []
    for number, part in enumerate(each for each in parts if only is None or each.rule.key in only):
        needed.setdefault(part.entity, set()).update(part.roots)
        if part.applies is not None:
            needed.setdefault(RETURN, set()).update(part.decided_by)
        name = str(number)
        applies = part.applies.alias(name) if part.applies is not None else None
        named.append(NamedPart(part, name, part.holds.alias(name), applies))
    return Preparation(tuple(named), steps_to(plan, needed))


@dataclass
class Compiled:
    """All parts of an edition's rules and the plan of derived columns.

    left_out  rules of which nothing can be asked in this edition, with the reason
    """

    edition: Edition
    plan: Plan
    parts: tuple[CompiledPart, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)

    @cached_property
    def preparation(self) -> Preparation:
        """All parts made ready."""
        return prepared(self.plan, self.parts)

    @cached_property
    def version(self) -> str:
        """What tells these rules from others; see rules_version. Reading the source of them all takes as long as
        compiling them, so that it is done for those who ask."""
        return rules_version(self.edition)


def compiled(edition: Edition) -> Compiled:
    """The compiled rules of an edition; made once."""
    known = edition.__dict__.get("_compiled")
    if isinstance(known, Compiled):
        return known
    made = _compile(edition)
    edition.__dict__["_compiled"] = made
    return made


def _compile(edition: Edition) -> Compiled:
    plan = Plan({entity.name: entity for entity in edition.entities}, edition)
    result = Compiled(edition, plan)
    parts: list[CompiledPart] = []
    for rule in edition.rules:
        made = 0
        reason = ""
        for part in rule.parts:
            try:
                parts.append(_part(plan, rule, part))
                made += 1
            except NotInEdition as absent:
                reason = str(absent)
        if not made and rule.parts:
            result.left_out[rule.key] = reason
    result.parts = tuple(parts)
    return result


def _part(plan: Plan, rule: Rule, part: Part) -> CompiledPart:
    edition = plan.edition
    # A value that cannot be read is wrong in any school, whatever else the number asks of some.
    applies = None if part.derived_from else part.applies or rule.applies
    asked = applies(plan.whole(), edition) if applies else None
    view: Record | ReturnView = plan.record(part.entity) if part.entity else plan.whole()
    holds = part.holds(view, edition)
    reads = [read for name in part.reads if (read := _read(plan, view, part.entity, name)) is not None]
    reads.extend(Read(name, figure(view, edition)) for name, figure in part.figures.items())
    message = filled(part.message or rule.message, edition, to_format=True)
    in_message = tuple(name for _, name, _, _ in string.Formatter().parse(message) if name)
    return CompiledPart(
        rule=rule,
        entity=part.entity.name if part.entity else RETURN,
        holds=holds,
        reads=tuple(reads),
        message=message,
        figures=in_message,
        applies=asked,
        derived_from=part.derived_from,
        silenced_by=part.silenced_by,
    )


def _read(plan: Plan, view: Record | ReturnView, entity: Entity | None, name: str) -> Read | None:
    """A field of the record itself, of one above ("PupilOnRoll.DOB") or of a single record elsewhere.

    None for a field that only other editions have, and for one among many records that do not lie above: a rule
    on twin entities names the fields above both of them. A renamed field goes by the edition's own name.
    """
    other_name, _, field_name = name.rpartition(".")
    if not other_name:
        assert isinstance(view, Record) and entity is not None
        own = _meant(plan, entity.name, field_name)
        return Read(own.name, view.sent(own.name), entity.name, pl.col(ROW)) if own else None
    if (meant := _meant(plan, other_name, field_name)) is None:
        return None
    field_name = meant.name
    name = f"{other_name}.{field_name}"
    if isinstance(view, Record) and entity is not None:
        above = {each.name for each in plan.entity(entity).ancestors()}
        if other_name in above:
            up = view.up(plan.entity(other_name))
            column = up.value(lambda record: record.sent(field_name))
            return Read(name, column, other_name, up.value(lambda record: pl.col(ROW)))
        other = plan.entity(other_name)
        if any(each.many for each in (other, *other.ancestors())):
            return None
        column = view.of_return(lambda whole: whole.one(other).sent(field_name))
        return Read(name, column, other_name, pl.lit(0, pl.Int64))
    assert isinstance(view, ReturnView)
    column = view.one(plan.entity(other_name)).sent(field_name)
    return Read(name, column, other_name, pl.lit(0, pl.Int64))


def _meant(plan: Plan, entity: str, name: str) -> Field | None:
    """A field under the name that rules give it; None where only other editions have it. KeyError where none has."""
    meant = plan.entity(entity).field_meant_by(name)
    if meant is None:
        plan.edition.blade.entity(entity).field(name)
    return meant


def message_of(rule: Rule, edition: Edition) -> str:
    """A rule's message for people to read outside of a return: parameters filled in, figures as "…"."""
    return string.Formatter().vformat(filled(rule.message, edition, to_format=True), (), _Open())


class _Open(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        return _Dots()

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Dots:
    def __format__(self, spec: str) -> str:
        return "…"
