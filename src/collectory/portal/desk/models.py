"""Work on many returns: a job, and what became of each thing in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.returns.models import Return, Upload


class Job(models.Model):
    """One piece of work on many returns. `kind` names the work (desk/kinds.py); `wanted` is what it was asked for."""

    class Stage(models.TextChoices):
        ASKED = "asked", "Not confirmed yet"
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"

    collection = models.ForeignKey(DataCollection, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=30)
    wanted = models.JSONField(default=dict)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.WAITING)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    # What the person may do is asked again for each return; who has lost the role meanwhile does nothing more.
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    alive_at = models.DateTimeField(null=True, blank=True)
    task_id = models.CharField(max_length=40, blank=True)
    result_until = models.DateTimeField(null=True, blank=True)  # when what there is to download is thrown away

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["collection", "-created_at"], name="job_by_collection")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing of it is left to do."""
        return self.stage == self.Stage.FINISHED


class JobItem(models.Model):
    """One return or file of a job, and what became of it."""

    class Outcome(models.TextChoices):
        PENDING = "", "Waiting"
        DONE = "done", "Done"
        REFUSED = "refused", "Not done"
        FAILED = "failed", "Failed"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=255, blank=True)  # of a file in an archive, or of a file to download
    data_return = models.ForeignKey(Return, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(null=True, blank=True)  # of the return, as it was shown
    upload = models.OneToOneField(Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="job_item")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING, blank=True)
    title = models.CharField(max_length=200, blank=True)
    message = models.TextField(blank=True)
    action = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_item_per_number")]
        indexes = [models.Index(fields=["job"], condition=Q(outcome=""), name="item_waiting")]

    def __str__(self) -> str:
        return f"item {self.number} of job {self.job_id}"
