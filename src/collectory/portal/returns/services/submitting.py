"""Submitting a return and withdrawing a submission."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.collections.models import ErrorPolicy, QueryPolicy
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Event, Receipt, Return
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.explaining import Explanations, explanations
from collectory.portal.returns.services.recording import actor_for, locked, record
from collectory.portal.returns.states import Happening

CHANGED = Refusal(
    "changed-meanwhile",
    "The return has changed since you opened this page",
    "Someone loaded a file, changed a value or moved the return on while this page was open. Nothing was done.",
    "Look at the return as it is now, and do this again if it is still right.",
)


@dataclass(frozen=True)
class Readiness:
    """What still stands between a return and its submission, under its collection's policy."""

    explanations: Explanations
    errors: int
    queries: int
    obstacles: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether the collection's policy lets it be submitted."""
        return not self.obstacles


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def readiness(data_return: Return) -> Readiness:
    """What is open, and which of it the collection does not let pass."""
    collection = data_return.collection
    found = explanations(data_return)
    obstacles = []
    if collection.errors_at_submission == ErrorPolicy.CORRECTED and data_return.errors:
        verb = "has" if data_return.errors == 1 else "have"
        obstacles.append(f"{_count(data_return.errors, 'error', 'errors')} {verb} to be corrected.")
    if collection.errors_at_submission == ErrorPolicy.EXPLAINED and found.open_errors:
        verb = "needs" if found.open_errors == 1 else "need"
        obstacles.append(f"{_count(found.open_errors, 'error', 'errors')} {verb} a correction or a note.")
    if collection.queries_at_submission == QueryPolicy.EXPLAINED and found.open_queries:
        verb = "needs" if found.open_queries == 1 else "need"
        obstacles.append(f"{_count(found.open_queries, 'query', 'queries')} {verb} a correction or a note.")
    return Readiness(found, data_return.errors, data_return.queries, tuple(obstacles))


def declaration(data_return: Return) -> str:
    """What the person who submits declares."""
    return (
        f"I have checked this return. As far as I know it is complete and correct, and I may submit it for "
        f"{data_return.organisation.name}."
    )


def submit(data_return: Return, membership: Membership, *, version: int) -> Receipt | Refusal:
    """Submit the return as it was shown (`version`): state, date, event and receipt in one transaction."""
    actor = actor_for(membership, data_return)
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.SUBMIT, membership):
            return Refusal("not-now", "The return cannot be submitted now", why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        ready = readiness(current)
        if not ready.is_ready:
            return Refusal(
                "not-ready",
                "The return is not ready to be submitted",
                " ".join(ready.obstacles),
                "Open the return, go to All errors, and correct or explain what is open.",
            )
        revision = current.current_revision
        assert revision is not None, "a return with data has a current revision"
        at = timezone.now()
        counts = {
            "records": revision.records,
            "errors": current.errors,
            "queries": current.queries,
            "ok_errors": current.ok_errors,
            "open_errors": ready.explanations.open_errors,
            "open_queries": ready.explanations.open_queries,
            "explained": ready.explanations.explained,
        }
        event = record(current, actor, Happening.SUBMITTED, revision=revision, at=at, details=counts)
        upload = _file_behind(current, revision.sha256)
        return Receipt.objects.create(
            event=event,
            data_return=current,
            revision=revision,
            reference=f"{current.organisation.native_id}-{timezone.localtime(at):%y%m%d}-{event.pk}",
            at=at,
            submitted_by=membership.user.shown_name,
            declaration=declaration(current),
            file_name=upload,
            sha256=revision.sha256,
            counts=counts,
        )


def _file_behind(data_return: Return, sha256: str) -> str:
    """The name of the file that a revision's data first came from; "" when it was keyed."""
    uploads = data_return.uploads.filter(sha256=sha256, outcome="loaded") if sha256 else data_return.uploads.none()
    return uploads.values_list("file_name", flat=True).first() or ""


def withdraw(data_return: Return, membership: Membership, *, reason: str, version: int) -> Event | Refusal:
    """Take a submission back, until it is approved. Needs a reason."""
    actor = actor_for(membership, data_return)
    with transaction.atomic():
        current = locked(data_return.pk)
        if why := why_not(current, Act.WITHDRAW, membership):
            return Refusal("not-now", "The submission cannot be withdrawn now", why, "Nothing was done.")
        if current.version != version:
            return CHANGED
        return record(current, actor, Happening.WITHDRAWN, reason=reason, revision=current.current_revision)
