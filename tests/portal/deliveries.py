"""File types of Larkshire's team, deliveries of its schools, and files to send, for tests of the transfer."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from collectory.portal.people.models import Membership, Organisation
from collectory.portal.transfer import store
from collectory.portal.transfer.models import Delivery, FileType, TransferredFile
from collectory.portal.transfer.services import checking
from collectory.portal.transfer.services.receiving import Received, receive
from collectory.portal.transfer.services.recording import handler_for

UPN = "A800000000001"
NAME = "8554001_Collect-Blade-Export.zip"


def archive(text: str = f"UPN,Surname\n{UPN},Osborne\n", name: str = "PupilOnRoll.csv") -> bytes:
    """A zip with one CSV file in it, not compressed, so that what is in it could be read in the bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo(name, (2026, 10, 8, 15, 30, 0)), text)
    return buffer.getvalue()


def file_type(**values: Any) -> FileType:
    """School Census Submission of Larkshire's team, with other values where given."""
    given = {"name": "School Census Submission", "name_pattern": "{native_id}_Collect-Blade-Export.zip", **values}
    return FileType.objects.create(organisation=Organisation.objects.get(native_id="855"), **given)


def delivery(kind: FileType | None = None, native_id: str = "8554001") -> Delivery:
    """What a school owes for a file type."""
    school = Organisation.objects.get(native_id=native_id)
    return Delivery.objects.get_or_create(file_type=kind or file_type(), organisation=school)[0]


def send(to: Delivery, by: Membership, content: bytes | None = None, name: str | None = None, **more: Any) -> Any:
    """Send a file as a person does; gives what `receive` gives."""
    kept = store.keep([archive() if content is None else content])
    return receive(to.pk, handler_for(by, to), kept, name or to.right_name, TransferredFile.Via.UPLOAD, **more)


def sent(to: Delivery, by: Membership, content: bytes | None = None, **more: Any) -> TransferredFile:
    """Send a file that is taken."""
    outcome = send(to, by, content, **more)
    assert isinstance(outcome, Received), outcome
    to.refresh_from_db()
    return outcome.file


def checked(to: Delivery) -> Delivery:
    """Let a worker do what is to be done with the current file."""
    to.refresh_from_db()
    assert to.current_file_id is not None
    checking.check_file(to.current_file_id)
    to.refresh_from_db()
    return to
