"""Collections of the demonstration that are keyed on screen by authorities, last year's return beside them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

import collectory
from collectory.engine import read_tables
from collectory.portal.collections.models import DataCollection
from collectory.portal.demonstration.people import address_of
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.services.revising import add_revision, checked, keep
from collectory.portal.returns.states import Happening, State

# edition, whether it runs now
COLLECTIONS = [("sen2-2010", False), ("sen2-2011", True), ("sen2-2013", False), ("sen2-2014", True)]

# native ID, name
AUTHORITIES = [("855", "Larkshire County Council"), ("856", "Fernmouth City Council")]

# user name, first name, last name, role, native ID
ACCOUNTS = [
    ("larkshire-sen", "Nadia", "Whitlock", Role.SOURCE, "855"),
    ("larkshire-approver", "Marcus", "Ferreira", Role.APPROVER, "855"),
    ("fernmouth-sen", "Ewan", "Prior", Role.SOURCE, "856"),
]
WITH_LAST_YEAR = "855"
CHILDREN = 1_540


def set_up(password: str) -> None:
    """Make what is not there yet: authorities, accounts, collections, and last year's return of one authority.

    The organisations and accounts of the other collections must be there. Running it again changes nothing.
    """
    with transaction.atomic():
        department = Organisation.objects.get(kind=Organisation.Kind.DEPARTMENT)
        made = {}
        for native_id, name in AUTHORITIES:
            made[native_id], _ = Organisation.objects.get_or_create(
                native_id=native_id, defaults={"name": name, "kind": Organisation.Kind.AUTHORITY}
            )
            if made[native_id].agent_id is None:  # an authority's own return goes to the department
                made[native_id].agent = department
                made[native_id].save()
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
                user.set_password(password)
                user.save()
            Membership.objects.get_or_create(user=user, organisation=made[native_id], role=role)
        for key, runs in COLLECTIONS:
            collection = _collection(key, runs)
            for native_id, organisation in made.items():
                if runs or native_id == WITH_LAST_YEAR:
                    Return.objects.get_or_create(collection=collection, organisation=organisation)
    for key, runs in COLLECTIONS:
        if not runs:
            _with_data(Return.objects.get(collection__slug=key, organisation__native_id=WITH_LAST_YEAR))


def _collection(key: str, runs: bool) -> DataCollection:
    now = timezone.now()
    closing = timezone.localtime(now + dt.timedelta(days=56 if runs else -300)).replace(
        hour=16, minute=0, second=0, microsecond=0
    )
    collection, _ = DataCollection.objects.get_or_create(
        slug=key,
        defaults={
            "edition_key": key,
            "title": collectory.edition(key).title,
            "opens_at": now - dt.timedelta(days=7 if runs else 365),
            "closes_at": closing,
            "allows_adding_on_screen": True,
        },
    )
    if runs and collection.has_closed:
        collection.closes_at = closing
        collection.save()
    return collection


def _with_data(data_return: Return) -> None:
    """Let the authority have keyed a return without a finding."""
    if data_return.standing is not State.NO_DATA:
        return
    edition = collectory.edition(data_return.collection.edition_key)
    assert edition.blade.sample is not None
    native_id = data_return.organisation.native_id
    dataset = read_tables(edition.blade.sample(edition, CHILDREN, 0.0, 1, native_id), edition)
    membership = Membership.objects.get(user__username=ACCOUNTS[0][0])
    kept = keep(dataset, checked(dataset, data_return))
    with transaction.atomic():
        current = locked(data_return.pk)
        if current.standing is State.NO_DATA:
            actor = actor_for(membership, current)
            revision = add_revision(current, kept, actor, Revision.Cause.FORM)
            record(current, actor, Happening.KEYED, revision=revision)
            record(current, actor, Happening.SUBMITTED, revision=revision)
