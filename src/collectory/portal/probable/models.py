"""Runs of probable matching, and what they found. Nothing here outlives the data; no value of a pupil is kept."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import PupilRow
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.returns.services.uploading import silent_since

THRESHOLD = 0.5
"""From here on one pupil is likelier than two, as in the engine."""


class Run(models.Model):
    """One comparison of the pupils of a data collection, or of an authority's own schools, and how far it has come.

    pairs      how many pairs of pupils are compared at most; known before anything is compared
    scheduled  begun by the clock, not by a person
    """

    class Stage(models.TextChoices):
        COUNTING = "counting", "Counting the comparisons"
        ASKED = "asked", "Waiting to be confirmed"
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Comparing"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Called off"
        FAILED = "failed", "Failed"

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="+")
    authority = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")  # None: all
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.COUNTING)
    threshold = models.FloatField(default=THRESHOLD)
    scheduled = models.BooleanField(default=False)
    pupils = models.PositiveIntegerField(null=True)
    pairs = models.BigIntegerField(null=True)
    found = models.PositiveIntegerField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    task_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["collection", "-created_at"], name="probable_run_by_collection")]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_under_way(self) -> bool:
        """Whether the service has still to do something about it."""
        return self.stage in UNDER_WAY

    @property
    def is_silent(self) -> bool:
        """Whether somebody was at it and has not been heard of for too long."""
        return self.is_under_way and self.attempts > 0 and (self.alive_at is None or self.alive_at < silent_since())

    @property
    def is_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.stage in {self.Stage.FINISHED, self.Stage.CANCELLED, self.Stage.FAILED}


UNDER_WAY = (Run.Stage.COUNTING, Run.Stage.WAITING, Run.Stage.RUNNING)


class Match(models.Model):
    """Two records that may be one pupil.

    key         which pair it is, the same when it is found again
    reasons     `what`, `words` and `weight` (log2 of how many times likelier one pupil became) of each step
    one, other  the rows compared; a row that is no more means that the record is another since
    """

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BigIntegerField()
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    one = models.BigIntegerField(db_index=True)
    other = models.BigIntegerField(db_index=True)
    one_return = models.ForeignKey("returns.Return", on_delete=models.CASCADE, related_name="+")
    other_return = models.ForeignKey("returns.Return", on_delete=models.CASCADE, related_name="+")
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["collection", "-score", "id"]
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="one_match_per_pair")]

    def __str__(self) -> str:
        return f"match {self.pk}"


def with_rows(matches: QuerySet[Match]) -> QuerySet[Match]:
    """Matches, each with `is_current`: whether both records are still as they were compared."""
    there = [Exists(PupilRow.objects.filter(pk=OuterRef(name))) for name in ("one", "other")]
    return matches.annotate(is_current=there[0] & there[1])


def touching(returns: object) -> Q:
    """Matches with a side in any of some returns."""
    return Q(one_return__in=returns) | Q(other_return__in=returns)


class Setting(models.Model):
    """From which score on matches are listed in a data collection, and every how many days they are looked for without
    anybody asking (0: never). Rows are added and never changed; the latest counts."""

    collection = models.ForeignKey(DataCollection, on_delete=models.CASCADE, related_name="+")
    threshold = models.FloatField()
    every_days = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["collection", "-at"], name="probable_setting_by_time")]

    def __str__(self) -> str:
        return f"from {self.threshold} on"

    @property
    def period(self) -> dt.timedelta:
        """The time between two runs."""
        return dt.timedelta(days=self.every_days)


def setting_of(collection: DataCollection) -> Setting | None:
    """What was decided last; None where nothing was."""
    return Setting.objects.filter(collection=collection).select_related("user", "organisation").first()


def threshold_of(collection: DataCollection) -> float:
    """The score from which on matches are listed."""
    setting = setting_of(collection)
    return setting.threshold if setting else THRESHOLD
