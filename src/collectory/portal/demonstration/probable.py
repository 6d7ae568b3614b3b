"""The country's probable matches, looked for once as the department would."""

from __future__ import annotations

import time

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Role
from collectory.portal.probable.models import Run
from collectory.portal.probable.services import running

PATIENCE = 60.0  # seconds for a worker that took it up first


def look_for(collection: DataCollection) -> bool:
    """Count, begin and compare, unless that was done before or nothing is installed that compares; whether it was."""
    if not running.is_installed() or Run.objects.filter(collection=collection).exists():
        return False
    collector = Membership.objects.filter(role=Role.COLLECTOR).earliest("pk")
    run = running.count(collection, collector)
    _go(run, Run.Stage.ASKED)
    running.confirm(run)
    _go(run, Run.Stage.FINISHED)
    return True


def _go(run: Run, until: Run.Stage) -> None:
    running.go(run.pk)
    deadline = time.monotonic() + PATIENCE
    while Run.objects.get(pk=run.pk).stage != until and time.monotonic() < deadline:
        time.sleep(0.2)
