"""Work on many returns, handed to a worker."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.desk.services import running


@task()
def run_job(job_id: int) -> None:
    """Go on with a job for a while."""
    running.run(job_id)
