"""What the API answers, as types; the OpenAPI document is made of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Field, Schema

from collectory.portal.api.models import ApiToken
from collectory.portal.receiving.models import MergedData
from collectory.portal.transfer.models import Delivery, FileType, TransferredFile, UnfinishedUpload


class Problem(Schema):
    """Why something was not done."""

    code: str = Field(description="for programs")
    message: str
    action: str = Field("", description="what to do now")


class TokenOut(Schema):
    """The token that calls."""

    name: str
    organisation: str = Field(description="native ID")
    organisation_name: str
    scopes: list[str]
    expires_at: dt.datetime

    @staticmethod
    def of(token: ApiToken) -> TokenOut:
        return TokenOut(
            name=token.name,
            organisation=token.organisation.native_id,
            organisation_name=token.organisation.name,
            scopes=token.scopes,
            expires_at=token.expires_at,
        )


class FileTypeOut(Schema):
    """A kind of file that a team asks for."""

    id: int
    name: str
    team: str = Field(description="native ID of the council")
    due_at: dt.datetime | None
    name_pattern: str = Field(description="the right name; {native_id} stands for the school's number")
    help: str
    is_open: bool

    @staticmethod
    def of(one: FileType) -> FileTypeOut:
        return FileTypeOut(
            id=one.pk,
            name=one.name,
            team=one.organisation.native_id,
            due_at=one.due_at,
            name_pattern=one.name_pattern,
            help=one.help_text,
            is_open=one.closed_at is None,
        )


class FileOut(Schema):
    """A file that was received."""

    number: int
    reference: str = Field(description="the receipt")
    name: str
    sent_name: str
    size: int
    sha256: str
    received_at: dt.datetime
    is_current: bool
    stage: str = Field(description="waiting, checking or finished")
    scan: str
    counts: dict[str, int] = Field(description="errors, queries and whatever else the report counts")
    refusal: Problem | None = Field(description="why the check could make nothing of it")
    has_report: bool
    delete_on: dt.date

    @staticmethod
    def of(file: TransferredFile, delivery: Delivery) -> FileOut:
        refusal = None
        if file.refusal_title:
            refusal = Problem(
                code="refused", message=f"{file.refusal_title}. {file.refusal_message}", action=file.refusal_action
            )
        return FileOut(
            number=file.number,
            reference=file.reference,
            name=file.name,
            sent_name=file.sent_name,
            size=file.size,
            sha256=file.sha256,
            received_at=file.received_at,
            is_current=delivery.current_file_id == file.pk,
            stage=file.stage,
            scan=file.scan,
            counts=file.counts,
            refusal=refusal,
            has_report=file.report_id is not None,
            delete_on=file.delete_on,
        )


class DeliveryOut(Schema):
    """What one school owes for one file type, and how it stands."""

    id: int
    file_type: str
    file_type_id: int
    school: str = Field(description="native ID")
    school_name: str
    state: str = Field(description="not due, awaited, received, checking, questions, accepted or stale")
    explained: str
    due_at: dt.datetime | None
    is_overdue: bool
    right_name: str
    stale_because: str
    new_file_because: str = Field(description="why the team asks for a new file; empty where it does not")
    current_file: FileOut | None

    @staticmethod
    def of(one: Delivery) -> DeliveryOut:
        return DeliveryOut(
            id=one.pk,
            file_type=one.file_type.name,
            file_type_id=one.file_type_id,
            school=one.organisation.native_id,
            school_name=one.organisation.name,
            state=one.standing.value,
            explained=one.explained,
            due_at=one.file_type.due_at,
            is_overdue=one.is_overdue,
            right_name=one.right_name,
            stale_because=one.stale_because,
            new_file_because=one.again_reason,
            current_file=FileOut.of(one.current_file, one) if one.current_file else None,
        )


class DeliveriesOut(Schema):
    """A page of deliveries."""

    count: int
    page: int
    pages: int
    deliveries: list[DeliveryOut]


class ReceiptOut(Schema):
    """That a file is safe with the team. The very same file sent again changes nothing, and gives the same receipt."""

    is_new: bool
    file: FileOut


class UploadOut(Schema):
    """An upload on its way: how much of it has come."""

    id: str
    name: str
    length: int
    offset: int
    expires_at: dt.datetime

    @staticmethod
    def of(upload: UnfinishedUpload) -> UploadOut:
        return UploadOut(
            id=str(upload.pk),
            name=upload.name,
            length=upload.length,
            offset=upload.content.size,
            expires_at=upload.expires_at,
        )


class MergeIn(Schema):
    """What is to be put together."""

    file_type_id: int
    form: MergedData.Form = Field(description="parquet or csv")


class MergedOut(Schema):
    """Accepted files put together."""

    id: int
    file_type: str
    form: str
    stage: str
    asked_at: dt.datetime
    counts: dict[str, int]
    left_out: list[Any]
    size: int | None
    delete_on: dt.date

    @staticmethod
    def of(one: MergedData) -> MergedOut:
        return MergedOut(
            id=one.pk,
            file_type=one.what,
            form=one.form,
            stage=one.stage,
            asked_at=one.made_at,
            counts=one.counts,
            left_out=one.left_out,
            size=one.content.size if one.content else None,
            delete_on=one.delete_on,
        )
