"""The stored rows as the engine's frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl
from django.db.models import QuerySet

from collectory.engine.matching import with_person
from collectory.engine.matching.rows import SCHEMA
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import PupilRow

VALUES: dict[str, pl.DataType] = {
    **{name: dtype for name, dtype in SCHEMA.items() if name not in {"file", "native_id", "person"}},
    "age": pl.Int16(),
}
"""The columns of the engine's rows that are stored, in the order in which they are."""

KEYS: dict[str, pl.DataType] = {"upn_key": pl.Int64(), "person_key": pl.Int64()}
WHOSE: dict[str, tuple[str, pl.DataType]] = {
    "row": ("pk", pl.Int64()),
    "data_return": ("data_return_id", pl.Int64()),
    "native_id": ("data_return__organisation__native_id", pl.String()),
}
CHUNK = 500
PIECE = 50_000


def frame_of(rows: QuerySet[PupilRow]) -> pl.DataFrame:
    """Rows as a frame: `row` (its id), `data_return` (id), `native_id`, the columns of VALUES and KEYS, and `person`.

    The engine's functions take it with `by="data_return"`.
    """
    asked = [*(path for path, _ in WHOSE.values()), *VALUES, *KEYS]
    schema: Any = {**{name: dtype for name, (_, dtype) in WHOSE.items()}, **VALUES, **KEYS}
    found = rows.order_by().values_list(*asked)
    pieces = [pl.DataFrame(piece, schema=schema, orient="row") for piece in _pieces(found.iterator(chunk_size=PIECE))]
    return with_person(pl.concat(pieces) if pieces else pl.DataFrame(schema=schema))


def rows_of(returns: Any) -> pl.DataFrame:
    """The people of some returns (a query set, or a list of them), as `frame_of` gives them, in order of their ids."""
    return frame_of(PupilRow.objects.filter(data_return__in=returns)).sort("row")


def rows_in(collection: DataCollection, *, on_roll: bool | None = None) -> pl.DataFrame:
    """The people of a whole data collection. A nation's rows take a few hundred bytes each in memory."""
    rows = PupilRow.objects.filter(collection=collection)
    return frame_of(rows if on_roll is None else rows.filter(on_roll=on_roll)).sort("row")


def in_chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    """Keys in lists that are short enough for one query of either database."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _pieces(rows: Iterator[Any]) -> Iterator[Sequence[Any]]:
    piece: list[Any] = []
    for row in rows:
        piece.append(row)
        if len(piece) == PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
