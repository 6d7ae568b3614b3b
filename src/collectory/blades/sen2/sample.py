"""Made-up returns: believable, the same for the same seed, and one year's like the next.

Everything in them is invented. An authority's figures follow from the seed and its number alone; the editions of
two years in a row give two returns in a row of one authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import polars as pl

from collectory.blade import Edition

from .lines import FIRST_PLACED, FIRST_STATEMENTS, PLACED, STATEMENTS, Line, Placements
from .typical import SOURCE, typical

FIRST_YEAR = 2009

AGE_SHARES = (0.04, 0.33, 0.43, 0.20)
FIRST_AGE_SHARES = (0.25, 0.48, 0.24, 0.03)
SCHOOL_SHARES = {
    "eyedset": 0.010,
    "rpmain": 0.050,
    "sen": 0.040,
    "main": 0.445,
    "spec": 0.350,
    "nmspec": 0.022,
    "indspec": 0.042,
    "indoth": 0.010,
    "hosp": 0.002,
    "pru": 0.008,
    "acad": 0.021,
}
LONG_SCHOOL_SHARES = {
    **SCHOOL_SHARES,
    "main": 0.345,
    "spec": 0.318,
    "acad": 0.112,
    "specacad": 0.034,
    "apacad": 0.002,
    "mainfree": 0.004,
    "specfree": 0.004,
    "apfree": 0.001,
}
ELSEWHERE_SHARES = {"excl": 0.002, "othla": 0.006, "home": 0.007, "await": 0.005}
FLOW_SHARES = {
    "Assnone": 0.008,
    "Tospec": 0.020,
    "Tomain": 0.004,
    "Dislea": 0.028,
    "Dismet": 0.012,
    "Disoth": 0.006,
    "Disleft": 0.055,
}
FIRST_SHARE = 0.125

Numbers = dict[str, int]


def sample(edition: Edition, records: int, faults: float, seed: int, source: str) -> Mapping[str, pl.DataFrame]:
    """The tables of a made-up return.

    records  about how many children the authority maintains a statement for, at least 1
    faults   share of the lines (0 to 1) that get one fault each, at least one; 0 for a return without a finding
    seed     the same seed gives the same return
    source   a native ID such as "302"; "" for that one

    Each table has one record. Raises ValueError for a number or a share that cannot be, and for a source that is not
    three digits.
    """
    source = source or SOURCE
    if len(source) != 3 or not source.isdecimal() or not source.isascii():
        raise ValueError("A local authority's number has three digits, such as 302")
    if records < 1:
        raise ValueError("A return is about at least one child")
    if not 0 <= faults <= 1:
        raise ValueError("The share of faults is a number from 0 to 1")
    everyone = _statements(edition, records, seed, source)
    first = max(round(everyone * FIRST_SHARE * _draws(seed, source, edition.year, "first").uniform(0.85, 1.15)), 1)
    one = _counts(edition, "Part1", STATEMENTS, AGE_SHARES, PLACED, everyone, seed, source)
    two = _counts(edition, "Part2", FIRST_STATEMENTS, FIRST_AGE_SHARES, FIRST_PLACED, first, seed, source)
    moves = _draws(seed, source, edition.year, "moves")
    two.update({name: int(moves.poisson(everyone * share)) for name, share in FLOW_SHARES.items()})
    made: dict[str, dict[str, str | None]] = {
        "Header": {**typical(edition)["Header"], "LEA": source},
        "LALevel": {**typical(edition)["LALevel"], "LACode": source, "CompletionTime": str(int(moves.integers(4, 40)))},
        "Part1": {name: str(number) for name, number in one.items()},
        "Part2": {name: str(number) for name, number in two.items()},
    }
    if faults:
        _spoil(made, faults, _draws(seed, source, edition.year, "faults"))
    return {entity.name: _table(edition, entity.name, made[entity.name]) for entity in edition.entities}


def _draws(seed: int, source: str, *about: str) -> np.random.Generator:
    """A stream of random numbers of its own for each subject, so that a new one moves none of the others."""
    words = "/".join((str(seed), source, *about))
    return np.random.default_rng(int.from_bytes(blake2b(words.encode(), digest_size=8).digest()))


def _statements(edition: Edition, records: int, seed: int, source: str) -> int:
    """The number of statements in the edition's year: a few per cent from one year to the next."""
    steps = _draws(seed, source, "years").uniform(-0.01, 0.035, size=64)
    years = int(edition.year) - FIRST_YEAR
    return max(round(records * float(np.prod(1 + steps[:years]))), 1)


def _counts(
    edition: Edition,
    entity: str,
    by_age: tuple[Line, ...],
    ages: tuple[float, ...],
    asked: Placements,
    everyone: int,
    seed: int,
    source: str,
) -> Numbers:
    """The ages and the placements of so many children; both add up to them."""
    prefix = asked.everyone.field[0]
    shares = LONG_SCHOOL_SHARES if edition.last_placement == "p" else SCHOOL_SHARES
    names = [f"{prefix}{name}" for name in (*shares, *ELSEWHERE_SHARES)]
    placed = _divided(everyone, (*shares.values(), *ELSEWHERE_SHARES.values()), seed, source, entity, edition.year)
    counts = dict(zip(names, placed, strict=True))
    aged = _divided(everyone, ages, seed, source, f"{entity} ages", edition.year)
    counts.update(zip((line.field for line in by_age), (*aged, everyone), strict=True))
    counts[asked.at_school.field] = sum(placed[: len(shares)])
    counts[asked.everyone.field] = everyone
    return counts


def _divided(whole: int, shares: tuple[float, ...], seed: int, source: str, what: str, year: str) -> list[int]:
    """A number in parts: an authority has its own shares, which drift a little from year to year."""
    own = np.array(shares) * _draws(seed, source, what).lognormal(0, 0.25, size=len(shares))
    drift = own * _draws(seed, source, what, year).lognormal(0, 0.02, size=len(shares))
    exact = whole * drift / drift.sum()
    parts = np.floor(exact).astype(int)
    largest = np.argsort(parts - exact, kind="stable")[: whole - int(parts.sum())]
    parts[largest] += 1
    return [int(part) for part in parts]


def _spoil(made: dict[str, dict[str, str | None]], faults: float, draws: np.random.Generator) -> None:
    """Put one fault into a share of the lines: left blank, one off, a word, a minus, a fraction, a slip of the key."""
    lines = [(entity, field) for entity in ("Part1", "Part2") for field in made[entity]]
    chosen = draws.choice(len(lines), size=min(max(round(faults * len(lines)), 1), len(lines)), replace=False)
    for at in sorted(int(number) for number in chosen):
        entity, field = lines[at]
        value = made[entity][field] or "0"
        spoiled = (None, str(int(value) + 1), "none", f"-{value}", f"{value}.5", f"{value}000000")
        made[entity][field] = spoiled[int(draws.integers(len(spoiled)))]


def _table(edition: Edition, entity: str, values: Mapping[str, str | None]) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {
        "_row": pl.Series([0], dtype=pl.Int64),
        "_parent": pl.Series([None], dtype=pl.Int64),
    }
    for field in edition.entity(entity).fields:
        columns[field.name] = pl.Series([values.get(field.name)], dtype=pl.String)
    return pl.DataFrame(columns)
