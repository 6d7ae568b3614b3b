"""What is done with a file on receipt, beside keeping it. One check is registered, by the app that has it.

    register(check)   # in the ready() of an app

`check(file, opened)` gets the row of the file and its content, in memory, and gives an Outcome. It is called in a
worker, outside a transaction, and again after a kill; it must leave nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from collectory.engine import Refusal
from collectory.portal.transfer.models import TransferredFile


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    refusal      the file cannot be used at all: why, in words for the school; a new file is then asked for
    counts       for lists: "errors", "queries" and whatever else the report counts
    report       the report as bytes, which is kept sealed beside the file; empty for none
    tables       {entity: SHA-256 of its Parquet} of what the file holds, so that the desk can tell which revision
                 of a return in this service it is; empty where that is not known
    """

    refusal: Refusal | None = None
    counts: dict[str, int] = field(default_factory=dict)
    report: bytes = b""
    tables: dict[str, str] = field(default_factory=dict)


Check = Callable[[TransferredFile, IO[bytes]], Outcome]
_registered: list[Check] = []


def register(check: Check) -> None:
    """Make the check known; a second one is a fault."""
    assert not _registered
    _registered.append(check)


def registered() -> Check | None:
    """The check, where an app brings one."""
    return _registered[0] if _registered else None
