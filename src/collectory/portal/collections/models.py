"""A data collection is an edition that is running for real people."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class ErrorPolicy(models.TextChoices):
    """What must have happened to every error before a return can be submitted."""

    CORRECTED = "corrected", "every error must be corrected"
    EXPLAINED = "explained", "every error must be corrected or have a note"
    OPEN = "open", "errors may be left open"


class QueryPolicy(models.TextChoices):
    """What must have happened to every query before a return can be submitted."""

    EXPLAINED = "explained", "every query must have a note"
    OPEN = "open", "queries may be left open"


class DataCollection(models.Model):
    """An edition with its dates and its policy: live, or for familiarisation."""

    slug = models.SlugField(max_length=80, unique=True)
    edition_key = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    is_live = models.BooleanField(default=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    errors_at_submission = models.CharField(max_length=12, choices=ErrorPolicy, default=ErrorPolicy.EXPLAINED)
    queries_at_submission = models.CharField(max_length=12, choices=QueryPolicy, default=QueryPolicy.EXPLAINED)
    allows_upload = models.BooleanField(default=True)
    allows_adding_on_screen = models.BooleanField(default=False)
    allows_delete = models.BooleanField(default=True)
    guidance = models.TextField(blank=True)
    help_contact = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-opens_at", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def has_opened(self) -> bool:
        """Whether the opening date has passed."""
        return self.opens_at <= timezone.now()

    @property
    def has_closed(self) -> bool:
        """Whether the closing date has passed."""
        return self.closes_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Whether sources may change their returns now."""
        return self.has_opened and not self.has_closed
