"""Writing many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import models

AT_ONCE = 500


def save_fields(objects: Iterable[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of stored objects of one model, which must be locked or otherwise sure to be there.

    As Django's own `bulk_update` does, which makes several expressions of each value: fifteen times the work of a
    plain insert that gives way to an update.
    """
    listed = list(objects)
    if listed:
        manager = type(listed[0])._default_manager
        manager.bulk_create(
            listed, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["pk"], update_fields=list(fields)
        )
