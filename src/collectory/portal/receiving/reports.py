"""The report of a received file, as pages show it: read from where it lies sealed."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from collectory.engine.writing.spreadsheets import table_as_csv, table_as_xlsx
from collectory.portal.transfer import store
from collectory.portal.transfer.models import TransferredFile

A_PAGE = 50


@dataclass(frozen=True)
class Shown:
    """Findings of a page: those of one rule or of all, with how many there are and on which page they stand."""

    rows: list[dict[str, Any]]
    count: int
    page: int
    pages: int
    rule: str


def report_of(file: TransferredFile) -> dict[str, Any] | None:
    """The report; None where none was made, or its content was deleted. Raises store.Damaged, keys.NoKey."""
    if file.report is None:
        return None
    report: dict[str, Any] = json.loads(store.opened(file.report).read())
    return report


def findings_shown(report: dict[str, Any], rule: str, page: int) -> Shown:
    """A page of the findings, of one rule where its key is given."""
    found = [each for each in report.get("findings", []) if rule in ("", each["key"])]
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(max(page, 1), pages)
    return Shown(found[(page - 1) * A_PAGE : page * A_PAGE], len(found), page, pages, rule)


def findings_table(report: dict[str, Any]) -> pl.DataFrame:
    """All findings as a table to read."""
    columns = ("Whose", "Record", "Message", "Rule", "Priority", "Level", "Read")
    rows = [
        (
            each["whose"],
            each["what"],
            each["message"],
            each["rule"],
            each["priority"].title(),
            "Return" if each["level"] == "return" else "Data item",
            "; ".join(f"{cell['field']} = {cell['value'] or 'NULL'}" for cell in each["fields"]),
        )
        for each in report.get("findings", [])
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def findings_file(report: dict[str, Any], form: str) -> tuple[bytes, str]:
    """All findings as a file, and its type: "csv", "xlsx", or the whole report as "json"."""
    if form == "json":
        return json.dumps(report, ensure_ascii=False, indent=1).encode(), "application/json"
    table = findings_table(report)
    if form == "csv":
        return table_as_csv(table), "text/csv; charset=utf-8"
    buffer = io.BytesIO()
    table_as_xlsx(table, "Findings", buffer)
    return buffer.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
