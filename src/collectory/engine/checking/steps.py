"""In which order the columns that rules need are worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from collectory.blade import Field
from collectory.blade.records import OTHER, RETURN, Derived, Plan, typed_name

TYPED = typed_name("")


@dataclass(frozen=True)
class Typed:
    """The typed column of a field: its name and the expression of the field's text that gives it."""

    field: Field
    name: str
    expression: pl.Expr


@dataclass(frozen=True)
class Steps:
    """How to come to some columns.

    typed    entities with the typed columns of their fields
    batches  derived columns after those that they need: what is worked out at once is of one kind (the name of a
             method of the worksheet), owner, source and return
    """

    typed: tuple[tuple[str, tuple[Typed, ...]], ...]
    batches: tuple[tuple[str, tuple[Derived, ...]], ...]


def steps_to(plan: Plan, needed: Mapping[str, set[str]]) -> Steps:
    """The steps to columns asked for: for each entity, names of typed and derived columns."""
    wanted, typed = _gathered(plan, needed)
    levels = _levels(wanted)
    batches: dict[tuple[int, str, str, str, str], list[Derived]] = {}
    for each in wanted.values():
        place = (levels[each.name], each.how, each.owner, each.source, each.of)
        batches.setdefault(place, []).append(each)
    return Steps(
        typed=tuple((owner, _typed(plan, owner, names)) for owner, names in typed.items()),
        batches=tuple((place[1], tuple(batches[place])) for place in sorted(batches, key=lambda place: place[0])),
    )


def _typed(plan: Plan, owner: str, names: set[str]) -> tuple[Typed, ...]:
    fields = [plan.entities[owner].field(name.removesuffix(TYPED)) for name in sorted(names)]
    return tuple(
        Typed(field, typed_name(field.name), field.kind.typed(pl.col(field.name)).alias(typed_name(field.name)))
        for field in fields
    )


def _gathered(plan: Plan, needed: Mapping[str, set[str]]) -> tuple[dict[str, Derived], dict[str, set[str]]]:
    """All derived columns that these need in the end, and for each entity the typed ones."""
    wanted: dict[str, Derived] = {}
    typed: dict[str, set[str]] = {}
    waiting = [(owner, name) for owner, names in needed.items() for name in names]
    seen: set[tuple[str, str]] = set()
    while waiting:
        owner, name = waiting.pop()
        if (owner, name) in seen:
            continue
        seen.add((owner, name))
        derived = plan.derived.get(name)
        if derived is None:
            if name.endswith(TYPED):
                typed.setdefault(owner, set()).add(name)
            continue
        wanted[name] = derived
        if derived.of == "previous":
            continue
        waiting.extend((_source_of(derived, root), root.removeprefix(OTHER)) for root in derived.roots)
        for each in derived.among:
            waiting.extend((each, column) for column in derived.columns)
    return wanted, typed


def _source_of(derived: Derived, root: str) -> str:
    """The entity in whose frame a derived column finds a column that it needs."""
    if derived.how == "broadcast":
        return RETURN
    if derived.how == "others" and not root.startswith(OTHER):
        return derived.owner
    return derived.source


def _levels(wanted: Mapping[str, Derived]) -> dict[str, int]:
    """How many steps of derivation lie before each column."""
    levels: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in levels:
            before = [root for root in wanted[name].needs if root in wanted]
            levels[name] = 1 + max((level(root) for root in before), default=0)
        return levels[name]

    for name in wanted:
        level(name)
    return levels
