"""What changed between the revisions of a return: the history of an item, of a record, and all edits.

Worked out from the revisions whenever it is asked for, never written down a second time. An edit's event
says which rows to compare; after an upload the record is looked for by its natural key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from collectory.blade import Entity, Field
from collectory.portal.returns import following, naming, reading
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.record_pages import values_of

CHANGED, ADDED, REMOVED, LOADED = "changed", "added", "deleted", "loaded"


@dataclass(frozen=True)
class Change:
    """One value that became another in a revision; `field` is None for a record that came or went as a whole.

    `row` is the record's row in `revision`, for a deleted one in the revision before.
    """

    what: str
    revision: Revision
    event: Event | None
    entity: Entity
    row: int
    field: Field | None = None
    old: str | None = None
    new: str | None = None

    @property
    def how(self) -> str:
        """By which way it came about."""
        ways = {Revision.Cause.UPLOAD: "Upload", Revision.Cause.FORM: "Added on screen"}
        return ways.get(Revision.Cause(self.revision.cause), "Edited on screen")


@dataclass(frozen=True)
class Edit:
    """A change on screen with the record's name and key, for the list of all edits."""

    change: Change
    who: str
    key: str
    what: str


def _events(data_return: Return, revisions: list[Revision]) -> dict[int, Event]:
    events = data_return.events.filter(revision__in=revisions, kind__in=["uploaded", "edited", "added on screen"])
    return {event.revision_id: event for event in events.select_related("user", "organisation")}  # type: ignore[misc]


def _compared(
    entity: Entity, earlier: Revision, later: Revision, event: Event | None, old_row: int, row: int
) -> Iterator[Change]:
    old, new = values_of(earlier, entity, old_row), values_of(later, entity, row)
    for field in entity.fields:
        if old[field.name] != new[field.name]:
            yield Change(CHANGED, later, event, entity, row, field, old[field.name], new[field.name])


def history_of_record(data_return: Return, entity: Entity, row: int) -> list[Change]:
    """How a record of the current revision came to be what it is, newest change first."""
    current = data_return.current_revision
    if current is None:
        return []
    steps = following.between(data_return, 1, current.number)[::-1]
    events = _events(data_return, steps)
    found: list[Change] = []
    for later, earlier in pairwise(steps):
        event = events.get(later.pk)
        if later.data_of_id is not None:
            continue  # the same data, checked again
        if later.cause == Revision.Cause.FORM:
            before = None  # begun anew on an empty return
        elif later.cause == Revision.Cause.UPLOAD or event is None:
            before = following.by_key(later, earlier, entity, row)
            same_blobs = later.tables.get(entity.name) == earlier.tables.get(entity.name)
            if before is not None and not same_blobs:
                found.extend(_compared(entity, earlier, later, event, before, row))
        else:
            touched = following.touched_by(event)
            before = touched.before(entity.name, row)
            if before is not None and row in touched.changed.get(entity.name, ()):
                found.extend(_compared(entity, earlier, later, event, before, row))
        if before is None:
            return [*found, *_begun(entity, later, event, row, ADDED)]
        row = before
    first = steps[-1]
    return [*found, *_begun(entity, first, events.get(first.pk), row, LOADED)]


def _begun(entity: Entity, revision: Revision, event: Event | None, row: int, what: str) -> list[Change]:
    """How a record began: as a whole out of a file; out of a form, with each value that was keyed."""
    if revision.cause != Revision.Cause.FORM:
        return [Change(what, revision, event, entity, row)]
    values = values_of(revision, entity, row)
    keyed = [each for each in entity.fields if values[each.name] is not None]
    return [
        *(Change(CHANGED, revision, event, entity, row, each, None, values[each.name]) for each in keyed),
        Change(ADDED, revision, event, entity, row),
    ]


def _since_upload(data_return: Return) -> list[tuple[Revision, Revision, Event]]:
    """The edits since the last upload, oldest first: the revision before, the one after, and the event."""
    current = data_return.current_revision
    if current is None:
        return []
    beginnings = data_return.revisions.exclude(cause=Revision.Cause.EDIT).filter(number__lte=current.number)
    last = beginnings.order_by("-number").values_list("number", flat=True).first() or 1
    steps = following.between(data_return, last, current.number)
    edits = following.edits_of(data_return, steps)
    return [(one, two, edits[two.pk]) for one, two in pairwise(steps) if two.pk in edits]


def amended(data_return: Return, entity: Entity) -> dict[int, set[str]]:
    """Rows of the current revision that were changed or added on screen since the last upload.

    The fields that were changed; every field for an added record.
    """
    every = {field.name for field in entity.fields}
    found: dict[int, set[str]] = {}
    for earlier, later, event in _since_upload(data_return):
        touched = following.touched_by(event)
        found = {
            after: fields for row, fields in found.items() if (after := touched.after(entity.name, row)) is not None
        }
        for row in touched.added.get(entity.name, ()):
            found[row] = set(every)
        for row in touched.changed.get(entity.name, ()):
            before = touched.before(entity.name, row)
            assert before is not None, "a changed row was there before"
            names = {each.field.name for each in _compared(entity, earlier, later, event, before, row) if each.field}
            found.setdefault(row, set()).update(names)
    return found


def edits_since_upload(data_return: Return) -> list[Edit]:
    """Every change on screen since the last upload, oldest first, with who each record is."""
    edition = reading.edition_of(data_return)
    found: list[Edit] = []
    for earlier, later, event in _since_upload(data_return):
        touched = following.touched_by(event)
        for name, rows in touched.removed.items():
            entity = edition.entity(name)
            found.extend(_named(earlier, [Change(REMOVED, later, event, entity, row) for row in rows]))
        for name, rows in touched.added.items():
            entity = edition.entity(name)
            for row in rows:
                values = values_of(later, entity, row)
                new = [
                    Change(ADDED, later, event, entity, row, field, None, values[field.name])
                    for field in entity.fields
                    if values[field.name] is not None
                ]
                found.extend(_named(later, new or [Change(ADDED, later, event, entity, row)]))
        for name, rows in touched.changed.items():
            entity = edition.entity(name)
            for row in rows:
                before = touched.before(name, row)
                assert before is not None, "a changed row was there before"
                # Named as it was before: that is how the school's own system still knows it.
                changed = list(_compared(entity, earlier, later, event, before, row))
                found.extend(_named(earlier, changed, row=before))
    return found


def _named(revision: Revision, changes: list[Change], row: int | None = None) -> list[Edit]:
    if not changes:
        return []
    rows = pl.Series([each.row if row is None else row for each in changes], dtype=pl.Int64)
    names = naming.named(revision, changes[0].entity, rows).iter_rows(named=True)
    return [Edit(change, one["who"], one["key"], one["what"]) for change, one in zip(changes, names, strict=True)]
