"""Matching a made-up nation whose duplicates are known: precision and recall of probable matches with and without
homes, time against Splink's own for the same settings, and the refresh of all exact cases against a DuckDB group-by.

    python -m bench.duplicates [SCHOOLS]

The exact refresh is measured on the nation's rows as many times over as the line says, each copy under UPNs and names
of its own, so that the share of duplicates stays as it is. Each figure is the best of three, rivals by turns.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker

from bench.nation import nation
from collectory.blade import Matching
from collectory.engine.matching import same_person, same_upn
from collectory.engine.matching.comparable import comparable
from collectory.engine.matching.gathering import gather
from collectory.engine.matching.probable import estimate, probable
from collectory.engine.matching.probable_model import settings

Pair = tuple[tuple[str, int], ...]
THRESHOLDS = (0.5, 0.9, 0.99)
COPIES = (10, 40, 160)
GROUP_BY = """
create or replace table twice as
select upn, count(*) n from people where upn is not null group by upn having n > 1
union all select person, count(*) n from people where person is not null and on_roll group by person having n > 1
"""


def best(*works: Callable[[], object]) -> list[float]:
    """The best of three runs of each, by turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(3):
        for taken, work in zip(times, works, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def planted(folder: Path) -> set[Pair]:
    """The pairs of the key that are alike but for a slip."""
    key = pl.read_csv(folder / "duplicates.csv", infer_schema=False).filter(pl.col("kind").str.starts_with("probable:"))
    sides = key.select("file", "record", "other_file", "other_record").iter_rows()
    return {tuple(sorted([(str(folder / a), int(b)), (str(folder / c), int(d))])) for a, b, c, d in sides}


def judge(what: str, rows: pl.DataFrame, truth: set[Pair]) -> None:
    """Print precision and recall at some thresholds."""
    cases = probable(rows, by="file", threshold=min(THRESHOLDS)).cases
    scores = cases.cases["score"].to_list()
    people = cases.of(rows).select("case", pl.struct("file", "record").alias("who")).group_by("case").agg("who").rows()
    found = {tuple(sorted((each["file"], each["record"]) for each in who)): scores[case] for case, who in people}
    for threshold in THRESHOLDS:
        told = {pair for pair, score in found.items() if score >= threshold}
        precision, recall = len(told & truth) / max(1, len(told)), len(told & truth) / max(1, len(truth))
        print(f"{what:<22} threshold {threshold:<5} precision {precision:.3f} recall {recall:.3f} of {len(truth)}")


def bare_splink(table: pl.DataFrame) -> int:
    """What Splink itself does with the same settings and the table made ready."""
    people = table.to_arrow()
    with duckdb.connect() as connection:
        linker = Linker(
            DuckDBAPI(connection).register(people, table_name="people"), settings(len(people)), log_level=None
        )
        scored = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
        return len(scored.as_pyarrow_table())


def copied(rows: pl.DataFrame, times: int) -> pl.DataFrame:
    """The rows so many times, each time as other people."""
    made = [
        rows.select(
            "native_id", "on_roll", "status", "birth_date", "sex", pl.col("upn") + str(n), pl.col("person") + str(n)
        )
        for n in range(times)
    ]
    return pl.concat(made)


def main(schools: int) -> None:
    """Print all figures."""
    paths = [Path(path) for path in nation(schools)]
    (gathered,) = gather(paths, print, lambda: None)
    rows, truth = gathered.rows, planted(paths[0].parents[2])
    print(f"{gathered.returns} returns, {rows.height:,} pupils, {estimate(rows, 'file'):,} pairs to compare")
    judge("as planted", rows, truth)
    judge("without homes", rows.with_columns(pl.lit(None, pl.String).alias("postcode")), truth)
    table = comparable(rows, "file")
    own, splink = best(lambda: probable(rows, by="file"), lambda: bare_splink(table))
    print(f"probable {own:.2f} s, Splink itself {splink:.2f} s: × {own / splink:.2f}")
    matching = gathered.edition.blade.matching
    assert isinstance(matching, Matching)
    for times in COPIES:
        many = copied(rows, times)
        with duckdb.connect() as connection:
            connection.register("given", many.to_arrow())
            connection.execute("create table people as select * from given")
            exact, bare = best(
                lambda many=many: (same_upn(many, matching.statuses), same_person(many)),
                lambda connection=connection: connection.execute(GROUP_BY),
            )
        told = f"exact cases of {many.height:>10,} pupils {exact:.2f} s, DuckDB group-by {bare:.2f} s"
        print(f"{told}: × {exact / bare:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 48)
