"""Cases go with the data of their data collection."""

from __future__ import annotations

from collectory.portal.cases.models import Case, TwoChildren
from collectory.portal.collections.models import DataCollection


def remove(collection: DataCollection) -> None:
    """Delete all cases of a familiarisation, and what was said in it of children who are alike."""
    Case.objects.filter(collection=collection).delete()
    TwoChildren.objects.filter(familiarisation=collection).delete()
