"""In which order an edition's values stand in its XML: elements inside of elements, made once for each edition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from collectory.blade import Edition, Entity


@dataclass
class Leaf:
    """An element with a value. More columns than one are the values of an element that may stand again; the
    name "." means that the record's own element carries the value."""

    name: str
    columns: list[str] = field(default_factory=list)


@dataclass
class Records:
    """The place of the records of an entity below a record, or below the root."""

    name: str
    entity: Entity


@dataclass
class Wrapper:
    """An element that holds others; one for all that lies under its path, however far apart the blade says it."""

    name: str
    items: list[Leaf | Records | Wrapper] = field(default_factory=list)


@dataclass
class Document:
    """The root's content, and the content of a record of each entity by the entity's name."""

    root: Wrapper
    records: dict[str, Wrapper]


def document_of(edition: Edition) -> Document:
    """The order of an edition's document; made once."""
    known = edition.__dict__.get("_document")
    if isinstance(known, Document):
        return known
    made = _document(edition)
    edition.__dict__["_document"] = made
    return made


def _document(edition: Edition) -> Document:
    root = Wrapper(edition.blade.root)
    for entity in edition.entities:
        if entity.parent is None:
            _place(root, entity.path.split("/"), Records(_last(entity.path), entity))
    return Document(root, {entity.name: _record(edition, entity) for entity in edition.entities})


def _record(edition: Edition, entity: Entity) -> Wrapper:
    record = Wrapper(_last(entity.path))
    following: dict[str, list[Entity]] = {}
    for child in edition.children(entity):
        following.setdefault(child.after, []).append(child)
    # A child may follow a field that this edition does not have, so the fields of all editions are walked.
    for each in edition.blade.entity(entity.name).fields:
        if entity.has_field(each.name):
            _place(record, each.path.split("/"), Leaf(each.tag, [each.name]))
        _place_all(record, following.pop(each.name, ()))
    for children in following.values():
        _place_all(record, children)
    return record


def _place_all(record: Wrapper, children: Iterable[Entity]) -> None:
    for child in children:
        _place(record, child.path.split("/"), Records(_last(child.path), child))


def _place(holder: Wrapper, path: list[str], item: Leaf | Records) -> None:
    *groups, _ = path
    for name in groups:
        inner = next((each for each in holder.items if isinstance(each, Wrapper) and each.name == name), None)
        if inner is None:
            inner = Wrapper(name)
            holder.items.append(inner)
        holder = inner
    if isinstance(item, Leaf):
        before = next((each for each in holder.items if isinstance(each, Leaf) and each.name == item.name), None)
        if before is not None:
            before.columns.extend(item.columns)
            return
    holder.items.append(item)


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]
