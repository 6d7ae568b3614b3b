"""Tokens with which an organisation's own systems sign in. The secret itself is nowhere: only its SHA-256."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from collectory.portal.people.models import Organisation


class Scope(models.TextChoices):
    """What a token is for. What may be done at all, the permission table says (people/permissions.py)."""

    READ = "read", "See what is due, how files stand, and their reports"
    SEND = "send", "Send files"
    DOWNLOAD = "download", "Download files that were received"
    MERGE = "merge", "Put accepted files together, and download the result"


class ApiToken(models.Model):
    """One token. `key` stands in front of the secret and is no secret; it finds the row."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    key = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"token {self.key}"

    @property
    def works(self) -> bool:
        """Whether somebody can sign in with it now."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.organisation.is_open

    @property
    def scopes_in_words(self) -> str:
        """What it is for, in words."""
        return "; ".join(Scope(each).label for each in self.scopes if each in Scope.values)
