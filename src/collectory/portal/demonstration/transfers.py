"""Files of Larkshire's schools for its performance team, in every state, sent by the services that the pages use."""

from __future__ import annotations

import datetime as dt
import io

from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.parts import Side
from collectory.portal.returns.models import Return
from collectory.portal.returns.services.submitting import withdraw
from collectory.portal.returns.states import State
from collectory.portal.transfer import store
from collectory.portal.transfer.models import Delivery, FileType, TransferredFile
from collectory.portal.transfer.services import asking, checking, judging, receiving, sending
from collectory.portal.transfer.services.expecting import expect
from collectory.portal.transfer.services.recording import Handler, handler_for

SUBMITTED = {State.SUBMITTED.value, State.APPROVED.value, State.AUTHORISED.value}
FATES = ("accept", "ask", "leave", "again")


def set_up(collection: DataCollection) -> None:
    """Make the file types and send files; again: no change."""
    team = Organisation.objects.get(native_id="855")
    if FileType.objects.filter(organisation=team).exists():
        return
    by = Membership.objects.filter(organisation=team, role=Role.AGENT).earliest("pk")
    now = timezone.localtime().replace(hour=16, minute=0, second=0, microsecond=0)
    census = FileType.objects.create(
        organisation=team,
        name="School Census Submission",
        help_text="Submit your census to the department first. Then send us its export, the whole zip as it is.",
        name_pattern="{native_id}_Collect-Blade-Export.zip",
        collection=collection,
        due_at=now + dt.timedelta(days=14),
        on_receipt=FileType.OnReceipt.CHECK,
        made_by=by.user,
    )
    admissions = FileType.objects.create(
        organisation=team,
        name="Admission numbers",
        help_text="One page, as a spreadsheet or PDF.",
        due_at=now - dt.timedelta(days=2),
        retention_days=60,
        made_by=by.user,
    )
    leavers = FileType.objects.create(
        organisation=team,
        name="Leavers' destinations",
        senders=FileType.Senders.SELF_REPORTING,
        begins_on=(now + dt.timedelta(days=30)).date(),
        due_at=now + dt.timedelta(days=60),
        made_by=by.user,
    )
    for file_type in (census, admissions, leavers):
        expect(file_type)
    _send_returns(census, Handler(by.user, team, by.role, Side.TEAM))
    _send_files(admissions)


def _school(organisation: Organisation) -> Membership:
    return Membership.objects.filter(organisation=organisation, role=Role.SOURCE).earliest("pk")


def _send_returns(census: FileType, team: Handler) -> None:
    """Each return that is submitted is sent; one after another is accepted, asked about, left, asked for again. The
    first that can be is taken back after it was sent."""
    returns = Return.objects.filter(
        collection=census.collection, organisation__authority=census.organisation, state__in=SUBMITTED
    ).select_related("collection", "organisation", "current_revision")
    number, has_stale = 0, False
    for data_return in returns:
        membership = _school(data_return.organisation)
        owed = census.deliveries.select_related("file_type__organisation", "organisation").get(
            organisation=data_return.organisation
        )
        if isinstance(sending.send(data_return, owed, membership), Refusal):
            continue
        owed.refresh_from_db()
        checking.check_file(owed.current_file_id or 0)
        owed.refresh_from_db()
        if not has_stale and data_return.state == State.SUBMITTED.value:
            _take_back(data_return, membership)
            has_stale = True
            continue
        fate = FATES[number % len(FATES)]
        number += 1
        if fate == "accept":
            judging.accept(owed.pk, team, owed.version)
        elif fate == "ask":
            asking.ask(owed.pk, team, "The number on roll is twelve lower than in summer. Is that right?")
        elif fate == "again":
            judging.ask_again(owed.pk, team, owed.version, "Year 4 is missing. Please load it, submit and send again.")


def _take_back(data_return: Return, membership: Membership) -> None:
    """The school withdraws its submission after the file was sent."""
    current = Return.objects.select_related("collection", "organisation").get(pk=data_return.pk)
    withdraw(current, membership, reason="A pupil has to be added.", version=current.version)


def _send_files(admissions: FileType) -> None:
    """Some schools have sent what is due; one has twice."""
    for number, owed in enumerate(admissions.deliveries.select_related("organisation", "file_type").order_by("pk")[:5]):
        membership = _school(owed.organisation)
        for page in range(2 if number == 0 else 1):
            name = f"admissions {owed.organisation.native_id}.xlsx"
            content = store.keep([_workbook(f"{30 + number} places, sheet {page + 1}")])
            receiving.receive(owed.pk, handler_for(membership, owed), content, name, TransferredFile.Via.UPLOAD)
            checking.check_file(Delivery.objects.get(pk=owed.pk).current_file_id or 0)


def _workbook(text: str) -> bytes:
    import polars as pl

    from collectory.engine.writing.spreadsheets import table_as_xlsx

    buffer = io.BytesIO()
    table_as_xlsx(pl.DataFrame({"Admission numbers": [text]}), "Admissions", buffer)
    return buffer.getvalue()
