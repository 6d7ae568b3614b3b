"""The people, schools and data collection of the local demonstration. All made up."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import collectory
from collectory.blade import Edition
from collectory.engine import read_tables
from collectory.engine.writing.xml import write_xml
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.checks import DEMONSTRATION_PASSWORD
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.returns.models import Return

EDITION = "school-census-2021-autumn"
FIRST_SCHOOL = "8554001"
TO_TRY = 1500
"""Pupils in the files of the first school."""

# native ID, name, kind, phase, type, authority, agent
ORGANISATIONS = [
    ("000", "Department for Learning", "department", "", "", None, None),
    ("855", "Larkshire County Council", "authority", "", "", None, None),
    (FIRST_SCHOOL, "Harcourt Spinney Academy", "school", "secondary", "academy", "855", "000"),
    ("8554002", "Wharf Lane High School", "school", "secondary", "maintained", "855", "855"),
    ("8552001", "Bramble Hill Primary School", "school", "primary", "maintained", "855", "855"),
]

# user name, first name, last name, role, native ID
ACCOUNTS = [
    ("harcourt", "Amina", "Osei", Role.SOURCE, FIRST_SCHOOL),
    ("harcourt-reader", "Colin", "Peart", Role.SOURCE_VIEWER, FIRST_SCHOOL),
    ("wharf", "Tomasz", "Reid", Role.SOURCE, "8554002"),
    ("bramble", "Grace", "Liddell", Role.SOURCE, "8552001"),
    ("larkshire", "Owen", "Batra", Role.AGENT, "855"),
    ("department", "Ruth", "Delaney", Role.COLLECTOR, "000"),
]


def address_of(username: str) -> str:
    """The made-up e-mail address of an account: example domains reach nobody, and the demonstration keeps its mails."""
    return f"{username}@collectory.example"


@transaction.atomic
def set_up() -> DataCollection:
    """Make everything of the demonstration that is not there yet. Running it again changes nothing."""
    made: dict[str, Organisation] = {}
    for native_id, name, kind, phase, school_type, authority, agent in ORGANISATIONS:
        made[native_id], _ = Organisation.objects.get_or_create(
            native_id=native_id,
            defaults={
                "name": name,
                "kind": kind,
                "phase": phase,
                "school_type": school_type,
                "authority": made[authority] if authority else None,
                "agent": made[agent] if agent else None,
            },
        )
    for username, first, last, role, native_id in ACCOUNTS:
        user, is_new = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": address_of(username),
                "is_demonstration": True,
            },
        )
        if is_new:
            user.set_password(DEMONSTRATION_PASSWORD)
            user.save()
        Membership.objects.get_or_create(user=user, organisation=made[native_id], role=role)
    now = timezone.now()
    closing = timezone.localtime(now + dt.timedelta(days=56)).replace(hour=16, minute=0, second=0, microsecond=0)
    collection, _ = DataCollection.objects.get_or_create(
        slug=EDITION,
        defaults={
            "edition_key": EDITION,
            "title": collectory.edition(EDITION).title,
            "opens_at": now - dt.timedelta(days=7),
            "closes_at": closing,
        },
    )
    if collection.has_closed:
        collection.closes_at = closing
        collection.save()
    for organisation in made.values():
        if organisation.kind == Organisation.Kind.SCHOOL:
            Return.objects.get_or_create(collection=collection, organisation=organisation)
    return collection


def tables_to_try(edition: Edition, pupils: int = TO_TRY, faults: float = 0.0) -> Mapping[str, Any]:
    """What is in the files of the first school."""
    assert edition.blade.sample is not None
    return edition.blade.sample(edition, pupils, faults, 1, FIRST_SCHOOL)


def files_to_try(pupils: int = TO_TRY) -> list[Path]:
    """Two files of the first school, made once: one with faults, and the same return put right."""
    folder = settings.DATA / "to-try"
    folder.mkdir(parents=True, exist_ok=True)
    edition = collectory.edition(EDITION)
    paths = []
    for serial, faults in [("001", 0.02), ("002", 0.0)]:
        path = folder / f"{FIRST_SCHOOL}_SC3_{FIRST_SCHOOL[:3]}LL21_{serial}.XML"
        if not path.exists():
            made = path.with_suffix(f".{os.getpid()}")
            made.write_bytes(write_xml(read_tables(tables_to_try(edition, pupils, faults), edition)))
            made.replace(path)
        paths.append(path)
    return paths
