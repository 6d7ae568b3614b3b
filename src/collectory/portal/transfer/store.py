"""Where the content of files lies: sealed, in pieces, behind Django's storage interface.

Each content has a random key of its own (AES-256-GCM; keys.py wraps it). A piece is sealed with the content's id and
its own number, so that pieces cannot be changed, swapped or put under another file unnoticed; how many there are and
how long they are together stands in the database row.

The row is written before the first piece, a piece before the row counts it: a kill between the two leaves a piece
that is not counted, and the next one takes its place. Pieces of rows that nothing names go with `sweep`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collectory.portal.transfer import keys
from collectory.portal.transfer.models import SealedContent

PIECE = 8 << 20
"""Bytes of a piece at most; one piece is in memory at a time."""

UNNAMED = dt.timedelta(hours=12)
"""How long a content may be on its way to a row that names it."""


class Damaged(Exception):
    """A content cannot be read: a piece is missing, or is not what was sealed."""


def _path(content: SealedContent, number: int) -> str:
    name = content.id.hex
    return f"transfer/{name[:2]}/{name}/{number:06d}"


def _with(content: SealedContent, number: int) -> bytes:
    return f"collectory transfer {content.id.hex} {number}".encode()


def begin() -> SealedContent:
    """An empty content, to be appended to. Raises keys.NoKey."""
    content = SealedContent()
    content.key_id, content.wrapped_key = keys.wrap(AESGCM.generate_key(256), content.id.hex)
    content.save()
    return content


def _key(content: SealedContent) -> AESGCM:
    return AESGCM(keys.unwrap(content.key_id, content.wrapped_key, content.id.hex))


def append(content: SealedContent, data: bytes) -> bool:
    """Add one piece, on the disk before the row counts it; False where somebody else has added one meanwhile."""
    assert 0 < len(data) <= PIECE
    nonce = os.urandom(keys.NONCE_BYTES)
    sealed = nonce + _key(content).encrypt(nonce, data, _with(content, content.pieces))
    with transaction.atomic():
        # Two that add at the same time would write the same piece: only who finds the row as it was may.
        mine = SealedContent.objects.select_for_update().filter(pk=content.pk, pieces=content.pieces, sha256="")
        counted = mine.first() is not None
        if counted:
            path = _path(content, content.pieces)
            if default_storage.exists(path):
                default_storage.delete(path)
            default_storage.save(path, ContentFile(sealed))
            SealedContent.objects.filter(pk=content.pk).update(pieces=content.pieces + 1, size=content.size + len(data))
    if counted:
        content.pieces += 1
        content.size += len(data)
    return counted


def in_pieces(source: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes that arrive in any portions, as pieces of full length; the last one may be shorter."""
    waiting = bytearray()
    for portion in source:
        waiting += portion
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


def keep(source: Iterable[bytes]) -> SealedContent:
    """Seal and keep all of it, on the disk when this gives back the row. Raises keys.NoKey."""
    content = begin()
    digest = hashlib.sha256()
    for piece in in_pieces(source):
        digest.update(piece)
        append(content, piece)
    return complete(content, digest.hexdigest())


def complete(content: SealedContent, sha256: str = "") -> SealedContent:
    """Close a content to further pieces, with the SHA-256 of its plain bytes (worked out where it is not given)."""
    if not sha256:
        digest = hashlib.sha256()
        for piece in pieces(content):
            digest.update(piece)
        sha256 = digest.hexdigest()
    content.sha256 = sha256
    content.save(update_fields=["sha256"])
    return content


def pieces(content: SealedContent) -> Iterator[bytes]:
    """The plain bytes, piece by piece. Raises Damaged, and keys.NoKey."""
    key, size = _key(content), 0
    for number in range(content.pieces):
        try:
            with default_storage.open(_path(content, number), "rb") as file:
                sealed = file.read()
        except FileNotFoundError:
            raise Damaged(f"piece {number} of {content.id} is not there") from None
        try:
            plain = key.decrypt(sealed[: keys.NONCE_BYTES], sealed[keys.NONCE_BYTES :], _with(content, number))
        except InvalidTag:
            raise Damaged(f"piece {number} of {content.id} is not what was sealed") from None
        size += len(plain)
        yield plain
    if size != content.size:
        raise Damaged(f"{content.id} has another length than was sealed")


def opened(content: SealedContent) -> io.BytesIO:
    """All of it in memory, to be sought in: nothing plain is ever written to a disk. For files within a limit."""
    return io.BytesIO(b"".join(pieces(content)))


def start_of(content: SealedContent) -> bytes:
    """The first piece; nothing of an empty one."""
    return next(pieces(content), b"") if content.pieces else b""


def destroy(content: SealedContent) -> None:
    """Delete the pieces, then the row with the key. Whatever copy of a piece is somewhere can then not be read."""
    folder = _path(content, 0).rpartition("/")[0]
    try:
        _, files = default_storage.listdir(folder)
    except FileNotFoundError:
        files = []
    # All that lies there: whoever was killed may have left a piece that no row counts, or half of one.
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    SealedContent.objects.filter(pk=content.pk).delete()


def sweep(at: dt.datetime | None = None) -> int:
    """Destroy the contents that nothing names and that are not on their way any more; gives how many."""
    nothing = Q(file_of=None) & Q(report_of=None) & Q(upload_of=None) & Q(merged_of=None)
    old = SealedContent.objects.filter(nothing, made_at__lt=(at or timezone.now()) - UNNAMED)
    count = 0
    for content in old:
        destroy(content)
        count += 1
    return count


def rewrap() -> int:
    """Wrap the keys of all contents with the newest key; gives how many were wrapped with another. Can be repeated."""
    newest, count = keys.newest(), 0
    for content in SealedContent.objects.exclude(key_id=newest).iterator():
        name, wrapped = keys.wrap(keys.unwrap(content.key_id, content.wrapped_key, content.id.hex), content.id.hex)
        count += SealedContent.objects.filter(pk=content.pk, key_id=content.key_id).update(
            key_id=name, wrapped_key=wrapped
        )
    return count
