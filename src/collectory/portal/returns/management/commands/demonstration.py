"""`collectory portal demonstration`: make the demonstration's schools, accounts and data collection."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from collectory.portal import demonstration, demonstration_forms
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD


class Command(BaseCommand):
    """Sets up the demonstration."""

    help = "Make the made-up schools, accounts and data collection. Only with COLLECTORY_DEBUG=1."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse in earnest, else set up."""
        if not settings.DEBUG:
            raise CommandError("The demonstration's passwords are public. It is set up only with COLLECTORY_DEBUG=1.")
        demonstration.set_up()
        demonstration_forms.set_up(DEMONSTRATION_PASSWORD)
