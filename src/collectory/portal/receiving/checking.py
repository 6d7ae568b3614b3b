"""The check of a received file: the engine's, with what this service knows of the school beside it."""

from __future__ import annotations

import hashlib
import json
from typing import IO

import polars as pl

import collectory
from collectory.blade import Edition
from collectory.engine import Dataset, Refusal
from collectory.engine.reading.register import STATUS
from collectory.engine.receiving.receive import Beside, Received, read_export, receive
from collectory.engine.writing.parquet import tables_to_parquet
from collectory.engine.writing.received import received_report
from collectory.portal.lists.in_force import lists_for
from collectory.portal.organisations.register import register_for
from collectory.portal.people.models import Organisation
from collectory.portal.receiving.choosing import chosen
from collectory.portal.returns.previous import previous_return
from collectory.portal.rules.switching import edition_in
from collectory.portal.transfer import store
from collectory.portal.transfer.checks import Outcome
from collectory.portal.transfer.models import FileType, TransferredFile
from collectory.portal.transfer.services.staleness import return_of


def edition_of(file_type: FileType) -> Edition | None:
    """The edition that files of a type must be of, with its rules as they are switched; None where the team did not
    say, or said one that is not installed any more."""
    if file_type.collection is not None:
        return edition_in(file_type.collection)
    return collectory.editions().get(file_type.edition_key)


def check(file: TransferredFile, opened: IO[bytes]) -> Outcome:
    """Everything that is asked of a file on receipt, and the report of it."""
    delivery = file.delivery
    data_return = return_of(delivery)

    def beside(dataset: Dataset) -> Beside:
        return Beside(
            previous=previous_return(data_return) if data_return is not None else None,
            register=_register(dataset.edition, delivery.organisation),
            last=last_before(file, dataset.edition),
            lists=lists_for(dataset.edition),
        )

    received = receive(
        opened.read(),
        file.sent_name or file.name,
        edition=edition_of(delivery.file_type),
        sources={delivery.organisation.native_id},
        extra=chosen(delivery.file_type.organisation),
        beside=beside,
    )
    report = json.dumps(received_report(received), ensure_ascii=False, default=str).encode()
    return Outcome(_refusal(received), _counts(received), report, _tables(received))


def _refusal(received: Received) -> Refusal | None:
    if received.refusal is not None or received.is_taken:
        return received.refusal
    count = received.damage.all_faults
    first = received.damage.faults[0]
    said = "One place cannot be put right" if count == 1 else f"{count:,} places cannot be put right"
    return Refusal(
        "damaged",
        "The file was damaged by a spreadsheet",
        f"{said}, the first in {first.where}. {first.message}",
        "Use Export to file again and send the archive as it is, without opening the files in it.",
    )


def _counts(received: Received) -> dict[str, int]:
    counts = {}
    if received.result is not None:
        counts = {"errors": received.result.errors, "queries": received.result.queries}
    repaired = sum(each.count for each in received.damage.repairs)
    if repaired:
        counts["put right"] = repaired
    if received.damage.all_faults:
        counts["not put right"] = received.damage.all_faults
    if received.last is not None and received.last.big:
        counts["big changes"] = len(received.last.big)
    return counts


def _tables(received: Received) -> dict[str, str]:
    """What the blobs of a revision with the same tables would be called; nothing is written."""
    if received.dataset is None:
        return {}
    blobs = tables_to_parquet(received.dataset)
    return {name: hashlib.sha256(content).hexdigest() for name, content in blobs.items()}


def _register(edition: Edition, organisation: Organisation) -> pl.DataFrame:
    """The register's rows of a school; where no register was loaded, what the service knows of it."""
    register = register_for(edition, organisation.native_id)
    if register is not None and register.height:
        return register
    row = {
        "URN": organisation.urn or None,
        "EstablishmentName": organisation.name,
        STATUS: "Closed" if organisation.status == Organisation.Status.CLOSED else "Open",
    }
    return pl.DataFrame({name: [value] for name, value in row.items()}, schema=dict.fromkeys(row, pl.String))


def last_before(file: TransferredFile, edition: Edition) -> Dataset | None:
    """The return in the last file of the same school that its team could read: of the same type, or else of another."""
    earlier = (
        TransferredFile.objects.filter(
            delivery__organisation=file.delivery.organisation_id,
            delivery__file_type__organisation=file.delivery.file_type.organisation_id,
            received_at__lt=file.received_at,
            refusal_title="",
            counts__has_key="errors",
        )
        .exclude(content=None)
        .select_related("content")
        .order_by("-received_at", "-pk")
    )
    own = earlier.filter(delivery=file.delivery_id).first()
    for candidate in [own] if own is not None else earlier[:3]:
        if candidate is None or candidate.content is None or not candidate.may_be_opened:
            continue
        dataset = read_export(store.opened(candidate.content).read())
        if isinstance(dataset, Dataset) and dataset.edition.blade is edition.blade:
            return dataset
    return None
