"""`collectory portal rewrap`: after a new key was put in front, wrap the keys of all contents with it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collectory.portal.transfer import keys, store


class Command(BaseCommand):
    """Change the service's key for what schools have sent."""

    help = "Wrap the keys of all files that schools sent with the newest key. The files are not written again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Any number of times; what was wrapped already is left alone."""
        try:
            count = store.rewrap()
            newest = keys.newest()
        except keys.NoKey as problem:
            raise CommandError(
                f"{problem}: every key that is still in use has to be in COLLECTORY_TRANSFER_KEYS"
            ) from None
        self.stdout.write(f"{count} contents are wrapped with {newest} now; all others were already")
