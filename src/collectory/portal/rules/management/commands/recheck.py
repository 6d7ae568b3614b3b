"""`collectory portal recheck`: check stored returns again whose result earlier rules made."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collectory.portal.collections.models import DataCollection
from collectory.portal.rules.services import rechecking


class Command(BaseCommand):
    """Asks for rechecks; the workers do them."""

    help = (
        "Check stored returns again whose result was made by other rules than those of now, also of data "
        "collections that have closed. The workers do it; authorised returns are left as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which data collections, and whether only to look."""
        parser.add_argument("collections", nargs="*", metavar="SLUG", help="data collections; all without any")
        parser.add_argument("--look", action="store_true", help="only say how many are stale")

    def handle(self, *args: Any, collections: list[str], look: bool, **options: Any) -> None:
        """Say for each data collection how many returns are stale, and queue the work."""
        found = DataCollection.objects.filter(slug__in=collections) if collections else DataCollection.objects.all()
        if unknown := set(collections) - {one.slug for one in found}:
            raise CommandError(f"There is no data collection {', '.join(sorted(unknown))}.")
        for collection in found:
            count = rechecking.stale_returns(collection).count()
            if not count:
                self.stdout.write(f"{collection.slug}: every result is of the rules of now")
            elif look:
                self.stdout.write(f"{collection.slug}: {count:,} stale")
            elif rechecking.ask(collection) is None:
                self.stdout.write(f"{collection.slug}: {count:,} stale; they are being checked again already")
            else:
                self.stdout.write(f"{collection.slug}: {count:,} are checked again by the workers")
