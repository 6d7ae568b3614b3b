"""Being told when clashes appear, change or go.

Listeners run in the transaction that wrote the rows, after the clashes were written, so that what they write is there
with the clash or not at all, whoever is killed. They must be quick and take no lock of a return: with PostgreSQL the
data collection's matching lock is held (services/finding.py). What takes long, or sends something, is queued.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates.models import Clash
from collectory.portal.returns.models import Return


@dataclass(frozen=True)
class Changed:
    """What became of the clashes of a data collection at one moment.

    cause     the return whose data changed; None where all were worked out anew (the table of status pairs changed)
    appeared  clashes that were not there
    altered   clashes whose sides, verdict or values are others than before
    went      clashes that are no more, as they were; their rows are deleted (`pk` is kept, sides are not)
    """

    collection: DataCollection
    cause: Return | None
    appeared: tuple[Clash, ...]
    altered: tuple[Clash, ...]
    went: tuple[Clash, ...]


Listener = Callable[[Changed], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have a function told; call from the ready() of an app."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(changed: Changed) -> None:
    """Tell every listener, unless nothing changed."""
    if changed.appeared or changed.altered or changed.went:
        for listener in _listeners:
            listener(changed)
