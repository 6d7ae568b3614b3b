"""Loading a list: shown first, then put in force as it was shown."""

from __future__ import annotations

import io
from dataclasses import dataclass

import polars as pl
from django.db import transaction
from django.utils import timezone

from collectory.blade import ReferenceList
from collectory.engine import Refusal, blades
from collectory.engine.reading.reference_list import read_reference_list
from collectory.portal import storage
from collectory.portal.lists.in_force import table_of
from collectory.portal.lists.models import ListVersion
from collectory.portal.people.access_log import done_by
from collectory.portal.people.models import Membership, Organisation, User

APPLIED = Refusal(
    "applied",
    "This list is in force already",
    "Somebody confirmed it, perhaps you in another window.",
    "There is nothing to do.",
)
CHANGED = Refusal(
    "changed-meanwhile",
    "Another version came into force since this preview was made",
    "Somebody confirmed another file meanwhile. Nothing was done.",
    "Hand the file in again, and look at what it would change now.",
)


@dataclass(frozen=True)
class Differences:
    """The keys that one version of a list has more, no longer, or with other values than another."""

    new: list[str]
    gone: list[str]
    changed: list[str]

    def counts(self, rows: int) -> dict[str, int]:
        """How many of each, and of rows at all."""
        return {"rows": rows, "new": len(self.new), "gone": len(self.gone), "changed": len(self.changed)}


def all_lists() -> list[tuple[str, ReferenceList]]:
    """Every list of every blade, with the blade's name."""
    return [(blade.name, each) for blade in blades().values() for each in blade.lists]


def preview(user: User | None, blade: str, meant: ReferenceList, name: str, data: bytes) -> ListVersion | Refusal:
    """Keep a list file with what it would change. Nothing else changes."""
    table = read_reference_list(data, meant)
    if isinstance(table, Refusal):
        return table
    base = ListVersion.in_force(blade, meant.name)
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd")
    return ListVersion.objects.create(
        blade=blade,
        name=meant.name,
        file_name=storage.file_name(name),
        sha256=storage.save(data),
        table=storage.save(buffer.getvalue()),
        counts=_compared(meant, base, table).counts(table.height),
        against=base,
        made_by=user,
    )


def differences(version: ListVersion) -> Differences:
    """What a version changes against the one that was in force when it was handed in."""
    return _compared(version.meant, version.against, table_of(version.table))


def _compared(meant: ReferenceList, base: ListVersion | None, now: pl.DataFrame) -> Differences:
    if base is None:
        return Differences(now[meant.key].to_list(), [], [])
    before = table_of(base.table)
    columns = [name for name in meant.columns if name in now.columns or name in before.columns]
    now, before = (_with(each, columns) for each in (now, before))
    new = now.join(before, on=meant.key, how="anti")[meant.key].to_list()
    gone = before.join(now, on=meant.key, how="anti")[meant.key].to_list()
    same = now.join(before, on=columns, how="semi", nulls_equal=True)
    changed = now.join(same, on=meant.key, how="anti").join(before, on=meant.key, how="semi")[meant.key].to_list()
    return Differences(new, gone, changed)


def _with(table: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """A list with all these columns, those that it lacks empty."""
    lacking = [name for name in columns if name not in table.columns]
    return table.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking).select(columns)


def apply(version: ListVersion, actor: Membership | None) -> ListVersion | Refusal:
    """Put a version in force, with one line of the access log; `actor` is None for the command line.

    Where another came into force since its preview was made, nothing is done.
    """
    with transaction.atomic():
        # The department's row is the lock, as for the register: one at a time.
        list(Organisation.objects.select_for_update().filter(kind=Organisation.Kind.DEPARTMENT).values_list("pk"))
        current = ListVersion.objects.select_for_update().get(pk=version.pk)
        if current.applied_at is not None:
            return APPLIED
        if ListVersion.in_force(current.blade, current.name) != current.against:
            return CHANGED
        current.applied_at = timezone.now()
        current.applied_by = actor.user if actor else None
        current.save(update_fields=["applied_at", "applied_by"])
        if actor is not None:
            done_by(actor, "list loaded", str(current))
    return current
