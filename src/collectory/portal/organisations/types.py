"""Which types of school make returns, and who is the agent of each: a table, so that a collector can have its own.

Source of the table that ships: academies, free schools, university technical colleges, studio schools,
non-maintained special schools and city technology colleges deal with the department themselves; maintained schools
and pupil referral units report to their authority. The setting COLLECTORY_ORGANISATION_TYPES names another file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHIPPED = Path(__file__).with_name("types.csv")
NAME = "TypeOfEstablishment (name)"
AGENTS = ("authority", "department", "nobody")


@dataclass(frozen=True)
class SchoolType:
    """What a type in the register means here.

    name   the type as our pages call it, such as "maintained" or "academy"
    phase  the phase of schools for which the register says that none applies
    agent  "authority", "department", or "nobody" for a type that makes no returns
    """

    name: str
    phase: str
    agent: str


def key(name: str) -> str:
    """A type's name without differences of letter case and spacing."""
    return " ".join(name.casefold().split())


@cache
def read_types(path: Path) -> dict[str, SchoolType]:
    """The table of types, by `key`. Raises ImproperlyConfigured for a file that is no such table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        found = {key(line[NAME]): SchoolType(line["type"], line["phase"], line["agent"]) for line in lines}
    except (OSError, UnicodeDecodeError, KeyError, AttributeError) as problem:
        raise ImproperlyConfigured(f"{path} is not a table of school types ({type(problem).__name__}).") from None
    for name, one in found.items():
        if one.agent not in AGENTS:
            raise ImproperlyConfigured(f"{path}: the agent of {name} is one of {', '.join(AGENTS)}, not {one.agent!r}.")
    return found


def school_types() -> dict[str, SchoolType]:
    """The table in force."""
    return read_types(Path(settings.ORGANISATION_TYPES or SHIPPED))
