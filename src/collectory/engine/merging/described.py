"""What describes a merged data set: a data dictionary for programs and a page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collectory.blade import Edition
from collectory.engine.writing.csv_set import key_column
from collectory.engine.writing.data_package import field_described

README = "README.txt"
DESCRIPTION = ("NativeID", "SourceName", "Revision", "ReceivedAt")
TITLES = (
    "Native ID of the source",
    "Name of the source",
    "File or revision that the row is from",
    "When that file came, or that revision was made",
)


def merged_package(edition: Edition, form: str, rows: Mapping[str, int], own: Sequence[str]) -> dict[str, Any]:
    """The Frictionless descriptor of a merged data set. Records are known by the source and their number in it."""
    resources = []
    for entity in edition.entities:
        key = key_column(edition, entity)
        fields: list[dict[str, Any]] = [
            {"name": name, "type": "string", "title": title} for name, title in zip(own, TITLES, strict=True)
        ]
        fields.append({"name": key, "type": "integer", "title": "Record, counted from 0 within its source"})
        schema: dict[str, Any] = {"fields": fields, "missingValues": [""], "primaryKey": [own[0], key]}
        if entity.parent is not None:
            above = key_column(edition, entity.parent)
            fields.append({"name": above, "type": "integer", "title": f"{entity.parent.label} to which it belongs"})
            reference = {"resource": entity.parent.name.lower(), "fields": [own[0], above]}
            schema["foreignKeys"] = [{"fields": [own[0], above], "reference": reference}]
        fields.extend(field_described(edition, each) for each in entity.fields)
        resources.append(
            {
                "name": entity.name.lower(),
                "path": f"{entity.name}.{form}",
                "title": entity.plural,
                "format": form,
                "rows": rows.get(entity.name, 0),
                "schema": schema,
            }
        )
    return {
        "name": f"{edition.key}-merged",
        "title": f"{edition.title}, many sources",
        "description": "The newest file of each source, put together. Values are as they were sent, valid or not.",
        "collectory": {"edition": edition.key},
        "resources": resources,
    }


def merged_readme(
    edition: Edition | None,
    form: str,
    rows: Mapping[str, int],
    sources: int,
    left_out: Sequence[tuple[str, str, str]],
) -> str:
    """What the files are, for a person who unpacks the archive."""
    lines = [
        f"{edition.title}: {sources:,} sources" if edition is not None else "No source could be read",
        "",
        "Each file is one table, with the rows of all sources. Of each source, its newest file stands here.",
        "",
    ]
    width = max((len(name) for name in rows), default=0) + len(form) + 3
    lines += [f"  {f'{name}.{form}':<{width}}  {count:>10,} rows" for name, count in rows.items()]
    lines += [
        "",
        "Each row begins with whose it is (native ID and name), of which file or revision it is, and when that came.",
        "The numbers of records count from 0 within each source: to join two tables, use the native ID and the number.",
        "What each column means stands in datapackage.json (Frictionless Data); Sources.csv lists the sources.",
        "Values are text, as they were sent, valid or not; empty means missing.",
        "",
    ]
    if left_out:
        lines += [
            f"Left out ({len(left_out):,}):",
            *(f"  {source} {name}: {why}" for source, name, why in left_out),
            "",
        ]
    lines += [
        "The files hold personal data. Keep them where only those who need them can read them, and delete them when",
        "they have served their purpose.",
        "",
    ]
    return "\r\n".join(lines)
