"""Days for the cases of rules, which move with the edition. (Dates of birth: `born` in ages.)"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from collectory.blade import Edition


def day_of(parameter: str, later: int = 0) -> Callable[[Edition], str]:
    """The day that a parameter of the edition gives, or so many days later (earlier where negative)."""

    def written(edition: Edition) -> str:
        day: date = getattr(edition, parameter)
        return (day + timedelta(days=later)).isoformat()

    return written
