"""`collectory portal match_probable RUN`: one run of probable matching, as a worker starts it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from collectory.portal import supervise
from collectory.portal.probable.services import running

LESS_URGENT = 10


class Command(BaseCommand):
    """Go on with a run."""

    help = (
        "Count or compare what one run of probable matching asks for. Workers start it; killed, it is taken up again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run."""
        parser.add_argument("run", type=int)

    def handle(self, *args: Any, run: int, **options: Any) -> None:
        """Do it, after whatever else the machine has to do, and stop with the worker."""
        if settings.MATCH_APART:
            if sys.platform == "linux":
                supervise.die_with_parent()
            if hasattr(os, "nice"):
                os.nice(LESS_URGENT)
        running.go(run)
