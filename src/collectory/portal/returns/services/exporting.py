"""Export to file: the return as one archive, and the event that says who took it."""

from __future__ import annotations

import tempfile
from typing import IO, Literal

from django.db import transaction

from collectory.engine import Refusal
from collectory.engine.writing.exporting import CURRENT, export_name, write_export
from collectory.engine.writing.xml import UnwritableText
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening

IN_MEMORY = 8 * 1024 * 1024  # larger archives are written to a temporary file


def export(
    data_return: Return, membership: Membership, form: Literal["csv", "xml"], *, own_name: bool
) -> tuple[IO[bytes], str] | Refusal:
    """Write the current revision's archive; give it, open at its beginning, and its name.

    The archive is written before the lock is taken: revisions never change. Then the event is recorded.
    """
    if why := why_not(data_return, Act.EXPORT, membership):
        return Refusal("not-now", "The return cannot be exported now", why, "Nothing was done.")
    revision = data_return.current_revision
    assert revision is not None, "a return with data has a current revision"
    revision.data_return = data_return
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    try:
        write_export(reading.dataset(revision), form, file)
    except UnwritableText as problem:
        return Refusal(
            "unwritable",
            "The return cannot be written as XML",
            str(problem),
            "Correct the value on screen or load a corrected file, then export again. CSV can be exported as it is.",
        )
    size = file.tell()
    file.seek(0)
    name = export_name(data_return.organisation.native_id) if own_name else CURRENT
    with transaction.atomic():
        current = locked(data_return.pk)
        record(
            current,
            actor_for(membership, current),
            Happening.EXPORTED,
            details={"format": form, "name": name, "size": size},
            revision=revision,
        )
    return file, name
