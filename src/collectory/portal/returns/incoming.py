"""Taking in an uploaded file: streamed to disk, and stopped at the limit before anything reads it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload, TemporaryFileUploadHandler

# A form has a little text beside its file.
FORM_ALLOWANCE = 64 * 1024
# A browser shows its own error, not our page, when the connection is cut. Up to this many times the
# limit the rest is read and thrown away so that the person gets a sentence; beyond it the line is cut.
PATIENCE = 4


class StopsAtTheLimit(FileUploadHandler):
    """Refuses what declares itself far too large; `_stop` leaves `request.too_large` set."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Refuse at once what declares itself too large."""
        if content_length > settings.UPLOAD_LIMIT * PATIENCE + FORM_ALLOWANCE:
            self._stop(cut=True)

    def _stop(self, *, cut: bool) -> None:
        if not hasattr(self.request, "too_large"):
            self.request.too_large = ""  # type: ignore[union-attr]
        raise StopUpload(connection_reset=cut)


class LimitedUpload(StopsAtTheLimit, TemporaryFileUploadHandler):
    """Writes to a temporary file and stops at `UPLOAD_LIMIT`."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start counting a file."""
        self.received = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Count, and write what is within the limit."""
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_LIMIT:
            self.request.too_large = self.file_name  # type: ignore[union-attr]
            self._stop(cut=False)
        super().receive_data_chunk(raw_data, start)
