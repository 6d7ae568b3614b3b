"""What a run found, in the place of what was there before: written whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import polars as pl
from django.apps import apps
from django.db.models import Q

from collectory.portal.duplicates.keys import key_of_all
from collectory.portal.duplicates.rows import in_chunks
from collectory.portal.probable.models import Match, Run

if TYPE_CHECKING:
    from collectory.engine.matching.probable import Probable

AT_ONCE = 500


def keep(run: Run, there: pl.DataFrame, found: Probable, scope: Any, at: dt.datetime) -> int:
    """Store the matches of a run and take away those of its scope that are none any more; how many there are."""
    new = {match.key: match for match in _matches(run, there, found, at)}
    old = Match.objects.filter(collection=run.collection)
    if run.authority_id is not None:
        old = old.filter(one_return__in=scope, other_return__in=scope)
    gone = [(pk, key) for pk, key in old.values_list("pk", "key") if key not in new]
    for ids in in_chunks(pk for pk, _ in gone):
        Match.objects.filter(pk__in=ids).delete()
    Match.objects.bulk_create(
        new.values(),
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["collection", "key"],
        update_fields=["score", "reasons", "one", "other", "one_return", "other_return", "found_at"],
    )
    _hand_over(run, list(new.values()), [key for _, key in gone])
    return len(new)


def _matches(run: Run, there: pl.DataFrame, found: Probable, at: dt.datetime) -> Iterator[Match]:
    people = there[found.cases.members["place"]].with_columns(found.cases.members["case"])
    known = people.select("case", "row", "data_return", pl.coalesce("upn", "person", pl.col("record").cast(pl.String)))
    pairs = known.partition_by("case", as_dict=True, include_key=False)
    reasons = found.reasons.partition_by("case", as_dict=True, include_key=False)
    for case, score in found.cases.cases.select("case", "score").rows():
        (one, one_return, who), (other, other_return, whom) = pairs[(case,)].rows()
        yield Match(
            collection=run.collection,
            key=key_of_all(sorted([f"{one_return} {who}", f"{other_return} {whom}"])),
            score=score,
            reasons=reasons[(case,)].to_dicts(),
            one=one,
            other=other,
            one_return_id=one_return,
            other_return_id=other_return,
            found_at=at,
        )


def _hand_over(run: Run, new: list[Match], gone: Iterable[int]) -> None:
    """Matches become cases, where cases are installed."""
    if apps.is_installed("collectory.portal.cases"):
        from collectory.portal.probable import joining

        joining.hand_over(run.collection, new, gone)


def forget(collection: Any) -> None:
    """Delete all matches of a data collection whose data are deleted."""
    Match.objects.filter(collection=collection).delete()
    Run.objects.filter(Q(collection=collection)).delete()
