"""Loading a zip of many returns: each file is paired by the number inside it and becomes an ordinary upload.

The archive is looked at when it arrives, and unpacked one file at a time by the worker, in memory. What is wrong
with the archive refuses all of it; what is wrong with one file refuses that file alone.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile

from collectory.engine import Refusal, read_return
from collectory.engine.reading.archive import file_in_archive, is_archive, names_in_archive
from collectory.engine.reading.template import is_template
from collectory.engine.refusal import FileRefused
from collectory.portal import storage
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.kinds import Kind
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.desk.services import running
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act, may, returns_of
from collectory.portal.returns.models import Upload
from collectory.portal.returns.services.accepting import accept
from collectory.portal.rules.switching import edition_in

MOST_FILES = 2000
LARGEST_CONTENT = 16 << 30
"""Bytes of all files together, unpacked: one is unpacked at a time, so that this bounds time and not memory."""

UPLOADS = running.PRIORITY // 2
"""Priority of the uploads: behind single files, before the job that makes more of them."""

NO_ARCHIVE = Refusal(
    "zip",
    "The file is not a zip archive",
    "Many returns are loaded from one zip with a file for each return in it.",
    "Put the files into a zip and upload that. To load a single return, open it in the list and upload its file there.",
)
NOTHING_IN_IT = Refusal(
    "zip", "The archive is empty", "There is no file in it.", "Put the files of the returns into the zip."
)
NESTED = Refusal(
    "nested",
    "The file is an archive itself",
    "Archives inside the archive are not opened.",
    "Unpack it, and put the file of the return itself into the zip.",
)
TWICE = Refusal(
    "same-school",
    "Another file in the archive is from the same organisation",
    "The one that comes first in the archive was taken.",
    "If this one is right, load it by itself on the page of the return.",
)


def start(collection: DataCollection, membership: Membership, file: File, *, replace: bool) -> Job | Refusal:  # type: ignore[type-arg]
    """Keep an archive and hand it to a worker; give the job, or why the archive is refused."""
    file.seek(0)
    if not is_archive(file.read(4)):
        return NO_ARCHIVE
    file.seek(0)
    try:
        names = _names(file)
    except FileRefused as refused:
        return refused.refusal
    if not names:
        return NOTHING_IN_IT
    sha256 = storage.save_file(file)
    items = [JobItem(name=PurePosixPath(name).name[-255:]) for name in names]
    wanted = {"archive": sha256, "file": PurePosixPath(file.name or "").name[-255:], "replace": replace}
    return running.start("load", collection, membership, items, wanted)


def _names(file: Any) -> list[str]:
    return names_in_archive(file, most_files=MOST_FILES, largest=LARGEST_CONTENT)


def _read(job: Job, item: JobItem, membership: Membership) -> tuple[bytes, str] | Refusal:
    """The content of a file and whose return it is, from inside it; or why it is none."""
    try:
        with storage.open(job.wanted["archive"]) as archive:
            name = _names(archive)[item.number - 1]
            content = file_in_archive(archive, name, settings.UPLOAD_LIMIT)
    except FileRefused as refused:
        return refused.refusal
    edition = edition_in(job.collection)
    if is_archive(content) and not is_template(content, edition):
        return NESTED
    outcome = read_return(content, edition)
    return outcome if isinstance(outcome, Refusal) else (content, outcome.source)


def _hand_in(job: Job, item: JobItem, membership: Membership, prepared: tuple[bytes, str]) -> Refusal | None:
    content, native_id = prepared
    data_return = (
        returns_of(membership)
        .select_related("collection", "organisation")
        .filter(collection=job.collection, organisation__native_id=native_id)
        .first()
    )
    if data_return is None or not may(membership, Act.UPLOAD, data_return.organisation):
        return _not_yours(native_id, membership)
    item.data_return = data_return
    if job.items.filter(data_return=data_return, outcome=JobItem.Outcome.DONE).exists():
        return TWICE
    file = ContentFile(content, name=item.name)
    outcome = accept(data_return, membership, file, confirmed=bool(job.wanted["replace"]), priority=UPLOADS)
    if isinstance(outcome, Upload):
        item.upload = outcome
        return None
    return outcome


def _not_yours(native_id: str, membership: Membership) -> Refusal:
    whose = f"The file says that it is from {native_id}" if native_id else "The file does not say whose it is"
    return Refusal(
        "not-yours",
        "The file is of no return that you may load",
        f"{whose}. Its number, and not its name, tells which return a file is for.",
        f"Check the number in the file against the list of {membership.organisation.name}. Academies and other schools "
        "that report to the department load their own files.",
    )


LOAD = Kind("load", "Load a zip of returns", "handed in", _hand_in, _read)
