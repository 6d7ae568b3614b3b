"""Approving and rejecting many returns: what would happen is written down and shown, then done one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.kinds import Kind
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.desk.services import running
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import approving
from collectory.portal.returns.services.acts import why_not

ACTS = {"approve": Act.APPROVE, "reject": Act.REJECT}


def items_for(returns: Iterable[Return], act: Act, membership: Membership, title: str) -> Iterator[JobItem]:
    """An item for each return as it stands now; those that cannot be done say why and stay undone."""
    for each in returns:
        item = JobItem(data_return=each, version=each.version)
        if why := why_not(each, act, membership):
            running.settle(item, Refusal("not-now", title, why, "Nothing was done."))
        yield item


def ask(kind: str, collection: DataCollection, returns: Iterable[Return], membership: Membership) -> Job:
    """Write down which of these returns would be approved or rejected, to be shown and confirmed."""
    items = items_for(returns, ACTS[kind], membership, f"Cannot be {JUDGED[kind].done} now")
    return running.ask(kind, collection, membership, items, {})


def _approve(job: Job, item: JobItem, membership: Membership, prepared: Any) -> Refusal | None:
    assert item.data_return is not None and item.version is not None
    outcome = approving.approve(item.data_return, membership, version=item.version)
    return outcome if isinstance(outcome, Refusal) else None


def _reject(job: Job, item: JobItem, membership: Membership, prepared: Any) -> Refusal | None:
    assert item.data_return is not None and item.version is not None
    reason = job.wanted.get("reason", "")
    outcome = approving.reject(item.data_return, membership, reason=reason, version=item.version)
    return outcome if isinstance(outcome, Refusal) else None


APPROVE = Kind("approve", "Approve many returns", "approved", _approve)
REJECT = Kind("reject", "Reject many returns", "rejected", _reject)
JUDGED = {"approve": APPROVE, "reject": REJECT}
