"""Writing a return as XML.

All records of an entity are written at once: each element is a column of text, made of the column of its values,
and a record is those columns put together. The records below are written first and joined to the one above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO

import polars as pl

from collectory.blade import Edition, Entity
from collectory.engine.dataset import PARENT, ROW, Dataset, completed
from collectory.engine.writing.document import Document, Leaf, Records, Wrapper, document_of

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
AT_ONCE = 10_000
"""Records at the top that are written at once, so that a large return takes no more memory than these."""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))


class UnwritableText(ValueError):
    """A value holds a character that XML cannot hold, such as a NUL; says where, never the value itself."""

    def __init__(self, entity: str, field: str, record: int) -> None:
        super().__init__(
            f"{entity}.{field} of record {record} holds a control character, which XML cannot hold. "
            "Take it out of the value."
        )
        self.entity, self.field, self.record = entity, field, record


def fits_xml(text: str) -> bool:
    """Whether XML can hold a text. Whatever takes values from a keyboard or from CSV asks this."""
    return NOT_IN_XML.search(text) is None


def write_xml(dataset: Dataset) -> bytes:
    """The return as an XML document in UTF-8, elements in the order of the layout, missing values left out.

    Reading it gives equal tables. Raises UnwritableText, and ValueError for a record that lies under none.
    """
    return b"".join(xml_pieces(dataset))


def write_xml_to(dataset: Dataset, file: IO[bytes]) -> None:
    """The same into an open file, without holding the document in memory."""
    for piece in xml_pieces(dataset):
        file.write(piece)


def xml_pieces(dataset: Dataset) -> Iterator[bytes]:
    """The same document in pieces of some megabytes."""
    document = document_of(dataset.edition)
    tables = _in_document_order(dataset)
    yield DECLARATION + f"<{document.root.name}>".encode()
    for item in document.root.items:
        yield from _top(item, document, tables, 1)
    yield f"\n</{document.root.name}>\n".encode()


def _top(
    item: Leaf | Records | Wrapper, document: Document, tables: Mapping[str, pl.DataFrame], depth: int
) -> Iterator[bytes]:
    if isinstance(item, Records):
        height = tables[item.entity.name].height
        for start in range(0, height, AT_ONCE):
            rows = slice(start, min(start + AT_ONCE, height))
            yield _records(item.entity, rows, document, tables, depth).str.join("").item().encode()
    elif isinstance(item, Wrapper) and _holds_records(item, tables):
        yield f"{_line(depth)}<{item.name}>".encode()
        for inner in item.items:
            yield from _top(inner, document, tables, depth + 1)
        yield f"{_line(depth)}</{item.name}>".encode()


def _holds_records(item: Leaf | Records | Wrapper, tables: Mapping[str, pl.DataFrame]) -> bool:
    if isinstance(item, Records):
        return tables[item.entity.name].height > 0
    return isinstance(item, Wrapper) and any(_holds_records(inner, tables) for inner in item.items)


def _records(
    entity: Entity, rows: slice, document: Document, tables: Mapping[str, pl.DataFrame], depth: int
) -> pl.Series:
    """The text of each of these records, those below them included."""
    frame = tables[entity.name].slice(rows.start, rows.stop - rows.start)
    content = _Content(entity, frame, document, tables, rows)
    record = document.records[entity.name]
    pieces = content.of(record, depth + 1)
    if not pieces:
        return pl.Series([f"{_line(depth)}<{record.name}/>"]).new_from_index(0, frame.height)
    own_value = any(isinstance(item, Leaf) and item.name == "." for item in record.items)
    before = f"{_line(depth)}<{record.name}>"
    after = f"</{record.name}>" if own_value else f"{_line(depth)}</{record.name}>"
    inside = content.frame.select(pl.concat_str(pieces, ignore_nulls=True).alias("inside"))
    return inside.select(
        pl.when(pl.col("inside") == "")
        .then(pl.lit(f"{_line(depth)}<{record.name}/>"))
        .otherwise(pl.concat_str(pl.lit(before), "inside", pl.lit(after)))
    ).to_series()


class _Content:
    """Gathers the columns of text that records of one entity are made of."""

    def __init__(
        self,
        entity: Entity,
        frame: pl.DataFrame,
        document: Document,
        tables: Mapping[str, pl.DataFrame],
        rows: slice,
    ) -> None:
        self.entity, self.document, self.tables, self.rows = entity, document, tables, rows
        self.frame = frame

    def of(self, holder: Wrapper, depth: int) -> list[pl.Expr]:
        """Pieces of text, null where there is nothing to write, in the order of the document."""
        pieces: list[pl.Expr] = []
        for item in holder.items:
            if isinstance(item, Leaf):
                pieces.extend(self._leaf(item, depth))
            elif isinstance(item, Records):
                pieces.extend(self._below(item, depth))
            else:
                inner = self.of(item, depth + 1)
                if inner:
                    there = pl.any_horizontal(piece.is_not_null() for piece in self._sources(item))
                    pieces.append(pl.when(there).then(pl.lit(f"{_line(depth)}<{item.name}>")))
                    pieces.extend(inner)
                    pieces.append(pl.when(there).then(pl.lit(f"{_line(depth)}</{item.name}>")))
        return pieces

    def _sources(self, holder: Wrapper) -> Iterator[pl.Expr]:
        """The columns that decide whether a wrapper is there at all."""
        for item in holder.items:
            if isinstance(item, Wrapper):
                yield from self._sources(item)
            elif isinstance(item, Records):
                if _below_name(item.entity) in self.frame.columns:
                    yield pl.col(_below_name(item.entity))
            else:
                yield from (pl.col(name) for name in item.columns)

    def _leaf(self, leaf: Leaf, depth: int) -> Iterator[pl.Expr]:
        columns = [name for name in leaf.columns if self._ready(name)]
        if not columns:
            return
        if leaf.name == ".":
            yield pl.col(columns[0])
            return
        line = _line(depth)
        for number, name in enumerate(leaf.columns):
            later = [each for each in leaf.columns[number + 1 :] if each in columns]
            if name in columns:
                yield pl.concat_str(pl.lit(f"{line}<{leaf.name}>"), name, pl.lit(f"</{leaf.name}>"))
            if later:
                # An empty element keeps the place of a missing value before one that is there.
                gap = pl.col(name).is_null() & pl.any_horizontal(pl.col(each).is_not_null() for each in later)
                yield pl.when(gap).then(pl.lit(f"{line}<{leaf.name}/>"))

    def _ready(self, name: str) -> bool:
        """Make the text of a column fit for XML; says whether it has any."""
        column = self.frame[name]
        text = column.str.join("").item() if column.null_count() < len(column) else ""
        if not text:
            self.frame = self.frame.with_columns(pl.lit(None, pl.String).alias(name))
            return False
        if NOT_IN_XML.search(text):
            at = column.str.contains(NOT_IN_XML.pattern).fill_null(False).arg_true()[0]
            raise UnwritableText(self.entity.name, name, self.rows.start + at)
        changed = pl.col(name)
        for character, reference in ESCAPES:
            if character in text:
                changed = changed.str.replace_all(character, reference, literal=True)
        # A text of no characters is a missing value too.
        self.frame = self.frame.with_columns(pl.when(pl.col(name) != "").then(changed).alias(name))
        return True

    def _below(self, item: Records, depth: int) -> Iterator[pl.Expr]:
        """The records of an entity below, those of one record above put together in one text."""
        above = self.tables[item.entity.name][PARENT]
        start = int(above.search_sorted(self.rows.start, "left"))
        stop = int(above.search_sorted(self.rows.stop, "left"))
        if start == stop:
            return
        texts = _records(item.entity, slice(start, stop), self.document, self.tables, depth)
        together = (
            pl.DataFrame([above.slice(start, stop - start).alias(ROW), texts.alias("text")])
            .group_by(ROW, maintain_order=True)
            .agg(pl.col("text").str.join(""))
        )
        name = _below_name(item.entity)
        found = self.frame.select(ROW).join(together, on=ROW, how="left", maintain_order="left")
        self.frame = self.frame.with_columns(found["text"].alias(name))
        yield pl.col(name)


def _below_name(entity: Entity) -> str:
    return f"records:{entity.name}"


def _line(depth: int) -> str:
    return "\n" + "  " * depth


def _in_document_order(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """The tables with the records below in the order of the records above, as a document has them."""
    ordered: dict[str, pl.DataFrame] = {}
    moved: dict[str, pl.DataFrame] = {}
    for entity in dataset.edition.entities:
        table = dataset.tables[entity.name]
        if entity.parent is not None and table.height:
            if entity.parent.name in moved:
                new = moved[entity.parent.name]
                table = table.with_columns(pl.col(PARENT).replace_strict(new["old"], new["new"], default=None))
            above = table[PARENT]
            if above.null_count() or not above.is_between(0, ordered[entity.parent.name].height - 1).all():
                raise ValueError(f"A record of {entity.name} lies under no record of {entity.parent.name}")
            if not above.is_sorted():
                table = table.sort(PARENT, maintain_order=True)
        count = pl.int_range(table.height, dtype=pl.Int64, eager=True)
        if not (table[ROW] == count).all():
            moved[entity.name] = pl.DataFrame([table[ROW].alias("old"), count.alias("new")])
            table = table.with_columns(count.alias(ROW))
        ordered[entity.name] = table.with_columns(pl.col(PARENT).set_sorted())
    return ordered


def xml_of_tables(edition: Edition, tables: Mapping[str, pl.DataFrame]) -> Iterator[bytes]:
    """The document of the tables that a blade makes, in pieces; tables that are not given are empty."""
    return xml_pieces(Dataset(edition, completed(edition, tables)))
