"""Sealing a file while a browser sends it in one request, so that it is never on a disk as it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from collectory.portal.returns.incoming import StopsAtTheLimit
from collectory.portal.transfer import store
from collectory.portal.transfer.models import SealedContent


class SealedUpload(UploadedFile):
    """A file of a form whose bytes lie sealed in the store already."""

    def __init__(self, content: SealedContent, name: str) -> None:
        super().__init__(file=None, name=name, size=content.size)
        self.content = content


class SealingUpload(StopsAtTheLimit):
    """Seals what comes, and stops at the limit of plain uploads, leaving `request.too_large` set."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a content for a file."""
        super().new_file(*args, **kwargs)
        self.content = store.begin()
        self.waiting = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal each piece that is full."""
        self.waiting += raw_data
        if self.content.size + len(self.waiting) > settings.UPLOAD_LIMIT:
            self.request.too_large = self.file_name or ""  # type: ignore[union-attr]
            self._stop(cut=False)
        while len(self.waiting) >= store.PIECE:
            self._seal(store.PIECE)

    def _seal(self, length: int) -> None:
        store.append(self.content, bytes(self.waiting[:length]))
        del self.waiting[:length]

    def file_complete(self, file_size: int) -> SealedUpload:
        """Seal the rest and close the content."""
        if self.waiting:
            self._seal(len(self.waiting))
        return SealedUpload(store.complete(self.content), self.file_name or "")
