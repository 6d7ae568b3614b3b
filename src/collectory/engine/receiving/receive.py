"""All that is asked of a file on receipt, and the answers together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from collectory.blade import Edition, ExtraRules
from collectory.engine.checking.check import Result, check
from collectory.engine.dataset import Dataset
from collectory.engine.reading.csv_set import read_csv_set
from collectory.engine.reading.extract import is_extract, read_extract
from collectory.engine.receiving.comparing import ComparedWithLast, RegisterDifference, with_last, with_register
from collectory.engine.receiving.damage import Damage
from collectory.engine.receiving.mending import mended_files
from collectory.engine.receiving.naming import NameVerdict, name_verdict
from collectory.engine.receiving.opening import files_of_export
from collectory.engine.refusal import FileRefused, Refusal

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Beside:
    """What is known of a return's source beside the file that came.

    previous  its return in the collection before, for rules that compare
    register  the register's rows of it
    last      the return in the last file that came from it
    lists     the reference lists that rules ask, by name
    """

    previous: Dataset | None = None
    register: pl.DataFrame | None = None
    last: Dataset | None = None
    lists: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass
class Received:
    """What came of a file. It is taken where there is neither a refusal nor a fault; findings do not prevent that.

    name         what it was called and should be
    refusal      why it is not taken, where that is of the whole file
    damage       what was put right, what cannot be (faults, by file, row and column), and what cannot be known
    is_extract   whether it is in the layout of COLLECT's own extracts
    saved_again  files that are not as they were exported
    result       what the rules found, extra ones among them; None where it was not taken
    extra        the sets of extra rules that were asked
    register, last  comparisons; None where there was nothing to compare with
    """

    name: NameVerdict
    damage: Damage = field(default_factory=Damage)
    refusal: Refusal | None = None
    is_extract: bool = False
    saved_again: tuple[str, ...] = ()
    result: Result | None = None
    extra: tuple[ExtraRules, ...] = ()
    register: tuple[RegisterDifference, ...] | None = None
    last: ComparedWithLast | None = None

    @property
    def is_taken(self) -> bool:
        """Whether a return could be made of it."""
        return self.result is not None

    @property
    def dataset(self) -> Dataset | None:
        """The return in it."""
        return self.result.dataset if self.result is not None else None

    @property
    def source(self) -> str:
        """The native ID that the return states; "" where there is none."""
        return self.dataset.source if self.dataset is not None else ""


def receive(
    data: bytes,
    name: str,
    *,
    edition: Edition | None = None,
    sources: Collection[str] | None = None,
    extra: Iterable[ExtraRules] = (),
    beside: Callable[[Dataset], Beside] | None = None,
    progress: Progress | None = None,
) -> Received:
    """Ask everything of a file that came under a name.

    `edition` is what it must be of, `sources` the native IDs of those that it may be from (None for anybody), `extra`
    the rules of the receiver's own, `beside` gives what else is known of the return's source.
    """
    say = progress or (lambda stage, share: None)
    received = Received(name_verdict(name, ""))
    try:
        say("reading", 0.0)
        dataset = _read(data, name, received, edition, sources)
    except FileRefused as refused:
        received.refusal = refused.refusal
        return received
    if dataset is None:
        return received
    say("checking", 0.3)
    known = beside(dataset) if beside is not None else Beside()
    sets = tuple(each for each in extra if each.blade == dataset.edition.blade.name)
    asked = replace(dataset, edition=dataset.edition.with_extra(sets))
    received.extra = sets
    received.result = check(
        asked,
        known.previous,
        known.register,
        lambda stage, share: say("checking", 0.3 + 0.5 * share),
        lists=known.lists,
    )
    say("comparing", 0.8)
    if known.register is not None:
        received.register = with_register(dataset, known.register)
    if known.last is not None:
        received.last = with_last(dataset, known.last)
    return received


def read_export(data: bytes, edition: Edition | None = None) -> Dataset | Refusal:
    """The return in an archive that was taken before, damage put right; no rule is asked."""
    try:
        damage = Damage()
        mended = mended_files(files_of_export(data, damage), edition)
        if mended.damage.faults:
            first = mended.damage.faults[0]
            return Refusal(
                "wrong-table", "The files cannot be read", f"{first.where}: {first.message}", "Export again."
            )
        extract = is_extract(mended.files, edition)
        return read_extract(mended.files, edition) if extract else read_csv_set(mended.files, edition)
    except FileRefused as refused:
        return refused.refusal


def _read(
    data: bytes, name: str, received: Received, edition: Edition | None, sources: Collection[str] | None
) -> Dataset | None:
    """The return, or None where faults stand against it. Raises FileRefused."""
    files = files_of_export(data, received.damage)
    nested = received.damage.repairs
    mended = mended_files(files, edition)
    received.damage = mended.damage
    received.damage.repairs[:0] = nested
    received.saved_again = mended.saved_again
    if mended.damage.faults:
        return None
    received.is_extract = is_extract(mended.files, edition)
    outcome = read_extract(mended.files, edition) if received.is_extract else read_csv_set(mended.files, edition)
    if isinstance(outcome, Refusal):
        raise FileRefused(outcome)
    received.name = name_verdict(name, outcome.source)
    if sources is not None and outcome.source not in sources:
        raise FileRefused(_of_another(outcome.source))
    return outcome


def _of_another(source: str) -> Refusal:
    says = f"It is the return of {source}" if source else "It does not say whose return it is"
    return Refusal(
        "wrong-source",
        "The file is from another organisation",
        f"{says}, for which you do not send.",
        "Choose your own export. If you do send for this organisation, ask the team to enter that.",
    )
