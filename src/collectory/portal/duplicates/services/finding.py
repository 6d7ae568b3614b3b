"""Working out clashes: around the records that changed, or of a whole data collection.

The rows decide, the engine judges, and what it says is brought in line with what is stored. Two returns that change at
the same moment must see each other, or a clash between them would be found by neither: whoever looks holds the data
collection's matching lock until its transaction ends. New rows are written before the lock is asked for, and rows and
sides are deleted after it: others may be at work with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone

from collectory.blade import Verdict
from collectory.engine.matching import Cases, same_person, same_upn, together, under_fives
from collectory.engine.matching.rows import HOURS
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import listening, verdicts
from collectory.portal.duplicates.keys import key_of
from collectory.portal.duplicates.models import Clash, Kind, Matched, PupilRow, Side
from collectory.portal.duplicates.rows import frame_of, in_chunks
from collectory.portal.duplicates.services.crowds import KINDS, Crowds
from collectory.portal.in_bulk import save_fields
from collectory.portal.returns.models import Return
from collectory.portal.rules.switching import edition_in

BY = "data_return"
JUDGED = ("verdict", "message", "birth_dates_differ", *HOURS)
SAYS = ("data_return", "on_roll", "upn", "person", "birth_date", "middle_names", "sex", "status", *HOURS)
"""What of a side makes the fingerprint: what is shown of it to others."""

TOLD = (*JUDGED, "returns", "fingerprint")
BETWEEN = "\x1f"


@dataclass(frozen=True)
class Found:
    """Clashes as the engine finds them.

    clashes  a row each: `case` (0-based), `kind`, `key`, JUDGED, `returns` and `fingerprint`, as in the model
    sides    `case`, `row` and `data_return` (ids)
    """

    clashes: pl.DataFrame
    sides: pl.DataFrame


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
    lock(collection)
    crowds = Crowds(collection)
    wanted = []
    for name, changed, gone in zip(KINDS, changed_keys, left_keys, strict=True):
        crowds.joining(name, gone)
        wanted.append(crowds.joining(name, changed) | crowds.without_standing(name, gone))
    rows = _connected(collection, wanted[0], wanted[1], crowds)
    rows = pl.concat([rows, frame_of(crowds.newcomers(data_return))]).unique("row").sort("row")
    known = {*left, *crowds.standing.values()}
    for ids in in_chunks(rows["row"]):
        known.update(Side.objects.filter(row__in=ids).values_list("clash_id", flat=True))
    if known or not rows.is_empty():
        _bring_in_line(collection, data_return, known, found_in(collection, rows, crowds), crowds)


def everywhere(collection: DataCollection) -> None:
    """Work out all clashes of a data collection anew, and tell listeners what is other than before."""
    matched = lock(collection)
    statuses = verdicts.statuses_in(collection)
    found = found_in(collection, suspects(collection))
    _bring_in_line(collection, None, None, found)
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


def found_in(collection: DataCollection, rows: pl.DataFrame, crowds: Crowds | None = None) -> Found:
    """The exact clashes of rows as `frame_of` gives them. `crowds` are those that the rows are in; without them, the
    rows are all that share anything."""
    edition = edition_in(collection)
    matching = edition.blade.matching
    assert matching is not None, "rows are of blades that say how people are matched"
    crowds = crowds or Crowds.among(collection, rows)
    everybody, rows = rows, crowds.apart(rows)
    cases = together(
        [
            same_upn(rows, verdicts.statuses_in(collection), by=BY),
            same_person(rows, by=BY),
            under_fives(rows, matching.entitlement(edition), by=BY),
        ]
    )
    found = _keyed(cases, rows)
    made, sides = crowds.clashes(everybody, cases.number)
    more = pl.DataFrame(made, schema_overrides=dict(found.clashes.schema), orient="row") if made else None
    clashes = found.clashes if more is None else pl.concat([found.clashes, more], how="diagonal")
    return Found(clashes, pl.concat([found.sides, sides]))


def _keyed(cases: Cases, rows: pl.DataFrame) -> Found:
    """Cases with what they are known by. Texts are put together in one go; only their hash is taken one by one."""
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in SAYS]
    # A child is known by the smallest of its numbers with birth date, and of its names with birth date.
    number = pl.concat_str(pl.col("upn"), pl.lit(" "), pl.col("birth_date").cast(pl.String))
    sides = cases.of(rows).with_columns(
        pl.concat_str(texts, separator=BETWEEN).alias("says"), pl.min_horizontal(number, "person").alias("child")
    )
    within = pl.concat_str(pl.col("person"), pl.col(BY).cast(pl.String), pl.col("sex").fill_null(""), separator=BETWEEN)
    known_by = (
        pl.when(pl.col("kind") == Kind.SAME_UPN.value)
        .then(pl.col("upn"))
        .when(pl.col("kind") == Kind.UNDER_FIVES.value)
        .then(pl.col("child").min().over("case"))
        .when(pl.col("verdict") == Verdict.ONE_RETURN.value)
        .then(within)
        .otherwise(pl.col("person"))
    )
    told = (
        sides.with_columns(known_by.alias("known_by"))
        .group_by("case", maintain_order=True)
        .agg(
            pl.col("known_by").first(),
            pl.col("says").sort().str.join("\x1e"),
            pl.col(BY).n_unique().cast(pl.Int64).alias("returns"),
        )
    )
    hashed = told.select(
        "case",
        "returns",
        pl.Series("key", [key_of(text) for text in told["known_by"]], dtype=pl.Int64),
        pl.Series("fingerprint", [key_of(text) for text in told["says"]], dtype=pl.Int64),
    )
    judged = cases.cases.select("case", "kind", *JUDGED).with_columns(pl.col("birth_dates_differ").fill_null(False))
    clashes = judged.join(hashed, on="case").unique(["kind", "key"], keep="first", maintain_order=True)
    return Found(clashes, sides.select("case", "row", BY).join(clashes.select("case"), on="case", how="semi"))


def lock(collection: DataCollection) -> Matched:
    """The row that whoever works out clashes of a data collection holds until the transaction ends."""
    assert connection.in_atomic_block, "rows and clashes are written in one transaction"
    if not Matched.objects.filter(collection=collection).exists():
        known = verdicts.version_of(verdicts.statuses_in(collection))
        Matched.objects.get_or_create(collection=collection, defaults={"at": timezone.now(), "statuses": known})
    return Matched.objects.select_for_update().get(collection=collection)


def _connected(collection: DataCollection, upns: set[int], people: set[int], crowds: Crowds) -> pl.DataFrame:
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
        upns = crowds.joining("upn_key", set(rows["upn_key"].drop_nulls()) - asked[0])
        people = crowds.joining("person_key", set(rows["person_key"].drop_nulls()) - asked[1])
    return pl.concat(frames).unique("row").sort("row")


def _bring_in_line(
    collection: DataCollection,
    cause: Return | None,
    before: set[int] | None,
    found: Found,
    crowds: Crowds | None = None,
) -> None:
    """Make what is stored of these clashes (None: of all) what was found, and tell listeners. Of crowds that stand
    already only the sides of rows that were looked at are touched."""
    now = timezone.now()
    clashes = _asked(Clash.objects.filter(collection=collection), "pk", before)
    stored = pl.DataFrame(
        [row for query in clashes for row in query.values_list("pk", "kind", "key", *TOLD)],
        schema={"pk": pl.Int64(), **{name: found.clashes.schema[name] for name in ("kind", "key", *TOLD)}},
        orient="row",
    )
    both = found.clashes.join(stored, on=["kind", "key"], how="left", suffix="_was")
    is_new = pl.col("pk").is_null()
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_was")) for name in TOLD)
    fresh = both.filter(is_new)
    others = both.filter(~is_new & differs)
    went = _clashes(stored.join(found.clashes, on=["kind", "key"], how="anti")["pk"])
    for ids in in_chunks(went):
        Side.objects.filter(clash__in=ids).delete()
        Clash.objects.filter(pk__in=ids).delete()
    appeared = [
        Clash(collection=collection, since=now, changed_at=now, **each)
        for each in fresh.select("kind", "key", *TOLD).iter_rows(named=True)
    ]
    Clash.objects.bulk_create(appeared, batch_size=500)
    altered = _clashes(others["pk"])
    for each in others.select("pk", *TOLD).iter_rows(named=True):
        clash = altered[each.pop("pk")]
        clash.changed_at = now
        for name, value in each.items():
            setattr(clash, name, value)
    save_fields(altered.values(), [*TOLD, "changed_at"])
    made = fresh.select("case").with_columns(pl.Series("pk", [clash.pk for clash in appeared], dtype=pl.Int64))
    numbers = pl.concat([made, both.filter(~is_new).select("case", "pk")])
    of_all = Side.objects.filter(clash__collection=collection)
    in_part = set(crowds.standing.values()) if crowds is not None else set()
    before = None if before is None else before - in_part
    there = [row for query in _asked(of_all, "clash", before) for row in query.values_list("pk", "clash_id", "row_id")]
    for ids in in_chunks(set(found.sides["row"]) if in_part else ()):
        sides = Side.objects.filter(clash__in=in_part, row__in=ids)
        there += sides.order_by().values_list("pk", "clash_id", "row_id")
    _bring_sides_in_line(there, found.sides.join(numbers, on="case").select("pk", "row", BY))
    told = listening.Changed(collection, cause, tuple(appeared), tuple(altered.values()), tuple(went.values()))
    listening.tell(told)


def _clashes(ids: Iterable[int]) -> dict[int, Clash]:
    return {clash.pk: clash for some in in_chunks(ids) for clash in Clash.objects.filter(pk__in=some)}


def _asked(rows: QuerySet[Any], field: str, ids: set[int] | None) -> list[QuerySet[Any]]:
    """The rows of these clashes in as many queries as their ids need, or all in one."""
    plain = rows.order_by()
    return [plain] if ids is None else [plain.filter(**{f"{field}__in": some}) for some in in_chunks(ids)]


def _bring_sides_in_line(stored: list[tuple[int, int, int]], wanted: pl.DataFrame) -> None:
    """Leave the sides that are right, delete and add the others. `wanted`: `pk` (clash), `row`, `data_return`."""
    schema: Any = {"side": pl.Int64(), "pk": pl.Int64(), "row": pl.Int64()}
    there = pl.DataFrame(stored, schema=schema, orient="row")
    for ids in in_chunks(there.join(wanted, on=["pk", "row"], how="anti")["side"]):
        Side.objects.filter(pk__in=ids).delete()
    Side.objects.bulk_create(
        (
            Side(clash_id=clash, row_id=row, data_return_id=owner)
            for clash, row, owner in wanted.join(there, on=["pk", "row"], how="anti").iter_rows()
        ),
        batch_size=500,
    )
