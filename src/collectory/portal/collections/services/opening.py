"""Opening a data collection, and changing it afterwards: every change is kept with who, when, what and why."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

import collectory
from collectory.engine import Refusal
from collectory.portal.collections.models import AuthorityDates, CollectionChange, DataCollection
from collectory.portal.collections.who import Who, newcomers
from collectory.portal.pages import when
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.returns.models import Return
from collectory.portal.telling.services import outbox

AT_ONCE = 2000

# What can be changed, with the name that the history gives it.
NAMES = {
    "title": "Title",
    "opens_at": "Opens",
    "deadline_at": "Deadline",
    "closes_at": "Closes to sources",
    "closes_to_agents_at": "Closes to agents",
    "closes_wholly_at": "Closes to everybody",
    "errors_at_submission": "Errors at submission",
    "queries_at_submission": "Queries at submission",
    "who_oks": "Who OKs",
    "allows_upload": "Upload from file",
    "allows_adding_on_screen": "Adding on screen",
    "allows_delete": "Deleting returns",
    "guidance": "Guidance",
    "help_contact": "Who helps",
}
NO_REASON = Refusal(
    "no-reason",
    "A reason is missing",
    "The data collection has opened. A change after that is kept in its history with a reason.",
    "Say why, and save again.",
)
OVER = Refusal(
    "emptied",
    "This familiarisation is over",
    "Its data have been removed. It cannot be changed or opened again.",
    "Open another data collection for familiarisation instead.",
)


def problems_with(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with dates and title, by field; empty where nothing is."""
    found = {}
    if not str(values.get("title") or "").strip():
        found["title"] = "Enter a title."
    for name in ("opens_at", "closes_at"):
        if values.get(name) is None:
            found.setdefault(name, f"Enter the date and time for “{NAMES[name]}”, such as 2026-10-01 07:30.")
    order = ["opens_at", "deadline_at", "closes_at", "closes_to_agents_at", "closes_wholly_at"]
    given = [(name, values[name]) for name in order if values.get(name) is not None]
    for (earlier, first), (later, second) in itertools.pairwise(given):
        if second < first or (earlier == "opens_at" and second == first):
            found.setdefault(later, f"“{NAMES[later]}” must be after “{NAMES[earlier]}”.")
    return found


def free_slug(edition_key: str, is_live: bool) -> str:
    """An address for a new data collection that no other has."""
    base = slugify(edition_key) if is_live else f"{slugify(edition_key)}-familiarisation"
    taken = set(DataCollection.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(name for number in range(2, len(taken) + 3) if (name := f"{base}-{number}") not in taken)


def open_collection(
    edition_key: str, values: Mapping[str, Any], who: Who, *, is_live: bool, membership: Membership
) -> DataCollection | Refusal:
    """Make the data collection and all its returns in one transaction."""
    collectory.edition(edition_key)  # raises KeyError for one that there is not
    try:
        with transaction.atomic():
            collection = DataCollection.objects.create(
                slug=free_slug(edition_key, is_live),
                edition_key=edition_key,
                is_live=is_live,
                who=who.as_json(),
                **{name: value for name, value in values.items() if name in NAMES},
            )
            made = _make_returns(collection, list(who.organisations().values_list("pk", flat=True)))
            _write_down(collection, membership, "Made", "", f"{made:,} returns: {who.words}", "")
            return collection
    except IntegrityError:
        return Refusal(
            "opened-meanwhile",
            "Somebody opened the same at this moment",
            "A data collection of this edition was opened just now.",
            "Look at the list of data collections before you open another.",
        )


def _make_returns(collection: DataCollection, organisations: list[int]) -> int:
    rows = (Return(collection=collection, organisation_id=pk) for pk in organisations)
    Return.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(organisations)


def in_words(value: Any) -> str:
    """A value as the history shows it."""
    if isinstance(value, dt.datetime):
        return when(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "")


def _chosen(name: str, value: Any) -> Any:
    """The words of a policy; other values as they are."""
    return dict(DataCollection._meta.get_field(name).flatchoices).get(value, value)  # type: ignore[union-attr]


def _write_down(
    collection: DataCollection, membership: Membership, what: str, before: Any, after: Any, reason: str
) -> CollectionChange:
    return CollectionChange.objects.create(
        collection=collection,
        user=membership.user,
        organisation=membership.organisation,
        what=what,
        before=in_words(before),
        after=in_words(after),
        reason=reason.strip(),
    )


def _held(collection: DataCollection) -> DataCollection:
    return DataCollection.objects.select_for_update(no_key=True).get(pk=collection.pk)


def change(
    collection: DataCollection, values: Mapping[str, Any], *, reason: str, membership: Membership
) -> list[CollectionChange] | Refusal:
    """Change what differs; gives the lines of the history, none where nothing differs."""
    with transaction.atomic():
        current = _held(collection)
        if current.emptied_at is not None:
            return OVER
        differs = {name: value for name, value in values.items() if name in NAMES and getattr(current, name) != value}
        was_open = current.has_opened
        if differs and was_open and not reason.strip():
            return NO_REASON
        written = []
        for name, value in differs.items():
            before, after = (_chosen(name, each) for each in (getattr(current, name), value))
            written.append(_write_down(current, membership, NAMES[name], before, after, reason))
            setattr(current, name, value)
        if differs:
            current.save(update_fields=list(differs))
            if was_open:  # of one that nobody could see before, its opening says all
                outbox.dates_changed(current, written)
        return written


def set_dates(
    collection: DataCollection,
    wanted: Mapping[int, tuple[dt.datetime | None, dt.datetime | None]],
    *,
    reason: str,
    membership: Membership,
) -> int | Refusal:
    """Make these the authorities with dates of their own: opening and deadline, by its id; how many changed."""
    with transaction.atomic():
        current = _held(collection)
        if current.emptied_at is not None:
            return OVER
        before = {one.authority_id: (one.opens_at, one.deadline_at) for one in current.authority_dates.all()}
        changed = {pk for pk in {*before, *wanted} if before.get(pk) != wanted.get(pk)}
        if changed and current.has_opened and not reason.strip():
            return NO_REASON
        names = {one.pk: f"Dates of {one}" for one in Organisation.objects.filter(pk__in=changed)}
        for pk in sorted(changed, key=names.__getitem__):
            old, new = (_dates_in_words(dates.get(pk)) for dates in (before, wanted))
            _write_down(current, membership, names[pk], old, new, reason)
        current.authority_dates.filter(authority__in=changed).delete()
        AuthorityDates.objects.bulk_create(
            AuthorityDates(collection=current, authority_id=pk, opens_at=wanted[pk][0], deadline_at=wanted[pk][1])
            for pk in changed
            if pk in wanted
        )
        return len(changed)


def _dates_in_words(dates: tuple[dt.datetime | None, dt.datetime | None] | None) -> str:
    if dates is None:
        return "as for all"
    parts = [("opens", dates[0]), ("deadline", dates[1])]
    return ", ".join(f"{label} {when(moment)}" for label, moment in parts if moment) or "as for all"


def add_newcomers(collection: DataCollection, *, membership: Membership) -> int:
    """Make returns for organisations that must return and have none; how many."""
    with transaction.atomic():
        current = _held(collection)
        if current.emptied_at is not None:
            return 0
        found = list(newcomers(current).values_list("pk", flat=True))
        if found:
            _make_returns(current, found)
            _write_down(current, membership, "Returns added", "", f"{len(found):,} returns", "They opened since.")
        return len(found)


def is_over(collection: DataCollection, at: dt.datetime | None = None) -> bool:
    """Whether a familiarisation has ended, so that its data are to be removed."""
    return not collection.is_live and collection.closes_at <= (at or timezone.now())
