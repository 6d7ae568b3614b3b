"""Made-up returns: believable, and the same for the same seed. Everything in them is invented."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from collectory.blade import Edition

from ..typical import SOURCE, typical
from .columns import Columns, frame
from .episodes import episodes
from .faults import put_faults
from .people import people


def sample(edition: Edition, records: int, faults: float, seed: int, source: str) -> Mapping[str, pl.DataFrame]:
    """The tables of a made-up return of so many children.

    faults   share of the children (0 to 1) as many as whom faults are put in, at least one; 0 for none
    seed     the same seed gives the same return
    source   a local authority's number such as "302"; "" for that one

    Raises ValueError for a number or a share that cannot be, and for a source that is not three digits.
    """
    source = source or SOURCE
    if len(source) != 3 or not source.isdecimal() or not source.isascii():
        raise ValueError("A local authority's number has three digits, such as 302")
    if records < 1:
        raise ValueError("A return is about at least one child")
    if not 0 <= faults <= 1:
        raise ValueError("The share of faults is a number from 0 to 1")
    draws = np.random.default_rng([seed, int(source), int(edition.year)])
    header = {**typical(edition)["Header"], "LEA": source}
    made: dict[str, Columns] = {"Header": {name: np.array([value], object) for name, value in header.items()}}
    below, first_referral, unborn = episodes(edition, records, draws)
    made.update(people(edition, records, draws, source, first_referral, unborn))
    made.update(below)
    if faults:
        put_faults(edition, made, max(round(faults * records), 1), np.random.default_rng([seed, 1]))
    return {entity.name: frame(entity, made[entity.name]) for entity in edition.entities}


__all__ = ["sample"]
