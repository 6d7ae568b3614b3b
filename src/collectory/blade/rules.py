"""Rules: what must hold of a return, and what to say where it does not.

A rule is a function that a decorator gives a number, a priority and its words::

    @rule(
        "1950", ERROR, on=on_roll, reads=("PartTime", "Boarder"),
        message="A part-time pupil cannot be a boarder.",
        why="...", fix="...",
        fails=[case(PartTime="true", Boarder="B")],
        passes=[case(PartTime="true", Boarder="N")],
    )
    def part_time_pupils_do_not_board(pupil, edition):
        return ~pupil.PartTime | (pupil.Boarder == "N")

The function gives one Polars expression of what must hold, true of every record or of the return. Where
it comes out as null because a value is missing or cannot be read, the rule holds: absence and form are
the business of the rules that are derived from the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from collectory.blade.entities import ALWAYS, Entity, Level, Priority, When

if TYPE_CHECKING:
    from collectory.blade.edition import Edition
    from collectory.blade.records import Record, ReturnView

ERROR: Priority = "error"
QUERY: Priority = "query"

Holds = Callable[[Any, "Edition"], pl.Expr]
Applies = Callable[["ReturnView", "Edition"], pl.Expr]
NoteKind = Literal["", "confirmation", "statement", "reason", "reason-per-record", "none"]


@dataclass(frozen=True)
class Case:
    """A small return that a rule must or must not flag.

    `values` maps field names of the rule's entity to values that differ from the blade's typical record,
    names of other entities to lists of such records (children hang under the record of the case, others
    stand alone), `previous` to a case of the return before, `register` to a register record, and `lists` names of
    lists to their rows. A value may be a function of the edition, for dates that move with it.
    """

    values: Mapping[str, Any]
    previous: Case | None = None
    register: Mapping[str, str] | None = None
    lists: Mapping[str, Iterable[Mapping[str, str | None]]] | None = None


def case(
    *,
    previous: Case | None = None,
    register: Mapping[str, str] | None = None,
    lists: Mapping[str, Iterable[Mapping[str, str | None]]] | None = None,
    **values: Any,
) -> Case:
    """A case; see Case. None as a value means that it is missing; an empty list, that no record is there."""
    return Case(values, previous, register, lists)


@dataclass(frozen=True)
class Part:
    """One test of a rule: of the records of one entity, or of the return where `entity` is None.

    `silenced_by` are keys of rules whose failure explains this test alone, beside those of the whole rule.
    """

    entity: Entity | None
    holds: Holds
    reads: tuple[str, ...] = ()
    figures: Mapping[str, Holds] = field(default_factory=dict)
    message: str = ""
    when: When = ALWAYS
    derived_from: str = ""
    applies: Applies | None = None
    silenced_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule with its words and its parts.

    key         unique in the edition; the number, or `entity.field.required` where there is none
    number      as published; "" for rules that bear none on screen
    message     what is wrong, in plain words; `{name}` stands for a figure, `{edition.name}` for a parameter
    why, fix    why it matters; how to put it right
    note        for queries, which kind of note is acceptable, and `note_help` in words
    applies     of which returns it is asked at all (a phase of school); None for all
    silenced_by keys of rules whose failure explains this one: on the same record, on one above it, on the one
                record of its kind (the school) or of the return as a whole
    """

    key: str
    number: str
    priority: Priority
    level: Level
    message: str
    parts: tuple[Part, ...]
    why: str = ""
    fix: str = ""
    note: NoteKind = ""
    note_help: str = ""
    when: When = ALWAYS
    applies: Applies | None = None
    applies_in_words: str = ""
    silenced_by: tuple[str, ...] = ()
    fails: tuple[Case, ...] = ()
    passes: tuple[Case, ...] = ()
    certainty: str = ""
    source: str = ""

    @property
    def entities(self) -> tuple[str, ...]:
        """Names of the entities whose records it tests, without repeats."""
        return tuple(dict.fromkeys(part.entity.name for part in self.parts if part.entity))

    @property
    def explained_by(self) -> tuple[str, ...]:
        """Keys of all rules whose failure can explain this one or a part of it, without repeats."""
        return tuple(dict.fromkeys([*self.silenced_by, *(key for part in self.parts for key in part.silenced_by)]))

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the fields and figures that it reads, without repeats."""
        names = [name for part in self.parts for name in (*part.reads, *part.figures)]
        return tuple(dict.fromkeys(names))


def rule(
    number: str,
    priority: Priority,
    *,
    on: Entity | Iterable[Entity],
    message: str,
    reads: tuple[str, ...] = (),
    figures: Mapping[str, Callable[[Record, Edition], pl.Expr]] | None = None,
    key: str = "",
    when: When = ALWAYS,
    applies: Applies | None = None,
    **words: Any,
) -> Callable[[Callable[[Any, Edition], pl.Expr]], Rule]:
    """A rule about single records. The function takes a record and the edition; other words as in Rule.

    `reads` names fields of the record ("DOB"), of a record above it ("PupilOnRoll.DOB") or of the one record
    of another entity ("School.Phase"). Of fields above, those that do not lie above the record at hand are not
    shown: a rule on pupils and leavers may name both.
    """
    entities = (on,) if isinstance(on, Entity) else tuple(on)

    def made(holds: Callable[[Any, Edition], pl.Expr]) -> Rule:
        parts = tuple(
            Part(each, holds, reads=reads, figures=dict(figures or {}), message=message, applies=applies)
            for each in entities
        )
        return _rule(key or number, number, priority, "item", message, parts, when, applies, words)

    return made


def return_rule(
    number: str,
    priority: Priority,
    *,
    message: str,
    reads: tuple[str, ...] = (),
    figures: Mapping[str, Callable[[ReturnView, Edition], pl.Expr]] | None = None,
    key: str = "",
    when: When = ALWAYS,
    applies: Applies | None = None,
    **words: Any,
) -> Callable[[Callable[[Any, Edition], pl.Expr]], Rule]:
    """A rule about the return as a whole. The function takes the return and the edition.

    `reads` names fields of entities with one record ("Header.ReferenceDate"); `figures` are numbers worked out
    for the Details pane and the message.
    """

    def made(holds: Callable[[Any, Edition], pl.Expr]) -> Rule:
        part = Part(None, holds, reads=reads, figures=dict(figures or {}), message=message, applies=applies)
        return _rule(key or number, number, priority, "return", message, (part,), when, applies, words)

    return made


def _rule(
    key: str,
    number: str,
    priority: Priority,
    level: Level,
    message: str,
    parts: tuple[Part, ...],
    when: When,
    applies: Applies | None,
    words: dict[str, Any],
) -> Rule:
    for plural in ("fails", "passes", "silenced_by"):
        if plural in words:
            words[plural] = tuple(words[plural])
    return Rule(key, number, priority, level, message, parts, when=when, applies=applies, **words)


def rules_of(*modules: ModuleType) -> tuple[Rule, ...]:
    """All rules that stand in these modules, alone or in lists and tuples, in the order in which they stand."""
    found: list[Rule] = []
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Rule):
                found.append(value)
            elif isinstance(value, (list, tuple)):
                found.extend(each for each in value if isinstance(each, Rule))
    return tuple(found)


def merged(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules of one key made one, its parts together; the words of the first that has them count.

    A number may cover absence (derived from a field) and a comparison (written as a function).
    """
    by_key: dict[str, Rule] = {}
    for each in rules:
        before = by_key.get(each.key)
        if before is None:
            by_key[each.key] = each
            continue
        if (before.priority, before.level) != (each.priority, each.level):
            raise ValueError(f"Rule {each.key} stands twice with different priorities or levels")
        words = {
            name: getattr(before, name) or getattr(each, name)
            for name in ("why", "fix", "note", "note_help", "certainty", "source", "applies_in_words")
        }
        by_key[each.key] = replace(
            before,
            parts=before.parts + each.parts,
            fails=before.fails + each.fails,
            passes=before.passes + each.passes,
            silenced_by=tuple(dict.fromkeys(before.silenced_by + each.silenced_by)),
            **words,
        )
    return tuple(by_key.values())
