"""Exports of many returns: each is written by itself, and all are downloaded as one archive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collectory.engine import Refusal
from collectory.engine.writing.exporting import export_name
from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.kinds import Kind
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.desk.services import results, running
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act, returns_of
from collectory.portal.returns.models import Return
from collectory.portal.returns.services import exporting
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import locked

FORMS: dict[str, exporting.Format] = {"csv": "csv", "xml": "xml"}


def start(collection: DataCollection, returns: Iterable[Return], membership: Membership, form: str) -> Job:
    """Hand the writing of these returns' exports to a worker."""
    items = [JobItem(data_return=each, name=export_name(each.organisation.native_id)) for each in returns]
    return running.start("export", collection, membership, items, {"format": form})


def _write(job: Job, item: JobItem, membership: Membership) -> Any:
    """The export of one return, kept beside the job: its size and revision, or why there is none."""
    data_return = (
        returns_of(membership)
        .select_related("collection", "organisation", "current_revision")
        .filter(pk=item.data_return_id)
        .first()
    )
    if data_return is None:
        return running.NO_LONGER
    if why := why_not(data_return, Act.EXPORT, membership):
        return Refusal("not-now", "The return cannot be exported now", why, "Nothing was done.")
    outcome = exporting.written(data_return, FORMS[job.wanted["format"]])
    if isinstance(outcome, Refusal):
        return outcome
    file, revision = outcome
    with file:
        copy = exporting.copy_of(file, item.name)
        results.keep(item, file)
    return copy, revision


def _put_on_record(job: Job, item: JobItem, membership: Membership, prepared: Any) -> None:
    copy, revision = prepared
    assert item.data_return_id is not None
    item.size = copy.size
    form = FORMS[job.wanted["format"]]
    current = locked(item.data_return_id)
    exporting.put_on_record(current, membership, form, copy, revision)


EXPORT = Kind("export", "Export many returns", "exported", _put_on_record, _write)
