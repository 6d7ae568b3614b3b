"""Loading a register: shown first, then put in force exactly as it was shown, whole or not at all."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal import storage
from collectory.portal.in_bulk import save_fields
from collectory.portal.organisations.changes import (
    FIELDS,
    MERGED,
    MISSING,
    NEW,
    POINTERS,
    PROBLEM,
    Change,
    Changes,
    changes_of,
)
from collectory.portal.organisations.models import Register
from collectory.portal.organisations.rows import LA, NUMBER, STATUS, read_contents
from collectory.portal.people.access_log import done_by
from collectory.portal.people.models import Membership, Organisation, User

BATCH = 1000
ROWS_TOGETHER = 500  # of the kept table: one school's row is read without the rest

NO_DEPARTMENT = Refusal(
    "no-department",
    "There is no department yet",
    "Schools that report for themselves need the department as their agent, and this service has none.",
    "Make the department first (collectory portal load_organisations --department NAME).",
)
NO_ROWS = Refusal(
    "no-rows",
    "The file names no school that makes returns",
    "Every row is of a type that makes no returns, or cannot be used.",
    "Check that this is the file of all establishments, and the table of school types.",
)
APPLIED = Refusal(
    "applied",
    "This register is in force already",
    "Somebody confirmed it, perhaps you in another window.",
    "There is nothing to do.",
)
CHANGED = Refusal(
    "changed-meanwhile",
    "The organisations have changed since this preview was made",
    "Somebody loaded another register or changed an organisation meanwhile. Nothing was done.",
    "Look at the preview, which was made again just now, and confirm it if it is still right.",
)


def preview(
    user: User | None, name: str, data: bytes, *, links_name: str = "", links: bytes = b""
) -> Register | Refusal:
    """Keep a register file with the list of what it would change. Changes no organisation."""
    contents = read_contents(data, links)
    if isinstance(contents, Refusal):
        return contents
    if not contents.rows:
        return NO_ROWS
    if not Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT).exists():
        return NO_DEPARTMENT
    changes = changes_of(contents)
    return Register.objects.create(
        file_name=storage.file_name(name),
        sha256=storage.save(data),
        links_name=PurePath(links_name.replace("\\", "/")).name[-255:],
        links_sha256=storage.save(links) if links else "",
        rows=contents.frame.height,
        changes=storage.save(changes.as_bytes()),
        counts=changes.counts,
        made_by=user,
    )


def apply(register: Register, actor: Membership | None, *, seen: str = "") -> Register | Refusal:
    """Put a register in force as its preview showed it: organisations, number changes and one line of the access log.

    Where the organisations are no longer those that the preview was made of, nothing is done and the preview is
    made again. `seen` are the changes that a page showed (`Register.changes`), for two people at one preview.
    `actor` is None for the command line.
    """
    contents = read_contents(
        storage.read(register.sha256), storage.read(register.links_sha256) if register.links_sha256 else b""
    )
    if isinstance(contents, Refusal):
        return contents
    base = Register.in_force()
    table = storage.save(_as_parquet(_with_others(contents.frame, base)))
    with transaction.atomic():
        # The department's row is the lock: one register at a time.
        list(Organisation.objects.select_for_update().filter(kind=Organisation.Kind.DEPARTMENT).values_list("pk"))
        current = Register.objects.select_for_update().get(pk=register.pk)
        if current.applied_at is not None:
            return APPLIED
        changes = changes_of(contents)
        listed = storage.save(changes.as_bytes())
        if listed != current.changes or (seen and seen != listed) or base != Register.in_force():
            current.changes, current.counts = listed, changes.counts
            current.save(update_fields=["changes", "counts"])
            return CHANGED
        _put(changes)
        current.table, current.applied_at = table, timezone.now()
        current.applied_by = actor.user if actor else None
        current.save(update_fields=["table", "applied_at", "applied_by"])
        if actor is not None:
            done_by(actor, "organisations loaded", f"register {current.pk}")
    return current


def _put(changes: Changes) -> None:
    """Write the organisations of a list of changes, those above before those below."""
    meant = [change for change in changes.listed if change.what not in {MISSING, PROBLEM}]
    here = {one.native_id: one for one in Organisation.objects.filter(native_id__in=_in_question(meant))}
    # A school's authority, agent and trust are there before it; a successor may be a school of the same file.
    for schools in (False, True):
        batch = [one for one in meant if _is_school(one, here) == schools]
        _write([_organisation(one, here) for one in batch], here)
    heirs = {one.native_id: one.values["successor"][1] for one in meant if "successor" in one.values}
    for native_id, heir in heirs.items():
        here[native_id].successor_id = here[heir].pk
    save_fields([here[native_id] for native_id in heirs], ["successor"])
    _move_people(here, [one for one in meant if one.what == MERGED])


def _in_question(meant: Iterable[Change]) -> set[str]:
    """The native IDs of the organisations that change, and of those that they point at."""
    named = {one.native_id for one in meant}
    for one in meant:
        named.update(one.values[name][1] for name in POINTERS if name in one.values)
    return named - {""}


def _is_school(change: Change, here: Mapping[str, Organisation]) -> bool:
    known = here.get(change.native_id)
    kind = known.kind if known is not None else change.values["kind"][1]
    return kind == Organisation.Kind.SCHOOL.value


def _organisation(change: Change, here: Mapping[str, Organisation]) -> Organisation:
    """The organisation with its new values; its successor comes later."""
    found = Organisation(native_id=change.native_id) if change.what == NEW else here[change.native_id]
    for name, (_, value) in change.values.items():
        if name == "successor":
            continue
        if name in POINTERS:
            setattr(found, f"{name}_id", here[value].pk if value else None)
        elif name in {"opened_on", "closed_on"}:
            setattr(found, name, dt.date.fromisoformat(value) if value else None)
        else:
            setattr(found, name, value)
    return found


def _write(organisations: list[Organisation], here: dict[str, Organisation]) -> None:
    """Insert new ones and update the others, a thousand at a time; `here` knows them all afterwards."""
    columns = [name for name in FIELDS if name != "successor"]
    new = [one for one in organisations if one.pk is None]
    # An insert that meets its own native ID updates: many times faster than an update of as many rows.
    known = [Organisation(**_columns_of(one)) for one in organisations if one.pk is not None]
    Organisation.objects.bulk_create(new, batch_size=BATCH)
    here.update({one.native_id: one for one in new})
    Organisation.objects.bulk_create(
        known, batch_size=BATCH, update_conflicts=True, unique_fields=["native_id"], update_fields=columns
    )


def _columns_of(organisation: Organisation) -> dict[str, Any]:
    fields = [one for one in Organisation._meta.concrete_fields if one.name not in {"id", "is_open"}]
    return {one.attname: getattr(organisation, one.attname) for one in fields}


def _move_people(here: Mapping[str, Organisation], merged: list[Change]) -> None:
    """The people of a school that goes on under another number go on with it. After a merger they do not."""
    for change in merged:
        old, heir = here[change.native_id], here[change.values["successor"][1]]
        if old.urn and old.urn == heir.urn:
            Membership.objects.bulk_create(
                [
                    Membership(user_id=one.user_id, organisation=heir, role=one.role)
                    for one in Membership.objects.filter(organisation=old, archived_at=None)
                ],
                ignore_conflicts=True,
            )


def _with_others(frame: pl.DataFrame, base: Register | None) -> pl.DataFrame:
    """The register with the rows, of the one in force, of authorities that the file does not cover."""
    if base is None:
        return frame
    others = pl.read_parquet(storage.read(base.table)).join(frame.select(LA).unique(), on=LA, how="anti")
    return pl.concat([frame, others], how="diagonal")


def _as_parquet(frame: pl.DataFrame) -> bytes:
    """The table in the order of its numbers, so that a school's row lies in one part of it; what is closed comes
    after what is open."""
    buffer = io.BytesIO()
    closed = pl.col(STATUS).fill_null("").str.to_lowercase() == "closed"
    frame.sort(pl.col(LA), pl.col(NUMBER), closed, nulls_last=True, maintain_order=True).write_parquet(
        buffer, compression="zstd", row_group_size=ROWS_TOGETHER, statistics=True
    )
    return buffer.getvalue()


def changes_shown(register: Register) -> Changes:
    """The list of changes that a preview shows."""
    return Changes.from_bytes(storage.read(register.changes))
