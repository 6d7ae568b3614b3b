"""`collectory portal prepare`: bring the database up to date. Run it before the first start and at upgrades."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    """Migrations and the cache table."""

    help = "Create or upgrade the tables of the database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do nothing, quickly, when nothing is to be done."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
