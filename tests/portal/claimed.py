"""Returns of schools that claim the same pupils, loaded as the worker loads them."""

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

USUAL = {"Gender": "F", "DOB": "2010-01-31", "NCyearActual": "9", "EnrolStatus": "C", "EntryDate": "2020-09-01"}
OF_LEAVERS = ("UPN", "Surname", "Forename", "Gender", "DOB")


def pupil(number: int, **more: Any) -> dict[str, Any]:
    """A pupil whom nobody else is, unless the number is the same."""
    names = {"UPN": f"A8{number:011d}", "Surname": f"Surname{number}", "Forename": f"Forename{number}"}
    return {**USUAL, **names, **more}


def school(native_id: str, authority: str = "855", **more: Any) -> Organisation:
    """A maintained school, with its authority where that is not there yet."""
    council, _ = Organisation.objects.get_or_create(
        native_id=authority, defaults={"name": f"Council {authority}", "kind": Organisation.Kind.AUTHORITY}
    )
    made, _ = Organisation.objects.get_or_create(
        native_id=native_id,
        defaults={
            "name": f"School {native_id}",
            "kind": Organisation.Kind.SCHOOL,
            "phase": "secondary",
            "school_type": "maintained",
            "authority": council,
            "agent": council,
            **more,
        },
    )
    return made


def claim(
    collection: DataCollection, native_id: str, pupils: list[dict[str, Any]], left: list[dict[str, Any]] | None = None
) -> Return:
    """Load these pupils as the return of a school, in place of what it had."""
    source = school(native_id, native_id[:3])
    plain = {
        "Header": [{"Collection": "SC", "Term": "AUT", "Year": "2021", "LEA": native_id[:3], "Estab": native_id[3:]}],
        "School": [{"SchoolName": source.name, "Phase": "SS"}],
        "PupilOnRoll": pupils,
        "PupilNoLongerOnRoll": [{name: each[name] for name in OF_LEAVERS} for each in left or []],
    }
    data_return, _ = Return.objects.get_or_create(collection=collection, organisation=source)
    dataset = read_tables(plain, edition_in(collection))
    kept = keep(dataset, checked(dataset, data_return))
    with transaction.atomic():
        current = locked(data_return.pk)
        actor = Actor(None, source, "source", Part.SOURCE)
        revision = add_revision(current, kept, actor, Revision.Cause.UPLOAD)
        record(current, actor, Happening.UPLOADED, revision=revision)
    return current
