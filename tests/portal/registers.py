"""Register files for tests: the columns that the national register of schools has, as many as are read."""

from __future__ import annotations

import csv
import io

COLUMNS = (
    "URN",
    "LA (code)",
    "LA (name)",
    "EstablishmentNumber",
    "EstablishmentName",
    "TypeOfEstablishment (name)",
    "EstablishmentStatus (name)",
    "ReasonEstablishmentClosed (name)",
    "OpenDate",
    "CloseDate",
    "PhaseOfEducation (name)",
    "Trusts (code)",
    "Trusts (name)",
)
LARKSHIRE = "Larkshire County Council"


def school(native_id: str, name: str, urn: str = "", /, **values: str) -> dict[str, str]:
    """A row: an open community secondary school unless `values`, by the beginning of a column, say otherwise."""
    row = {
        "URN": urn or f"1{native_id[2:]}",
        "LA (code)": native_id[:3],
        "LA (name)": LARKSHIRE if native_id[:3] == "855" else f"Council {native_id[:3]}",
        "EstablishmentNumber": native_id[3:],
        "EstablishmentName": name,
        "TypeOfEstablishment (name)": "Community school",
        "EstablishmentStatus (name)": "Open",
        "PhaseOfEducation (name)": "Secondary",
    }
    for column in COLUMNS:
        for word, value in values.items():
            if column.startswith(word) or column == f"Trusts ({word})":
                row[column] = value
    return row


def register(*rows: dict[str, str], encoding: str = "cp1252") -> bytes:
    """The file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def links(*pairs: tuple[str, str, str]) -> bytes:
    """The file of links: URN, URN of the other, and the kind of link."""
    lines = ["URN,LinkURN,LinkName,LinkType,LinkEstablishedDate"]
    return "\r\n".join([*lines, *(f"{urn},{other},,{kind},01-09-2021" for urn, other, kind in pairs)]).encode()
