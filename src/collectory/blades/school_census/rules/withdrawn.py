"""Rules that ended before the first edition that Collectory runs. They are proved in editions made for the purpose."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Edition, Record, When, case, rule

from ..entities.on_roll import annual_attendance, pupil_on_roll
from .attendance import COUNTED, REGISTERS, asked_about
from .scope import phases
from .year_groups import in_reception_or_above

ENGLISH = ["ENG", "ENB", "BSL"]
"""English, believed to be English, and British Sign Language."""


@rule(
    "5140",
    ERROR,
    on=pupil_on_roll,
    when=When(("AUT",), "2016-3", "2016-3") | When(("SPR",), "2017-1", "2018-1"),
    reads=("ProficiencyInEnglish", "Language", "NCyearActual"),
    message="The proficiency in English of a pupil whose first language is another is missing.",
    why="Schools are supported by how many of their pupils are learning English.",
    fix="Enter the code that teachers have judged, N where they have not yet.",
    fails=[case(Language="PNJ")],
    passes=[
        case(),
        case(Language="PNJ", ProficiencyInEnglish="N"),
        case(Language="PNJ", NCyearActual="N2"),
        case(Language=None),
    ],
    certainty="B",
    source="DfE rules 2018/19",
)
def proficiency_given(pupil: Record, edition: Edition) -> pl.Expr:
    asked = in_reception_or_above(pupil) & ~pupil.Language.is_in(ENGLISH)
    return pupil.present("ProficiencyInEnglish") | ~asked


@rule(
    "2611",
    ERROR,
    on=pupil_on_roll,
    when=When(("AUT",), until="2016-3"),
    reads=("DOB", "Boarder", "EntryDate"),
    applies=phases("SP"),
    applies_in_words="special schools",
    message="The pupil's attendance of the whole school year is missing.",
    why=COUNTED,
    fix=REGISTERS,
    fails=[case(School={"Phase": "SP"})],
    passes=[
        case(School={"Phase": "SP"}, AnnualAttendance=[{"SessionsPossible": "380"}]),
        case(School={"Phase": "SP"}, Boarder="B"),
        case(),
    ],
    certainty="A-",
    source="Connect-up bulletins 2016 to 2020",
)
def annual_attendance_there(pupil: Record, edition: Edition) -> pl.Expr:
    there = pupil.EntryDate <= edition.attendance_from
    return pupil.any(annual_attendance) | ~(asked_about(pupil, edition) & there)
