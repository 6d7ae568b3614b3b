"""Findings for people (CSV, XLSX) and for programs (JSON)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import IO

import polars as pl

from collectory.blade import Entity
from collectory.engine.checking.check import Result
from collectory.engine.checking.findings import FIELD
from collectory.engine.dataset import PARENT, ROW, Dataset
from collectory.engine.writing.spreadsheets import ROWS_OF_A_SHEET, table_as_csv, table_as_xlsx

MISSING = "NULL"
"""How a missing value is shown, as users of the old system know it."""

LEVELS = {"return": "Return", "item": "Data item"}
SHEET = "Findings"


def report(
    dataset: Dataset, findings: pl.DataFrame, *, names: bool = False, beside: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Findings as a table to read, one row of text for each.

    First whose record it is: the natural key of the outermost record (a pupil's UPN, under that title), with
    `names` the fields that name it, the kind of record, and which of several it is. Then the message, the rule,
    priority and level, the first field that the rule reads with its value, and the others. `beside` holds further
    columns for the same rows, such as notes.
    """
    columns = [*_whose(dataset, findings, names), *_what(findings), *_read(dataset, findings)]
    table = pl.DataFrame(columns)
    return table.hstack(beside.get_columns()) if beside is not None else table


def findings_csv(report: pl.DataFrame) -> bytes:
    """A report as CSV."""
    return table_as_csv(report)


def findings_xlsx(report: pl.DataFrame) -> bytes:
    """A report as an Excel workbook."""
    buffer = io.BytesIO()
    write_findings_xlsx(report, buffer)
    return buffer.getvalue()


def write_findings_xlsx(report: pl.DataFrame, file: IO[bytes], rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> None:
    """The same into an open file; row after row, so that memory does not grow with it."""
    table_as_xlsx(report, SHEET, file, rows_of_a_sheet)


def findings_json(result: Result) -> str:
    """The result as one JSON object, one finding a line.

    edition, records (per entity), errors, queries, skipped (list of rule, why), findings (list of rule, priority,
    level, entity, record, key, fields (list of field, value), message). A rule without a number goes by its key.
    """
    dataset = result.dataset
    numbers = {rule.key: rule.number or rule.key for rule in dataset.edition.rules}
    head = {
        "edition": dataset.edition.key,
        "records": dataset.records,
        "errors": result.errors,
        "queries": result.queries,
        "skipped": [{"rule": numbers.get(each.rule, each.rule), "why": each.why} for each in result.skipped],
    }
    lines = result.found.select(
        pl.when(pl.col("rule") == "").then(pl.col("rule_key")).otherwise(pl.col("rule")).alias("rule"),
        "priority",
        "level",
        "entity",
        "record",
        "key",
        pl.col("fields").list.eval(pl.struct(pl.element().struct.field("field"), pl.element().struct.field("value"))),
        "message",
    ).write_ndjson()
    opened = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    # Not splitlines, which also breaks at characters such as U+2028 that JSON leaves as they are.
    findings = ",\n  ".join(line for line in lines.split("\n") if line)
    return opened + ',\n "findings": [' + (f"\n  {findings}\n " if findings else "") + "]\n}\n"


def _whose(dataset: Dataset, findings: pl.DataFrame, names: bool) -> list[pl.Series]:
    edition = dataset.edition
    outermost = [entity for entity in edition.entities if entity.parent is None and dataset.key_of(entity)]
    titles = {entity.field(dataset.key_of(entity)[0]).title for entity in outermost}
    title = titles.pop() if len(titles) == 1 else "Key"
    found = findings.select("entity", "record", "key").with_row_index("_at")
    parts = [
        _of_entity(dataset, edition.entity(str(name)), part, names)
        for (name,), part in found.filter(pl.col("entity").is_not_null()).group_by("entity", maintain_order=True)
    ]
    whole = found.filter(pl.col("entity").is_null()).select(
        "_at", pl.lit("Return").alias("Record"), pl.lit(None, pl.String).alias("_key")
    )
    together = pl.concat([whole, *parts], how="diagonal").sort("_at")
    named = [name for name in together.columns if name not in ("_at", "Record", "_key")]
    return [together["_key"].rename(title), *together.select(named).get_columns(), together["Record"]]


def _of_entity(dataset: Dataset, entity: Entity, found: pl.DataFrame, names: bool) -> pl.DataFrame:
    """For findings about one entity: the outermost record's key and names, and which record it is."""
    chain = [entity, *entity.ancestors()]
    own = len(dataset.key_of(chain[-1]))
    nested = pl.col("key").list.slice(own).list.eval(pl.element().filter(pl.element() != "")).list.join(", ")
    columns = [
        found["_at"],
        *found.select(
            pl.col("key").list.head(own).list.join(" ").alias("_key"),
            pl.when(nested == "")
            .then(pl.lit(entity.label))
            .otherwise(entity.label + pl.lit(" ") + nested)
            .alias("Record"),
        ).get_columns(),
    ]
    if names:
        rows = found["record"]
        for each in chain[:-1]:
            rows = dataset.tables[each.name][PARENT].gather(rows)
        table = dataset.tables[chain[-1].name]
        columns.extend(
            table[name].gather(rows).rename(chain[-1].field(name).title)
            for name in chain[-1].named_by
            if name in table.columns
        )
    return pl.DataFrame(columns)


def _what(findings: pl.DataFrame) -> Iterable[pl.Series]:
    return findings.select(
        pl.col("message").alias("Message"),
        pl.when(pl.col("rule") == "").then(pl.col("rule_key")).otherwise(pl.col("rule")).alias("Rule"),
        pl.col("priority").str.to_titlecase().alias("Priority"),
        pl.col("level").replace(LEVELS).alias("Level"),
    ).get_columns()


def _read(dataset: Dataset, findings: pl.DataFrame) -> Iterable[pl.Series]:
    """The first field read, its value, and the others as text."""
    titles = {(entity.name, field.name): field.title for entity in dataset.edition.entities for field in entity.fields}
    named = pl.DataFrame(
        [(entity, name, title) for (entity, name), title in titles.items() if title != name],
        schema=["entity", "_name", "_title"],
        orient="row",
    )
    read = (
        findings.select(pl.col("fields").cast(pl.List(FIELD)))
        .with_row_index("_at")
        .explode("fields", empty_as_null=True)
        .unnest("fields")
        .filter(pl.col("field").is_not_null())
        .with_columns(pl.col("field").str.split(".").list.last().alias("_name"))
        .join(named, on=["entity", "_name"], how="left", maintain_order="left")
        .select(
            "_at",
            pl.when(pl.col("_title").is_not_null())
            .then(pl.format("{} ({})", "_title", "field"))
            .otherwise("field")
            .alias("Field"),
            pl.col("value").fill_null(MISSING).alias("Value"),
        )
        .with_columns(pl.format("{} = {}", "Field", "Value").alias("_both"))
        .group_by("_at", maintain_order=True)
        .agg(
            pl.col("Field").first(), pl.col("Value").first(), pl.col("_both").slice(1).str.join("; ").alias("Also read")
        )
    )
    every = pl.DataFrame({ROW: pl.int_range(findings.height, dtype=pl.UInt32, eager=True)})
    return every.join(read, left_on=ROW, right_on="_at", how="left", maintain_order="left").drop(ROW).get_columns()
