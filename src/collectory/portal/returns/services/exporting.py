"""Export to file: the return as one archive, and the event that says who took it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from typing import IO, Literal

from django.db import transaction

from collectory.engine import Refusal
from collectory.engine.writing.exporting import CURRENT, export_name, write_export
from collectory.engine.writing.xml import UnwritableText
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening

IN_MEMORY = 8 * 1024 * 1024  # larger archives are written to a temporary file


Format = Literal["csv", "xml", "extract"]


@dataclass(frozen=True)
class Copy:
    """A copy of a return as it was given out. By its SHA-256 it is recognised when it comes back (transfer)."""

    name: str
    size: int
    sha256: str


def copy_of(file: IO[bytes], name: str) -> Copy:
    """What is recorded of an archive; leaves it open at its beginning."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    file.seek(0)
    return Copy(name, size, digest.hexdigest())


def formats_of(data_return: Return) -> tuple[Format, ...]:
    """The formats that a return can be exported in. Only blades that the old system gave out have its extract."""
    return ("csv", "xml", "extract") if reading.edition_of(data_return).blade.extract is not None else ("csv", "xml")


def written(data_return: Return, form: Format) -> tuple[IO[bytes], Revision] | Refusal:
    """Write the current revision's archive; give it, open at its end, and the revision that it is of."""
    revision = data_return.current_revision
    assert revision is not None, "a return with data has a current revision"
    revision.data_return = data_return
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        write_export(reading.dataset(revision), form, file)
    except UnwritableText as problem:
        return Refusal(
            "unwritable",
            "The return cannot be written as XML",
            str(problem),
            "Correct the value on screen or load a corrected file, then export again. CSV can be exported as it is.",
        )
    return file, revision


def put_on_record(data_return: Return, membership: Membership, form: Format, copy: Copy, revision: Revision) -> None:
    """Record on a locked return that somebody took a copy, and of what; their own people's copies, too, are in the
    access log."""
    access_log.done_by(membership, Act.EXPORT, access_log.of_return(data_return), data_return.organisation)
    record(
        data_return,
        actor_for(membership, data_return),
        Happening.EXPORTED,
        details={"format": form, "name": copy.name, "size": copy.size, "sha256": copy.sha256},
        revision=revision,
    )


def export(
    data_return: Return, membership: Membership, form: Format, *, own_name: bool
) -> tuple[IO[bytes], str] | Refusal:
    """Write the current revision's archive; give it, open at its beginning, and its name.

    The archive is written before the lock is taken: revisions never change. Then the event is recorded.
    """
    if why := why_not(data_return, Act.EXPORT, membership):
        return Refusal("not-now", "The return cannot be exported now", why, "Nothing was done.")
    outcome = written(data_return, form)
    if isinstance(outcome, Refusal):
        return outcome
    file, revision = outcome
    name = export_name(data_return.organisation.native_id) if own_name else CURRENT
    copy = copy_of(file, name)
    with transaction.atomic():
        put_on_record(locked(data_return.pk), membership, form, copy, revision)
    return file, name
