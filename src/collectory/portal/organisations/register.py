"""The register in force, as the rules read it."""

from __future__ import annotations

import io

import polars as pl

from collectory.blade import Edition
from collectory.portal import storage
from collectory.portal.organisations.models import Register


def register_for(edition: Edition, native_id: str) -> pl.DataFrame | None:
    """The rows of the register in force that are a source's; None before a register was loaded, or for a blade
    that has none.

    The table has the register's columns and no row for a source that it does not hold, so that a rule can say why
    it is skipped.
    """
    key_of = edition.blade.register_key
    register = Register.in_force() if key_of is not None else None
    if key_of is None or register is None:
        return None
    with storage.open(register.table) as file:
        table = pl.scan_parquet(io.BytesIO(file.read()))
        where = key_of(native_id)
        if any(name not in table.collect_schema() for name in where):
            return table.head(0).collect()
        return table.filter(*(pl.col(name) == value for name, value in where.items())).collect()
