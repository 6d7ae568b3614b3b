"""Work on all returns of a data collection."""

from __future__ import annotations

from django_tasks import task

from collectory.portal.rules.services import impact, rechecking


@task()
def recheck(recheck_id: int) -> None:
    """Check the stale returns of a data collection again."""
    rechecking.run(recheck_id)


@task()
def work_out(impact_id: int) -> None:
    """Work out what a switch would do."""
    impact.run(impact_id)
