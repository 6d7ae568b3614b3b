"""The people of many returns, read one return after the other; only the narrow rows are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from collectory.blade import Edition
from collectory.engine.dataset import Dataset
from collectory.engine.matching.cases import Cases, together
from collectory.engine.matching.rows import match_rows
from collectory.engine.matching.same_person import same_person
from collectory.engine.matching.same_upn import same_upn
from collectory.engine.matching.under_fives import under_fives
from collectory.engine.reading.file import read_path


@dataclass(frozen=True)
class Gathered:
    """The people of the returns of one edition, in the columns of `match_rows`, and how many returns they are of."""

    edition: Edition
    rows: pl.DataFrame
    returns: int

    def exact(self) -> Cases:
        """All cases that need no score. Each file is taken for a return of its own."""
        matching = self.edition.blade.matching
        assert matching is not None
        return together(
            [
                same_upn(self.rows, matching.statuses, by="file"),
                same_person(self.rows, by="file"),
                under_fives(self.rows, matching.entitlement(self.edition), by="file"),
            ]
        )

    def in_several_files(self) -> dict[str, list[str]]:
        """The files of each organisation that has more than one."""
        files = self.rows.group_by("native_id").agg(pl.col("file").unique().sort())
        return dict(files.filter(pl.col("file").list.len() > 1).sort("native_id").iter_rows())


def gather(paths: Iterable[Path], refuse: Callable[[Path, str], None], step: Callable[[], None]) -> list[Gathered]:
    """Read returns and keep what matching needs of them, by edition, oldest first: a pupil is on roll every term, and
    that is no duplicate.

    `refuse` is told of each file that is left out, and why; `step` is called after each file.
    """
    found: dict[str, list[pl.DataFrame]] = {}
    editions: dict[str, Edition] = {}
    for path in paths:
        try:
            outcome = read_path(path)
        except OSError as problem:
            refuse(path, (problem.strerror or "cannot be read").lower())
            step()
            continue
        if isinstance(outcome, Dataset):
            if outcome.edition.blade.matching is None:
                refuse(path, f"{outcome.edition.title} says nothing of how people are matched")
            else:
                editions[outcome.edition.key] = outcome.edition
                found.setdefault(outcome.edition.key, []).append(match_rows(outcome, str(path)))
        else:
            refuse(path, str(outcome))
        step()
    ordered = sorted(editions.values(), key=lambda each: each.when)
    return [Gathered(each, pl.concat(found[each.key]), len(found[each.key])) for each in ordered]
