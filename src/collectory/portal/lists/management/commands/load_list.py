"""`collectory portal load_list NAME FILE`: load a list that rules ask at a prompt."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collectory.engine import Refusal
from collectory.portal.lists import loading


class Command(BaseCommand):
    """Shows what a list would change; with --confirm, puts it in force."""

    help = "Show what a list that rules ask (CSV) would change; --confirm puts it in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which list, its file, and whether to go on."""
        parser.add_argument("name", help="such as qualifications")
        parser.add_argument("file", type=Path, help="a CSV file")
        parser.add_argument("--confirm", action="store_true", help="put the list in force")

    def handle(self, *args: Any, name: str, file: Path, **options: Any) -> None:
        """Preview, then apply when told to."""
        found = next(((blade, meant) for blade, meant in loading.all_lists() if meant.name == name), None)
        if found is None:
            known = ", ".join(meant.name for _, meant in loading.all_lists())
            raise CommandError(f"There is no list {name}. These there are: {known}.")
        try:
            data = file.read_bytes()
        except OSError as problem:
            raise CommandError(f"{problem.filename} cannot be read: {problem.strerror}.") from None
        version = loading.preview(None, *found, file.name, data)
        if isinstance(version, Refusal):
            raise CommandError(str(version))
        self.stdout.write(", ".join(f"{count:,} {what}" for what, count in version.counts.items()))
        if not options["confirm"]:
            self.stdout.write("Nothing was changed. Give --confirm to put this list in force.")
            return
        outcome = loading.apply(version, None)
        if isinstance(outcome, Refusal):
            raise CommandError(str(outcome))
        self.stdout.write("The list is in force.")
