"""What happened to a CSV file on its way, as values: what was put right, what cannot be, what cannot be known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

SHOWN = 200
"""Faults that are kept one by one; beyond them only the number counts."""


@dataclass(frozen=True)
class Repair:
    """Harmless damage that was put right.

    code    for programs: "encoding", "separator", "empty-rows", "empty-columns", "dates", "zeros", "yes-no",
            "decimals", "numbers", "letters", "nested"
    column  "" where it is of the whole file
    count   values, rows or columns; row is that of the first one as a spreadsheet counts (the header is row 1)
    """

    code: str
    file: str
    message: str
    column: str = ""
    count: int = 1
    row: int | None = None
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Fault:
    """Damage that cannot be put right: the file, the row as a spreadsheet counts, the column, and what was lost."""

    code: str
    file: str
    message: str
    column: str = ""
    row: int | None = None
    value: str = ""

    @property
    def where(self) -> str:
        """The place in words."""
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row:,}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Doubt:
    """What a spreadsheet may have changed without a trace, so that nobody can tell."""

    file: str
    column: str
    count: int
    message: str


@dataclass
class Damage:
    """All of it, as it is found. `faults` holds the first `SHOWN`, `all_faults` counts them all."""

    repairs: list[Repair] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    all_faults: int = 0

    def refuse(self, fault: Fault) -> None:
        """Note a fault."""
        self.all_faults += 1
        if len(self.faults) < SHOWN:
            self.faults.append(fault)


def together(repairs: Iterable[Repair]) -> list[Repair]:
    """Repairs with those that were the same for whole files made one, which counts the files."""
    whole: dict[str, list[Repair]] = {}
    kept: list[Repair] = []
    for each in repairs:
        if each.column or each.count > 1:
            kept.append(each)
        else:
            whole.setdefault(each.message, []).append(each)
    merged = []
    for first, *others in whole.values():
        named = f"{first.file} and {len(others):,} other {'file' if len(others) == 1 else 'files'}"
        merged.append(replace(first, file=named, count=1 + len(others)) if others else first)
    return merged + kept
