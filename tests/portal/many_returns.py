"""Many schools with loaded returns in one data collection, made quickly: for work on all of them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from collectory.engine import read_tables
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Organisation
from collectory.portal.people.parts import Part
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.services.recording import Actor, locked, record
from collectory.portal.returns.services.revising import add_revision, checked, keep
from collectory.portal.returns.states import Happening
from collectory.portal.rules.switching import edition_in
from tests.portal.opened import tables


def schools(count: int) -> list[Organisation]:
    """Maintained schools of 855, numbers 8557000 and up."""
    agent = Organisation.objects.get(native_id="855")
    made = [
        Organisation(
            native_id=f"855{7000 + number}",
            name=f"Hill {number} School",
            kind=Organisation.Kind.SCHOOL,
            phase="secondary",
            school_type="maintained",
            authority=agent,
            agent=agent,
        )
        for number in range(count)
    ]
    Organisation.objects.bulk_create(made, ignore_conflicts=True)
    return list(Organisation.objects.filter(native_id__in=[one.native_id for one in made]).order_by("native_id"))


def loaded_returns(
    collection: DataCollection, count: int, pupils: list[dict[str, Any]] | None = None, below: Any = None
) -> list[Return]:
    """A return for each of these schools with the same data, checked once and loaded for each."""
    plain = tables(pupils, below)
    dataset = read_tables(plain, edition_in(collection))
    found = []
    kept = None
    for school in schools(count):
        data_return, _ = Return.objects.get_or_create(collection=collection, organisation=school)
        if kept is None:
            kept = keep(dataset, checked(dataset, data_return))
        with transaction.atomic():
            current = locked(data_return.pk)
            actor = Actor(None, school, "source", Part.SOURCE)
            revision = add_revision(current, kept, actor, Revision.Cause.UPLOAD)
            record(current, actor, Happening.UPLOADED, revision=revision)
        found.append(current)
    return found
