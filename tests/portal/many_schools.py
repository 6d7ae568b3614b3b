"""A made-up authority with as many schools as a test wants, each with its return."""

from __future__ import annotations

from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation
from collectory.portal.returns.models import Return

PHASES = ("primary", "secondary", "special")


def schools(collection: DataCollection, count: int, first: int = 0) -> list[Return]:
    """Add so many maintained schools of Larkshire, numbered from the first; gives their returns, by native ID."""
    authority = Organisation.objects.get(native_id="855")
    made = Organisation.objects.bulk_create(
        Organisation(
            native_id=f"8555{number:03d}",
            name=f"Made School {number:03d}",
            kind=Organisation.Kind.SCHOOL,
            phase=PHASES[number % 3],
            school_type="maintained",
            authority=authority,
            agent=authority,
        )
        for number in range(first, first + count)
    )
    Return.objects.bulk_create(Return(collection=collection, organisation=each) for each in made)
    mine = Return.objects.filter(organisation__in=made).select_related("organisation__agent", "collection")
    return list(mine.order_by("organisation__native_id"))
