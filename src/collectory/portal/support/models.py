"""Service requests: what a person asks for, and the collector's answer."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from collectory.portal.people.models import Organisation


def new_token() -> str:
    """What stands in the address of a request: nobody guesses it, so that people without an account can come back."""
    return secrets.token_urlsafe(16)


class ServiceRequest(models.Model):
    """A question to the collector. Answered at most once; the answer stays beside it."""

    class Subject(models.TextChoices):
        RETURN = "return", "A return, its errors or its notes"
        ACCESS = "access", "Getting access, or changing what I may do"
        CREDENTIALS = "credentials", "I have forgotten my user name or password"
        FAULT = "fault", "Something in this service does not work"
        OTHER = "other", "Something else"

    token = models.CharField(max_length=32, unique=True, default=new_token)
    at = models.DateTimeField(auto_now_add=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    asked_for = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField()
    organisation = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=20, choices=Subject)
    text = models.TextField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"service request {self.pk}"

    @property
    def reference(self) -> str:
        """What it is called in a conversation."""
        return f"SR{self.pk:06d}"
