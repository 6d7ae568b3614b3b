"""What is remembered of two children who are alike, so that nobody is asked again while their data stay the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet

from collectory.portal.cases.found import pairs_of
from collectory.portal.cases.models import CaseSide, TwoChildren
from collectory.portal.collections.models import DataCollection

Values = list[tuple[int, Mapping[str, str]]]


def values_of(sides: Iterable[CaseSide]) -> Values:
    """The records of the sides that clash now: organisation and values."""
    return [(side.organisation_id, each.values) for side in sides if side.present for each in side.records.all()]


def _known(collection: DataCollection) -> QuerySet[TwoChildren]:
    """What counts in a data collection: a trial does not reach into a live one, nor into another trial."""
    own = Q(familiarisation=None) if collection.is_live else Q(familiarisation=collection)
    return TwoChildren.objects.filter(own)


def remember(collection: DataCollection, records: Values) -> None:
    """That all of these are different children."""
    pairs = pairs_of(records)
    if pairs is None:
        return
    known = set(_known(collection).filter(pair__in=pairs).values_list("pair", flat=True))
    of = None if collection.is_live else collection
    TwoChildren.objects.bulk_create(TwoChildren(pair=each, familiarisation=of) for each in pairs if each not in known)


def forget(collection: DataCollection, records: Values) -> None:
    """That somebody has taken it back."""
    if pairs := pairs_of(records):
        _known(collection).filter(pair__in=pairs).delete()


def remembered(collection: DataCollection, several: Mapping[int, Values]) -> set[int]:
    """Of several groups of records, by a number, those of which all are known to be different children; one query."""
    pairs = {number: pairs_of(records) for number, records in several.items()}
    wanted = {pair for each in pairs.values() if each for pair in each}
    if not wanted:
        return set()
    known = set(_known(collection).filter(pair__in=wanted).values_list("pair", flat=True))
    return {number for number, each in pairs.items() if each and known.issuperset(each)}
