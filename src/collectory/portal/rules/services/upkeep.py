"""What a worker does about rules at its start and every few seconds after."""

from __future__ import annotations

from collectory.portal.rules.services.impact import take_up_impacts
from collectory.portal.rules.services.rechecking import sweep, take_up_rechecks


def look_after(*, sole_worker: bool = False) -> int:
    """Take up walks whose worker is gone, and ask for rechecks that are due; give how many of both."""
    return take_up_impacts(sole_worker=sole_worker) + take_up_rechecks(sole_worker=sole_worker) + sweep()
