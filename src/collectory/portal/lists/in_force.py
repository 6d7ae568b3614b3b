"""The lists in force, as the rules read them."""

from __future__ import annotations

import io
from functools import lru_cache

import polars as pl

from collectory.blade import Edition
from collectory.portal import storage
from collectory.portal.lists.models import ListVersion


def lists_for(edition: Edition) -> dict[str, pl.DataFrame]:
    """The lists in force that an edition's rules can ask, by name; those that nobody has loaded are not there."""
    asked = {each.number for each in edition.rules}
    lists = {}
    for meant in edition.blade.lists:
        version = ListVersion.in_force(edition.blade.name, meant.name) if asked.intersection(meant.rules) else None
        if version is not None:
            lists[meant.name] = table_of(version.table)
    return lists


@lru_cache(maxsize=4)
def table_of(sha256: str) -> pl.DataFrame:
    """A list by the hash of its table, kept: the same for every return that is checked, and never changed."""
    return pl.read_parquet(io.BytesIO(storage.read(sha256)))
