"""Pupils whom two schools of the country claim: some of each kind, so that the reports of duplicates have something to
show, within a council and across."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from collectory.blade import Edition
from collectory.portal.demonstration.people import FIRST_SCHOOL

Tables = Mapping[str, Any]
WHO = ("upn", "surname", "forename", "middle_names", "sex", "birth_date")


@dataclass(frozen=True)
class Claim:
    """That a school returns a pupil of another as its own, in the place of one of the same year group.

    number       which pupil of the year group, at both schools, from 0
    status       what it says the pupil's enrolment status is
    other_upn    it returns the pupil under a UPN of its own
    birth_date   the date that it returns, where it is another one
    slip         it types the pupil anew, under a UPN of its own and with this slip (SLIPS)
    """

    school: str
    of: str
    year: str
    number: int
    status: str = "C"
    other_upn: bool = False
    birth_date: str = ""
    slip: str = ""


CLAIMS = (
    # Within Larkshire: both alone; alone and main; under another UPN; a child with hours at two.
    Claim("8552003", "8552006", "5", 0),
    Claim("8552003", "8552006", "4", 1, "M"),
    Claim("8552006", "8552003", "3", 0, other_upn=True),
    Claim("8552006", "8552003", "N2", 0, "S"),
    # Between councils: alone and subsidiary; birth dates that differ; under another UPN; a child with hours at two.
    Claim("8562003", "8552003", "6", 2, "S"),
    Claim("8562003", "8552006", "2", 1, birth_date="2015-03-09"),
    Claim("8562002", "8552006", "1", 1, other_upn=True),
    Claim("8572003", "8552003", "N2", 1, "S"),
    # Of the first school, as soon as one of its two files to try is loaded.
    Claim("8554003", FIRST_SCHOOL, "9", 0),
    Claim("8554003", FIRST_SCHOOL, "8", 1, "M"),
    Claim("8564003", FIRST_SCHOOL, "10", 2, "S"),
    Claim("8564003", FIRST_SCHOOL, "7", 3, other_upn=True),
    # Alike but for a slip: what looking for probable matches finds.
    Claim("8552003", "8552006", "3", 2, slip="letters exchanged"),
    Claim("8562003", "8552006", "4", 4, slip="wrong day"),
    Claim("8562002", "8552006", "6", 1, slip="names exchanged"),
    Claim("8572003", "8552003", "1", 2, slip="initial"),
)

Said = dict[str, str]


def _letters_exchanged(said: Said) -> Said:
    name = said["surname"]
    return {"surname": f"{name[:1]}{name[2:3]}{name[1:2]}{name[3:]}"}


def _wrong_day(said: Said) -> Said:
    year, month, day = said["birth_date"].split("-")
    return {"birth_date": f"{year}-{month}-{int(day) % 28 + 1:02d}"}


def _names_exchanged(said: Said) -> Said:
    return {"surname": said["forename"], "forename": said["surname"]}


def _initial(said: Said) -> Said:
    return {"forename": said["forename"][:1]}


SLIPS: dict[str, Callable[[Said], Said]] = {
    "letters exchanged": _letters_exchanged,
    "wrong day": _wrong_day,
    "names exchanged": _names_exchanged,
    "initial": _initial,
}


def with_claims(tables: Tables, edition: Edition, native_id: str, sample: Callable[[str], Tables]) -> dict[str, Any]:
    """The tables of a school with the pupils that it claims. `sample` gives the tables of another school."""
    mine = [claim for claim in CLAIMS if claim.school == native_id]
    matching = edition.blade.matching
    if not mine or matching is None:
        return dict(tables)
    entity = edition.entity(matching.entities[0].name)
    pupils: pl.DataFrame = tables[entity.name]
    meant = {name: entity.field_meant_by(getattr(matching, name)) for name in WHO}
    fields = {name: field.name for name, field in meant.items() if field is not None}
    for claim in mine:
        theirs: pl.DataFrame = sample(claim.of)[entity.name]
        here, there = _row(pupils, claim), _row(theirs, claim)
        said = {name: theirs[field][there] for name, field in fields.items()}
        if claim.slip:
            said |= SLIPS[claim.slip](said)
        if claim.birth_date:
            said["birth_date"] = claim.birth_date
        if claim.other_upn or claim.slip:
            del said["upn"]
        changed = {fields[name]: value for name, value in said.items()} | {matching.status: claim.status}
        at_row = pl.int_range(pl.len()) == here
        pupils = pupils.with_columns(
            pl.when(at_row).then(pl.lit(value, pl.String)).otherwise(pl.col(name)).alias(name)
            for name, value in changed.items()
        )
    return {**tables, entity.name: pupils}


def _row(pupils: pl.DataFrame, claim: Claim) -> int:
    return int((pupils["NCyearActual"] == claim.year).arg_true()[claim.number])
