"""Rules that somebody adds to a blade from outside, such as a council's performance team to the school census."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from collectory.blade.rules import Rule

PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,11}")


@dataclass(frozen=True)
class ExtraRules:
    """A set of rules for one blade, in a number space of its own.

    name    in lists and settings, such as "leicestershire"
    title   for people
    prefix  what all numbers of its rules begin with, before a hyphen: "LCC" for LCC-1, LCC-2Q
    blade   the name of the blade whose returns they are asked of
    rules   as in a blade; Raises ValueError where one has a number of another space
    """

    name: str
    title: str
    prefix: str
    blade: str
    rules: tuple[Rule, ...]
    help: str = ""

    def __post_init__(self) -> None:
        if not PREFIX.fullmatch(self.prefix):
            raise ValueError(f"The prefix of {self.name} should be 2 to 12 capital letters and digits, such as LCC")
        keys = [each.key for each in self.rules]
        strange = [key for key in keys if not re.fullmatch(rf"{self.prefix}-[0-9]+Q?", key)]
        if strange:
            raise ValueError(f"Rule {strange[0]} of {self.name} should have a number such as {self.prefix}-1")
        if len(set(keys)) < len(keys):
            raise ValueError(f"Two rules of {self.name} have the same number")


def in_one(sets: Iterable[ExtraRules]) -> tuple[Rule, ...]:
    """The rules of several sets. Raises ValueError where two sets share a prefix."""
    sets = tuple(sets)
    prefixes = [each.prefix for each in sets]
    if len(set(prefixes)) < len(prefixes):
        raise ValueError(f"Two sets of extra rules share a prefix: {', '.join(each.name for each in sets)}")
    return tuple(rule for each in sets for rule in each.rules)
