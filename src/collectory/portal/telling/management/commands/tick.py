"""`collectory portal tick`: what the workers do every minute, for a service that runs them only at times."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from collectory.portal.collections.services import emptying
from collectory.portal.probable.services import running as probable
from collectory.portal.telling.services import clock, upkeep
from collectory.portal.transfer.services import upkeep as kept_files


class Command(BaseCommand):
    """Look at the clock once."""

    help = (
        "Tell what is due (openings, deadlines), begin runs of probable matching that are due, send mails, empty "
        "familiarisations that have ended, and delete files of schools that were kept long enough."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to do the work here."""
        parser.add_argument("--only-look", action="store_true", help="Write down what is to be told; a worker does it.")

    def handle(self, *args: Any, only_look: bool, **options: Any) -> None:
        """Any number of times, at the same time too."""
        made = clock.tick()
        self.stdout.write(f"{made} things to tell")
        self.stdout.write(f"{probable.begin_due()} runs of probable matching begun")
        if only_look:
            return
        while upkeep.something_left():
            upkeep.work()
        self.stdout.write(f"{emptying.empty_all()} familiarisations emptied")
        emptying.delete_released()
        self.stdout.write(f"{kept_files.go_round()} files of schools had been kept long enough")
