"""Where everything lies in the XML of an edition, as tables that a reader looks up.

The layout is a small automaton. Its states are the places of a document (the root, a record, a group of
fields, a field, and for each record a place for unknown elements); its step is `step[state, name]`.
An element that stands in another place below its record than the blade says is still found, as long as its
name is unambiguous there, and marked as misplaced; the census specification is not known in every detail,
and a value in an unexpected wrapper is not a value to lose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from collectory.blade import Edition, Entity, Field
from collectory.engine.reading.tokens import Names

ROOT = 0


@dataclass
class State:
    """A place in the document. `kind` is "root", "record", "group", "field" or "unknown"."""

    kind: str
    entity: int  # position in Layout.entities; -1 above all records
    field: str = ""  # element name of a field
    path: str = ""


@dataclass
class Layout:
    """The automaton of an edition.

    names      element name → number from 1; 0 is every other name;  known: the same for looking up names in a file
    step       (states × names) → state; the number of states is added where that place is an unexpected one
    columns    for each field state, the columns that take its values, in order of occurrence
    takes      whether a state takes a value
    unknown    the first of the states for unknown elements, which are the last ones
    trims      whether white space around values is left out
    """

    root: str
    entities: tuple[Entity, ...]
    names: dict[str, int] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    columns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    step: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))
    takes: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    unknown: int = 0
    trims: bool = False
    kinds: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    owners: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    @cached_property
    def known(self) -> Names:
        return Names(self.names)


KINDS = {"root": 0, "record": 1, "group": 2, "field": 3, "unknown": 4}


def layout_of(edition: Edition) -> Layout:
    """The layout of an edition's documents; made once for each edition."""
    known = edition.__dict__.get("_layout")
    if isinstance(known, Layout):
        return known
    made = _Builder(edition).build()
    edition.__dict__["_layout"] = made
    return made


class _Builder:
    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.layout = Layout(edition.blade.root, edition.entities, trims=edition.blade.trims)
        self.steps: dict[tuple[int, str], int] = {}
        self.records: dict[str, int] = {}
        self.unknown: dict[int, int] = {}  # entity position → the place for unknown elements below it
        self.by_name: dict[int, dict[str, list[int]]] = {}  # entity position → element name → states

    def build(self) -> Layout:
        layout = self.layout
        self._state(State("root", -1))
        for position, entity in enumerate(layout.entities):
            above = self.records[entity.parent.name] if entity.parent else ROOT
            within = layout.states[above].entity
            record = self._walk(above, entity.path, within, State("record", position, path=entity.path))
            self.records[entity.name] = record
            self.by_name.setdefault(within, {}).setdefault(_last(entity.path), []).append(record)
            self._fields(entity, position, record)
        layout.unknown = len(layout.states)
        for position in range(-1, len(layout.entities)):
            self.unknown[position] = self._state(State("unknown", position))
        self._tables()
        return layout

    def _fields(self, entity: Entity, position: int, record: int) -> None:
        by_path: dict[str, list[Field]] = {}
        for each in entity.fields:
            by_path.setdefault(each.path, []).append(each)
        for path, fields in by_path.items():
            columns = tuple(each.name for each in fields)
            if path == ".":
                self.layout.columns[record] = columns
                continue
            state = self._walk(record, path, position, State("field", position, fields[0].tag, path))
            self.layout.columns[state] = columns
            self.by_name.setdefault(position, {}).setdefault(_last(path), []).append(state)

    def _sure(self, state: int) -> bool:
        """Whether the blade is sure of the place, so that another is worth a word."""
        place = self.layout.states[state]
        entity = self.layout.entities[place.entity]
        if place.kind == "record":
            return entity.certainty == "A"
        return all(entity.field(name).certainty == "A" for name in self.layout.columns[state])

    def _walk(self, start: int, path: str, within: int, end: State) -> int:
        *groups, last = path.split("/")
        here = start
        for name in groups:
            following = self.steps.get((here, name))
            if following is None:
                following = self._state(State("group", within, path=name))
                self._link(here, name, following)
            here = following
        state = self.steps.get((here, last))
        if state is None:
            state = self._state(end)
            self._link(here, last, state)
        return state

    def _state(self, state: State) -> int:
        self.layout.states.append(state)
        return len(self.layout.states) - 1

    def _link(self, start: int, name: str, end: int) -> None:
        self.steps[start, name] = end
        self.layout.names.setdefault(name, len(self.layout.names) + 1)

    def _tables(self) -> None:
        layout = self.layout
        states, names = len(layout.states), len(layout.names) + 1
        layout.step = np.zeros((states, names), np.int32)
        for state, place in enumerate(layout.states):
            layout.step[state, :] = self.unknown[place.entity]
            if place.kind == "field":
                continue
            for name, ends in self.by_name.get(place.entity, {}).items():
                if len(ends) == 1:
                    layout.step[state, layout.names[name]] = ends[0] + (states if self._sure(ends[0]) else 0)
        for (start, name), end in self.steps.items():
            layout.step[start, layout.names[name]] = end
        layout.kinds = np.array([KINDS[each.kind] for each in layout.states], np.int8)
        layout.takes = np.array([state in layout.columns for state in range(states)], np.bool_)
        layout.owners = np.array([each.entity for each in layout.states], np.int32)


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]
