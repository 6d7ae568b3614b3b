"""Findings as a table."""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl

from collectory.blade.records import RETURN
from collectory.engine.checking.compile import CompiledPart
from collectory.engine.checking.worksheet import Worksheet
from collectory.engine.dataset import PARENT, Dataset

FIELD = pl.Struct({"field": pl.String, "value": pl.String, "entity": pl.String, "record": pl.Int64})
SCHEMA: dict[str, Any] = {
    "rule_key": pl.String,
    "rule": pl.String,
    "priority": pl.String,
    "level": pl.String,
    "entity": pl.String,
    "record": pl.Int64,
    "key": pl.List(pl.String),
    "message": pl.String,
    "fields": pl.List(FIELD),
    "place_fields": pl.String,
}


def findings_of_part(dataset: Dataset, sheet: Worksheet, part: CompiledPart, rows: pl.Series) -> pl.DataFrame:
    """The findings of one test at the rows (of its entity's frame) where it fails."""
    frame = sheet.frames[part.entity]
    chosen = frame[rows] if len(rows) < frame.height else frame
    figures = chosen.select(read.column.alias(f"read:{number}") for number, read in enumerate(part.reads))
    if figures.height != chosen.height:
        figures = chosen.with_columns(read.column.alias(f"read:{number}") for number, read in enumerate(part.reads))
    cells = [
        pl.struct(
            pl.lit(read.name).alias("field"),
            _written(figures.schema[f"read:{number}"], pl.col(f"read:{number}")).alias("value"),
            pl.lit(read.entity, pl.String).alias("entity"),
            (read.row if read.row is not None else pl.lit(None)).cast(pl.Int64).alias("record"),
        )
        for number, read in enumerate(part.reads)
    ]
    own = chosen.hstack(figures.select(pl.col("^read:.*$")).get_columns()) if part.reads else chosen
    fields = own.select(pl.concat_list(cells).alias("fields"))["fields"] if cells else None
    count = len(rows)
    at_return = part.rule.level == "return" or part.entity == RETURN
    return pl.DataFrame(
        {
            "rule_key": _repeated(part.rule.key, count),
            "rule": _repeated(part.rule.number, count),
            "priority": _repeated(part.rule.priority, count),
            "level": _repeated(part.rule.level, count),
            "entity": _repeated(None if part.entity == RETURN else part.entity, count),
            "record": _repeated(None, count, pl.Int64) if at_return else rows,
            "key": _repeated_empty(count) if at_return else keys_of(dataset, part.entity, rows),
            "message": _messages(part, figures, count),
            "fields": fields if fields is not None else pl.Series([[]] * count, dtype=pl.List(FIELD)),
            "place_fields": _repeated(part.place_fields, count),
        },
        schema=SCHEMA,
    )


def keys_of(dataset: Dataset, entity_name: str, rows: pl.Series) -> pl.Series:
    """For each row, the natural keys from the outermost record to this one; missing values as ""."""
    entity = dataset.edition.entity(entity_name)
    chain = [entity, *entity.ancestors()]
    columns: list[pl.Series] = []
    at = rows
    for each in chain:
        table = dataset.tables[each.name]
        own = [table[name].gather(at).fill_null("") for name in dataset.key_of(each)]
        columns = own + columns
        if each.parent is not None:
            at = table[PARENT].gather(at)
    if not columns:
        return _repeated_empty(len(rows))
    frame = pl.DataFrame([column.alias(str(number)) for number, column in enumerate(columns)])
    return frame.select(pl.concat_list(pl.all()).alias("key"))["key"]


def in_reading_order(dataset: Dataset, found: pl.DataFrame) -> pl.DataFrame:
    """Findings about the return first, then by entity, record and rule as the edition has them.

    Where the edition has a form, the lines of the form come before the rules: each finding stands where the first
    field that it reads stands; what follows from the field itself comes first, then rules that read few fields
    before those that read many.
    """
    if not found.height:
        return found
    entities = {entity.name: number for number, entity in enumerate(dataset.edition.entities)}
    ordered = dataset.edition.rules
    if dataset.edition.form is not None:
        ordered = tuple(sorted(ordered, key=lambda rule: not all(part.derived_from for part in rule.parts)))
    rules = {rule.key: number for number, rule in enumerate(ordered)}
    return (
        found.with_columns(
            (pl.col("level") != "return").alias("_level"),
            pl.col("entity").replace_strict(entities, default=-1, return_dtype=pl.Int32).alias("_entity"),
            pl.col("rule_key").replace_strict(rules, default=-1, return_dtype=pl.Int32).alias("_rule"),
            *_place_in_form(dataset),
        )
        .sort("_level", "_entity", "record", "_line", "_cells", "_rule", nulls_last=False, maintain_order=True)
        .drop("_level", "_entity", "_line", "_cells", "_rule")
    )


def _place_in_form(dataset: Dataset) -> tuple[pl.Expr, pl.Expr]:
    """The line of the form that a finding stands at, and how many cells it reads."""
    form = dataset.edition.form
    if form is None:
        return pl.lit(0).alias("_line"), pl.lit(0).alias("_cells")
    lines = {f"{entity}.{field}": number for (entity, field), number in form.order.items()}
    first = pl.col("fields").list.first().struct
    name = first.field("field").str.split(".").list.last()
    cell = pl.concat_str(first.field("entity"), pl.lit("."), name)
    cells = pl.col("fields").list.eval(pl.element().struct.field("entity").is_not_null().cast(pl.Int32)).list.sum()
    return (
        cell.replace_strict(lines, default=-1, return_dtype=pl.Int32).alias("_line"),
        cells.fill_null(0).alias("_cells"),
    )


def with_identities(dataset: Dataset, found: pl.DataFrame) -> pl.DataFrame:
    """Findings with `place` and `identity`.

    Records whose natural key is empty are told apart by the fields that name them, and records of one key by
    their order.
    """
    names: dict[str, pl.Series] = {}
    places: list[str] = []
    identities: list[str] = []
    seen: dict[str, int] = {}
    columns = ("rule_key", "entity", "record", "key", "place_fields", "fields")
    for rule, entity, record, key, place_fields, fields in zip(*(found[c].to_list() for c in columns), strict=True):
        known = "\x1f".join(key)
        if record is not None and not known.strip("\x1f"):
            known = _name_of(dataset, entity, record, names)
        text = "\x1e".join((rule, entity or "", known, place_fields))
        turn = seen.get(text, 0)
        seen[text] = turn + 1
        place = digest_of(f"{text}\x1e{turn}" if turn else text)
        values = "\x1f".join(f"{each['field']}={'∅' if each['value'] is None else each['value']}" for each in fields)
        places.append(place)
        identities.append(digest_of(f"{place}\x1e{values}"))
    return found.drop("place_fields").with_columns(
        pl.Series("place", places, dtype=pl.String), pl.Series("identity", identities, dtype=pl.String)
    )


def digest_of(text: str) -> str:
    """16 hexadecimal digits that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _name_of(dataset: Dataset, entity: str, record: int, names: dict[str, pl.Series]) -> str:
    if entity not in names:
        kind = dataset.edition.entity(entity)
        by = [name for name in kind.named_by if kind.has_field(name)]
        table = dataset.tables[entity]
        joined = table.select(pl.concat_str(by, separator="\x1f", ignore_nulls=True)) if by else None
        names[entity] = joined.to_series() if joined is not None else pl.Series([""] * table.height)
    return str(names[entity][record] or "")


def _messages(part: CompiledPart, figures: pl.DataFrame, count: int) -> pl.Series:
    if not part.figures:
        return _repeated(part.message.format(), count)
    names = [read.name for read in part.reads]
    columns = {name: figures[f"read:{names.index(name)}"].to_list() for name in set(part.figures)}
    written = [
        part.message.format(**{name: _figure(values[row]) for name, values in columns.items()}) for row in range(count)
    ]
    return pl.Series(written, dtype=pl.String)


class _Nothing:
    def __format__(self, spec: str) -> str:
        return "nothing"


def _figure(value: Any) -> Any:
    return _Nothing() if value is None else value


def _written(dtype: pl.DataType, column: pl.Expr) -> pl.Expr:
    """A value as the Details pane shows it."""
    if dtype.is_float():
        return column.round(4).cast(pl.String)
    return column.cast(pl.String)


def _repeated(value: str | None, count: int, dtype: Any = pl.String) -> pl.Series:
    return pl.Series([value], dtype=dtype).new_from_index(0, count)


def _repeated_empty(count: int) -> pl.Series:
    return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, count)
