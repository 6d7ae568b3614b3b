"""A return with believable data, loaded as the worker loads one, for tests of its screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from collectory.engine import Dataset
from collectory.portal.people.models import Membership
from collectory.portal.returns.models import Return, Revision, Upload
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.services.revising import add_revision, checked, keep
from collectory.portal.returns.states import Happening

EDITION = "school-census-2021-autumn"

PUPILS: list[dict[str, Any]] = [
    {"UPN": "A800000000001", "Surname": "Osborne", "Forename": "Ada", "Gender": "F", "DOB": "2009-03-01"},
    {"UPN": "B800000000002", "Surname": "Núñez", "Forename": "Béla", "Gender": "M", "DOB": "30/02/2010"},
    {"UPN": "C800000000003", "Surname": "O'Hara", "Forename": "Cleo", "Gender": "F", "DOB": "2008-05-05"},
    {"Surname": "Without", "Forename": "Number", "Gender": "M", "DOB": "2007-01-31"},
]
MORE = {"NCyearActual": "9", "EnrolStatus": "C", "PartTime": "false", "SENprovision": "N", "EntryDate": "2020-09-01"}
BELOW: dict[str, list[dict[str, Any]]] = {
    "Address": [{"_parent": row, "PostCode": f"AB{row} 1CD"} for row in range(4)],
    "TermlyExclusion": [
        {"_parent": 0, "Category": "SUSP", "StartDate": "2021-03-01", "Sessions": "2"},
        {"_parent": 2, "Category": "NOPE", "StartDate": "2021-04-01", "Sessions": "4"},
    ],
    "ProgrammeAim": [{"_parent": 2, "ProgType": "31", "ProgrammeStartDate": "2020-09-01"}],
    "LearningAim": [{"_parent": 0, "QN": "60000001", "LearningStartDate": "2020-09-01"}],
}


def tables(pupils: list[dict[str, Any]] | None = None, below: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Plain tables of a return of 8554001."""
    rows = [{**MORE, **each} for each in (PUPILS if pupils is None else pupils)]
    return {
        "Header": [{"Collection": "SC", "Term": "AUT", "Year": "2021", "LEA": "855", "Estab": "4001"}],
        "School": [{"SchoolName": "Example Academy", "Phase": "SS"}],
        "PupilOnRoll": rows,
        **(BELOW if below is None else below),
    }


def load(data_return: Return, membership: Membership, plain: Mapping[str, Any], name: str = "census.xml") -> Revision:
    """Make plain tables the return's current revision, as an upload."""
    dataset = Dataset.from_tables(plain, EDITION)
    assert isinstance(dataset, Dataset)
    kept = keep(dataset, checked(dataset, data_return))
    with transaction.atomic():
        current = locked(data_return.pk)
        actor = actor_for(membership, current)
        upload = Upload.objects.create(
            data_return=current,
            file_name=name,
            size=1,
            stage=Upload.Stage.FINISHED,
            outcome=Upload.Outcome.LOADED,
            uploaded_by=membership.user,
            organisation=membership.organisation,
            role=membership.role,
            part=actor.part.value,
        )
        revision = add_revision(current, kept, actor, Revision.Cause.UPLOAD, upload=upload)
        record(current, actor, Happening.UPLOADED, details={"upload": upload.pk}, revision=revision)
    data_return.refresh_from_db()
    return revision
