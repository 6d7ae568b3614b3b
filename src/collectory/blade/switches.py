"""Switches: what is done to a rule while a collection runs, without a word of the blade being changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from collectory.blade.rules import ERROR, QUERY, Rule


class SwitchKind(StrEnum):
    """What can be done to a rule."""

    SOFTEN = "soften"  # an error becomes a query
    WITHDRAW = "withdraw"  # it is no longer asked
    RESTORE = "restore"  # it is again as it was published


@dataclass(frozen=True)
class Switch:
    """That a rule is softened, withdrawn or restored, why, and since when."""

    rule: str
    kind: SwitchKind
    reason: str = ""
    since: dt.datetime | None = None

    def on(self, rule: Rule) -> Rule | None:
        """The rule as it is asked with this switch; None where it is not asked at all."""
        if self.kind is SwitchKind.WITHDRAW:
            return None
        if self.kind is SwitchKind.SOFTEN and rule.priority == ERROR:
            return replace(rule, priority=QUERY)
        return rule


def in_force(before: Mapping[str, Switch], switches: Iterable[Switch]) -> dict[str, Switch]:
    """The switch of each rule after some more of them, the last one of a rule being the one that counts."""
    found = dict(before)
    for each in switches:
        found.pop(each.rule, None)
        if each.kind is not SwitchKind.RESTORE:
            found[each.rule] = each
    return found
