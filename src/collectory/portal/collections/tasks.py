"""Removing the data of familiarisations, handed to a worker."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.collections.services import emptying


@task()
def remove_data() -> None:
    """Empty what has ended, for a while, and delete what was released."""
    emptying.work()
