"""Matching that is handed to a worker."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.duplicates.services import upkeep


@task()
def bring_up_to_date() -> None:
    """Make missing rows, and work clashes out anew where the table of status pairs changed."""
    upkeep.work()
