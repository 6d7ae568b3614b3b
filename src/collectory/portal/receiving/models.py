"""Which of the installed sets of extra rules a team asks of the files that it receives."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from collectory.portal.people.models import Organisation


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
