"""Writing down who looked at whose pupils: a line for each organisation with a record on the page or in the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from collectory.portal.people.models import AccessLog, Membership

if TYPE_CHECKING:
    from collectory.portal.duplicates.reports import Report, Shown

LOOKED = "looked at duplicates"
DOWNLOADED = "downloaded duplicates"


def others(membership: Membership, shown: Iterable[Shown]) -> set[int]:
    """The organisations with records in these clashes, but for that of the person who looks."""
    ids = {line.organisation.pk for each in shown for line in each.lines}
    return ids - {membership.organisation_id}


def looked(membership: Membership, report: Report, shown: Iterable[Shown], action: str) -> None:
    """Somebody saw these clashes."""
    write_down(membership, report, others(membership, shown), action)


def write_down(membership: Membership, report: Report, about: set[int], action: str) -> None:
    """Add the lines. A download is written down for the person's own organisation too, whoever is in it."""
    ids = about | ({membership.organisation_id} if action == DOWNLOADED else set())
    AccessLog.objects.bulk_create(
        (
            AccessLog(
                user_id=membership.user_id,
                organisation_id=membership.organisation_id,
                about_id=each,
                action=action,
                subject=f"{report.collection.slug} {report.kind.value}",
            )
            for each in sorted(ids)
        ),
        batch_size=500,
    )
