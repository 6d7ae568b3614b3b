"""Forms: how a return is keyed on screen, line by line.

A form shows the single records of a return. It has tabs; a tab has headings (a question in its full wording) and
items (a line with one value). What differs between editions is said with `when`, and in texts with
`{edition.name}`, which stands for a parameter::

    Form((
        Tab("part-1", "Part 1", (
            Heading("How many children ... on {edition.census_day:day}?", mark="1.1"),
            Item("Part1", "Tot05", "1.1a", "under 5", mark="a."),
            Item("Part1", "TotAll", "1.1e", "total", mark="e.", total_of=("Tot05", "Tot510")),
        )),
    ))

A total is asked for and never filled in; its running total is a hint beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from collectory.blade.entities import ALWAYS, Entity, When
from collectory.blade.parameters import filled

if TYPE_CHECKING:
    from collectory.blade.edition import Edition

PLAIN_NUMBER = re.compile(r"[0-9]{1,18}\Z")

Given = Callable[["Edition", str], "Mapping[str, Mapping[str, str]]"]


@dataclass(frozen=True)
class RunningTotal:
    """The sum of the parts of a total as they stand: `counted` of `parts` parts hold a whole number."""

    total: int
    counted: int
    parts: int


@dataclass(frozen=True)
class Item:
    """A line of a form that asks for one value.

    entity, field  where the value is kept
    reference      what people call the line ("1.1a")
    label          the wording; the field's label where it is empty
    mark           what stands before the wording ("a.")
    hint           a further sentence
    total_of       fields of the same entity that add up to this one; those that an edition lacks are passed over
    same_as        fields of the same entity that should hold the same number
    given          the service fills it in; it is shown and not keyed
    """

    entity: str
    field: str
    reference: str = ""
    label: str = ""
    mark: str = ""
    hint: str = ""
    total_of: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    given: bool = False
    when: When = ALWAYS

    @property
    def name(self) -> str:
        """What a data item is called in lists and messages: reference and field name ("1.1a Tot05")."""
        return f"{self.reference} {self.field}".strip()

    def running_total(self, values: Mapping[str, str | None]) -> RunningTotal | None:
        """The sum of its parts among `values` (field → text, of its entity); None for a line that is no total.

        Parts that are empty or hold no whole number are not counted.
        """
        if not self.total_of:
            return None
        numbers = [text for name in self.total_of if (text := values.get(name)) and PLAIN_NUMBER.match(text)]
        return RunningTotal(sum(int(text) for text in numbers), len(numbers), len(self.total_of))


@dataclass(frozen=True)
class Heading:
    """A question, or a part of one: `level` 1 for "2.1 How many ...", 2 for "i On the roll of"."""

    text: str
    mark: str = ""
    level: int = 1
    hint: str = ""
    when: When = ALWAYS


@dataclass(frozen=True)
class Tab:
    """A page of the form. `key` stands in addresses; `heading` is the long title; `help` says what it is about."""

    key: str
    title: str
    lines: tuple[Heading | Item, ...]
    heading: str = ""
    help: str = ""

    @property
    def items(self) -> tuple[Item, ...]:
        """The lines that ask for a value, in order."""
        return tuple(line for line in self.lines if isinstance(line, Item))

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities whose values it shows."""
        return tuple(dict.fromkeys(item.entity for item in self.items))


@dataclass(frozen=True, eq=False)
class Form:
    """The form of a blade, or (from `Edition.form`) of one edition.

    tabs    in order
    given   values that nobody keys, by entity, for an edition and a native ID: what a file's header would say
    source  the item ("Entity.Field") that holds the native ID, "" where none does
    """

    tabs: tuple[Tab, ...]
    given: Given = lambda edition, source: {}
    source: str = ""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the form."""
        return tuple(item for tab in self.tabs for item in tab.items)

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """The entities that the form shows; a return with a form always has a record of each, if only an empty one."""
        return tuple(dict.fromkeys(item.entity for item in self.items))

    @cached_property
    def order(self) -> Mapping[tuple[str, str], int]:
        """The position of each item, by entity and field."""
        return {(item.entity, item.field): number for number, item in enumerate(self.items)}

    def item(self, entity: str, field: str) -> Item:
        """The item of a field. Raises KeyError."""
        return self.items[self.order[entity, field]]

    def tab(self, key: str) -> Tab:
        """The tab of that key. Raises KeyError."""
        for each in self.tabs:
            if each.key == key:
                return each
        raise KeyError(key)

    def tab_of(self, entity: str, field: str) -> Tab:
        """The tab on which a field stands. Raises KeyError."""
        item = self.item(entity, field)
        return next(tab for tab in self.tabs if item in tab.items)

    def of(self, edition: Edition) -> Form:
        """This form as one edition has it: other lines left out, parameters filled in.

        Raises ValueError where a line is of an entity that may have many records or of a field that the edition
        does not have, and where a field stands twice.
        """
        made = Form(tuple(_tab_of(tab, edition) for tab in self.tabs), self.given, self.source)
        if len(made.order) != len(made.items):
            raise ValueError(f"The form of {edition.key} asks for a field twice")
        return made


def _tab_of(tab: Tab, edition: Edition) -> Tab:
    return replace(
        tab,
        title=filled(tab.title, edition),
        heading=filled(tab.heading, edition),
        help=filled(tab.help, edition),
        lines=tuple(_lines_of(tab, edition)),
    )


def _lines_of(tab: Tab, edition: Edition) -> Iterator[Heading | Item]:
    for line in tab.lines:
        if not line.when.includes(edition.term, edition.when):
            continue
        hint = filled(line.hint, edition)
        if isinstance(line, Heading):
            yield replace(line, text=filled(line.text, edition), hint=hint)
            continue
        entity = _entity_of(line, edition)
        label = filled(line.label, edition) or entity.field(line.field).title
        parts = tuple(name for name in line.total_of if entity.has_field(name))
        yield replace(line, label=label, hint=hint, total_of=parts)


def _entity_of(item: Item, edition: Edition) -> Entity:
    entity = edition.entity(item.entity) if edition.has_entity(item.entity) else None
    if entity is None or not entity.has_field(item.field):
        raise ValueError(f"The form of {edition.key} asks for {item.entity}.{item.field}, which it has not")
    if entity.many or entity.parent is not None:
        raise ValueError(f"The form of {edition.key} shows {item.entity}, which may have many records")
    return entity
