"""Zip archives from people: looked at before anything is unpacked, and never unpacked to disk."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from collectory.engine.refusal import FileRefused, Refusal

MOST_FILES = 500
LARGEST_CONTENT = 1 << 31
"""Bytes of all files together, unpacked."""

LARGEST_RATIO = 200
"""Unpacked to packed, of files over `SMALL`. A census packs about 20 to 1; blank tables more, but they are small."""

SMALL = 10 << 20
PIECE = 1 << 20
PACK_AGAIN = "Make the archive again from the files as they were exported."
LITTER = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin as a zip archive does."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def files_of_archive(
    data: bytes, *, most_files: int = MOST_FILES, largest: int = LARGEST_CONTENT, ratio: int = LARGEST_RATIO
) -> Mapping[str, bytes]:
    """The files of an archive by name, those that systems leave behind (.DS_Store) aside.

    A single folder around all files is taken off their names. Raises FileRefused for what is no sound archive,
    is too large unpacked, has too many files, encrypted ones, or names that lead out of a folder.
    """
    with _opened(io.BytesIO(data)) as archive:
        _check(archive.infolist(), most_files, largest, ratio)
        left = largest
        files: dict[str, bytes] = {}
        for entry in _entries(archive):
            files[entry.filename] = _unpacked(archive, entry, left)
            left -= len(files[entry.filename])
    return _without_folder(files)


def names_in_archive(
    file: IO[bytes], *, most_files: int = MOST_FILES, largest: int = LARGEST_CONTENT, ratio: int = LARGEST_RATIO
) -> list[str]:
    """The names of the files in an open archive, as it has them; nothing is unpacked. Raises as `files_of_archive`."""
    with _opened(file) as archive:
        _check(archive.infolist(), most_files, largest, ratio)
        return [entry.filename for entry in _entries(archive)]


def file_in_archive(file: IO[bytes], name: str, largest: int) -> bytes:
    """One file of an archive that `names_in_archive` has looked at, up to so many bytes. Raises FileRefused."""
    with _opened(file) as archive:
        entry = next(each for each in _entries(archive) if each.filename == name)
        if entry.file_size > largest:
            raise FileRefused(_too_large())
        return _unpacked(archive, entry, largest)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The archive in an open file. Raises FileRefused, also for what is found out while it is read."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ):
        raise FileRefused(
            Refusal(
                "zip",
                "The archive cannot be unpacked",
                "It is cut off or damaged, or packed in an unusual way.",
                PACK_AGAIN,
            )
        ) from None


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What people put into an archive, without folders and what systems leave behind."""
    return [each for each in archive.infolist() if not each.is_dir() and not LITTER.search(each.filename)]


def _check(entries: list[zipfile.ZipInfo], most_files: int, largest: int, ratio: int) -> None:
    if len(entries) > most_files:
        raise FileRefused(
            Refusal("zip", "The archive has too many files", f"It has more than {most_files} files.", PACK_AGAIN)
        )
    if any(_leads_out(entry.filename) for entry in entries):
        raise FileRefused(
            Refusal(
                "hostile",
                "The archive has unsafe file names",
                "A name in it leads out of the folder that it would be unpacked to.",
                PACK_AGAIN,
            )
        )
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise FileRefused(
            Refusal("zip", "The archive has two files of one name", "It cannot be told which is meant.", PACK_AGAIN)
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused(
            Refusal(
                "zip",
                "The archive is locked with a password",
                "Its files cannot be read.",
                "Make it again without a password.",
            )
        )
    swollen = any(
        entry.file_size > SMALL and entry.file_size > ratio * max(entry.compress_size, 1) for entry in entries
    )
    if swollen or sum(entry.file_size for entry in entries) > largest:
        raise FileRefused(_too_large())


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """The content of a file, counted while it is unpacked: what an archive says about sizes may be untrue."""
    most = min(left, entry.file_size)
    pieces: list[bytes] = []
    with archive.open(entry) as file:
        while piece := file.read(PIECE):
            pieces.append(piece)
            most -= len(piece)
            if most < 0:
                raise FileRefused(_too_large())
    return b"".join(pieces)


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts


def _without_folder(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    folders = {name.split("/", 1)[0] if "/" in name else "" for name in files}
    if len(folders) != 1 or "" in folders:
        return files
    return {name.split("/", 1)[1]: content for name, content in files.items()}


def _too_large() -> Refusal:
    return Refusal(
        "too-large",
        "The archive is too large",
        "Its files are far larger, once unpacked, than those of any return.",
        PACK_AGAIN,
    )
