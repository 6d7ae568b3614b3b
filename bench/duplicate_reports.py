"""A school's reports of duplicate pupils, and what an upload adds, while the stored rows grow towards a nation's 22,000
returns with 8.5 million pupils; and the refresh of all exact clashes against a bare DuckDB group-by of the same rows.

    python -m bench.duplicate_reports [THOUSANDS OF PUPILS ...]
    DATABASE_URL=postgres://postgres@127.0.0.1/bench_duplicates python -m bench.duplicate_reports 200 800 3200

On SQLite in a folder of its own, or on the PostgreSQL database that is named, which must be empty or of an earlier run.
Rows go straight into the table: 386 pupils a return, 1% of them under the same UPN at another school, 0.2% under
another UPN. Reports are those of 40 schools, all three with their counts, page and records, as the screens ask for
them. Refreshes are with nothing new to write but the first; every figure is the best of three.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import numpy as np
import polars as pl

PUPILS = 386
SAME_UPN, OTHER_UPN = 0.01, 0.002
SCHOOLS = 40
GROUP_BY = """
create or replace table twice as
select upn, count(*) n from people where upn is not null group by upn having n > 1
union all select person, count(*) n from people where person is not null group by person having n > 1
"""


def made_rows(first: int, pupils: int, seed: int) -> pl.DataFrame:
    """Pupils numbered from `first`, in the columns that are stored; some are again those with smaller numbers."""
    from collectory.engine.matching import with_person
    from collectory.portal.duplicates.keys import key_of
    from collectory.portal.duplicates.rows import KEYS, VALUES

    draw = np.random.default_rng(seed)
    number = np.arange(first, first + pupils)
    lot = draw.random(pupils)
    of = np.where(lot < SAME_UPN + OTHER_UPN, (number * draw.random(pupils)).astype(np.int64), number)
    upn = np.where(lot < SAME_UPN, of, number)
    who = pl.DataFrame({"of": of, "upn": upn, "number": number})
    rows = who.select(
        pl.lit("PupilOnRoll").alias("entity"),
        (pl.col("number") % PUPILS).alias("record"),
        pl.lit(True).alias("on_roll"),
        pl.format("A{}", pl.col("upn").cast(pl.String).str.zfill(12)).alias("upn"),
        pl.lit(None, pl.String).alias("former_upn"),
        pl.format("Forename{}", pl.col("of") % 5000).alias("forename"),
        pl.lit("Ann").alias("middle_names"),
        pl.format("Surname{}", pl.col("of") // 5000).alias("surname"),
        pl.lit(None, pl.String).alias("former_surname"),
        pl.lit("F").alias("sex"),
        (pl.lit(np.datetime64("2004-09-01", "D")) + pl.duration(days=pl.col("of") % 5000))
        .cast(pl.Date)
        .alias("birth_date"),
        pl.lit("AB1 2CD").alias("postcode"),
        pl.lit("C").alias("status"),
        pl.when(pl.col("of") % 14 == 0).then(15.0).alias("funded_hours"),
        pl.lit(None, pl.Float64).alias("extended_hours"),
        pl.lit(None, pl.Float64).alias("expanded_hours"),
        (pl.when(pl.col("of") % 14 == 0).then(3).otherwise(5 + pl.col("of") % 11)).alias("age"),
    )
    rows = with_person(rows)
    keys = [
        pl.Series(to, [key_of(text) for text in rows[name]], dtype=pl.Int64)
        for name, to in (("upn", "upn_key"), ("person", "person_key"))
    ]
    return rows.with_columns(keys).select(pl.col(name).cast(dtype) for name, dtype in {**VALUES, **KEYS}.items())


def insert(rows: pl.DataFrame, collection: int, first_return: int) -> None:
    """Put rows into the table, 386 to a return."""
    from django.db import connection, transaction

    from collectory.portal.duplicates.models import PupilRow

    columns = ["collection_id", "data_return_id", *rows.columns]
    table, names = PupilRow._meta.db_table, ", ".join(columns)
    plain = rows.with_columns(pl.col("birth_date").dt.to_string("%Y-%m-%d"))

    def every() -> Iterator[tuple[object, ...]]:
        for place, row in enumerate(plain.iter_rows()):
            yield (collection, first_return + place // PUPILS, *row)

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in every():
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", every())


@dataclass(frozen=True)
class Taken:
    """What a work took, in seconds: on the clock, of processor time here, and on the clock in the database."""

    clock: float
    processor: float
    database: float


def timed(work: Callable[[], object]) -> Taken:
    """Do it once."""
    from django.db import connection

    inside = 0.0

    def wrapper(execute: Any, *arguments: Any) -> Any:
        nonlocal inside
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            inside += time.perf_counter() - begun

    start, processor = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(wrapper):
        work()
    return Taken(time.perf_counter() - start, time.process_time() - processor, inside)


def as_autovacuum_does(*models: Any) -> None:
    """Count what tables hold, as PostgreSQL does by itself some time after many rows came."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in models:
                cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def of_several(some: list[Taken]) -> str:
    """The median and the worst, in words."""
    parts = []
    for label in ("database", "processor", "clock"):
        each = [getattr(one, label) * 1000 for one in some]
        parts.append(f"{label} {statistics.median(each):.1f} (worst {max(each):.1f})")
    return "ms: " + ", ".join(parts)


def main(sizes: list[int]) -> None:
    """Print the figures of each size."""
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from collectory.portal.collections.models import DataCollection
    from collectory.portal.duplicates import reports
    from collectory.portal.duplicates.models import Clash, Kind, Matched, PupilRow, RowsOf, Side
    from collectory.portal.duplicates.services import finding, storing
    from collectory.portal.people.models import Membership, Organisation, Role, User
    from collectory.portal.returns.models import Return

    call_command("migrate", verbosity=0)
    for model in (Side, Clash, RowsOf, PupilRow, Matched, Membership):
        model.objects.all().delete()
    Return.objects.all().delete()
    DataCollection.objects.all().delete()
    Organisation.objects.all().update(authority=None)
    Organisation.objects.all().delete()
    User.objects.all().delete()
    now = timezone.now()
    collection = DataCollection.objects.create(
        slug="nation", edition_key="school-census-2021-autumn", title="Nation", opens_at=now, closes_at=now
    )
    councils = Organisation.objects.bulk_create(
        Organisation(native_id=str(201 + number), name=f"Council {number}", kind="authority") for number in range(152)
    )
    print(f"{connection.vendor}: {PUPILS} pupils a return")
    stored = 0
    people: list[pl.DataFrame] = []
    for size in sizes:
        returns = size // PUPILS - stored // PUPILS
        made = Organisation.objects.bulk_create(
            (
                Organisation(
                    native_id=f"{stored // PUPILS + number + 1_000_000}",
                    name="School",
                    kind="school",
                    authority=councils[number % 152],
                )
                for number in range(returns)
            ),
            batch_size=1000,
        )
        first = Return.objects.bulk_create(
            (Return(collection=collection, organisation=each) for each in made), batch_size=1000
        )[0].pk
        start = time.perf_counter()
        for at in range(0, returns, 500):
            some = min(500, returns - at)
            rows = made_rows(stored, some * PUPILS, at + stored)
            people.append(rows.select("upn", "forename", "surname", "birth_date"))
            insert(rows, collection.pk, first + at)
            stored += some * PUPILS
        filled = time.perf_counter() - start
        as_autovacuum_does(PupilRow)

        def refresh() -> None:
            with transaction.atomic():
                finding.everywhere(collection)

        first_time = timed(refresh)
        as_autovacuum_does(Clash, Side)
        again = min((timed(refresh) for _ in range(3)), key=lambda taken: taken.clock)
        bare = best_of_duckdb(pl.concat(people))
        user, _ = User.objects.get_or_create(username="bench")
        draw = random.Random(size)
        looked, loaded, shown = [], [], 0
        for pk in draw.sample(range(first, first + returns), min(SCHOOLS, returns)):
            data_return = Return.objects.select_related("collection", "organisation").get(pk=pk)
            data_return.collection = collection  # with its edition at hand, as in a request
            membership = Membership(user=user, organisation=data_return.organisation, role=Role.SOURCE)

            def three(data_return: Return = data_return, membership: Membership = membership) -> int:
                reports.counts_of(data_return)
                reports.claimed_elsewhere(data_return)
                every = [reports.Report(collection, membership, kind, data_return) for kind in Kind]
                return sum(len(each.shown(each.clashes()[: reports.SIZE])) for each in every)

            shown += three()
            looked.append(min((timed(three) for _ in range(3)), key=lambda taken: taken.clock))
            others = made_rows(draw.randrange(stored), PUPILS, pk)
            with transaction.atomic():
                loaded.append(timed(partial(storing._replace, data_return, others)))
                transaction.set_rollback(True)
        print(
            f"{stored:,} pupils in {stored // PUPILS:,} returns, filled in {filled:.0f} s, "
            f"{Clash.objects.count():,} clashes\n"
            f"    three reports of a school, {shown / len(looked):.1f} clashes: {of_several(looked)}\n"
            f"    a return of other pupils in place of the old: {of_several(loaded)}\n"
            f"    refresh of all: first {first_time.clock:.2f} s, again {again.clock:.2f} s; "
            f"DuckDB group-by {bare:.2f} s: × {again.clock / bare:.2f}",
            flush=True,
        )


def best_of_duckdb(people: pl.DataFrame) -> float:
    """What a bare group-by of the same rows takes: the best of three, the rows in DuckDB's own table."""
    from collectory.engine.matching import with_person

    table = with_person(people).select("upn", "person")
    with duckdb.connect() as connection:
        connection.register("given", table.to_arrow())
        connection.execute("create table people as select * from given")
        return min(timed(lambda: connection.execute(GROUP_BY)).clock for _ in range(3))


if __name__ == "__main__":
    import django

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"COLLECTORY_DEBUG": "1", "COLLECTORY_DATA": os.environ.get("BENCH_FOLDER", folder)}
        os.environ["DJANGO_SETTINGS_MODULE"] = "collectory.portal.settings"
        django.setup()
        from django.conf import settings

        settings.DEBUG = False  # with it Django keeps every query in memory
        main([int(each) * 1000 for each in sys.argv[1:]] or [100, 400, 1600])
