"""The columns of the old system's extracts."""

from __future__ import annotations

from dataclasses import replace

from collectory.blade import Field


def columns(table: str, *fields: Field, prefix: str = "") -> tuple[Field, ...]:
    """The same fields with the extract column filled in: the name in small letters, without underscores."""
    return tuple(
        each if each.extract else replace(each, extract=f"{table}.{prefix}{each.name.lower().replace('_', '')}")
        for each in fields
    )
