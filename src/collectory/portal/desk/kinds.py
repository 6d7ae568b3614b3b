"""The kinds of work on many returns, and how another app adds its own.

    register(Kind("approve", "Approve many returns", "approved", act=approve_one))

`act` is called for one return or file after another, inside a transaction that also writes what became of it; it
gives None when it is done, or why not. `prepare` is called before that transaction, for what takes long (reading a
file, writing an export); what it gives is handed to `act`. Both may be called again after a kill, so `prepare` must
leave nothing behind that the next attempt would not replace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collectory.engine import Refusal
from collectory.portal.desk.models import Job, JobItem
from collectory.portal.people.models import Membership

Prepare = Callable[[Job, JobItem, Membership], Any]
Do = Callable[[Job, JobItem, Membership, Any], Refusal | None]


@dataclass(frozen=True)
class Kind:
    """A kind of work: its key, its name in the queues, what a return is after it, and the work itself."""

    key: str
    label: str
    done: str
    act: Do
    prepare: Prepare | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; call from the ready() of an app. The same one twice is a fault."""
    assert kind.key not in _kinds, kind.key
    _kinds[kind.key] = kind


def kind_of(job: Job) -> Kind:
    """The kind of a job. Raises KeyError for one whose app is no longer installed."""
    return _kinds[job.kind]
