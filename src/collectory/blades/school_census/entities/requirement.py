"""When a field must be there."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from collectory.blade import Edition, Record


def within(group: str) -> Callable[[Record, Edition], pl.Expr]:
    """Required wherever the record has anything of this group.

    Where a whole module is absent, rule 9999 (165 for the school) says so once, and the module's own
    presence rules stay silent.
    """

    def required(record: Record, edition: Edition) -> pl.Expr:
        return record.has_group(group)

    return required
