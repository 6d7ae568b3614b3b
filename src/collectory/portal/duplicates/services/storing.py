"""Keeping the rows of a return in step with its current revision, in the transaction in which that changes.

Called by `returns/services/revising.py` for every way in which a revision becomes the current one (upload, edit, keyed
form, check with other rules), and where a return has no data any more. A file that is refused never gets here, so the
rows of the last good revision stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.db import connection, transaction

from collectory.blade import Matching
from collectory.engine import Dataset
from collectory.engine.matching import match_rows
from collectory.portal.duplicates import verdicts
from collectory.portal.duplicates.keys import key_of
from collectory.portal.duplicates.models import PupilRow, RowsOf, Side
from collectory.portal.duplicates.rows import KEYS, VALUES, in_chunks
from collectory.portal.duplicates.services import finding
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Revision

MADE_AS = 2
"""Goes up when rows of the same data are made in another way: those of before are then made anew (upkeep.py)."""

Columns: Any = {**VALUES, **KEYS}


def people_of(dataset: Dataset) -> pl.DataFrame:
    """The rows of a data set as they are stored, empty for a blade without matching. Needs no database."""
    rows = match_rows(dataset)
    texts = [name for name, dtype in VALUES.items() if dtype == pl.String()]
    rows = rows.with_columns(pl.col(texts).str.replace_all("\x00", "", literal=True))  # which PostgreSQL keeps nowhere
    keys = [
        pl.Series(to, [key_of(text) if text else None for text in rows[of]], dtype=pl.Int64)
        for of, to in (("upn", "upn_key"), ("person", "person_key"))
    ]
    return rows.with_columns(keys).select(pl.col(name).cast(dtype) for name, dtype in Columns.items())


def store(data_return: Return, people: pl.DataFrame) -> None:
    """Put the people of the current revision of a locked return in the place of those before, and bring clashes up to
    date. Rows that are as they were are left alone; of the same tables not even that is looked at."""
    revision = data_return.current_revision
    matching = verdicts.matching_in(data_return.collection)
    if matching is None or revision is None:
        return
    stored = RowsOf.objects.filter(data_return=data_return).select_related("revision").first()
    same = stored is not None and stored.made_as == MADE_AS and _same_tables(matching, stored.revision, revision)
    if not same:
        _replace(data_return, people)
    RowsOf.objects.update_or_create(
        data_return=data_return, defaults={"revision": revision, "made_as": MADE_AS, "people": people.height}
    )


def clear(data_return: Return) -> None:
    """Delete all rows of a locked return whose data are gone, and the clashes that they made."""
    if RowsOf.objects.filter(data_return=data_return).delete()[0]:
        _replace(data_return, pl.DataFrame(schema=Columns))


def make_anew(data_return: Return) -> None:
    """Make the rows of the current revision of a return whose rows are missing, or were made in an earlier way."""
    with transaction.atomic():
        from collectory.portal.returns.services.recording import locked

        current = locked(data_return.pk)
        if current.current_revision is None:
            clear(current)
            return
        current.current_revision.data_return = current
        store(current, people_of(reading.dataset(current.current_revision)))


def _same_tables(matching: Matching, before: Revision, after: Revision) -> bool:
    names = {each.name for each in matching.entities} | {each.address for each in matching.entities}
    return all(before.tables.get(name) == after.tables.get(name) for name in names)


def _replace(data_return: Return, people: pl.DataFrame) -> None:
    asked = ("pk", *Columns)
    old = pl.DataFrame(
        list(PupilRow.objects.filter(data_return=data_return).order_by().values_list(*asked)),
        schema={"row": pl.Int64(), **Columns},
        orient="row",
    )
    on = list(Columns)
    gone = old.join(people, on=on, how="anti", nulls_equal=True)
    added = people.join(old, on=on, how="anti", nulls_equal=True)
    if gone.is_empty() and added.is_empty():
        return
    if not gone.is_empty():
        # Whoever works out clashes touches sides of others' rows too: two that delete without it wait for each other.
        finding.lock(data_return.collection)
    left: set[int] = set()
    had_sides: set[int] = set()
    for ids in in_chunks(gone["row"]):
        sides = Side.objects.filter(row__in=ids)
        for clash, row in sides.values_list("clash_id", "row_id"):
            left.add(clash)
            had_sides.add(row)
        sides.delete()
        PupilRow.objects.filter(pk__in=ids).delete()
    _insert(data_return, added)
    leavers = gone.filter(pl.col("row").is_in(list(had_sides)))
    finding.around(data_return, changed_keys=_keys(added), left_keys=_keys(leavers), left=left)


def _keys(rows: pl.DataFrame) -> tuple[set[int], set[int]]:
    return set(rows["upn_key"].drop_nulls()), set(rows["person_key"].drop_nulls())


def _insert(data_return: Return, people: pl.DataFrame) -> None:
    """Many narrow rows at once, without making an object of each."""
    if people.is_empty():
        return
    columns = ["collection_id", "data_return_id", *Columns]
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name(PupilRow._meta.db_table)
    places = ", ".join(["%s"] * len(columns))
    # Names of columns and of the table are our own; every value is a parameter.
    command = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
    plain = people.with_columns(pl.col("birth_date").dt.to_string("%Y-%m-%d"))
    whose = data_return.collection_id, data_return.pk
    rows: Iterable[tuple[Any, ...]] = ((*whose, *row) for row in plain.iter_rows())
    with connection.cursor() as cursor:
        cursor.executemany(command, rows)
