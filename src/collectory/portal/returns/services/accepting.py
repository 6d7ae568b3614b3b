"""Taking in a file: kept durably first, then handed to a worker. What is not taken is on record too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal import storage
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Return, Revision, Upload
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import Actor, actor_for, locked, record
from collectory.portal.returns.states import IN_THE_CHAIN, Happening, State

RUNNING = Refusal(
    "upload-running",
    "Another file is being checked",
    "A file that was handed in for this return just before yours is still being checked. Yours was not taken.",
    "Wait until that one has finished, look at its result, and upload yours again if it is still wanted.",
)
BLANK = Refusal(
    "empty",
    "The file is blank",
    "The file has nothing in it. A return is expected, such as the XML file that your own system makes.",
    "Make the file again, check that its size is more than 0, and upload it.",
)


def too_large() -> Refusal:
    """The refusal of a file over the limit."""
    limit = settings.UPLOAD_LIMIT // (1024 * 1024)
    return Refusal(
        "too-large",
        "The file is too large",
        f"The file is larger than {limit} MB, the most that is taken. A school of 2,000 pupils sends about 7 MB.",
        "Check that you picked the right file. If it is right, ask the people who run this service to raise the limit.",
    )


def same_file(data_return: Return, revision: Revision) -> Refusal:
    """The refusal of the very file whose data the return holds already."""
    loaded = timezone.localtime(revision.made_at)
    return Refusal(
        "same-file",
        "This is the same file again",
        f"Every byte of the file is the same as in the one loaded on {loaded.day} {loaded:%B %Y at %H:%M}, which "
        "is what the return holds now. Loading it again would change nothing.",
        "If you corrected something in your own system, make the file there again and upload the new one.",
    )


@dataclass(frozen=True)
class Replaced:
    """What an upload would replace, for the warning that asks first."""

    in_the_chain: bool
    edited_on_screen: bool

    @property
    def asks_first(self) -> bool:
        """Whether the person must confirm before the file is taken."""
        return self.in_the_chain or self.edited_on_screen


def replaced_by_upload(data_return: Return) -> Replaced:
    """What the next upload for this return would undo."""
    revision = data_return.current_revision
    return Replaced(
        in_the_chain=data_return.standing in IN_THE_CHAIN,
        edited_on_screen=revision is not None and revision.cause != Revision.Cause.UPLOAD,
    )


def _row(data_return: Return, actor: Actor, name: str, size: int, sha256: str) -> Upload:
    return Upload(
        data_return=data_return,
        # The last part only: some browsers send the folders of the user's own disk along.
        file_name=storage.file_name(name),
        size=size,
        sha256=sha256,
        uploaded_by=actor.user,
        organisation=actor.organisation,
        role=actor.role,
        part=actor.part.value,
    )


def refused(upload: Upload, refusal: Refusal) -> Upload:
    """Fill in an upload's row as refused; does not save it."""
    upload.stage = Upload.Stage.FINISHED
    upload.outcome = Upload.Outcome.REFUSED
    upload.refusal_code = refusal.code
    upload.refusal_title = refusal.title
    upload.refusal_message = refusal.message
    upload.refusal_action = refusal.action
    upload.finished_at = timezone.now()
    return upload


def refuse_at_the_door(
    data_return: Return, membership: Membership, name: str, size: int, refusal: Refusal, sha256: str = ""
) -> Upload:
    """Put on record that a file was not taken, and why. The return stays as it was."""
    actor = actor_for(membership, data_return)
    with transaction.atomic():
        current = locked(data_return.pk)
        upload = refused(_row(current, actor, name, size, sha256), refusal)
        upload.save()
        record(
            current,
            actor,
            Happening.UPLOAD_REFUSED,
            details={"upload": upload.pk, "file": upload.file_name, "code": refusal.code},
        )
    return upload


def accept(
    data_return: Return,
    membership: Membership,
    file: File,
    *,
    confirmed: bool,  # type: ignore[type-arg]
    seen: str | None = None,
    priority: int = 0,
) -> Upload | Refusal:
    """Keep a file and queue it for checking; give the upload, or why it is not taken now.

    `confirmed` says that the person agreed to replace what is there, in the state `seen` (any, if None).
    `priority` is below 0 for one file of many, so that a single one is not kept waiting.

    The file is in the blob store before the row that names it is written, and the row and its task are
    written in one transaction: whatever was answered with an upload will be checked, whoever is killed.
    """
    from collectory.portal.returns.tasks import check_upload

    name, size = file.name or "", file.size
    if size == 0:
        return refuse_at_the_door(data_return, membership, name, 0, BLANK)
    actor = actor_for(membership, data_return)
    sha256 = storage.save_file(file)
    try:
        with transaction.atomic():
            current = locked(data_return.pk)
            if current.uploads.exclude(stage=Upload.Stage.FINISHED).exists():
                return RUNNING
            if why := why_not(current, Act.UPLOAD, membership):
                return Refusal("not-now", "The return cannot be uploaded now", why, "Nothing was changed.")
            confirmed = confirmed and seen in {None, current.state}
            if replaced_by_upload(current).asks_first and not confirmed:
                return Refusal(
                    "not-confirmed",
                    "The return has changed",
                    f"The return is {current.standing.value} now. An upload would replace that.",
                    "Read what the upload would replace, tick the box and upload the file again.",
                )
            revision = current.current_revision
            if revision is None or revision.cause != Revision.Cause.UPLOAD or revision.sha256 != sha256:
                upload = _row(current, actor, name, size, sha256)
                upload.replaces = current.state if current.standing is not State.NO_DATA else ""
                upload.save()
                upload.task_id = str(check_upload.using(priority=priority).enqueue(upload.pk).id)
                upload.save(update_fields=["task_id"])
                return upload
            refuse = partial(refuse_at_the_door, current, membership, name, size, same_file(current, revision), sha256)
    except IntegrityError:
        return RUNNING
    return refuse()
