"""`collectory portal match_probable RUN`: one run of probable matching, as a worker starts it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from collectory.portal.probable.services import running


class Command(BaseCommand):
    """Go on with a run."""

    help = (
        "Count or compare what one run of probable matching asks for. Workers start it; killed, it is taken up again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run."""
        parser.add_argument("run", type=int)

    def handle(self, *args: Any, run: int, **options: Any) -> None:
        """Do it."""
        running.go(run)
