"""The same matches on Spark as on DuckDB: a Spark of this machine, where there are Java and the extra `spark`."""

from __future__ import annotations

import shutil

import polars as pl
import pytest
from bench.probable import rows_of
from bench.strangers import make

from collectory.engine.matching.matching_databases import DUCKDB, SETTING, SPARK, chosen
from collectory.engine.matching.probable import Probable, probable


def told(found: Probable) -> dict[tuple[int, ...], float]:
    scores = found.cases.cases["score"].to_list()
    places = found.cases.members.group_by("case").agg(pl.col("place").sort()).rows()
    return {tuple(pair): pytest.approx(scores[case]) for case, pair in places}


def test_spark_finds_the_same_with_the_same_scores_and_reasons() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: pip install 'collectory[spark]'")
    if shutil.which("java") is None:
        pytest.skip("there is no Java here, which Spark needs")
    from pyspark.sql import SparkSession

    rows = rows_of(make(5, 300, schools=4, times=1))
    one = probable(rows, by="file", database=DUCKDB)
    # A session that is there is taken: here one that does not compile its plans, which takes longest of so few rows.
    small = {
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.master("local[1]").config(map=small).getOrCreate()
    try:
        other = probable(rows, by="file", database=SPARK)
    finally:
        session.stop()
    assert one.cases.number > 30
    assert told(other) == told(one)
    assert sorted(other.reasons["words"]) == sorted(one.reasons["words"])


def test_the_setting_names_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert chosen() == DUCKDB
    monkeypatch.setenv(SETTING, SPARK)
    assert chosen() == SPARK
    monkeypatch.setenv(SETTING, "excel")
    with pytest.raises(ValueError, match="duckdb or spark"):
        chosen()
