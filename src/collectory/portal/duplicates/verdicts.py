"""What pairs of enrolment statuses mean in a data collection: the blade's table, and what the collector decided of the
pairs that no source settles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils import timezone

from collectory.blade import Matching, Rule, StatusPair, Verdict
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.keys import key_of_all
from collectory.portal.duplicates.models import StatusDecision
from collectory.portal.rules.switching import edition_in

OURS = "D"  # how a blade marks the pairs that are its own choice
CHOICES = (Verdict.NOT_ALLOWED, Verdict.UNUSUAL, Verdict.ALLOWED)
SAID = {
    Verdict.NOT_ALLOWED: "Whoever runs this data collection has decided that the two registrations exclude each other.",
    Verdict.UNUSUAL: "Whoever runs this data collection has decided that the two registrations are unusual together.",
    Verdict.ALLOWED: "Whoever runs this data collection has decided that the two registrations may stand together.",
}


def matching_in(collection: DataCollection) -> Matching | None:
    """How people are matched in a data collection; None where its blade says nothing of it."""
    return edition_in(collection).blade.matching


def changeable(matching: Matching) -> list[str]:
    """The pairs that no source settles, as the blade writes them, in its order."""
    return [pair for pair, meant in matching.statuses.items() if meant.certainty == OURS]


def statuses_in(collection: DataCollection, at: dt.datetime | None = None) -> Mapping[str, StatusPair]:
    """What pairs mean now, or then. Empty where the blade says nothing of matching."""
    matching = matching_in(collection)
    if matching is None:
        return {}
    meant = dict(matching.statuses)
    begun = StatusDecision.objects.filter(collection=collection, starts_at__lte=at or timezone.now())
    for decision in begun.order_by("starts_at", "pk"):
        if decision.pair in meant:
            verdict = Verdict(decision.verdict)
            published = matching.statuses[decision.pair]
            same = published.verdict is verdict
            meant[decision.pair] = published if same else replace(published, verdict=verdict, message=SAID[verdict])
    return meant


@dataclass(frozen=True)
class Meant:
    """A line of the table of pairs: what is meant now, and whether the collector may say otherwise."""

    pair: str
    verdict: Verdict
    message: str
    action: str
    source: str
    is_ours: bool


def table_of(collection: DataCollection) -> list[Meant]:
    """The whole table as it counts in a data collection now, in the order of the blade."""
    matching = matching_in(collection)
    if matching is None:
        return []
    ours = set(changeable(matching))
    return [
        Meant(pair, meant.verdict, meant.message, meant.action, meant.certainty, pair in ours)
        for pair, meant in statuses_in(collection).items()
    ]


def kind_of_rule(collection: DataCollection, rule: Rule | None) -> str:
    """The kind of clash that a rule finds within one return; "" for rules that have nothing to do with matching."""
    matching = matching_in(collection)
    return matching.rules.get(rule.number or "", "") if matching and rule else ""


def codes_of(collection: DataCollection) -> dict[str, str]:
    """What the statuses in the table are called, by their code."""
    edition = edition_in(collection)
    matching = edition.blade.matching
    if matching is None:
        return {}
    field = edition.entity(matching.entities[0].name).field_meant_by(matching.status)
    known = (edition.codeset(field) if field is not None else None) or {}
    used = {code for pair in matching.statuses for code in pair.split("+")}
    return {**{code: means for code, means in known.items() if code in used}, matching.left_status: "No longer on roll"}


def version_of(statuses: Mapping[str, StatusPair]) -> str:
    """A short text that is another one when anything of the table is."""
    return str(key_of_all(f"{pair}={meant.verdict}={meant.message}" for pair, meant in sorted(statuses.items())))
