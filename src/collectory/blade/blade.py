"""Blades: the definition of one kind of collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from collectory.blade.codesets import CodeSet
from collectory.blade.edition import Edition
from collectory.blade.entities import Entity
from collectory.blade.forms import Form
from collectory.blade.lists import ReferenceList
from collectory.blade.matching import Matching
from collectory.blade.reports import Report
from collectory.blade.rules import Rule

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Header:
    """Where a file says what it is: paths below the root, such as "Header/CollectionDetails/Term".

    `collection_code` is what stands at `collection` in files of this blade. `term` and `year` are empty
    where files do not say. `source` are the paths that, one after the other, make the native ID.
    """

    collection: str
    collection_code: str
    year: str = ""
    term: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the return as people see it: a tab or a branch of the tree."""

    title: str
    entities: tuple[str, ...]


@dataclass(frozen=True)
class Extract:
    """How the old system gave a blade's data out, beside the columns that fields name.

    first    the table that everything hangs under
    renamed  names that a table has in some terms: by term, by the name that entities give
    marks    columns that the system filled for itself, by table; they are written empty and passed over
    implied  values that go without saying in an extract, by entity and field: no column holds them
    """

    first: str
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    implied: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def table(self, edition: Edition, name: str) -> str:
        """The name of a table in an edition's extract."""
        return self.renamed.get(edition.term, {}).get(name, name)


Sampler = Callable[["Edition", int, float, int, str], "Mapping[str, pl.DataFrame]"]


class MadeNation(Protocol):
    """What was written: organisations, people in their returns, bytes, and lines of the key of what was planted."""

    @property
    def schools(self) -> int: ...
    @property
    def pupils(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def planted(self) -> int: ...


@dataclass(eq=False)
class Blade:
    """One kind of collection: its entities, code sets, rules and editions. Code, no database.

    name      of the folder and in keys
    root      the XML root element
    entities  parents before their children; the order of top entities is that of the document
    typical   for each entity, a record without a finding, from which the cases of rules start
    sections  how the tree of the return is divided
    terms     the blade's code for a term and its word in keys and titles ("AUT": "autumn")
    person    for blades about people: which fields of which entities identify one
    sample    makes believable tables: (edition, records, faults, seed, source) → tables
    nation    writes a whole made-up country: (edition, folder, schools, seed, write, mean_size=, processes=, progress=)
    export_name  the name of an export for a native ID
    extract   the layout of its extracts, for blades that had them
    form      how it is keyed on screen, for blades that can be
    reports   the pages that can be made of a return
    matching  for blades about people: how they are known from one return to the next
    lists    the lists that rules look values up in
    trims    whether white space around the values of an XML file is no part of them
    in_register  columns of the register that say what fields of a return say too, by "Entity.Field"
    """

    name: str
    title: str
    root: str
    header: Header
    entities: tuple[Entity, ...]
    codesets: Mapping[str, CodeSet]
    rules: tuple[Rule, ...]
    typical: Callable[[Edition], Mapping[str, Mapping[str, Any]]]
    sections: tuple[Section, ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)
    sample: Sampler | None = None
    nation: Callable[..., MadeNation] | None = None
    file_name: Callable[[Edition, str, str], str] | None = None
    register_key: Callable[[str], Mapping[str, str]] | None = None
    extract: Extract | None = None
    form: Form | None = None
    reports: tuple[Report, ...] = ()
    matching: Matching | None = None
    lists: tuple[ReferenceList, ...] = ()
    trims: bool = False
    in_register: Mapping[str, str] = field(default_factory=dict)
    help: str = ""
    editions: tuple[Edition, ...] = ()

    def add_editions(self, *editions: Edition) -> None:
        """Make editions known, oldest first."""
        self.editions = tuple(sorted((*self.editions, *editions), key=lambda each: each.when))

    def entity(self, name: str) -> Entity:
        """The entity with the fields of all editions. Raises KeyError."""
        return self._entities_by_name[name]

    @cached_property
    def _entities_by_name(self) -> dict[str, Entity]:
        return {each.name: each for each in self.entities}

    def reference_list(self, name: str) -> ReferenceList:
        """The list of that name. Raises KeyError."""
        return {each.name: each for each in self.lists}[name]

    def edition_for(self, year: str, term: str) -> Edition | None:
        """The edition whose files bear this year and term."""
        for each in self.editions:
            if each.year == year and (not each.term or each.term == term):
                return each
        return None
