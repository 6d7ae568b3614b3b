"""What a council's team asks for, what each school owes, the files that came, and where their content lies sealed."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation, Role
from collectory.portal.returns.models import Revision
from collectory.portal.transfer.states import EXPLAINED, Happening, State

STATES = [(state.value, state.words) for state in State]
HAPPENINGS = [(kind.value, kind.value) for kind in Happening]


class FileType(models.Model):
    """A kind of file that a team asks for, such as *School Census Submission*.

    name_pattern  the file's right name, with {native_id} where the school's number stands; empty: any name
    senders       which schools of the authority send it; `native_ids` where they are listed
    collection    the data collection whose returns the files are of, where it runs in this service
    edition_key   the edition of the files, where the collection does not run in this service; may be empty
    begins_on     before that day nothing is due
    """

    class Senders(models.TextChoices):
        ALL = "all", "All schools of the authority"
        SELF_REPORTING = "self-reporting", "Schools that report for themselves (academies and others)"
        MAINTAINED = "maintained", "Schools that report to the authority"
        LISTED = "listed", "Schools of a list"

    class OnReceipt(models.TextChoices):
        KEEP = "keep", "Keep it for the team to look at"
        CHECK = "check", "Check it as an export of a return, and show the report to both sides"
        ACCEPT = "accept", "Check it, and accept it where no error is found"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="file_types")
    name = models.CharField(max_length=120)
    help_text = models.TextField(blank=True)
    name_pattern = models.CharField(max_length=120, blank=True)
    senders = models.CharField(max_length=20, choices=Senders, default=Senders.ALL)
    native_ids = models.JSONField(default=list, blank=True)
    collection = models.ForeignKey(DataCollection, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    edition_key = models.CharField(max_length=80, blank=True)
    begins_on = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    on_receipt = models.CharField(max_length=10, choices=OnReceipt, default=OnReceipt.KEEP)
    retention_days = models.PositiveIntegerField(default=365)
    closed_at = models.DateTimeField(null=True, blank=True)  # nothing more is taken; what is there stays
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["due_at", "name", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="one_file_type_of_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_begun(self) -> bool:
        """Whether the files are due by now, or were before."""
        return self.begins_on is None or self.begins_on <= timezone.localdate()

    @property
    def is_checked(self) -> bool:
        """Whether files are checked when they arrive."""
        return self.on_receipt != self.OnReceipt.KEEP

    def name_for(self, native_id: str) -> str:
        """The right name of a school's file; "" where any name will do."""
        return self.name_pattern.replace("{native_id}", native_id)


class SealedContent(models.Model):
    """Bytes that lie sealed in the store, in pieces (transfer/store.py). The row is there before the first piece is.

    wrapped_key  the content's own key, sealed with the service's key of this id; without it nobody reads the pieces
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key_id = models.CharField(max_length=40)
    wrapped_key = models.TextField()
    pieces = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # of the plain bytes, once they are complete
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return str(self.id)


class Delivery(models.Model):
    """What one school owes for one file type. The state is a cache of what is known (states.standing).

    stated_submission  when the school last submitted its return elsewhere, as it or the team says
    """

    file_type = models.ForeignKey(FileType, on_delete=models.PROTECT, related_name="deliveries")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=12, choices=STATES, default=State.AWAITED.value)
    current_file = models.ForeignKey(
        "TransferredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stale_since = models.DateTimeField(null=True, blank=True)
    stale_because = models.CharField(max_length=300, blank=True)
    again_reason = models.TextField(blank=True)  # why a new file is asked for, until one comes
    accepted_at = models.DateTimeField(null=True, blank=True)
    stated_submission = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    chased_at = models.DateTimeField(null=True, blank=True)
    not_expected = models.BooleanField(default=False)  # the file type's senders were changed, and it is none of them
    touched_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["organisation__native_id", "file_type"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["file_type", "organisation"], name="one_delivery_per_school_and_file_type")
        ]
        indexes = [models.Index(fields=["file_type", "state"], name="delivery_by_state")]

    def __str__(self) -> str:
        return f"{self.file_type_id} {self.organisation_id}"

    @property
    def standing(self) -> State:
        """The state as a State: not due while nothing came and the file type has not begun."""
        state = State(self.state)
        return State.NOT_DUE if state is State.AWAITED and not self.file_type.has_begun else state

    @property
    def explained(self) -> str:
        """The state in a sentence."""
        return EXPLAINED[self.standing]

    @property
    def is_overdue(self) -> bool:
        """Whether something should have come from the school by now."""
        due_at = self.file_type.due_at
        return self.standing is State.AWAITED and due_at is not None and due_at < timezone.now()

    @property
    def right_name(self) -> str:
        """The name that its file should have; "" where any will do."""
        return self.file_type.name_for(self.organisation.native_id)


def new_reference() -> str:
    """What a received file is called in a conversation."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "FT-" + "".join(secrets.choice(letters) for _ in range(8))


class TransferredFile(models.Model):
    """A file that was received. Only the check's outcome and the deletion of its content change it.

    revision  of the return in this service that the file is an export of, where that is known
    content   empty once the content is deleted; the row stays as a receipt
    report    what the check found, sealed as the file is
    """

    class Via(models.TextChoices):
        UPLOAD = "upload", "sent as a file"
        RETURN = "return", "sent from the return"
        API = "api", "sent by another system"

    class Scan(models.TextChoices):
        WAITING = "waiting", "Waiting to be scanned for viruses"
        CLEAN = "clean", "Scanned, and no virus found"
        NOT_SCANNED = "not scanned", "Not scanned for viruses"
        INFECTED = "infected", "A virus was found; the content is deleted"

    class Stage(models.TextChoices):
        WAITING = "waiting", "Waiting to be checked"
        CHECKING = "checking", "Being checked"
        FINISHED = "finished", "Finished"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="files")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=20, unique=True, default=new_reference)
    name = models.CharField(max_length=255)
    sent_name = models.CharField(max_length=255)  # as it was called when it was sent
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.OneToOneField(
        SealedContent, null=True, blank=True, on_delete=models.SET_NULL, related_name="file_of"
    )
    revision = models.ForeignKey(Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stated_submission = models.DateTimeField(null=True, blank=True)
    via = models.CharField(max_length=10, choices=Via)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    delete_on = models.DateField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.WAITING)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    alive_at = models.DateTimeField(null=True, blank=True)
    task_id = models.CharField(max_length=40, blank=True)
    report = models.OneToOneField(
        SealedContent, null=True, blank=True, on_delete=models.SET_NULL, related_name="report_of"
    )
    counts = models.JSONField(default=dict, blank=True)  # of the report: {"errors": 3, "queries": 12, …}
    refusal_title = models.CharField(max_length=200, blank=True)  # why the check could make nothing of it
    refusal_message = models.TextField(blank=True)
    refusal_action = models.TextField(blank=True)

    class Meta:
        ordering = ["delivery", "-number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="one_file_per_number")]
        indexes = [
            models.Index(fields=["delete_on"], condition=Q(deleted_at=None), name="file_to_delete"),
            models.Index(fields=["stage"], condition=~Q(stage="finished"), name="file_to_check"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_finished(self) -> bool:
        """Whether scan and check are over."""
        return self.stage == self.Stage.FINISHED

    @property
    def may_be_opened(self) -> bool:
        """Whether there is a content, and nothing that waits to be scanned."""
        return self.content_id is not None and self.scan in {self.Scan.CLEAN, self.Scan.NOT_SCANNED}


class UnfinishedUpload(models.Model):
    """A file on its way: the bytes that came so far. Deleted when the file is received, called off or expired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="uploads")
    content = models.OneToOneField(SealedContent, on_delete=models.PROTECT, related_name="upload_of")
    name = models.CharField(max_length=255)
    length = models.PositiveBigIntegerField()  # what is to come in all
    stated_submission = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_complete(self) -> bool:
        """Whether all of it has come."""
        return self.content.size == self.length


class DeliveryEvent(models.Model):
    """Something that happened to a delivery. Rows are added and never changed."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    kind = models.CharField(max_length=24, choices=HAPPENINGS)
    from_state = models.CharField(max_length=12, choices=STATES)
    to_state = models.CharField(max_length=12, choices=STATES)
    reason = models.TextField(blank=True)
    file = models.ForeignKey(TransferredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["delivery", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class FileQuestion(models.Model):
    """A question of the team about a file, or about one finding in it. The state is a cache of its messages.

    finding, rule, place  of the finding in the file's report: its key, the rule's number, and where it is (a table
                          and a row, never a name)
    """

    class State(models.TextChoices):
        WITH_SCHOOL = "with school", "Waits for the school"
        WITH_TEAM = "with team", "Waits for the team"
        SETTLED = "settled", "Settled"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="questions")
    file = models.ForeignKey(TransferredFile, null=True, on_delete=models.PROTECT, related_name="questions")
    finding = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.WITH_SCHOOL)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["delivery", "state"], name="file_question_by_state")]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Message(models.Model):
    """One message of a question's thread. Rows are added and never changed."""

    question = models.ForeignKey(FileQuestion, on_delete=models.PROTECT, related_name="messages")
    event = models.ForeignKey(DeliveryEvent, on_delete=models.PROTECT, related_name="messages")
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"message {self.pk}"
