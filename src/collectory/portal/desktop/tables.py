"""The empty tables, made straight from the models: a fifth of the work of all migrations, of which nothing but the
result is wanted here. Those are marked as done, so that a folder that is kept is upgraded by the ones that follow.

    python -m collectory.portal.desktop.tables

with the settings of the desktop in the environment. What migrations do to rows they do to rows that are there already.
"""

from __future__ import annotations

from typing import Any


class _None:
    """For Django's setting: no app has migrations."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> Any:
        return None


def make() -> None:
    """Make them in the database of the settings, which is empty."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder
    from django.test.utils import override_settings

    with override_settings(MIGRATION_MODULES=_None()):
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in MigrationLoader(None).graph.nodes:
        recorder.record_applied(app, name)
    call_command("createcachetable", verbosity=0)


if __name__ == "__main__":
    import django

    django.setup()
    make()
