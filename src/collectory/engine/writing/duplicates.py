"""Cases of duplicates as text, JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from collectory.engine.matching.cases import Cases
from collectory.engine.matching.gathering import Gathered
from collectory.engine.matching.rows import HOURS
from collectory.engine.writing.spreadsheets import table_as_csv
from collectory.engine.writing.text import Style, plain, shown

Found = Sequence[tuple[Gathered, Cases]]

TITLES = {
    "same-upn": "Same UPN",
    "same-person": "Same person, different UPN",
    "under-fives": "2, 3 and 4 year olds",
}
COUNTED = {
    "same-upn": "of the same UPN",
    "same-person": "of the same person with different UPNs",
    "under-fives": "of funded hours at more than one provider",
}
RECORD = ("file", "native_id", "entity", "record", "upn", "status")
WHOLE = 1e-9


def duplicates_json(found: Found) -> str:
    """A list of cases, each with `kind`, `verdict`, `message`, `edition`, `birth_dates_differ` (of one UPN), `hours`
    (of under-fives, the sums a week), `score` where there is one, and `records` with `file`, `native_id`, `entity`,
    `record` (0-based position among the records of the entity), `upn` and `status`. No names."""
    cases = [_as_json(case, people) for case, people in _each(found)]
    if not cases:
        return "[]\n"
    return "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n"


def _as_json(case: dict[str, Any], people: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {name: case[name] for name in ("kind", "verdict", "message", "edition")}
    if case["birth_dates_differ"] is not None:
        made["birth_dates_differ"] = case["birth_dates_differ"]
    if case["funded_hours"] is not None:
        made["hours"] = {name.removesuffix("_hours"): case[name] for name in HOURS}
    if case["score"] is not None:
        made["score"] = case["score"]
    made["records"] = [{name: person[name] for name in RECORD} for person in people]
    return made


def duplicates_csv(found: Found) -> bytes:
    """A line for each record of each case, with the names that people need to tell pupils apart."""
    columns = [
        "case", "edition", "kind", "verdict", "message", "score", *RECORD, "surname", "forename", "middle_names",
        "birth_date", "sex", *HOURS,
    ]  # fmt: skip
    frames, start = [], 1
    for gathered, cases in found:
        told = cases.of(gathered.rows).join(cases.cases.select("case", "message", "score"), on="case")
        told = told.with_columns(pl.col("case") + start, pl.lit(gathered.edition.key).alias("edition"))
        frames.append(told.select(columns))
        start += cases.number
    empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return table_as_csv(pl.concat([frame.cast(pl.String) for frame in frames]) if frames else empty)


def duplicates_text(found: Found, style: Style = plain) -> Iterator[str]:
    """Lines for each case, and a last one for each edition with the counts."""
    for gathered, cases in found:
        kind = ""
        for case, people in _each([(gathered, cases)]):
            if case["kind"] != kind:
                kind = case["kind"]
                yield style("strong", f"{TITLES[kind]} · {gathered.edition.title}")
            yield from _lines(case, people, style)
        counts = dict(cases.cases.group_by("kind").len().rows())
        told = ", ".join(f"{counts.get(name, 0):,} {COUNTED[name]}" for name in COUNTED)
        yield (
            f"{gathered.edition.title}: {gathered.returns:,} {'return' if gathered.returns == 1 else 'returns'}, "
            f"{gathered.rows['on_roll'].sum():,} pupils on roll. Cases: {told}"
        )


def _lines(case: dict[str, Any], people: list[dict[str, Any]], style: Style) -> Iterator[str]:
    upns = ", ".join(dict.fromkeys(person["upn"] or "no UPN" for person in people))
    look = "error" if case["verdict"] in ("not-allowed", "one-return", "over-entitlement") else "query"
    yield f"{style(look, case['verdict'])}  {shown(upns)}  {case['message']}"
    if case["funded_hours"] is not None:
        hours = ", ".join(f"{case[name]:g} {name.removesuffix('_hours')}" for name in HOURS if case[name] > WHOLE)
        yield f"    together a week: {hours}"
    for person in people:
        names = ", ".join(part for part in (person["surname"], person["forename"]) if part) or "no name"
        born = person["birth_date"].isoformat() if person["birth_date"] else "no birth date"
        status = person["status"] or "no status"
        yield shown(
            f"    {person['native_id']}  {status}  {names}, {born}, {person['sex'] or '?'}  "
            f"({person['file']}, {person['entity']} {person['record']})"
        )


def _each(found: Found) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each case with its edition's key and its people, in order."""
    for gathered, cases in found:
        people = cases.of(gathered.rows).partition_by("case", as_dict=True, maintain_order=True)
        for case in cases.cases.iter_rows(named=True):
            yield {**case, "edition": gathered.edition.key}, people[(case["case"],)].to_dicts()
