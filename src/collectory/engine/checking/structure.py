"""What a reader noticed in a file, as findings."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Rule
from collectory.engine.checking.findings import SCHEMA
from collectory.engine.dataset import Dataset, Notice

STRUCTURE_RULES: dict[str, Rule] = {
    kind: Rule(
        key=f"structure.{kind}",
        number=f"structure.{kind}",
        priority=priority,
        level="return",
        message=message,
        parts=(),
        why=why,
        fix=fix,
        note="reason" if priority == QUERY else "",
    )
    for kind, priority, message, why, fix in (
        (
            "unknown",
            ERROR,
            "The file has an element that this collection does not ask for; its values were left out.",
            "Values that the collection does not know are not loaded, so they are in nobody's figures.",
            "Ask your software supplier for the version for this term, or have the element left out.",
        ),
        (
            "repeated",
            ERROR,
            "An element stands more often than it may; the first was loaded and the others were left out.",
            "It cannot be told which of the values is meant.",
            "Remove the values that do not apply in your own system and make the file again.",
        ),
        (
            "misplaced",
            QUERY,
            "An element stands in another place than expected; its value was loaded.",
            "Other systems that read the file may not find it there.",
            "Nothing has to be done for this collection. Tell your software supplier.",
        ),
        (
            "text",
            ERROR,
            "There is text where only elements are expected; it was left out.",
            "Text outside of the known elements belongs to no value.",
            "Make the file again in your own system; do not edit it by hand.",
        ),
    )
}


def findings_of_notices(dataset: Dataset) -> pl.DataFrame:
    """One finding at return level for each notice, with the element, how often and where it stands first."""
    asked = {kind: dataset.edition.as_switched(rule) for kind, rule in STRUCTURE_RULES.items()}
    rows = [_finding(notice, rule) for notice in dataset.notices if (rule := asked[notice.kind]) is not None]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row") if rows else pl.DataFrame(schema=SCHEMA)


def _finding(notice: Notice, rule: Rule) -> dict[str, object]:
    fields = [("Element", notice.path), ("Times", str(notice.count))]
    if notice.line is not None:
        fields.append(("First at line", str(notice.line)))
    return {
        "rule_key": rule.key,
        "rule": rule.number,
        "priority": rule.priority,
        "level": rule.level,
        "entity": None,
        "record": None,
        "key": [],
        "message": rule.message,
        "fields": [{"field": name, "value": value, "entity": None, "record": None} for name, value in fields],
        "place_fields": notice.path,
    }
