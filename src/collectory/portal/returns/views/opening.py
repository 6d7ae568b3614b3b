"""What every page inside Open return shares: the tree at the left, the toolbar, the strip of return level errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from collectory.blade import Entity
from collectory.portal.people.permissions import Act
from collectory.portal.returns import addresses, reading, tree
from collectory.portal.returns.models import Note, Return
from collectory.portal.returns.selecting import EVERYTHING, Selection
from collectory.portal.returns.services.acts import why_not


@dataclass(frozen=True)
class Tool:
    """One button of the toolbar: where it leads, or why it cannot be used here or now."""

    label: str
    address: str = ""
    why_not: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Place:
    """Where in the return a page is: an entity, and one record of it. `selection` goes along in its links."""

    entity: Entity | None = None
    row: int | None = None
    doing: str = "view"
    selection: Selection = EVERYTHING


def address_in(data_return: Return, name: str, *args: Any) -> str:
    """The address of a page about the return."""
    return reverse(name, args=[data_return.collection.slug, data_return.organisation.native_id, *args])


def entity_named(data_return: Return, name: str) -> Entity:
    """An entity of the return's edition. Raises Http404 for any other name."""
    edition = reading.edition_of(data_return)
    if not edition.has_entity(name):
        raise Http404
    return edition.entity(name)


def _elsewhere(data_return: Return, label: str, name: str) -> list[Tool]:
    try:
        return [Tool(label, address_in(data_return, name))]
    except NoReverseMatch:
        return []


def toolbar(request: HttpRequest, data_return: Return, place: Place) -> list[Tool]:
    """The buttons in the old system's words and order."""
    membership = request.membership  # type: ignore[attr-defined]
    blocked = why_not(data_return, Act.EDIT, membership)
    entity, row = place.entity, place.row
    query = place.selection.query()
    at_record = entity is not None and row is not None
    revision = data_return.current_revision.number if data_return.current_revision else 0

    def on_record(label: str, name: str, doing: str) -> Tool:
        if not at_record:
            return Tool(label, why_not="Open a record first.")
        if blocked and doing != "view":
            return Tool(label, why_not=blocked)
        assert entity is not None
        return Tool(
            label, address_in(data_return, name, entity.name, revision, row) + query, is_current=place.doing == doing
        )

    return [
        *_elsewhere(data_return, "All Errors", "all-errors"),
        *_elsewhere(data_return, "All Notes", "all-notes"),
        _add(data_return, entity, blocked, place.doing),
        on_record("View", "record", "view"),
        on_record("Edit", "edit-record", "edit"),
        on_record("Delete", "delete-record", "delete"),
        *_elsewhere(data_return, "Status", "history"),
    ]


def _add(data_return: Return, entity: Entity | None, blocked: str, doing: str) -> Tool:
    if entity is None:
        return Tool("Add", why_not="Choose a part of the return first.")
    if blocked:
        return Tool("Add", why_not=blocked)
    if entity.parent is not None:
        return Tool("Add", why_not=f"Open the {entity.parent.label.lower()} that it belongs to, and add it there.")
    revision = data_return.current_revision
    if not entity.many and revision is not None and revision.records.get(entity.name):
        return Tool("Add", why_not="There can be only one of these, and it is here.")
    return Tool("Add", address_in(data_return, "add-record", entity.name), is_current=doing == "add")


def show(
    request: HttpRequest, data_return: Return, template: str, place: Place, status: int = 200, **more: Any
) -> HttpResponse:
    """A page inside Open return."""
    revision = data_return.current_revision
    edition = reading.edition_of(data_return)
    context = {
        "data_return": data_return,
        "revision": revision,
        "edition": edition,
        "place": place,
        "entity": place.entity,
        "limbs": tree.tree(edition, revision) if revision else [],
        "return_level": tree.at_return_level(revision) if revision else None,
        "return_notes": Note.objects.filter(data_return=data_return, scope=Note.Scope.RETURN, withdrawal=None).count(),
        "return_notes_at": _first(_elsewhere(data_return, "", "return-notes")),
        "tools": toolbar(request, data_return, place),
        "cannot_edit": why_not(data_return, Act.EDIT, request.membership),  # type: ignore[attr-defined]
        "addresses": addresses,
    }
    return render(request, template, context | more, status=status)


def _first(tools: list[Tool]) -> str:
    return tools[0].address if tools else ""
