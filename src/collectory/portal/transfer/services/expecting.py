"""Which schools owe a file of a type, and the rows that stand for it."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from collectory.portal.people.models import Organisation
from collectory.portal.transfer.models import Delivery, FileType, TransferredFile

Senders = FileType.Senders


def senders_of(file_type: FileType) -> QuerySet[Organisation]:
    """The schools that send a file of this type today."""
    team = file_type.organisation
    schools = Organisation.objects.filter(authority=team, kind=Organisation.Kind.SCHOOL, is_open=True)
    match file_type.senders:
        case Senders.SELF_REPORTING:
            return schools.exclude(agent=team)
        case Senders.MAINTAINED:
            return schools.filter(agent=team)
        case Senders.LISTED:
            return schools.filter(native_id__in=file_type.native_ids)
    return schools


def unknown(file_type: FileType) -> list[str]:
    """Native IDs of a list that are of no open school of the authority."""
    known = set(senders_of(file_type).values_list("native_id", flat=True))
    return [each for each in file_type.native_ids if each not in known]


def expect(file_type: FileType) -> int:
    """Make the rows that are missing, and mark those that are expected no more; gives how many are new."""
    if file_type.closed_at is not None:
        return 0
    wanted = set(senders_of(file_type).values_list("pk", flat=True))
    there = Delivery.objects.filter(file_type=file_type)
    new = wanted - set(there.values_list("organisation", flat=True))
    Delivery.objects.bulk_create(
        [Delivery(file_type=file_type, organisation_id=number) for number in sorted(new)], ignore_conflicts=True
    )
    there.filter(organisation__in=wanted, not_expected=True).update(not_expected=False)
    # What came stays in the grid, whoever is asked for it today.
    came = Exists(TransferredFile.objects.filter(delivery=OuterRef("pk")))
    there.exclude(organisation__in=wanted).exclude(came).filter(not_expected=False).update(not_expected=True)
    return len(new)
