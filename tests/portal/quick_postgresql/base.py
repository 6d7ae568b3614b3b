"""PostgreSQL as Django has it, but that tables are emptied between tests row by row.

TRUNCATE makes new files for each table and index, some eight hundred here, which takes a second; tests leave few rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations


class QuickOperations(DatabaseOperations):
    """Operations of which emptying tables is another one."""

    def sql_flush(self, style: Any, tables: Iterable[str], **how: bool) -> list[str]:
        """References are checked when the transaction ends, so that the order does not matter."""
        if how.get("reset_sequences"):
            return list(super().sql_flush(style, tables, **how))
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]


class DatabaseWrapper(base.DatabaseWrapper):
    """The same with these operations."""

    ops_class = QuickOperations
