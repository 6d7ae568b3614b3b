"""Files of an export, freed of what spreadsheets do to CSV files; what was done and what cannot be undone is said."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from collectory.blade import Edition
from collectory.engine.reading.csv_set import is_csv
from collectory.engine.receiving.damage import Damage
from collectory.engine.receiving.meanings import Meanings, meanings_of
from collectory.engine.receiving.plain_table import PlainTable, plain_table
from collectory.engine.receiving.values import mend, order_of_dates
from collectory.engine.writing.data_package import DATA_PACKAGE, files_as_hashed


@dataclass
class Mended:
    """Files that readers take, and what was done to them. `meanings` is None where a file could not be read at all.

    saved_again  names of files that are not as they were exported
    """

    files: Mapping[str, bytes]
    damage: Damage
    meanings: Meanings | None = None
    saved_again: tuple[str, ...] = ()


def mended_files(files: Mapping[str, bytes], edition: Edition | None = None) -> Mended:
    """Read all CSV files however they were saved, and give them as exports write them.

    Raises FileRefused where they do not say which collection they are of, or are of another than `edition`.
    """
    damage = Damage()
    untouched = files_as_hashed(files)
    tables: list[PlainTable] = []
    for name, content in files.items():
        if is_csv(name):
            table = plain_table(name, content, damage, untouched=name in untouched)
            if table is not None:
                tables.append(table)
    if damage.faults or not tables:
        return Mended(files, damage)
    frames = {table.name[: -len(".csv")]: table.frame for table in tables}
    meanings = meanings_of(frames, files.get(DATA_PACKAGE), edition)
    order = order_of_dates(tables, meanings)
    for table in tables:
        mend(table, meanings, order, damage)
    made = dict(files)
    for table in tables:
        if table.changed:
            made[table.name] = _written(table)
    saved_again = tuple(table.name for table in tables if not table.as_written)
    return Mended(made, damage, meanings, saved_again)


def _written(table: PlainTable) -> bytes:
    buffer = io.BytesIO()
    table.frame.write_csv(buffer, include_bom=True, quote_style="non_numeric", line_terminator="\r\n")
    return buffer.getvalue()
