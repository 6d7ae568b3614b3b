"""What a school year's module says of each of its terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TermDates:
    """A term's census: calendar year, the file's word for the term, and its parameters (see the package)."""

    year: int
    term: str
    parameters: dict[str, Any] = field(default_factory=dict)
