"""Write the example returns that lie beside this script: small schools of invented people.

    .venv/bin/python examples/make_examples.py

The file names are those that schools give their returns. Everything in them is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import collectory
from collectory.engine import Dataset, read_tables
from collectory.engine.writing.xml import write_xml

HERE = Path(__file__).parent
EDITION = "school-census-2021-autumn"


@dataclass(frozen=True)
class Example:
    """A school, how many pupils it has, and the share of them with a fault."""

    source: str
    pupils: int
    faults: float

    @property
    def file_name(self) -> str:
        edition = collectory.edition(EDITION)
        assert edition.blade.file_name is not None
        return edition.blade.file_name(edition, self.source, "001")

    def dataset(self) -> Dataset:
        edition = collectory.edition(EDITION)
        assert edition.blade.sample is not None
        return read_tables(dict(edition.blade.sample(edition, self.pupils, self.faults, 2021, self.source)), edition)


SECONDARY = Example("8554001", 60, 0.0)
PRIMARY = Example("8552001", 45, 0.0)
SECONDARY_WITH_FAULTS = Example("8554002", 60, 0.5)
EXAMPLES = (SECONDARY, PRIMARY, SECONDARY_WITH_FAULTS)


def main() -> None:
    """Write all of them."""
    for example in EXAMPLES:
        path = HERE / example.file_name
        path.write_bytes(write_xml(example.dataset()))
        print(f"{path.name}: {example.pupils} pupils, {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
