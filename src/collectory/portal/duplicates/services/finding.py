"""Working out clashes: around the records that changed, or of a whole data collection.

The rows decide, the engine judges, and what it says is brought in line with what is stored. Two returns that change at
the same moment must see each other, or a clash between them would be found by neither: whoever looks holds the data
collection's matching lock until its transaction ends. Rows are written before the lock is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from collectory.blade import Verdict
from collectory.engine.matching import Cases, same_person, same_upn, together, under_fives
from collectory.engine.matching.rows import HOURS
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import listening, verdicts
from collectory.portal.duplicates.keys import key_of, key_of_all
from collectory.portal.duplicates.models import Clash, Kind, Matched, PupilRow, Side
from collectory.portal.duplicates.rows import frame_of, in_chunks
from collectory.portal.returns.models import Return
from collectory.portal.rules.switching import edition_in

BY = "data_return"
JUDGED = ("verdict", "message", "birth_dates_differ", *HOURS)
SAYS = ("data_return", "on_roll", "upn", "person", "middle_names", "sex", "status", *HOURS)
"""What of a side makes the fingerprint: what is shown of it to others."""

Which = tuple[str, int]


@dataclass(frozen=True)
class Found:
    """A clash as the engine found it: what it says, and the ids of the rows that are meant, by return."""

    says: dict[str, Any]
    rows: dict[int, int]  # row: return
    fingerprint: int


def around(
    data_return: Return,
    *,
    changed_keys: tuple[set[int], set[int]],
    left_keys: tuple[set[int], set[int]],
    left: set[int],
) -> None:
    """Bring the clashes around the changed records of a return up to date, and tell listeners.

    changed_keys  UPN keys and person keys of the rows that were written
    left_keys     the same of deleted rows that had a side in a clash
    left          the ids of the clashes that those were in; their sides of this return's deleted rows are gone
    """
    collection = data_return.collection
    _lock(collection)
    upns = _shared("upn_key", collection, changed_keys[0]) | left_keys[0]
    people = _shared("person_key", collection, changed_keys[1]) | left_keys[1]
    rows = _connected(collection, upns, people)
    known = set(left)
    for ids in in_chunks(rows["row"]):
        known.update(Side.objects.filter(row__in=ids).values_list("clash_id", flat=True))
    before = [clash for ids in in_chunks(known) for clash in Clash.objects.filter(pk__in=ids)]
    _bring_in_line(collection, data_return, before, found_in(collection, rows))


def everywhere(collection: DataCollection) -> None:
    """Work out all clashes of a data collection anew, and tell listeners what is other than before."""
    matched = _lock(collection)
    statuses = verdicts.statuses_in(collection)
    found = found_in(collection, suspects(collection))
    _bring_in_line(collection, None, list(Clash.objects.filter(collection=collection)), found)
    matched.statuses, matched.at = verdicts.version_of(statuses), timezone.now()
    matched.save()


def suspects(collection: DataCollection) -> pl.DataFrame:
    """The rows of a data collection that share a UPN or a name and birth date with another: all that exact matching
    has to look at. The database finds them in its indexes."""
    mine = PupilRow.objects.filter(collection=collection)
    shared = [
        mine.exclude(**{key: None}).order_by().values(key).annotate(many=Count("pk")).filter(many__gt=1).values(key)
        for key in ("upn_key", "person_key")
    ]
    frames = [frame_of(mine.filter(upn_key__in=shared[0])), frame_of(mine.filter(person_key__in=shared[1]))]
    return pl.concat(frames).unique("row").sort("row")


def found_in(collection: DataCollection, rows: pl.DataFrame) -> dict[Which, Found]:
    """The exact clashes of rows as `frame_of` gives them, by kind and key."""
    if rows.is_empty():
        return {}
    edition = edition_in(collection)
    matching = edition.blade.matching
    assert matching is not None, "rows are of blades that say how people are matched"
    cases = together(
        [
            same_upn(rows, verdicts.statuses_in(collection), by=BY),
            same_person(rows, by=BY),
            under_fives(rows, matching.entitlement(edition), by=BY),
        ]
    )
    return _keyed(cases, rows)


def _keyed(cases: Cases, rows: pl.DataFrame) -> dict[Which, Found]:
    says = cases.cases.select("kind", *JUDGED).rows(named=True)
    members = cases.of(rows).rows(named=True)
    found = {}
    for case, group in groupby(members, key=itemgetter("case")):
        sides = list(group)
        told = says[case]
        fingerprint = key_of_all(
            sorted(key_of_all((*(side[name] for name in SAYS), side["birth_date"])) for side in sides)
        )
        which = told["kind"], _key(told["kind"], told["verdict"], sides)
        found[which] = Found(told, {side["row"]: side["data_return"] for side in sides}, fingerprint)
    return found


def _key(kind: str, verdict: str, sides: list[dict[str, Any]]) -> int:
    first = sides[0]
    if kind == Kind.SAME_UPN:
        return key_of(first["upn"])
    if kind == Kind.SAME_PERSON:
        if verdict == Verdict.ONE_RETURN:
            return key_of_all((first["person"], first["data_return"], first["sex"]))
        return key_of(first["person"])
    numbers = [f"{side['upn']} {side['birth_date']}" for side in sides if side["upn"] and side["birth_date"]]
    return key_of(min(numbers + [side["person"] for side in sides if side["person"]]))


def _lock(collection: DataCollection) -> Matched:
    """The row that whoever works out clashes of a data collection holds until the transaction ends."""
    assert connection.in_atomic_block, "rows and clashes are written in one transaction"
    if not Matched.objects.filter(collection=collection).exists():
        known = verdicts.version_of(verdicts.statuses_in(collection))
        Matched.objects.get_or_create(collection=collection, defaults={"at": timezone.now(), "statuses": known})
    return Matched.objects.select_for_update().get(collection=collection)


def _shared(key: str, collection: DataCollection, keys: set[int]) -> set[int]:
    """Those keys that more than one row has."""
    found: set[int] = set()
    for some in in_chunks(keys):
        rows = PupilRow.objects.filter(**{"collection": collection, f"{key}__in": some})
        many = rows.order_by().values(key).annotate(many=Count("pk")).filter(many__gt=1)
        found.update(many.values_list(key, flat=True))
    return found


def _connected(collection: DataCollection, upns: set[int], people: set[int]) -> pl.DataFrame:
    """All rows with these keys, and with the keys of the rows so found, and so on: whatever clashes with one of them
    is among them."""
    frames: list[pl.DataFrame] = [frame_of(PupilRow.objects.none())]
    asked: tuple[set[int], set[int]] = set(), set()
    while upns or people:
        asked[0].update(upns)
        asked[1].update(people)
        mine = PupilRow.objects.filter(collection=collection)
        fresh = [frame_of(mine.filter(upn_key__in=some)) for some in in_chunks(upns)]
        fresh += [frame_of(mine.filter(person_key__in=some)) for some in in_chunks(people)]
        frames += fresh
        rows = pl.concat(fresh)
        upns = _shared("upn_key", collection, set(rows["upn_key"].drop_nulls()) - asked[0])
        people = _shared("person_key", collection, set(rows["person_key"].drop_nulls()) - asked[1])
    return pl.concat(frames).unique("row").sort("row")


def _bring_in_line(
    collection: DataCollection, cause: Return | None, before: Iterable[Clash], found: dict[Which, Found]
) -> None:
    now = timezone.now()
    known = {(clash.kind, clash.key): clash for clash in before}
    appeared = [_made(collection, which, found[which], now) for which in found if which not in known]
    went = [clash for which, clash in known.items() if which not in found]
    altered = [clash for which, clash in known.items() if which in found and _alter(clash, found[which], now)]
    _write(appeared, altered, went)
    _write_sides([*appeared, *(clash for which, clash in known.items() if which in found)], found)
    listening.tell(listening.Changed(collection, cause, tuple(appeared), tuple(altered), tuple(went)))


def _made(collection: DataCollection, which: Which, found: Found, now: dt.datetime) -> Clash:
    kind, key = which
    clash = Clash(collection=collection, kind=kind, key=key, since=now, changed_at=now)
    _fill(clash, found)
    return clash


def _fill(clash: Clash, found: Found) -> None:
    for name in JUDGED:
        value = found.says[name]
        setattr(clash, name, bool(value) if name == "birth_dates_differ" else value)
    clash.returns = len(set(found.rows.values()))
    clash.fingerprint = found.fingerprint


def _alter(clash: Clash, found: Found, now: dt.datetime) -> bool:
    """Fill in what is found now; whether it is other than before."""
    was = [getattr(clash, name) for name in (*JUDGED, "returns", "fingerprint")]
    _fill(clash, found)
    if was == [getattr(clash, name) for name in (*JUDGED, "returns", "fingerprint")]:
        return False
    clash.changed_at = now
    return True


def _write(appeared: list[Clash], altered: list[Clash], went: list[Clash]) -> None:
    Clash.objects.bulk_create(appeared, batch_size=500)
    Clash.objects.bulk_update(altered, [*JUDGED, "returns", "fingerprint", "changed_at"], batch_size=100)
    for ids in in_chunks(clash.pk for clash in went):
        Side.objects.filter(clash__in=ids).delete()
        Clash.objects.filter(pk__in=ids).delete()


def _write_sides(clashes: list[Clash], found: dict[Which, Found]) -> None:
    """Give each clash the sides that were found, leaving those that it has."""
    wanted = {(clash.pk, row): owner for clash in clashes for row, owner in found[clash.kind, clash.key].rows.items()}
    there: dict[tuple[int, int], int] = {}
    for ids in in_chunks(clash.pk for clash in clashes):
        for pk, clash_id, row_id in (
            Side.objects.filter(clash__in=ids).order_by().values_list("pk", "clash_id", "row_id")
        ):
            there[clash_id, row_id] = pk
    for ids in in_chunks(pk for side, pk in there.items() if side not in wanted):
        Side.objects.filter(pk__in=ids).delete()
    Side.objects.bulk_create(
        (
            Side(clash_id=clash, row_id=row, data_return_id=owner)
            for (clash, row), owner in wanted.items()
            if (clash, row) not in there
        ),
        batch_size=500,
    )
