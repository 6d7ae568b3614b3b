"""What came of a file that was received, for programs (JSON) and for a terminal (text)."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from collectory.blade import Edition
from collectory.engine.checking.structure import STRUCTURE_RULES
from collectory.engine.dataset import Dataset
from collectory.engine.receiving.comparing import ComparedWithLast, Movement
from collectory.engine.receiving.damage import together
from collectory.engine.receiving.receive import Received
from collectory.engine.writing.findings import report
from collectory.engine.writing.text import Style, plain, shown, summary

EXTRACT, OWN = "an extract of COLLECT", "an export of Collectory"


def received_report(received: Received) -> dict[str, Any]:
    """Everything as plain values: taken, name, refusal, layout, saved_again, repairs, faults, all_faults, doubts,
    register, last; where the file was taken also edition, title, source, records, errors, queries, rules (one for each
    rule that found something), findings (one by one, in reading order) and skipped."""
    told: dict[str, Any] = {
        "taken": received.is_taken,
        "name": {**asdict(received.name), "message": received.name.message},
        "refusal": asdict(received.refusal) if received.refusal is not None else None,
        "layout": EXTRACT if received.is_extract else OWN,
        "saved_again": list(received.saved_again),
        "repairs": [asdict(each) for each in together(received.damage.repairs)],
        "faults": [{**asdict(each), "where": each.where} for each in received.damage.faults],
        "all_faults": received.damage.all_faults,
        "doubts": [asdict(each) for each in received.damage.doubts],
        "register": None if received.register is None else [asdict(each) for each in received.register],
        "last": None if received.last is None else _last(received.last),
        "extra_rules": [{"name": each.name, "title": each.title, "prefix": each.prefix} for each in received.extra],
    }
    if received.result is not None:
        result, dataset = received.result, received.result.dataset
        told |= {
            "edition": dataset.edition.key,
            "title": dataset.edition.title,
            "source": dataset.source,
            "records": {name: count for name, count in dataset.records.items() if count},
            "errors": result.errors,
            "queries": result.queries,
            "rules": _rules(received, dataset.edition),
            "findings": _findings(dataset, result.findings),
            "skipped": [asdict(each) for each in result.skipped],
        }
    return told


def received_json(received: Received) -> str:
    """The same as JSON."""
    return json.dumps(received_report(received), ensure_ascii=False, indent=1, default=str) + "\n"


def _last(last: ComparedWithLast) -> dict[str, Any]:
    return {
        "last": last.last,
        "same": last.is_same,
        "big": last.big,
        "values": last.values,
        "counts": [{**asdict(each), "is_big": each.is_big} for each in last.counts],
        "movements": [{**asdict(each), "is_big": each.is_big} for each in last.movements],
    }


def _rules(received: Received, edition: Edition) -> list[dict[str, Any]]:
    assert received.result is not None
    extra = {rule.key: each.title for each in received.extra for rule in each.rules}
    messages = received.result.found.group_by("rule_key", maintain_order=True).agg(pl.col("message").first())
    first = dict(messages.iter_rows())
    told = []
    for tally in received.result.tallies.iter_rows(named=True):
        key = tally["rule_key"]
        rule = _rule_of(edition, key)
        told.append(
            {
                "key": key,
                "rule": tally["rule"] or key,
                "priority": tally["priority"],
                "level": tally["level"],
                "findings": tally["findings"],
                "message": first[key],
                "why": rule.why,
                "fix": rule.fix,
                "note": rule.note_help,
                "added_by": extra.get(key, ""),
            }
        )
    order = {rule.key: number for number, rule in enumerate(edition.rules)}
    return sorted(told, key=lambda each: (each["priority"] != "error", order.get(each["key"], -1)))


def _rule_of(edition: Edition, key: str) -> Any:
    try:
        return edition.rule(key)
    except KeyError:
        return STRUCTURE_RULES[key.removeprefix("structure.")]


def _findings(dataset: Dataset, findings: pl.DataFrame) -> list[dict[str, Any]]:
    table = report(dataset, findings, names=True)
    known = {"Message", "Rule", "Priority", "Level", "Field", "Value", "Also read", "Record"}
    whose = [name for name in table.columns if name not in known]
    told = []
    for row, found in zip(table.iter_rows(named=True), findings.iter_rows(named=True), strict=True):
        told.append(
            {
                "identity": found["identity"],
                "key": found["rule_key"],
                "rule": found["rule"] or found["rule_key"],
                "priority": found["priority"],
                "level": found["level"],
                "entity": found["entity"],
                "record": found["record"],
                "whose": " ".join(row[name] for name in whose if row[name]),
                "what": row["Record"],
                "message": found["message"],
                "fields": [{"field": each["field"], "value": each["value"]} for each in found["fields"]],
            }
        )
    return told


def received_lines(received: Received, style: Style = plain, width: int = 100) -> Iterator[str]:
    """The same for a terminal: first whether the file is taken, then what was done to it, then what the rules found."""
    repairs, doubts = together(received.damage.repairs), received.damage.doubts
    for title, lines in (
        ("Name", [received.name.message] if received.name.message and received.is_taken else []),
        ("Put right", [_where(each.file, each.column, each.row) + each.message for each in repairs]),
        ("Cannot be put right", list(_faults(received))),
        ("Cannot be known", [f"{each.file}, {each.column} ({each.count:,}): {each.message}." for each in doubts]),
        ("Compared with the register", [each.message for each in received.register or ()]),
        ("Compared with the last file", list(_compared(received.last)) if received.last is not None else []),
    ):
        if lines:
            yield style("strong", title)
            for line in lines:
                yield from textwrap.wrap(shown(line), width, initial_indent="  - ", subsequent_indent="    ")
            yield ""
    if received.refusal is not None:
        yield style("error", "Refused")
        yield from textwrap.wrap(shown(str(received.refusal)), width, initial_indent="  ", subsequent_indent="  ")
    elif received.result is None:
        yield style("error", f"Refused: {received.damage.all_faults:,} values or lines cannot be put right.")
    else:
        yield style("good", f"Taken: {EXTRACT if received.is_extract else OWN}.")
        yield ""
        yield from summary(received.result, style, width)


def _where(file: str, column: str, row: int | None) -> str:
    parts = [file, f"column {column}" if column else "", f"first in row {row:,}" if row is not None else ""]
    return f"{', '.join(part for part in parts if part)}: "


def _faults(received: Received) -> Iterator[str]:
    for each in received.damage.faults[:50]:
        yield f"{each.where}: {each.message}"
    if received.damage.all_faults > 50:
        yield f"and {received.damage.all_faults - 50:,} more"


def _compared(last: ComparedWithLast) -> Iterator[str]:
    if last.is_same:
        yield f"Nothing differs from it ({last.last})."
        return
    yield from last.big
    yield f"{last.values:,} values of records that are in both differ."
    yield from (_moved(each) for each in last.movements)


def _moved(movement: Movement) -> str:
    come = ", ".join(f"{each.key} {each.name}" for each in movement.come[:5])
    gone = ", ".join(f"{each.key} {each.name}" for each in movement.gone[:5])
    parts = [
        f"{len(movement.come):,} have come ({come}{', …' if len(movement.come) > 5 else ''})" if come else "",
        f"{len(movement.gone):,} have gone ({gone}{', …' if len(movement.gone) > 5 else ''})" if gone else "",
    ]
    return f"{movement.title}: {'; '.join(part for part in parts if part)}."
