"""Which returns lie in files and folders that somebody names."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from collectory.engine.reading.csv_set import is_csv

RETURNS = (".xml", ".zip")


def returns_below(paths: Iterable[Path]) -> Iterator[Path]:
    """The files and exports that are named or lie in folders that are, at any depth, in the order of names.

    A folder that holds CSV or Parquet files and neither XML files, archives nor folders is taken for the export of one
    return. Elsewhere XML files and zip archives are taken and all else is passed over. A file that is named is taken
    whatever it is. Hidden files are not. What is named or met twice is given once, under its first name. Raises
    OSError.
    """
    seen: set[Path] = set()
    for path in paths:
        for each in _of_folder(path, seen) if path.is_dir() else [path]:
            if (there := each.resolve()) not in seen:
                seen.add(there)
                yield each


def without_copies(paths: Iterable[Path], copied: Callable[[Path, Path], None]) -> list[Path]:
    """The files but for those that hold, byte for byte, what an earlier one holds; of these `copied` is told: the copy,
    and what it is a copy of. Folders are not looked into."""
    listed = list(paths)
    sizes = {path: path.stat().st_size for path in listed if path.is_file()}
    often = Counter(sizes.values())
    first: dict[bytes, Path] = {}
    kept = []
    for path in listed:
        if often[sizes.get(path, -1)] > 1:
            try:
                with path.open("rb") as file:
                    same = first.setdefault(hashlib.file_digest(file, "sha256").digest(), path)
            except OSError:  # whoever reads it says why not
                same = path
            if same is not path:
                copied(path, same)
                continue
        kept.append(path)
    return kept


def _of_folder(folder: Path, seen: set[Path]) -> Iterator[Path]:
    if (there := folder.resolve()) in seen:  # a link back to where it came from
        return
    seen.add(there)
    within = [each for each in sorted(folder.iterdir()) if each.name[0] != "."]
    if _is_export(within):
        seen.discard(there)
        yield folder
        return
    for each in within:
        if each.is_dir():
            yield from _of_folder(each, seen)
        elif each.suffix.lower() in RETURNS:
            yield each


def _is_export(within: list[Path]) -> bool:
    tables = any(is_csv(each.name) or each.name.endswith(".parquet") for each in within)
    return tables and not any(each.is_dir() or each.suffix.lower() in RETURNS for each in within)
