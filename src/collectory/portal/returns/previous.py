"""The return of the collection before: what an organisation sent when it was last asked the same."""

from __future__ import annotations

import collectory
from collectory.engine import Dataset
from collectory.portal.returns import reading
from collectory.portal.returns.models import Return, Revision


def previous_revision(data_return: Return) -> Revision | None:
    """What the same organisation's return of the collection before holds now; None where there is none here.

    Only the collection directly before counts: figures of three years ago are not last year's. Where an edition
    ran more than once, a live collection is compared with a live one, and the latest is taken.
    """
    before = collectory.edition(data_return.collection.edition_key).before
    if before is None:
        return None
    found = (
        Return.objects.filter(
            collection__edition_key=before.key,
            collection__is_live=data_return.collection.is_live,
            organisation=data_return.organisation_id,
            current_revision__isnull=False,
        )
        .select_related("collection", "organisation", "current_revision")
        .order_by("-collection__opens_at")
        .first()
    )
    if found is None:
        return None
    revision = found.current_revision
    assert revision is not None
    revision.data_return = found
    return revision


def previous_return(data_return: Return) -> Dataset | None:
    """The data of that return, as the rules and the reports compare with it."""
    revision = previous_revision(data_return)
    return reading.dataset(revision) if revision is not None else None
