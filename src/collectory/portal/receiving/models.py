"""Which extra rules a team asks of the files that it receives, and the merged data sets that were asked for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.transfer.models import FileType, SealedContent


class ChosenRules(models.Model):
    """That a team has chosen a set of extra rules. A set that is no longer installed is passed over."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="chosen_rules")
    name = models.CharField(max_length=80)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["organisation", "name"]
        verbose_name_plural = "chosen rules"
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="one_choice_of_a_set")]

    def __str__(self) -> str:
        return f"{self.name} for {self.organisation_id}"


class MergedData(models.Model):
    """Many returns as one data set: the accepted files of a file type, or the returns of a data collection.

    counts   sources, rows, left_out
    content  sealed as files are; deleted after some days
    """

    class Form(models.TextChoices):
        PARQUET = "parquet", "Parquet"
        CSV = "csv", "CSV"

    class Stage(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being put together"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Failed"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="merged_data")
    file_type = models.ForeignKey(FileType, null=True, blank=True, on_delete=models.CASCADE, related_name="merged_data")
    collection = models.ForeignKey(
        DataCollection, null=True, blank=True, on_delete=models.CASCADE, related_name="merged_data"
    )
    form = models.CharField(max_length=10, choices=Form)
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    via_token = models.PositiveBigIntegerField(null=True, blank=True)  # where another system asked (portal/api)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    alive_at = models.DateTimeField(null=True, blank=True)
    task_id = models.CharField(max_length=40, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    left_out = models.JSONField(default=list, blank=True)  # [native ID, why]
    content = models.OneToOneField(
        SealedContent, null=True, blank=True, on_delete=models.SET_NULL, related_name="merged_of"
    )
    delete_on = models.DateField()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name_plural = "merged data"

    def __str__(self) -> str:
        return f"merged {self.pk}"

    @property
    def what(self) -> str:
        """What was put together, in words."""
        return str(self.file_type.name if self.file_type else self.collection.title if self.collection else "")

    @property
    def file_name(self) -> str:
        """The name under which it is downloaded."""
        return f"{self.organisation.native_id}_merged_{self.pk}_{self.form}.zip"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens to it."""
        return self.stage in {self.Stage.FINISHED, self.Stage.FAILED}
