"""The parts of a return as people see them: the tree at the left, and the overview."""

from __future__ import annotations

from dataclasses import dataclass

from collectory.blade import Edition, Entity, Section
from collectory.portal.returns import cells
from collectory.portal.returns.cells import Counts
from collectory.portal.returns.models import Revision


@dataclass(frozen=True)
class Branch:
    """One part: an entity with its number of records and its findings."""

    entity: Entity
    title: str
    records: int
    counts: Counts

    @property
    def is_list(self) -> bool:
        """Whether it is shown as a list rather than as the items of its only record."""
        return is_list(self.entity)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.records


@dataclass(frozen=True)
class Limb:
    """A section of the return with its parts."""

    title: str
    branches: tuple[Branch, ...]

    @property
    def shown(self) -> tuple[Branch, ...]:
        """The parts that hold something, and those at the top, to which a record can be added."""
        return tuple(each for each in self.branches if each.records or each.counts.any or each.entity.parent is None)


def is_list(entity: Entity) -> bool:
    """Whether a whole return may hold more than one record of this entity."""
    return entity.many or any(above.many for above in entity.ancestors())


def sections_of(edition: Edition) -> tuple[tuple[str, tuple[Entity, ...]], ...]:
    """The sections of the blade with this edition's entities; what no section names comes last."""
    named = {name for section in edition.blade.sections for name in section.entities}
    others = tuple(each.name for each in edition.entities if each.name not in named)
    sections = [*edition.blade.sections, Section("Other parts" if named else "Return", others)]
    found = []
    for section in sections:
        entities = tuple(edition.entity(name) for name in section.entities if edition.has_entity(name))
        if entities:
            found.append((section.title, entities))
    return tuple(found)


def tree(edition: Edition, revision: Revision) -> list[Limb]:
    """The sections of a revision with counts."""
    counts = cells.of_entities(revision)
    return [
        Limb(
            title,
            tuple(
                Branch(
                    each,
                    each.plural if is_list(each) else each.label,
                    revision.records.get(each.name, 0),
                    counts.get(each.name, Counts()),
                )
                for each in entities
            ),
        )
        for title, entities in sections_of(edition)
    ]


def at_return_level(revision: Revision) -> Counts:
    """Findings about the whole return rather than about a record."""
    return cells.of_entities(revision).get("", Counts())
