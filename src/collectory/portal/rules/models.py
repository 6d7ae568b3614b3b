"""Rows about the rules of a data collection: switches, and long walks through its returns."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from collectory.blade import SwitchKind
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation, Role

KINDS = [
    (SwitchKind.SOFTEN.value, "Soften"),
    (SwitchKind.WITHDRAW.value, "Withdraw"),
    (SwitchKind.RESTORE.value, "Restore"),
]
RULE_KEY_LENGTH = 120


class Walk(models.Model):
    """Work on every return of a data collection, in the order of their ids, that can be taken up where it stopped.

    cursor  the id of the last return that is done
    turn    counts the workers that took it up: only the latest may write
    tries   how often it was taken up since the cursor last moved
    failed  ids of returns at which it broke off; they were left out
    """

    collection = models.ForeignKey(DataCollection, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    turn = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    failed = models.JSONField(default=list)
    alive_at = models.DateTimeField(null=True, blank=True)
    task_id = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__.lower()} {self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether the last return is done."""
        return self.finished_at is not None

    @property
    def percentage(self) -> int:
        """How far it has come, 0 to 100."""
        if self.is_finished:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


class Impact(Walk):
    """A switch that somebody thinks of, and what it would do. Nothing is changed by it.

    starts_at   when the switch is to begin; null for as soon as it is confirmed
    of_version  the version of the rules, without this switch, that its counts were made with
    counts      see services/impact.py
    """

    rule_key = models.CharField(max_length=RULE_KEY_LENGTH)
    kind = models.CharField(max_length=10, choices=KINDS)
    reason = models.TextField()
    starts_at = models.DateTimeField(null=True, blank=True)
    of_version = models.CharField(max_length=80, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]


class RuleSwitch(models.Model):
    """That a rule was softened, withdrawn or restored in a data collection. Rows are added and never changed.

    The latest that has begun counts for a rule. One that has not begun can be called off by another row, which
    names it in `calls_off` and does nothing else.
    """

    collection = models.ForeignKey(DataCollection, on_delete=models.PROTECT, related_name="rule_switches")
    rule_key = models.CharField(max_length=RULE_KEY_LENGTH)
    kind = models.CharField(max_length=10, choices=KINDS)
    reason = models.TextField()
    starts_at = models.DateTimeField()
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    impact = models.OneToOneField(Impact, null=True, blank=True, on_delete=models.PROTECT, related_name="rule_switch")
    calls_off = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="called_off_by"
    )

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["collection", "starts_at"], name="rule_switch_by_start")]

    def __str__(self) -> str:
        return f"{self.kind} {self.rule_key}"


class Recheck(Walk):
    """That the stored returns of a data collection whose result is stale are checked again."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["collection"], condition=Q(finished_at=None), name="one_recheck_at_a_time")
        ]
