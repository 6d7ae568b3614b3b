"""Versions of the lists that rules ask."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from collectory.blade import ReferenceList
from collectory.engine import blades


class ListVersion(models.Model):
    """A list file that was handed in. It counts from the moment it is confirmed; the last one confirmed is in force.

    blade, name    which list it is (ReferenceList)
    sha256, table  the file as it came, and the list as rules read it (Parquet)
    counts         rows, and those that are new, gone and changed against `against`
    against        the version that was in force when the preview was made
    """

    blade = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    table = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    against = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"

    @classmethod
    def in_force(cls, blade: str, name: str) -> Any:
        """The version of a list that counts now, or None before the first one."""
        confirmed = cls.objects.filter(blade=blade, name=name, applied_at__isnull=False)
        return confirmed.order_by("-applied_at", "-id").first()

    @property
    def meant(self) -> ReferenceList:
        """The list that it is a version of. Raises KeyError where the blade is not installed any more."""
        return blades()[self.blade].reference_list(self.name)
