"""From tags to tables: every value in the row and column that it belongs to."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from collectory.engine.dataset import PARENT, ROW, Notice
from collectory.engine.reading.layout import Layout
from collectory.engine.reading.notices import notices_of, stray_text
from collectory.engine.reading.place import RECORD, Placed, place
from collectory.engine.reading.tokens import BLOCK, MASKS, Positions, Tags, Words
from collectory.engine.reading.values import Values, values_between

INLINE = 12
"""Bytes of a value that an Arrow string view holds itself."""


def tabulate(tags: Tags, layout: Layout, data: bytes) -> tuple[dict[str, pl.DataFrame], list[Notice]]:
    """The tables of a document and what they do not show. Raises NotPlain and TooDeep."""
    placed = place(tags, layout)
    rows = _Rows(layout, placed)
    repeated: list[Positions] = []
    columns = _columns(tags, layout, placed, rows, repeated)
    tables: dict[str, pl.DataFrame] = {}
    for number, entity in enumerate(layout.entities):
        parent = rows.parents(number)
        if not entity.many and rows.height(number):
            above = parent if entity.parent is not None else np.zeros(rows.height(number), np.int64)
            repeated.append(rows.tags[number][turns(above) > 0])
        tables[entity.name] = _table(layout, number, rows.height(number), parent, columns[number])
    return tables, notices_of(tags, layout, placed, data, repeated, stray_text(tags, placed))


class _Rows:
    """The rows of the records.

    tags       for each entity, the tags of its records in document order
    of_holder  row of the record that each holder is, -1 for the others;  of_leaf: the same for leaves
    """

    def __init__(self, layout: Layout, placed: Placed) -> None:
        self.layout, self.placed = layout, placed
        holders, leaves = placed.holders, placed.leaves
        self.of_holder = np.full(len(holders.tag), -1, np.int64)
        self.of_leaf = np.full(len(leaves.tag), -1, np.int64)
        self.tags: list[Positions] = []
        self._above: list[Positions] = []
        is_record = layout.kinds == RECORD
        record_holders = np.flatnonzero(is_record[holders.state])
        record_leaves = np.flatnonzero(is_record[leaves.state])
        owner_of_holder = layout.owners[holders.state[record_holders]]
        owner_of_leaf = layout.owners[leaves.state[record_leaves]]
        for entity in range(len(layout.entities)):
            mine = record_holders[owner_of_holder == entity]
            bare = record_leaves[owner_of_leaf == entity]
            tag = np.concatenate((holders.tag[mine], leaves.tag[bare]))
            above = np.concatenate((holders.above[mine], leaves.holder[bare]))
            order = np.argsort(tag, kind="stable") if len(bare) else np.arange(len(tag))
            row = np.empty(len(tag), np.int64)
            row[order] = np.arange(len(tag))
            self.of_holder[mine] = row[: len(mine)]
            self.of_leaf[bare] = row[len(mine) :]
            self.tags.append(tag[order])
            self._above.append(above[order])

    def height(self, entity: int) -> int:
        return len(self.tags[entity])

    def parents(self, entity: int) -> Positions:
        """For each record of an entity, the row of the record above."""
        return self.around(self._above[entity])

    def around(self, holder: Positions) -> Positions:
        """The row of the record that each of these holders is or lies in."""
        rows: Positions = self.of_holder[self.placed.holders.record[holder]]
        return rows


def _columns(
    tags: Tags, layout: Layout, placed: Placed, rows: _Rows, repeated: list[Positions]
) -> list[dict[str, pa.Array]]:
    """For each entity, its columns that hold something."""
    leaves = placed.leaves
    takes = layout.takes[leaves.state]
    chosen = slice(None) if takes.all() else np.flatnonzero(takes)
    tag, state, holder, own = leaves.tag[chosen], leaves.state[chosen], leaves.holder[chosen], rows.of_leaf[chosen]
    values = values_between(tags, tag, layout.trims)
    view = _views(tags, values)
    buffers = [pa.py_buffer(tags.view), pa.py_buffer(values.resolved)]
    row = rows.around(holder)
    bare = own >= 0  # a record that is a value itself
    if bare.any():
        row[bare] = own[bare]
    # Sorted by column once, so that each column is a slice.
    order = np.argsort(state.astype(np.uint16), kind="stable")
    state, row, view, there = state[order], row[order], view[order], values.length[order] > 0
    places = np.arange(len(layout.states) + 1)
    bounds = np.searchsorted(state, places)
    again = _how_many(state[1:][(row[1:] == row[:-1]) & (state[1:] == state[:-1])], places)
    blank = _how_many(state[~there], places)
    filled: list[dict[str, pa.Array]] = [{} for _ in layout.entities]
    for place_, names in layout.columns.items():
        mine = slice(int(bounds[place_]), int(bounds[place_ + 1]))
        if mine.start == mine.stop:
            continue
        entity = int(layout.owners[place_])
        height = rows.height(entity)
        if not again[place_]:
            whole = mine.stop - mine.start == height and not blank[place_]
            filled[entity][names[0]] = _column(height, row[mine], view[mine], there[mine], whole, buffers)
            continue
        turn = turns(row[mine])
        if int(turn.max()) >= len(names):
            repeated.append(tag[order[mine][turn >= len(names)]])
        for number, name in enumerate(names[: int(turn.max()) + 1]):
            chosen = turn == number
            at, views, full = row[mine][chosen], view[mine][chosen], there[mine][chosen]
            whole = len(at) == height and bool(full.all())
            filled[entity][name] = _column(height, at, views, full, whole, buffers)
    return filled


def _how_many(states: NDArray[np.int32], places: Positions) -> Positions:
    """How many there are of each state, given those of some tags in ascending order."""
    return np.diff(np.searchsorted(states, places))


def _column(
    height: int,
    at: Positions,
    view: NDArray[np.uint64],
    there: NDArray[np.bool_],
    whole: bool,
    buffers: list[pa.Buffer],
) -> pa.Array:
    """A column of text with these values at these rows, null at the others and where a value is not there.

    `whole` says that there is a value for each row.
    """
    if whole:
        validity, views = None, view
    else:
        views = np.zeros((height, 2), np.uint64)
        views[at] = view
        full = np.zeros(height, np.bool_)
        full[at] = there
        validity = pa.py_buffer(np.packbits(full, bitorder="little"))
    return pa.Array.from_buffers(pa.string_view(), height, [validity, pa.py_buffer(views), *buffers])


def _table(layout: Layout, number: int, height: int, parent: Positions, filled: dict[str, pa.Array]) -> pl.DataFrame:
    entity = layout.entities[number]
    batch = pa.RecordBatch.from_arrays(list(filled.values()), list(filled))
    texts = {series.name: series for series in pl.DataFrame(batch)} if filled else {}
    top = pl.Series(PARENT, [None], dtype=pl.Int64).new_from_index(0, height)
    missing = pl.Series("", [None], dtype=pl.String).new_from_index(0, height)
    columns = [
        pl.Series(ROW, np.arange(height, dtype=np.int64)),
        top if entity.parent is None else pl.Series(PARENT, parent, dtype=pl.Int64),
    ]
    for field in entity.fields:
        series = texts.get(field.name)
        columns.append(missing.alias(field.name) if series is None else series)
    return pl.DataFrame(columns)


def turns(row: Positions) -> Positions:
    """For rows in ascending order, how many of the same row stand before each."""
    if not len(row):
        return np.zeros(0, np.int64)
    new = np.concatenate(([True], row[1:] != row[:-1]))
    if new.all():
        return np.zeros(len(row), np.int64)
    begins = np.flatnonzero(new)
    turn: Positions = np.arange(len(row)) - np.repeat(begins, np.diff(np.concatenate((begins, [len(row)]))))
    return turn


def _views(tags: Tags, values: Values) -> NDArray[np.uint64]:
    """Arrow string views of the values: short ones inside, longer ones as pointers into the file's bytes."""
    words = Words(tags.view)
    view = np.empty((len(values.begin), 2), np.uint64)
    for start in range(0, len(view), BLOCK):
        block = slice(start, start + BLOCK)
        length, begin = values.length[block], values.begin[block]
        short = np.minimum(length, INLINE)
        low = words.at(begin) & MASKS[np.minimum(short, 8)]
        high = words.at(begin + 8) & MASKS[np.maximum(short - 8, 0)]
        view[block, 0] = length.astype(np.uint64) | (low << np.uint64(32))
        inside = (low >> np.uint64(32)) | (high << np.uint64(32))
        view[block, 1] = np.where(length > INLINE, begin.astype(np.uint64) << np.uint64(32), inside)
    for number, text, offset in values.rewritten:
        size = len(text).to_bytes(4, "little")
        if len(text) <= INLINE:
            written = size + text.ljust(INLINE, b"\0")
        else:
            written = size + text[:4] + (1).to_bytes(4, "little") + offset.to_bytes(4, "little")
        view[number] = np.frombuffer(written, "<u8")
    return view
