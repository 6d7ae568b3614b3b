"""Lists of codes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class CodeSet:
    """A named list of codes, each with its meaning, in the order in which people know it."""

    name: str
    codes: Mapping[str, str]

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def only(self, codes: Iterable[str]) -> CodeSet:
        """The same set with these codes alone (an edition that knows fewer)."""
        return CodeSet(self.name, {code: self.codes[code] for code in codes})

    def without(self, *codes: str) -> CodeSet:
        """The same set without these codes."""
        return CodeSet(self.name, {c: m for c, m in self.codes.items() if c not in codes})


def read_codesets(source: Traversable) -> dict[str, CodeSet]:
    """Code sets from a CSV with the columns codeset, code, meaning (other columns are for people)."""
    sets: dict[str, dict[str, str]] = {}
    with source.open("r", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            sets.setdefault(row["codeset"], {})[row["code"]] = row["meaning"]
    return {name: CodeSet(name, codes) for name, codes in sets.items()}
