"""Opening a return's file: what it is of is read from the file, and all that the portal needs for it is made."""

from __future__ import annotations

import datetime as dt

from django.core.files import File
from django.db import transaction
from django.utils import timezone

import collectory
from collectory.blade import Edition
from collectory.engine import Refusal, read_return
from collectory.portal.collections.models import DataCollection, ErrorPolicy, QueryPolicy
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.returns.models import Return, Upload
from collectory.portal.returns.services.accepting import accept

PERSON = "this-computer"
COMPUTER = "COMPUTER"
AUTHORITY_DIGITS = 3

NO_OWNER = Refusal(
    "no-owner",
    "The file does not say whose return it is",
    "Its header has no number of a school or authority.",
    "Check the header in the system that made the file, and make it again.",
)


def person() -> Membership:
    """The one person, who is source for everything that is opened here. Made at the first call."""
    with transaction.atomic():
        user, _ = User.objects.get_or_create(username=PERSON, defaults={"first_name": "You"})
        own, _ = Organisation.objects.get_or_create(
            native_id=COMPUTER, defaults={"name": "This computer", "kind": Organisation.Kind.TRUST}
        )
        membership, _ = Membership.objects.get_or_create(user=user, organisation=own, role=Role.SOURCE)
    return membership


def return_of(edition: Edition, native_id: str) -> Return:
    """The return of an organisation for an edition; it, the organisation and the collection made where missing."""
    is_authority = len(native_id) <= AUTHORITY_DIGITS
    kind = Organisation.Kind.AUTHORITY if is_authority else Organisation.Kind.SCHOOL
    now = timezone.now()
    with transaction.atomic():
        organisation, _ = Organisation.objects.get_or_create(
            native_id=native_id,
            defaults={"name": f"{'Authority' if is_authority else 'School'} {native_id}", "kind": kind},
        )
        organisation.trust = Organisation.objects.get(native_id=COMPUTER)
        organisation.save()
        collection, _ = DataCollection.objects.get_or_create(
            slug=edition.key,
            defaults={
                "edition_key": edition.key,
                "title": edition.title,
                "opens_at": now - dt.timedelta(days=1),
                "closes_at": now + dt.timedelta(days=3650),
                "allows_adding_on_screen": edition.form is not None,
                "errors_at_submission": ErrorPolicy.OPEN,
                "queries_at_submission": QueryPolicy.OPEN,
            },
        )
        found, _ = Return.objects.get_or_create(collection=collection, organisation=organisation)
    return found


def open_file(membership: Membership, file: File) -> Upload | Return | Refusal:  # type: ignore[type-arg]
    """Take in a file of any collection and organisation: its upload, the return where that holds this very file
    already, or why it cannot be opened."""
    file.seek(0)
    outcome = read_return(file.read())
    if isinstance(outcome, Refusal):
        return outcome
    if not outcome.source:
        return NO_OWNER
    data_return = return_of(outcome.edition, outcome.source)
    file.seek(0)
    taken = accept(data_return, membership, file, confirmed=True)
    if isinstance(taken, Upload) and taken.refusal_code == "same-file":
        return data_return
    return taken


def keyed_editions() -> list[Edition]:
    """The editions that can be filled in on screen, newest first."""
    found = [edition for blade in collectory.blades().values() for edition in blade.editions if edition.form]
    return sorted(found, key=lambda each: (each.blade.name, each.when), reverse=True)
