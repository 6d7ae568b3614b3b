"""Asking for clashes. What is stored is always that of the last revision of every return: services/storing.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.db.models import QuerySet

from collectory.engine.matching import Cases
from collectory.engine.matching.cases import CASE_SCHEMA, MEMBER_SCHEMA
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import Clash, PupilRow, Side
from collectory.portal.duplicates.rows import frame_of, in_chunks
from collectory.portal.returns.models import Return


def of_return(data_return: Return) -> QuerySet[Clash]:
    """The clashes that a return has a side in."""
    # By the sides' ids and not by EXISTS, which SQLite would ask of every clash of the nation.
    return Clash.objects.filter(pk__in=Side.objects.filter(data_return=data_return).order_by().values("clash"))


def of_returns(returns: Any) -> QuerySet[Clash]:
    """The clashes that any of some returns (a query set) has a side in."""
    return Clash.objects.filter(pk__in=Side.objects.filter(data_return__in=returns).order_by().values("clash"))


def in_collection(collection: DataCollection) -> QuerySet[Clash]:
    """All clashes of a data collection."""
    return Clash.objects.filter(collection=collection)


def sides_of(clashes: Iterable[Clash]) -> QuerySet[Side]:
    """The sides of some clashes with row, return and organisation at hand, in order of clash and organisation."""
    return (
        Side.objects.filter(clash__in=[clash.pk for clash in clashes])
        .select_related("row", "data_return__organisation__authority")
        .order_by("clash_id", "data_return__organisation__native_id", "row__entity", "row__record")
    )


def as_frames(clashes: Iterable[Clash]) -> tuple[Cases, pl.DataFrame]:
    """Clashes as the engine's cases, and the rows (as `rows.frame_of` gives them) that their members point into.

    The cases have one more column, `clash`: the id.
    """
    listed = list(clashes)
    number = {clash.pk: place for place, clash in enumerate(listed)}
    told = [[number[c.pk], *(getattr(c, name, None) for name in CASE_SCHEMA if name != "case"), c.pk] for c in listed]
    schema: Any = {**CASE_SCHEMA, "clash": pl.Int64()}
    members = [
        (number[clash], row)
        for ids in in_chunks(number)
        for clash, row in Side.objects.filter(clash__in=ids).order_by().values_list("clash_id", "row_id")
    ]
    frames = [frame_of(PupilRow.objects.none())]
    frames += [frame_of(PupilRow.objects.filter(pk__in=ids)) for ids in in_chunks({row for _, row in members})]
    rows = pl.concat(frames).sort("row")
    place = {row: position for position, row in enumerate(rows["row"])}
    pointed = sorted((case, place[row]) for case, row in members)
    return (
        Cases(
            pl.DataFrame(told, schema=schema, orient="row"), pl.DataFrame(pointed, schema=MEMBER_SCHEMA, orient="row")
        ),
        rows,
    )
