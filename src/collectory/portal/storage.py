"""Where bulk data lies: blobs named by their SHA-256, behind Django's storage interface.

A blob is complete or absent, never half: the folder storage writes beside the target, forces it to
disk and renames. Rows that point at blobs are written after them, so a kill between the two leaves
an unused blob and nothing else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import IO, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from whitenoise.storage import CompressedManifestStaticFilesStorage

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20
_LATELY = dt.timedelta(hours=12)


def file_name(name: str) -> str:
    """The name of a file that was handed in, without the folders of either kind of system, no longer than is kept."""
    return PurePath(name.replace("\\", "/")).name[-255:] or "file"


class PrivateFolder(FileSystemStorage):
    """A folder only this service's user can read, in which files appear whole or not at all."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700, **options})  # type: ignore[arg-type]

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: a blob that is written again has the same content."""
        return name

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=".unfinished-")
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in content.chunks(_PIECE):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise
        _write_down_names(target.parent)
        return name


def _write_down_names(folder: Path) -> None:
    """Have a folder's list of files on the disk, so that a power cut does not take away a name whose bytes are there.

    Windows opens no folder as a file; there the file system sees to it.
    """
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Static files with their content's hash in the name, also inside JavaScript modules."""

    support_js_module_import_aggregation = True


def _name(sha256: str) -> str:
    """The path of a blob. Raises ValueError for anything that is not a SHA-256."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def digest_of(pieces: Iterable[bytes]) -> str:
    """The SHA-256 of bytes that arrive in pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _is_there(sha256: str) -> bool:
    """Whether a blob is there and was written lately, so that nobody is about to delete it (`delete`)."""
    try:
        return default_storage.get_modified_time(_name(sha256)) > timezone.now() - _LATELY
    except FileNotFoundError:
        return False


def delete(sha256: str, *, unless_since: dt.datetime) -> bool:
    """Delete a blob that no row names; False, and nothing is done, where it was written since then.

    A blob is written before the row that names it. Whoever saves bytes that are here already writes them again when
    they were not written in the last hours, so that what is old was not saved by anybody whose row is still to come.
    """
    try:
        if default_storage.get_modified_time(_name(sha256)) > unless_since:
            return False
    except FileNotFoundError:
        return True
    default_storage.delete(_name(sha256))
    return True


def save(content: bytes) -> str:
    """Keep bytes and return their SHA-256. Saving the same bytes again soon after does nothing."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not _is_there(sha256):
        default_storage.save(_name(sha256), ContentFile(content))
    return sha256


def save_file(file: File) -> str:  # type: ignore[type-arg]
    """Keep an open file without holding it in memory and return its SHA-256."""
    file.seek(0)
    sha256 = digest_of(file.chunks(_PIECE))
    file.seek(0)
    if not _is_there(sha256):
        default_storage.save(_name(sha256), file)
    return sha256


def open(sha256: str) -> IO[bytes] | BinaryIO:
    """Open a blob for reading. Raises FileNotFoundError when there is none."""
    return default_storage.open(_name(sha256), "rb")


def read(sha256: str) -> bytes:
    """The bytes of a blob. Raises FileNotFoundError when there is none."""
    with open(sha256) as file:
        return file.read()
