"""What the name of an export says, and what it should be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from collectory.engine.writing.exporting import CURRENT, export_name

RIGHT = re.compile(r"([0-9]{3}|[0-9]{7})_Collect-Blade-Export\.zip", re.IGNORECASE)
NUMBER = re.compile(r"(?<![0-9])([0-9]{7}|[0-9]{3})(?![0-9])")
NUMBERED_COPY = re.compile(r"[ _]*\((\d{1,3})\)(?=\.|$)|[ _]*-[ _]*Copy(?=[ .(]|$)|^Copy of[ _]+", re.IGNORECASE)
GENERIC = re.compile(r"(current|collect)[ _-]*blade[ _-]*export", re.IGNORECASE)


class Says(StrEnum):
    """What a name says about its file."""

    RIGHT = "right"
    UNNAMED = "unnamed"  # as it was downloaded, or called anything: it names nobody
    ALMOST = "almost"  # the right number in a name of another form
    OTHER = "other"  # another organisation's number


@dataclass(frozen=True)
class NameVerdict:
    """What a file was called (without folders), whose it says it is ("" for nobody's), and what it should be called."""

    given: str
    says: Says
    number: str
    offered: str

    @property
    def message(self) -> str:
        """In words, with what to do; "" where the name is right."""
        match self.says:
            case Says.RIGHT:
                return ""
            case Says.UNNAMED:
                return f"{self.given} does not say whose file it is. It is kept as {self.offered}."
            case Says.ALMOST:
                return f"{self.given} is not quite the name that was asked for. It is kept as {self.offered}."
            case Says.OTHER:
                return (
                    f"The name says that the file is from {self.number}, what is in it is from "
                    f"{self.offered.partition('_')[0]}. It is kept as {self.offered}; check that it is the right file."
                )


def name_verdict(given: str, source: str) -> NameVerdict:
    """What a file's name says, where the file holds the return of a source.

    Names as browsers and systems make them of a second download ("… (1).zip", "Copy of …") are taken for the first.
    """
    given = PurePosixPath(given.replace("\\", "/")).name.strip()[:200]
    offered = export_name(source)
    plain = NUMBERED_COPY.sub("", given).strip()
    stated = stated_number(plain)
    if plain == offered and given == offered:
        says = Says.RIGHT
    elif stated and source and stated != source and not (len(stated) == 3 and source.startswith(stated)):
        says = Says.OTHER
    elif stated == source:
        says = Says.ALMOST
    else:
        says, stated = Says.UNNAMED, ""
    return NameVerdict(given, says, stated, offered)


def stated_number(name: str) -> str:
    """The native ID in the name of a file; "" where there is none, or more than one."""
    whole = RIGHT.fullmatch(name)
    found = {whole.group(1)} if whole else set(NUMBER.findall(name))
    return found.pop() if len(found) == 1 else ""


def is_as_downloaded(name: str) -> bool:
    """Whether a file is called as the old system calls every school's export."""
    plain = NUMBERED_COPY.sub("", PurePosixPath(name.replace("\\", "/")).name).strip()
    return plain.lower() == CURRENT.lower() or (bool(GENERIC.search(plain)) and not stated_number(plain))
