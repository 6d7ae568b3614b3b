"""Versions of the register of organisations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class Register(models.Model):
    """A register file that was handed in. It counts from the moment it is applied; the last one applied is in force.

    changes  SHA-256 of the list of changes that its preview showed (JSON, see changes.py)
    table    SHA-256 of the whole register as from this version on (Parquet), once it is applied
    """

    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    links_name = models.CharField(max_length=255, blank=True)
    links_sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField()
    changes = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)  # how many changes of each kind
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    table = models.CharField(max_length=64, blank=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"register {self.pk}"

    @classmethod
    def in_force(cls) -> Any:
        """The register that counts now, or None before the first one."""
        return cls.objects.filter(applied_at__isnull=False).order_by("-applied_at", "-id").first()
