"""Write the example returns that lie beside this script: small schools of invented people.

    .venv/bin/python examples/make_examples.py

The file names are those that schools give their returns. Everything in them is made up.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import collectory
from collectory.blades.school_census.sample.made_up_lists import made_up_lists
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
REGISTER_COLUMNS = (
    "URN",
    "LA (code)",
    "LA (name)",
    "EstablishmentNumber",
    "EstablishmentName",
    "TypeOfEstablishment (name)",
    "EstablishmentStatus (name)",
    "OpenDate",
    "CloseDate",
    "PhaseOfEducation (name)",
    "Trusts (code)",
    "Trusts (name)",
)
EXAMPLES = (SECONDARY, PRIMARY, SECONDARY_WITH_FAULTS)


def main() -> None:
    """Write all of them."""
    for example in EXAMPLES:
        path = HERE / example.file_name
        path.write_bytes(write_xml(example.dataset()))
        print(f"{path.name}: {example.pupils} pupils, {path.stat().st_size // 1024} kB")
    write_register()
    write_lists()


def write_lists() -> None:
    """The lists that rules about learning aims ask."""
    for name, content in made_up_lists().items():
        (HERE / f"{name}.csv").write_bytes(content)


def write_register() -> None:
    """The register of the schools above, in the national register's columns and its encoding."""
    kinds = {
        SECONDARY.source: (
            "Harcourt Spinney Academy",
            "Academy converter",
            "Secondary",
            "2901",
            "Willow Learning Trust",
        ),
        PRIMARY.source: ("Bramble Hill Primary School", "Community school", "Primary", "", ""),
        SECONDARY_WITH_FAULTS.source: ("Wharf Lane High School", "Community school", "Secondary", "", ""),
    }
    with (HERE / "register.csv").open("w", encoding="cp1252", newline="") as file:
        lines = csv.writer(file, quoting=csv.QUOTE_ALL)
        lines.writerow(REGISTER_COLUMNS)
        for example in EXAMPLES:
            name, kind, phase, trust, trust_name = kinds[example.source]
            urn = str(example.dataset().tables["Header"]["URN"].item())
            council, number = example.source[:3], example.source[3:]
            row = [urn, council, "Larkshire County Council", number, name, kind, "Open", "01-09-1998", "", phase]
            lines.writerow([*row, trust, trust_name])


if __name__ == "__main__":
    main()
