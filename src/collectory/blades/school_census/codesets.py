"""The code lists of the census, and which codes count in which edition.

`codesets.csv` is for people to read and correct: `since` and `until` are the first and last edition that
accepts a code (both included; empty for no limit).
"""

from __future__ import annotations

import csv
from importlib.resources import files
from importlib.resources.abc import Traversable

from collectory.blade import CodeSet, read_codesets

SOURCE: Traversable = files(__package__) / "codesets.csv"

codesets = read_codesets(SOURCE)


def codesets_at(when: str) -> dict[str, CodeSet]:
    """The code sets that an edition sees with fewer codes than there ever were."""
    gone: dict[str, list[str]] = {}
    with SOURCE.open("r", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if (row["since"] and when < row["since"]) or (row["until"] and when > row["until"]):
                gone.setdefault(row["codeset"], []).append(row["code"])
    return {name: codesets[name].without(*codes) for name, codes in gone.items()}
