"""Which field each column of an export's files is, and how the export writes dates and yes or no."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from collectory.blade import Edition, Field
from collectory.engine.extracts import extract_layout
from collectory.engine.reading.csv_set import edition_of_set
from collectory.engine.reading.extract import edition_of_extract, is_extract
from collectory.engine.writing.extract import DAY, MOMENT
from collectory.engine.writing.linked_tables import link_of


@dataclass(frozen=True)
class Meanings:
    """How the files of an export are to be read.

    columns  the field of each column, by file (without .csv, small letters) and column (small letters)
    day, moment  the forms of dates and moments, as in strftime
    yes, no  how truth is written; None where it is as the field has it
    """

    edition: Edition
    is_extract: bool
    columns: Mapping[tuple[str, str], Field] = field(default_factory=dict)
    day: str = "%Y-%m-%d"
    moment: str = "%Y-%m-%dT%H:%M:%S"
    yes: str | None = None
    no: str | None = None

    def field(self, file: str, column: str) -> Field | None:
        """The field of a column; None for one that numbers or names records."""
        return self.columns.get((file.lower(), column.lower()))

    def date(self, day: dt.date) -> str:
        """A day as the export writes it."""
        return day.strftime(self.day)

    def datetime(self, moment: dt.datetime) -> str:
        """A moment as the export writes it."""
        return moment.strftime(self.moment)


def meanings_of(frames: Mapping[str, pl.DataFrame], package: bytes | None, edition: Edition | None) -> Meanings:
    """What the columns of these tables (by file name without .csv) mean. Raises FileRefused where the tables do not say
    which collection they are of, or are of another than `edition`."""
    if is_extract({f"{name}.csv": b"" for name in frames}, edition):
        small = {name.lower(): frame.rename(_small(frame)) for name, frame in frames.items()}
        edition = edition_of_extract(small, edition)
        layout = extract_layout(edition)
        assert layout is not None, "only blades with an extract are candidates"
        columns = {
            (table.name, column): edition.entity(entity).field(name)
            for table in layout.tables.values()
            for (entity, name), column in table.columns.items()
        }
        return Meanings(edition, True, columns, DAY, MOMENT, "True", "False")
    edition = edition_of_set(frames, package, edition)
    columns = {}
    for entity in edition.entities:
        for above in entity.ancestors():
            for name in link_of(above):
                if above.has_field(name):
                    columns.setdefault((entity.name.lower(), name.lower()), above.field(name))
        columns |= {(entity.name.lower(), each.name.lower()): each for each in entity.fields}
    return Meanings(edition, False, columns)


def _small(frame: pl.DataFrame) -> dict[str, str]:
    return {name: name.lower() for name in frame.columns if name.lower() not in frame.columns}
