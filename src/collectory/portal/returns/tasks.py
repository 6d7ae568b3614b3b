"""Work that outlives a request."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.returns.services import uploading


@task()
def check_upload(upload_id: int) -> None:
    """Read, check and load an upload."""
    uploading.check_upload(upload_id)
