"""When parts of the census are collected.

An edition's `when` is its year and the number of its term: spring "2022-1", summer "2022-2", autumn "2021-3".
"""

from __future__ import annotations

from collectory.blade import When


def spring(since: str = "", until: str = "") -> When:
    """Springs only, from one edition to another (both included)."""
    return When(terms=("SPR",), since=since, until=until)


def autumn(since: str = "", until: str = "") -> When:
    """Autumns only."""
    return When(terms=("AUT",), since=since, until=until)


def spring_and_summer(since: str = "", until: str = "") -> When:
    """Springs and summers."""
    return When(terms=("SPR", "SUM"), since=since, until=until)


def since(edition: str, until: str = "") -> When:
    """Every term from an edition on."""
    return When(since=edition, until=until)


def until(edition: str) -> When:
    """Every term to an edition."""
    return When(until=edition)
