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
Reasons = Sequence[pl.DataFrame] | None
"""For each of what was found why probable matches have their scores (`Probable.reasons`); None where nobody asked."""

TITLES = {
    "same-upn": "Same UPN",
    "same-person": "Same person, different UPN",
    "under-fives": "2, 3 and 4 year olds",
    "probable": "Probable matches",
}
COUNTED = {
    "same-upn": "of the same UPN",
    "same-person": "of the same person with different UPNs",
    "under-fives": "of funded hours at more than one provider",
    "probable": "probable",
}
RECORD = ("file", "native_id", "entity", "record", "upn", "status")
WHOLE = 1e-9
TELLING = 0.5


def duplicates_json(found: Found, reasons: Reasons = None) -> str:
    """A list of cases, each with `kind`, `verdict`, `message`, `edition`, `birth_dates_differ` (of one UPN), `hours`
    (of under-fives, the sums a week), `score` and `reasons` where there are any, and `records` with `file`,
    `native_id`, `entity`, `record` (0-based position among the records of the entity), `upn` and `status`. No names.
    """
    cases = [_as_json(case, people) for case, people in _each(found, reasons)]
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
        made["reasons"] = case["reasons"]
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


def duplicates_text(found: Found, style: Style = plain, reasons: Reasons = None) -> Iterator[str]:
    """Lines for each case, and a last one for each edition with the counts."""
    for at, (gathered, cases) in enumerate(found):
        kind = ""
        for case, people in _each([(gathered, cases)], reasons and reasons[at : at + 1]):
            if case["kind"] != kind:
                kind = case["kind"]
                yield style("strong", f"{TITLES[kind]} · {gathered.edition.title}")
            yield from _lines(case, people, style)
        counts = dict(cases.cases.group_by("kind").len().rows())
        told = ", ".join(
            f"{counts.get(name, 0):,} {COUNTED[name]}" for name in COUNTED if name != "probable" or reasons is not None
        )
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
    if case["score"] is not None:
        yield f"    score {case['score']:.4f}: {'; '.join(_telling(case['reasons']))}"
    for person in people:
        names = ", ".join(part for part in (person["surname"], person["forename"]) if part) or "no name"
        born = person["birth_date"].isoformat() if person["birth_date"] else "no birth date"
        status = person["status"] or "no status"
        yield shown(
            f"    {person['native_id']}  {status}  {names}, {born}, {person['sex'] or '?'}  "
            f"({person['file']}, {person['entity']} {person['record']})"
        )


def _telling(reasons: list[dict[str, Any]]) -> list[str]:
    """What made a score, without the chance that it began with and without what hardly counts."""
    return [each["words"] for each in reasons[1:] if abs(each["weight"]) >= TELLING]


def _each(found: Found, reasons: Reasons = None) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each case with its edition's key, why it has its score, and its people, in order."""
    for at, (gathered, cases) in enumerate(found):
        people = cases.of(gathered.rows).partition_by("case", as_dict=True, maintain_order=True)
        told = reasons[at].partition_by("case", as_dict=True, include_key=False) if reasons else {}
        for case in cases.cases.iter_rows(named=True):
            number = (case["case"],)
            why = told[number].to_dicts() if number in told else []
            yield {**case, "edition": gathered.edition.key, "reasons": why}, people[number].to_dicts()
