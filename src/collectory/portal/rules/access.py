"""Whose business the rules of a data collection are: everybody's who takes part in it."""

from __future__ import annotations

from django.http import Http404

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Duty, has_duty, returns_of


def collection_for(membership: Membership, slug: str) -> DataCollection:
    """The data collection of that address. Raises Http404 where a person takes no part in it."""
    found = DataCollection.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    runs = has_duty(membership, Duty.RUN)
    if runs or (found.has_opened and has_duty(membership, Duty.DESK)):
        return found
    if not returns_of(membership).filter(collection=found).exists():
        raise Http404
    return found
