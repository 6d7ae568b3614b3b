"""Work on received files that outlives a request."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.receiving import merging


@task()
def merge_data(merged_id: int) -> None:
    """Put a merged data set together."""
    merging.run(merged_id)
