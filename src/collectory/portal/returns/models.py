"""The rows that stand for a return. Bulk data lies in blobs (see collectory.portal.storage)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation, Role
from collectory.portal.people.parts import Part
from collectory.portal.returns.states import Happening, State

PARTS = [(part.value, part.value) for part in Part]
STATES = [(state.value, state.words) for state in State]
HAPPENINGS = [(kind.value, kind.value) for kind in Happening]


class Return(models.Model):
    """What one source owes one data collection. State, dates and counts are a cache of its events."""

    collection = models.ForeignKey(DataCollection, on_delete=models.PROTECT, related_name="returns")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="returns")
    state = models.CharField(max_length=30, choices=STATES, default=State.NO_DATA.value)
    errors = models.PositiveIntegerField(default=0)
    queries = models.PositiveIntegerField(default=0)
    ok_errors = models.PositiveIntegerField(default=0)
    current_revision = models.ForeignKey("Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    authorised_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)  # of the last event that was more than taking a copy
    excused_at = models.DateTimeField(null=True, blank=True)  # nobody expects it any more; the event says why
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["collection", "organisation__native_id"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "organisation"], name="one_return_per_source_and_collection")
        ]
        indexes = [
            models.Index(fields=["collection", "state"], name="return_by_state"),
            models.Index(fields=["collection", "touched_at"], name="return_by_touch"),
            models.Index(fields=["collection", "submitted_at"], name="return_by_submission"),
        ]

    def __str__(self) -> str:
        return f"{self.collection.slug} {self.organisation.native_id}"

    @property
    def standing(self) -> State:
        """The state as a State."""
        return State(self.state)


class Upload(models.Model):
    """A file that was handed in for a return, and what became of it."""

    class Stage(models.TextChoices):
        WAITING = "waiting", "Waiting to be read"
        READING = "reading", "Reading your file"
        CHECKING = "checking", "Checking your data"
        KEEPING = "keeping", "Saving the result"
        FINISHED = "finished", "Finished"

    class Outcome(models.TextChoices):
        PENDING = "", "Not known yet"
        LOADED = "loaded", "Loaded and validated"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"

    data_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="uploads")
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.WAITING)
    share = models.FloatField(default=0.0)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING, blank=True)
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_title = models.CharField(max_length=200, blank=True)
    refusal_message = models.TextField(blank=True)
    refusal_action = models.TextField(blank=True)
    replaces = models.CharField(max_length=30, choices=STATES, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    part = models.CharField(max_length=10, choices=PARTS)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    alive_at = models.DateTimeField(null=True, blank=True)
    task_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="upload_by_time")]
        constraints = [
            # The database itself refuses a second upload while one is on its way.
            models.UniqueConstraint(fields=["data_return"], condition=~Q(stage="finished"), name="one_upload_at_a_time")
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether its outcome is known."""
        return self.stage == self.Stage.FINISHED

    @property
    def percentage(self) -> int:
        """How far it has come, 0 to 100."""
        return round(max(0.0, min(1.0, self.share)) * 100)


class Revision(models.Model):
    """One immutable state of a return's data, with what the rules of its time found in it.

    Who, when and how tell of the data. Where stored data was checked again with other rules and the result is
    another one, a revision with the same data follows, and `data_of` names the first one with that data.
    """

    class Cause(models.TextChoices):
        UPLOAD = "upload", "Uploaded from file"
        EDIT = "edit", "Edited on screen"
        FORM = "form", "Added on screen"

    data_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    cause = models.CharField(max_length=10, choices=Cause)
    upload = models.OneToOneField(Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="revision")
    sha256 = models.CharField(max_length=64, blank=True)  # of the file the data first came from
    tables = models.JSONField(default=dict)  # {entity: SHA-256 of its Parquet blob}
    findings = models.CharField(max_length=64)  # SHA-256 of the findings' Parquet blob
    records = models.JSONField(default=dict)  # {entity: number of records}
    errors = models.PositiveIntegerField()
    queries = models.PositiveIntegerField()
    skipped = models.JSONField(default=list)  # [{rule, why}]
    notices = models.JSONField(default=list)  # what the file held that no table shows
    rules_version = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(default=timezone.now)
    data_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="checked_again")

    class Meta:
        ordering = ["data_return", "-number"]
        constraints = [models.UniqueConstraint(fields=["data_return", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"revision {self.number}"

    @property
    def first_with_its_data(self) -> int:
        """The id of the revision that brought its data: its own, or that of the one that was checked again."""
        return self.data_of_id or self.pk


class RuleTally(models.Model):
    """How many findings one rule has in one revision, over how many records."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="tallies")
    rule_key = models.CharField(max_length=120)
    number = models.CharField(max_length=120, blank=True)  # "name.format" where a rule has no number
    priority = models.CharField(max_length=10)
    level = models.CharField(max_length=10)
    findings = models.PositiveIntegerField()
    records = models.PositiveIntegerField()

    class Meta:
        ordering = ["priority", "number", "rule_key"]
        constraints = [models.UniqueConstraint(fields=["revision", "rule_key"], name="one_tally_per_rule")]

    def __str__(self) -> str:
        return f"{self.rule_key}: {self.findings}"


class Event(models.Model):
    """Something that happened to a return. Rows are added and never changed."""

    data_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    part = models.CharField(max_length=10, choices=PARTS)
    kind = models.CharField(max_length=20, choices=HAPPENINGS)
    from_state = models.CharField(max_length=30, choices=STATES)
    to_state = models.CharField(max_length=30, choices=STATES)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    revision = models.ForeignKey(Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="events")

    class Meta:
        ordering = ["data_return", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Receipt(models.Model):
    """What a source was told when it submitted: kept as it was."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="receipt")
    data_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="receipts")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="receipts")
    reference = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    submitted_by = models.CharField(max_length=200)
    declaration = models.TextField()
    file_name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.reference


class Note(models.Model):
    """An explanation of a finding, of a data item or of the whole return. Rows are added and never changed.

    Notes written in one act share its event. `message` is what the finding said, for notes whose finding is
    gone; `confirms` the note that this one repeats because it still holds after the values have changed.
    """

    class Scope(models.TextChoices):
        RETURN = "return", "Return level"
        ITEM = "item", "Data item"
        FINDING = "finding", "Error or query"

    data_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    text = models.TextField()
    scope = models.CharField(max_length=10, choices=Scope)
    rule_key = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=16, blank=True)
    identity = models.CharField(max_length=16, blank=True)
    entity = models.CharField(max_length=80, blank=True)
    record_key = models.JSONField(default=list, blank=True)
    field = models.CharField(max_length=80, blank=True)
    message = models.TextField(blank=True)
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT, related_name="notes")
    confirms = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="confirmed_by")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["data_return", "place"], name="note_by_place")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class NoteWithdrawal(models.Model):
    """That a note no longer counts. The note stays; who, when and why stand in the event."""

    note = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="withdrawal")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"withdrawal of note {self.note_id}"
