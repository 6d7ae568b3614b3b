"""Runs that are handed to a worker."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.probable.services import running


@task()
def run(run_id: int) -> None:
    """Go on with a run, in a process of its own: uploads do not wait for it."""
    running.go_apart(run_id)
