"""Work on received files that outlives a request."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.transfer.services import checking


@task()
def check_delivery(file_id: int) -> None:
    """Scan and check a received file."""
    checking.check_file(file_id)
