"""What describes a set of CSV files: a data dictionary for programs (Frictionless Data) and a page for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from collectory.blade import Boolean, Code, Date, DateTime, Decimal, Edition, Entity, Field, Integer, Text
from collectory.engine.dataset import Dataset
from collectory.engine.writing.linked_tables import is_numbered, link_of, links_above

DATA_PACKAGE = "datapackage.json"
README = "README.txt"

NUMBERED = (
    "The first column numbers the records of a table from 0. A table below another has the other's number",
    "beside it, so that the two can be joined. What each column means, its type and its codes stand in",
)
LINKED = (
    "A table begins with the keys of the records above it, so that tables can be joined; running numbers count from",
    "1 within the record above. Where keys do not tell records apart, a column _parent gives the row of the table",
    "above, counted from 0. What each column means, its type and its codes stand in",
)

KeyColumn = Callable[[Edition, Entity], str]


def data_package(dataset: Dataset, key_column: KeyColumn, source_column: Callable[[Edition], str]) -> dict[str, Any]:
    """The Frictionless descriptor of a return's CSV set. Types say what is expected; a return may hold other text."""
    edition = dataset.edition
    return {
        "profile": "tabular-data-package",
        "name": edition.key,
        "title": f"{edition.title}, {dataset.source}" if dataset.source else edition.title,
        "description": f"One return of the collection {edition.title}, as CSV files linked by keys. "
        "Values are as they were sent, valid or not.",
        "collectory": {"edition": edition.key, "source": dataset.source},
        "resources": [_resource(dataset, entity, key_column, source_column(edition)) for entity in edition.entities],
    }


def with_hashes(package: dict[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """A descriptor that also says how long each file is and what its SHA-256 is, so that it shows later whether a
    spreadsheet has saved it again."""
    for resource in package["resources"]:
        content = files[resource["path"]]
        resource["bytes"] = len(content)
        resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return package


def files_as_hashed(files: Mapping[str, bytes]) -> set[str]:
    """The names of files that are to the byte what the descriptor among them says."""
    try:
        resources = json.loads(files[DATA_PACKAGE])["resources"]
        stated = {str(each["path"]): str(each["hash"]) for each in resources if "hash" in each}
    except (KeyError, ValueError, TypeError, RecursionError):
        return set()
    return {
        name for name, content in files.items() if stated.get(name) == f"sha256:{hashlib.sha256(content).hexdigest()}"
    }


def _resource(dataset: Dataset, entity: Entity, key_column: KeyColumn, source_name: str) -> dict[str, Any]:
    edition = dataset.edition
    if is_numbered(edition):
        return _described(dataset, entity, _linked_schema(edition, entity))
    own = key_column(edition, entity)
    fields: list[dict[str, Any]] = [
        {
            "name": own,
            "type": "integer",
            "title": "Record",
            "description": "Position of the record in the return, from 0; findings call it by this number too.",
            "constraints": {"required": True, "unique": True},
        }
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""], "primaryKey": [own]}
    if entity.parent is not None:
        above = key_column(edition, entity.parent)
        fields.append(
            {
                "name": above,
                "type": "integer",
                "title": f"{entity.parent.label} to which it belongs",
                "constraints": {"required": True},
            }
        )
        schema["foreignKeys"] = [
            {"fields": [above], "reference": {"resource": entity.parent.name.lower(), "fields": [above]}}
        ]
    fields.append({"name": source_name, "type": "string", "title": "Native ID of the source"})
    fields.extend(field_described(edition, field) for field in entity.fields)
    return _described(dataset, entity, schema)


def _linked_schema(edition: Edition, entity: Entity) -> dict[str, Any]:
    """The columns of a table that is linked by keys and running numbers."""
    above = links_above(entity)
    of = {name: each for each in entity.ancestors() for name in link_of(each)}
    fields = [{"name": name, "type": "string", "title": f"{of[name].label} to which it belongs"} for name in above]
    if entity.number_column:
        title = f"Number of the {entity.label} within the record above, from 1"
        fields.append({"name": entity.number_column, "type": "string", "title": title})
    fields.extend(field_described(edition, field) for field in entity.fields)
    lists = [each for each in edition.entities if each.list_column and each.parent is entity]
    fields.extend(
        {"name": each.list_column, "type": "string", "title": f"{each.plural}, as {each.name}.csv lists them"}
        for each in lists
    )
    return {"fields": fields, "missingValues": [""]}


def _described(dataset: Dataset, entity: Entity, schema: dict[str, Any]) -> dict[str, Any]:
    resource = {
        "profile": "tabular-data-resource",
        "name": entity.name.lower(),
        "path": f"{entity.name}.csv",
        "title": entity.plural,
        "description": entity.help,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "rows": dataset.tables[entity.name].height,
        "schema": schema,
    }
    return {name: value for name, value in resource.items() if value != ""}


def field_described(edition: Edition, field: Field) -> dict[str, Any]:
    """A column as the descriptor has it: name, type, title, what is allowed, codes with their meanings."""
    described: dict[str, Any] = {"name": field.name, **_type(field), "title": field.title}
    if field.help:
        described["description"] = field.help
    constraints = _constraints(field)
    codes = edition.codeset(field)
    if codes is not None:
        constraints["enum"] = list(codes)
        described["categories"] = [{"value": code, "label": meaning} for code, meaning in codes.items()]
    if constraints:
        described["constraints"] = constraints
    if field.cbds:
        described["cbds"] = field.cbds
    described["xmlPath"] = field.path
    return described


def _type(field: Field) -> dict[str, Any]:
    kind = field.kind
    match kind:
        case Date():
            return {"type": "date"}
        case DateTime():
            return {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S"}
        case Integer():
            return {"type": "integer"}
        case Decimal():
            return {"type": "number"}
        case Boolean():
            return {"type": "boolean", "trueValues": list(kind.true), "falseValues": list(kind.false)}
        case Code() | Text():
            return {"type": "string"}
    return {"type": "any"}


def _constraints(field: Field) -> dict[str, Any]:
    kind = field.kind
    constraints: dict[str, Any] = {"required": True} if field.required is True else {}
    if isinstance(kind, (Integer, Decimal)):
        if kind.least is not None:
            constraints["minimum"] = kind.least
        if kind.most is not None:
            constraints["maximum"] = kind.most
    if isinstance(kind, Text):
        if kind.longest is not None:
            constraints["maxLength"] = kind.longest
        if kind.form is not None:
            constraints["pattern"] = kind.form
    return constraints


def readme(dataset: Dataset) -> str:
    """What the files are and how to use them, for a person who unpacks the archive."""
    edition = dataset.edition
    lines = [
        edition.title,
        f"Return of {dataset.source}" if dataset.source else "Return of a source that does not state its number",
        "",
        "Each CSV file is one table of the return, one line for each record:",
        "",
    ]
    width = max(len(entity.name) for entity in edition.entities) + 4
    for entity in edition.entities:
        below = f", below {entity.parent.name}" if entity.parent is not None else ""
        count = dataset.tables[entity.name].height
        lines.append(f"  {entity.name + '.csv':<{width}}  {count:>8,} {'line' if count == 1 else 'lines'}{below}")
    lines += [
        "",
        *(LINKED if is_numbered(edition) else NUMBERED),
        f"{DATA_PACKAGE}, which follows the Frictionless Data standard (Tabular Data Package).",
        "",
        "Values are as they were sent, valid or not; empty means missing. The files are in UTF-8 and open in a",
        "spreadsheet by double click. To keep leading zeros, import them as text instead. A value that a",
        "spreadsheet would take for a formula (it begins with = + - or @) has an apostrophe put in front, which",
        "Collectory takes off again when it reads the files.",
        "",
        "The files hold personal data. Keep them where only those who need them can read them, send them only",
        "by a secure way, and delete them when they have served their purpose.",
        "",
    ]
    return "\r\n".join(lines)
