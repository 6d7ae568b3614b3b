"""Writing a made-up nation into a folder, a group of four schools at a time.

register.csv      all schools, in the columns of the national register
councils.csv      numbers and names
returns/855/...   a return of each school
previous/855/...  the return of each school in the term before, of the same people as far as they were there
duplicates.csv    what was planted: see `planting`
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from collectory.blade import Edition

from ..sample import sample
from .people import Tables, as_last_term, named_as, with_own_numbers
from .plan import MEAN_OF_ALL, PlannedSchool, council_name, planned
from .planting import Planted, Return, plant

KEY = (
    "kind", "detail", "file", "native_id", "record", "upn", "other_file", "other_native_id", "other_record",
    "other_upn",
)  # fmt: skip
TYPES = {
    "PS": ("Community school", "Primary"),
    "SS": ("Academy converter", "Secondary"),
    "AT": ("Academy sponsor led", "All-through"),
    "SP": ("Community special school", "Not applicable"),
    "NS": ("Local authority nursery school", "Nursery"),
    "PR": ("Pupil referral unit", "Not applicable"),
}
OPENED = "01-09-2012"
TODAY_NUMBERS = ("2", "3", "8", "9")

Write = Callable[[Edition, Tables], Iterator[bytes]]
"""Makes a file of the tables of a return."""


@dataclass(frozen=True)
class Nation:
    """What was written: schools, pupils on roll of this term's returns, bytes of all returns, lines of the key."""

    schools: int
    pupils: int
    size: int
    planted: int


@dataclass(frozen=True)
class _Group:
    pupils: int
    size: int
    planted: list[Planted]


def write_nation(
    edition: Edition,
    folder: Path,
    schools: int,
    seed: int,
    write: Write,
    *,
    mean_size: float = MEAN_OF_ALL,
    processes: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Nation:
    """Write a nation with so many schools into an empty folder.

    `write` makes a file of a return's tables. `mean_size` is the mean roll of all schools (386 in England). The same
    seed gives the same nation, however many processes make it. Raises OSError.
    """
    for name in ("returns", "previous"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    councils = tuple(code for code in sorted(edition.upn_authorities) if code[0] in TODAY_NUMBERS)
    plan = list(planned(schools, seed, councils, mean_size))
    _write_register(folder, plan, councils)
    groups = [list(group) for _, group in groupby(plan, key=lambda school: school.position // 4)]
    make = partial(_write_group, edition.key, folder, seed, write)
    pupils = size = lines = 0
    with (folder / "duplicates.csv").open("w", newline="", encoding="utf-8") as file:
        key = csv.writer(file, lineterminator="\n")
        key.writerow(KEY)
        for number, made in enumerate(_all(make, groups, processes), 1):
            pupils, size, lines = pupils + made.pupils, size + made.size, lines + len(made.planted)
            for pair in made.planted:
                sides = [[side.file, side.native_id, side.record, side.upn] for side in (pair.one, pair.other)]
                key.writerow([pair.kind, pair.detail, *sides[0], *sides[1]])
            progress(number / len(groups))
    return Nation(len(plan), pupils, size, lines)


def _all(
    make: Callable[[list[PlannedSchool]], _Group], groups: list[list[PlannedSchool]], processes: int
) -> Iterator[_Group]:
    if processes == 1:
        yield from map(make, groups)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        left = iter(groups)
        while some := list(islice(left, processes * 16)):
            yield from pool.map(make, some)


def _write_group(key: str, folder: Path, seed: int, write: Write, group: list[PlannedSchool]) -> _Group:
    from .. import blade

    edition = next(each for each in blade.editions if each.key == key)
    before = edition.before
    size = 0
    returns: list[Return] = []
    for school in group:
        tables = _tables(edition, school, seed)
        if before is not None:
            previous = as_last_term(_tables(before, school, seed), tables)
            size += _write(folder / "previous" / school.council, before, school, previous, write)
        returns.append(Return(_path(edition, school), school.source, tables, tables["PupilOnRoll"].to_dicts()))
    lots = np.random.default_rng([seed & 0xFFFF_FFFF, 0x6475, group[0].position])
    pairs = list(plant(returns, group[0].position // 4, lots))
    for school, each in zip(group, returns, strict=True):
        size += _write(folder / "returns" / school.council, edition, school, each.tables, write)
    return _Group(sum(len(each.rows) for each in returns), size, pairs)


def _tables(edition: Edition, school: PlannedSchool, seed: int) -> Tables:
    made = sample(edition, school.pupils, 0.0, seed * 1_000_003 + school.position, school.source)
    return named_as(with_own_numbers(made, school), school)


def _path(edition: Edition, school: PlannedSchool) -> str:
    assert edition.blade.file_name is not None
    return f"returns/{school.council}/{edition.blade.file_name(edition, school.source, '001')}"


def _write(folder: Path, edition: Edition, school: PlannedSchool, tables: Tables, write: Write) -> int:
    assert edition.blade.file_name is not None
    folder.mkdir(exist_ok=True)
    path = folder / edition.blade.file_name(edition, school.source, "001")
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.writelines(write(edition, tables))
    os.replace(unfinished, path)
    return path.stat().st_size


def _write_register(folder: Path, plan: list[PlannedSchool], councils: tuple[str, ...]) -> None:
    names = {code: council_name(position) for position, code in enumerate(councils)}
    rows = []
    for school in plan:
        kind, phase = TYPES[school.phase]
        trust = None if school.trust is None else str(5000 + school.trust)
        rows.append(
            {
                "URN": school.urn,
                "LA (code)": school.council,
                "LA (name)": names[school.council],
                "EstablishmentNumber": school.number,
                "EstablishmentName": school.name,
                "TypeOfEstablishment (name)": kind,
                "PhaseOfEducation (name)": phase,
                "EstablishmentStatus (name)": "Open",
                "OpenDate": OPENED,
                "CloseDate": None,
                "Trusts (code)": trust,
                "Trusts (name)": None if trust is None else f"Made-up Learning Trust {trust}",
            }
        )
    pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / "register.csv")
    used = sorted({school.council for school in plan})
    pl.DataFrame({"LA (code)": used, "LA (name)": [names[code] for code in used]}).write_csv(folder / "councils.csv")
