"""Where probable matches and cases meet: what a run found becomes cases, and ends those that it found no more."""

from __future__ import annotations

from collections.abc import Iterable

from collectory.portal.cases.found import Found, Record
from collectory.portal.cases.joining import values_of
from collectory.portal.cases.models import Kind
from collectory.portal.cases.services.keeping import keep
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import PupilRow
from collectory.portal.duplicates.rows import in_chunks
from collectory.portal.probable.models import Match
from collectory.portal.probable.reports import MESSAGE, spoken
from collectory.portal.returns.models import Return


def hand_over(collection: DataCollection, new: list[Match], gone: Iterable[int]) -> None:
    """Tell cases of the matches of a run, in the transaction that stored them."""
    rows: dict[int, PupilRow] = {}
    for ids in in_chunks(pk for match in new for pk in (match.one, match.other)):
        rows |= PupilRow.objects.in_bulk(ids)
    returns: dict[int, Return] = {}
    for ids in in_chunks({pk for match in new for pk in (match.one_return_id, match.other_return_id)}):
        returns |= Return.objects.select_related("organisation", "current_revision").in_bulk(ids)
    found = [
        Found(
            Kind.PROBABLE,
            match.key,
            "probable",
            MESSAGE,
            tuple(_record(rows[row], returns[of]) for row, of in _sides(match)),
            score=match.score,
            reasons=tuple(words if is_for else f"against it: {words}" for words, is_for in spoken(match.reasons)),
        )
        # A record may have changed while pupils were compared; the next run looks at it again.
        for match in new
        if match.one in rows and match.other in rows
    ]
    keep(collection, found, [(Kind.PROBABLE.value, key) for key in gone])


def _sides(match: Match) -> list[tuple[int, int]]:
    return [(match.one, match.one_return_id), (match.other, match.other_return_id)]


def _record(row: PupilRow, data_return: Return) -> Record:
    organisation, revision = data_return.organisation, data_return.current_revision
    return Record(
        data_return=data_return.pk,
        organisation=organisation.pk,
        authority=organisation.authority_id or organisation.pk,
        entity=row.entity,
        record=row.record,
        revision=revision.number if revision is not None else 0,
        values=values_of(row),
    )
