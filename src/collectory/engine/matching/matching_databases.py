"""Where Splink runs: in DuckDB on one machine, or in Spark on many. The setting COLLECTORY_MATCHING names one."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import duckdb
from splink import DuckDBAPI

DUCKDB, SPARK = "duckdb", "spark"
SETTING = "COLLECTORY_MATCHING"
PARTITIONS = "8"
"""Of a Spark on this machine alone, whose own default is meant for a cluster."""


@dataclass(frozen=True)
class Running:
    """A database at work: what Splink is given, and what stops it from another thread."""

    api: Any
    stop: Callable[[], None]


@contextmanager
def _duckdb() -> Iterator[Running]:
    with duckdb.connect() as connection:
        yield Running(DuckDBAPI(connection), connection.interrupt)


@contextmanager
def _spark() -> Iterator[Running]:
    """The session that there is (in a notebook of a cluster, or begun by spark-submit), or one of this machine.

    Needs the extra `spark` and Java. Spark reads its own settings, such as spark.master, from where it always does.
    """
    sessions: Any = import_module("pyspark.sql").SparkSession
    api_of: Any = import_module("splink.backends.spark").SparkAPI
    logging.getLogger("py4j").setLevel(logging.ERROR)
    there = sessions.getActiveSession()
    session: Any = there or (
        sessions.builder.appName("collectory matching")
        .config("spark.sql.shuffle.partitions", PARTITIONS)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    try:
        # The model needs none of the functions that Splink brings for Spark.
        api = api_of(spark_session=session, break_lineage_method="persist", register_udfs_automatically=False)
        yield Running(api, session.sparkContext.cancelAllJobs)
    finally:
        if there is None:
            session.stop()


DATABASES: dict[str, Callable[[], AbstractContextManager[Running]]] = {DUCKDB: _duckdb, SPARK: _spark}


def chosen() -> str:
    """The database that the setting names; DuckDB where it is not set. Raises ValueError for a name that is none."""
    name = os.environ.get(SETTING, "") or DUCKDB
    if name not in DATABASES:
        raise ValueError(f"{SETTING} is {name!r}: it can be {' or '.join(DATABASES)}")
    return name
