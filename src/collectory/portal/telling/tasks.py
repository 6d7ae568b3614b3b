"""Telling, handed to a worker."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.telling.services import upkeep


@task()
def tell() -> None:
    """Make news and send mails for a while."""
    upkeep.work()
