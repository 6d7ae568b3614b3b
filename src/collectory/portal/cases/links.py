"""From a clash in a report to the case in which it is settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from collectory.portal.cases.lists import every
from collectory.portal.cases.models import Case
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership


@dataclass(frozen=True)
class Link:
    """Where a case is, what it is called and how it stands."""

    address: str
    reference: str
    state: str


def links_of(collection: DataCollection, membership: Membership, kind: str, keys: Iterable[int]) -> dict[int, Link]:
    """The cases of some clashes of a kind that a person may open, by the clashes' keys; two queries."""
    wanted = list(keys)
    if not wanted:
        return {}
    found: Iterable[Case] = every(collection, membership).filter(kind=kind, key__in=wanted)
    return {
        case.key: Link(reverse("case", args=[collection.slug, case.pk]), case.reference, case.standing.words)
        for case in found
    }
