"""The same people from term to term and numbers that no two schools of the nation give."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

import numpy as np
import polars as pl

from ..sample.identifiers import permanent_upns, temporary_upns
from .plan import PlannedSchool

TOPS = ("PupilOnRoll", "PupilNoLongerOnRoll")
IDENTITY = (
    "UPN", "UniqueLearnerNumber", "FormerUPN", "Surname", "Forename", "MiddleNames", "PreferredSurname",
    "FormerSurname", "Gender", "Sex", "DOB", "Ethnicity", "Language",
)  # fmt: skip
PERMANENT = r"^[A-Z]\d{12}$"
Tables = dict[str, pl.DataFrame]


def with_own_numbers(tables: Mapping[str, pl.DataFrame], school: PlannedSchool) -> Tables:
    """The tables with UPNs that only this school's pupils have; temporary ones are its own already."""
    made = dict(tables)
    upns = pl.concat([made[top]["UPN"] if top in made else pl.Series("UPN", [], pl.String) for top in TOPS])
    permanent = upns.str.contains(PERMANENT).fill_null(False)
    issued = upns.filter(permanent).str.slice(8, 2).cast(pl.Int64)
    counted = pl.DataFrame({"year": issued}).select(pl.int_range(1, pl.len() + 1).over("year").alias("serial"))
    years, serial = issued.to_numpy(), counted["serial"].to_numpy()
    base = int(school.council) * 10_000 + int(school.feeder)
    fresh = permanent_upns((base * 100 + years) * 1000 + serial)
    upns = upns.scatter(permanent.arg_true(), fresh)
    start = 0
    for top in TOPS:
        if top in made:
            made[top] = made[top].with_columns(upns.slice(start, made[top].height).alias("UPN"))
            start += made[top].height
    return made


def named_as(tables: Mapping[str, pl.DataFrame], school: PlannedSchool) -> Tables:
    """The tables with the name and reference number that the register has."""
    return {
        **tables,
        "School": tables["School"].with_columns(pl.lit(school.name).alias("SchoolName")),
        "Header": tables["Header"].with_columns(pl.lit(school.urn).alias("URN")),
    }


def as_last_term(before: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]) -> Tables:
    """Last term's tables with the people of this term, as far as they were there: those of one cohort, in order of
    their dates of birth. Whoever is left over of last term has gone since."""
    earlier, later = before["PupilOnRoll"], now["PupilOnRoll"]
    last_census = before["Header"]["ReferenceDate"][0]
    there = later.filter(pl.col("EntryDate") <= last_census)
    pairs = _in_cohorts(earlier).join(_in_cohorts(there), on=["cohort", "place"], suffix="_now")
    rows = pairs["row"].to_numpy()
    chosen = there[pairs["row_now"].to_numpy()]
    columns = []
    for name in IDENTITY:
        if name in earlier.columns and name in chosen.columns:
            new, old = chosen[name], earlier[name].gather(rows)
            if name in ("UniqueLearnerNumber", "Ethnicity", "Language"):
                new = pl.DataFrame({"new": new, "old": old}).select(
                    pl.when(pl.col("old").is_not_null()).then(pl.coalesce("new", "old")).alias(name)
                )[name]
            columns.append(earlier[name].scatter(rows, new).alias(name))
    made = {**before, "PupilOnRoll": earlier.with_columns(columns)}
    return _with_numbers_apart(made, set(rows.tolist()), now)


def _with_numbers_apart(before: Tables, here_now: set[int], now: Mapping[str, pl.DataFrame]) -> Tables:
    """Last term's tables in which nobody who has gone since has the UPN of somebody of this term.

    Both terms' numbers are counted from the same first one. `here_now` are the rows on roll of those who are here this
    term too.
    """
    made, used = dict(before), {upn for top in TOPS if top in now for upn in now[top]["UPN"].to_list()}
    for top in TOPS:
        if top not in made:
            continue
        upns = made[top]["UPN"].to_list()
        for row, upn in enumerate(upns):
            if upn is None or (top == "PupilOnRoll" and row in here_now):
                continue
            upns[row] = _free(upn, used) if upn in used else upn
            used.add(upns[row])
        made[top] = made[top].with_columns(pl.Series("UPN", upns, dtype=pl.String))
    return made


def _free(upn: str, used: Set[str | None]) -> str:
    """A UPN of the same school and year that nobody has, from the end of its numbers."""
    of_year = int(upn[1:10])
    if re.match(PERMANENT, upn):
        numbers = permanent_upns(of_year * 1000 + np.arange(999, 0, -1))
    else:
        index = np.arange(2299, -1, -1)
        numbers = temporary_upns(of_year * 100 + index // 23, index % 23)
    return next(each for each in numbers.to_list() if each not in used)


def _in_cohorts(pupils: pl.DataFrame) -> pl.DataFrame:
    """Row, school year of birth (it begins in September) and place in it by date of birth."""
    born = pl.col("DOB").str.to_date()
    return (
        pupils.with_row_index("row")
        .select(pl.col("row").cast(pl.Int64), born.alias("born"), born.dt.offset_by("-8mo").dt.year().alias("cohort"))
        .sort("born", maintain_order=True)
        .with_columns(pl.int_range(pl.len()).over("cohort").alias("place"))
        .select("row", "cohort", "place")
    )


def cohort(born: str) -> int:
    """The school year of birth of a date as it is written."""
    return int(born[:4]) - (int(born[5:7]) < 9)
