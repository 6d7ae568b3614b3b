"""Faults for made-up returns: each breaks rules that it names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from collectory.blade import Edition

from ..draws import Ints, Lots, Mask, stream
from . import of_modules, of_pupils, of_studies
from .workings import LEAVER, ON_ROLL, Fault, Workings, faults_in

FAULTS = tuple(each for module in (of_pupils, of_modules, of_studies) for each in faults_in(vars(module)))

__all__ = ["FAULTS", "Fault", "Workings", "with_faults"]


def with_faults(
    edition: Edition, tables: Mapping[str, pl.DataFrame], share: float, seed: int
) -> Mapping[str, pl.DataFrame]:
    """The tables with one fault each for this share of the pupils, on roll and leavers (at least for one)."""
    lots = stream(seed, "faults")
    work = Workings(edition, tables)
    chosen: list[tuple[Fault, Ints]] = []
    victims: dict[str, Mask] = {}
    for top in (ON_ROLL, LEAVER):
        count = round(share * work.height(top))
        if share and top == ON_ROLL:
            count = max(1, count)
        possible = [each for each in FAULTS if each.possible_in(edition) and work.top(each.on) == top]
        shared_out, victims[top] = _shared_out(lots, work, possible, work.height(top), count)
        chosen.extend(shared_out)
    work.victims = victims
    for fault, rows in chosen:
        fault.spoil(work, rows)
    return work.finished()


def _shared_out(
    lots: Lots, work: Workings, possible: list[Fault], pupils: int, count: int
) -> tuple[list[tuple[Fault, Ints]], Mask]:
    """Which faults befall which pupils: all faults equally often, as far as there are pupils for them."""
    free = np.ones(pupils, dtype=bool)
    able = [(fault, *fault.rows(work)) for fault in possible]
    able = [each for each in able if len(each[1])]
    # Where every fault has a turn, those that few pupils can have choose first.
    order = sorted(range(len(able)), key=lambda place: len(able[place][1])) if count >= len(able) else None
    turns = order if order is not None else lots.permutation(len(able)).tolist()
    chosen: list[tuple[Fault, Ints]] = []
    left = count
    while left > 0:
        each_takes = max(1, left // max(1, len(able)))
        before = left
        for place in turns:
            fault, who, rows = able[place]
            available = np.flatnonzero(free[who])
            taken = lots.permutation(available)[: min(each_takes, left)]
            if len(taken):
                free[who[taken]] = False
                chosen.append((fault, np.sort(rows[taken])))
                left -= len(taken)
        if left == before:
            break
    return chosen, ~free
