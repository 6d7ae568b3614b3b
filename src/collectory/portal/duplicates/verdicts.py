"""What pairs of enrolment statuses mean in a data collection: the blade's table, and what the collector decided of the
pairs that no source settles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from django.utils import timezone

from collectory.blade import Matching, StatusPair, Verdict
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


def version_of(statuses: Mapping[str, StatusPair]) -> str:
    """A short text that is another one when anything of the table is."""
    return str(key_of_all(f"{pair}={meant.verdict}={meant.message}" for pair, meant in sorted(statuses.items())))
