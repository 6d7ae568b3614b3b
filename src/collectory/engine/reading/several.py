"""Which returns lie in files and folders that somebody names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from collectory.engine.reading.csv_set import is_csv

RETURNS = (".xml", ".zip")


def returns_below(paths: Iterable[Path]) -> Iterator[Path]:
    """The files and exports that are named or lie in folders that are, at any depth, in the order of names.

    A folder that holds CSV or Parquet files and neither XML files, archives nor folders is taken for the export of one
    return. Elsewhere XML files and zip archives are taken and all else is passed over. A file that is named is taken
    whatever it is. Hidden files are not. Raises OSError.
    """
    for path in paths:
        if path.is_dir():
            yield from _of_folder(path)
        else:
            yield path


def _of_folder(folder: Path) -> Iterator[Path]:
    within = [each for each in sorted(folder.iterdir()) if each.name[0] != "."]
    if _is_export(within):
        yield folder
        return
    for each in within:
        if each.is_dir():
            yield from _of_folder(each)
        elif each.suffix.lower() in RETURNS:
            yield each


def _is_export(within: list[Path]) -> bool:
    tables = any(is_csv(each.name) or each.name.endswith(".parquet") for each in within)
    return tables and not any(each.is_dir() or each.suffix.lower() in RETURNS for each in within)
