"""Following a record from one revision of a return to another.

Through an edit it is followed by what the edit's event says it touched. Through an upload it is followed by
the natural keys of the record and of those above it; records of one key are told apart by their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import polars as pl

from collectory.blade import Entity
from collectory.engine.changing import Touched
from collectory.engine.dataset import PARENT, ROW
from collectory.portal.returns import reading
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.states import Happening


def touched_by(event: Event) -> Touched:
    """Which rows an edit touched."""
    return Touched(**{part: event.details.get(part, {}) for part in ("changed", "added", "removed")})


def as_details(touched: Touched) -> dict[str, Any]:
    """What `touched_by` reads, for the details of an event. Row numbers only: nothing personal."""
    return {part: rows for part in ("changed", "added", "removed") if (rows := getattr(touched, part))}


def edits_of(data_return: Return, revisions: Iterable[Revision]) -> dict[int, Event]:
    """The event of each of these revisions that was made by an edit, by the revision's id."""
    wanted = [one.pk for one in revisions if one.cause != Revision.Cause.UPLOAD]
    events = data_return.events.filter(revision_id__in=wanted, kind=Happening.EDITED.value)
    return {event.revision_id: event for event in events.select_related("user", "organisation")}  # type: ignore[misc]


def between(data_return: Return, first: int, last: int) -> list[Revision]:
    """The revisions from one number to another, both included, oldest first."""
    found = list(data_return.revisions.filter(number__range=(first, last)).select_related("made_by", "upload"))
    for each in found:
        each.data_return = data_return  # saves a query each time its edition is asked for
    return sorted(found, key=lambda one: one.number)


def row_now(data_return: Return, number: int, entity: Entity, row: int) -> int | None:
    """Where the record in `row` of revision `number` is in the current revision; None when it is gone.

    None too for a revision or a row that there never was.
    """
    current = data_return.current_revision
    if current is None or number > current.number:
        return None
    steps = between(data_return, number, current.number)
    if not steps or steps[0].number != number or not 0 <= row < steps[0].records.get(entity.name, 0):
        return None
    edits = edits_of(data_return, steps[1:])
    here: int | None = row
    for earlier, later in pairwise(steps):
        if later.data_of_id is not None:
            continue  # the same data, checked again
        if here is None or later.cause == Revision.Cause.FORM:
            return None  # begun anew on an empty return
        if later.pk in edits:
            here = touched_by(edits[later.pk]).after(entity.name, here)
        else:
            here = by_key(earlier, later, entity, here)
    return here


def by_key(one: Revision, other: Revision, entity: Entity, row: int) -> int | None:
    """The row in `other` of the record that has the natural keys of this row of `one`; None where there is none."""
    mine, theirs = reading.table(one, entity), reading.table(other, entity)
    if entity.parent is not None:
        above = by_key(one, other, entity.parent, mine[PARENT][row])
        if above is None:
            return None
        mine = mine.filter(pl.col(PARENT) == mine[PARENT][row])
        theirs = theirs.filter(pl.col(PARENT) == above)
    known = mine.row(by_predicate=pl.col(ROW) == row, named=True)
    names = [name for name in entity.key if entity.has_field(name)]
    if not any(known[name] for name in names):
        names = [*names, *(name for name in entity.named_by if entity.has_field(name))]
    same = pl.all_horizontal(pl.lit(True), *(pl.col(name).eq_missing(pl.lit(known[name])) for name in names))
    turn = mine.filter(same)[ROW].to_list().index(row)
    rows = theirs.filter(same)[ROW].to_list()
    return rows[turn] if turn < len(rows) else None
