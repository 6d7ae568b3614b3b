"""The tables of a blade: entities, and the fields of their records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from collectory.blade.kinds import Kind, Text

if TYPE_CHECKING:
    import polars as pl

    from collectory.blade.edition import Edition
    from collectory.blade.records import Record

Required = bool | Callable[["Record", "Edition"], "pl.Expr"]


@dataclass(frozen=True)
class When:
    """The editions in which something is part of a collection.

    `terms` is empty for all terms. `since` and `until` are editions' `when` (a sortable text such as
    "2021-3"), both inclusive. `one | other` is when either is true.
    """

    terms: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    other: When | None = None

    def includes(self, term: str, when: str) -> bool:
        """Whether an edition of this term and time has it."""
        here = (
            (not self.terms or term in self.terms)
            and (not self.since or when >= self.since)
            and (not self.until or when <= self.until)
        )
        return here or (self.other is not None and self.other.includes(term, when))

    def __or__(self, other: When) -> When:
        return replace(self, other=other if self.other is None else self.other | other)


ALWAYS = When()


@dataclass(frozen=True)
class Field:
    """One value of a record.

    name      the column, and the name of the XML element unless `element` gives another
    kind      which texts are valid
    label     what a person calls it
    group     the elements between the record and this one, such as "PupilStatus" ("" for none)
    required  True, or a function of the record and the edition that says where it must be there
    required_message  what to say where it is missing, in place of "... is missing."
    renamed   the name that the same value bears in later editions; rules that use that name read this field
              in the editions that have it
    rule      the number under which absence and invalid values are reported; without one the
              derived rules are called `name.required` and `name.format`
    form_rules  keys of written rules that speak of values of a wrong form, too; where one of them does, the derived
              rule about the form is silent
    extract   the column of the old system's extract, `table.column`
    certainty "A" where name and place are sure; others are accepted in another place without a word
    """

    name: str
    kind: Kind = field(default_factory=Text)
    label: str = ""
    group: str = ""
    element: str = ""
    renamed: str = ""
    required: Required = False
    required_message: str = ""
    rule: str = ""
    numbered: bool = True
    form_rules: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    help: str = ""
    cbds: str = ""
    extract: str = ""
    when: When = ALWAYS
    certainty: str = "A"

    @property
    def tag(self) -> str:
        """The name of the XML element; "." where the record's own element carries the value."""
        return self.element or self.name

    @property
    def path(self) -> str:
        """The path below the record's element."""
        return f"{self.group}/{self.tag}" if self.group else self.tag

    @property
    def title(self) -> str:
        return self.label or self.name


def group(path: str, *fields: Field, when: When | None = None) -> tuple[Field, ...]:
    """Fields that lie in the same elements below the record (and in the same editions)."""
    changes: dict[str, Any] = {"group": path}
    if when is not None:
        changes["when"] = when
    return tuple(replace(each, **changes) for each in fields)


def repeated(times: int, one: Field) -> tuple[Field, ...]:
    """An element that may stand up to `times` times, kept as the columns Name1, Name2, ..."""
    return tuple(
        replace(
            one,
            name=f"{one.name}{number}",
            element=one.tag,
            label=f"{one.title} {number}",
            required=one.required if number == 1 else False,
        )
        for number in range(1, times + 1)
    )


class Entity:
    """A table of the blade.

    name     the table, and the last element of `path` unless the path says otherwise
    path     the elements from the parent's element (or the root) to a record
    fields   in the order in which they are written
    key      the fields by which people know a record (the natural key)
    many     False where there is at most one record under its parent
    named_by the fields that name a record on a screen (a pupil's surname and forename)
    after    the field of the parent that a record follows when it is written ("" for after all fields);
             it may be a field that an edition does not have
    certainty  "A" where name and place are sure; others are accepted in another place without a word
    number_column  the column of plain tables that numbers records within their parent, from 1, in this
             table and in those below ("" where people know records by their keys)
    list_column  the column of the parent's plain table that may give the values of these records as a list
    """

    def __init__(
        self,
        name: str,
        path: str,
        fields: Iterable[Field | tuple[Field, ...]],
        *,
        parent: Entity | None = None,
        key: tuple[str, ...] = (),
        label: str = "",
        plural: str = "",
        many: bool = True,
        named_by: tuple[str, ...] = (),
        extract: str = "",
        when: When = ALWAYS,
        help: str = "",
        after: str = "",
        certainty: str = "A",
        number_column: str = "",
        list_column: str = "",
    ) -> None:
        flat: list[Field] = []
        for each in fields:
            flat.extend([each] if isinstance(each, Field) else each)
        names = [each.name for each in flat]
        if len(set(names)) != len(names):
            raise ValueError(f"{name} has two fields of one name: {sorted(names)}")
        self.name, self.path, self.parent, self.key, self.many = name, path, parent, key, many
        self.fields: tuple[Field, ...] = tuple(flat)
        self.label = label or name
        self.plural = plural or self.label
        self.named_by, self.extract, self.when, self.help = named_by, extract, when, help
        if after and parent is not None:
            parent.field(after)
        self.after = after
        self.certainty = certainty
        self.number_column, self.list_column = number_column, list_column
        self._by_name = {each.name: each for each in flat}

    def __repr__(self) -> str:
        return f"<Entity {self.name}>"

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError(f"{self.name} has no field {name}") from None

    def has_field(self, name: str) -> bool:
        return name in self._by_name

    def field_meant_by(self, name: str) -> Field | None:
        """The field of that name, or the one that later editions have renamed to it; None where neither is here."""
        renamed = (each for each in self.fields if each.renamed == name)
        return self._by_name.get(name) or next(renamed, None)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of fields in order; "" for fields outside of any."""
        return tuple(dict.fromkeys(each.group for each in self.fields))

    def ancestors(self) -> Iterator[Entity]:
        """The parent, its parent, and so on."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def limited_to(self, term: str, when: str, parent: Entity | None) -> Entity:
        """This entity with only the fields of one edition."""
        limited = Entity(
            self.name,
            self.path,
            [each for each in self.fields if each.when.includes(term, when)],
            parent=parent,
            key=self.key,
            label=self.label,
            plural=self.plural,
            many=self.many,
            named_by=self.named_by,
            extract=self.extract,
            when=self.when,
            help=self.help,
            certainty=self.certainty,
            number_column=self.number_column,
            list_column=self.list_column,
        )
        limited.after = self.after
        return limited


Level = Literal["return", "item"]
Priority = Literal["error", "query"]
