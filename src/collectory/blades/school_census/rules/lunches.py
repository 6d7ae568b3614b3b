"""School lunches of infants on census day."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, case, return_rule, rule

from ..entities.on_roll import pupil_on_roll
from .ages import born
from .year_groups import is_infant

FUNDING = "The universal infant meals are funded by how many infants take a school lunch on census day."
SOURCE = "DfE rules 2018/19"


@rule(
    "1875",
    ERROR,
    on=pupil_on_roll,
    reads=("SchoolLunchTaken", "NCyearActual", "DOB"),
    message="It is missing whether this infant took a school lunch on census day.",
    why=FUNDING,
    fix="Mark in your own system, after lunch on census day, which infants took one.",
    fails=[
        case(NCyearActual="R"),
        case(NCyearActual="2"),
        case(NCyearActual="X", DOB=born(5)),
        case(NCyearActual="1", SchoolLunchTaken="yes"),
    ],
    passes=[
        case(),
        case(NCyearActual="R", SchoolLunchTaken="false"),
        case(NCyearActual="N2"),
        case(NCyearActual="X"),
    ],
    certainty="A",
    source=f"{SOURCE}; ScholarPack, Juniper 2018-24",
)
def lunch_of_infant(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("SchoolLunchTaken") | ~is_infant(pupil, edition) | ~pupil.has_group("PupilCharacteristics")


@rule(
    "1876",
    ERROR,
    on=pupil_on_roll,
    reads=("SchoolLunchTaken", "NCyearActual", "DOB"),
    message="School lunches are reported for infants only, and this pupil is not an infant.",
    why=FUNDING,
    fix="Take the answer out of the return, or correct the pupil's year group.",
    fails=[case(SchoolLunchTaken="true"), case(SchoolLunchTaken="false", NCyearActual="3")],
    passes=[
        case(),
        case(SchoolLunchTaken="true", NCyearActual="1"),
        case(SchoolLunchTaken="true", NCyearActual="X", DOB=born(5)),
        case(SchoolLunchTaken="true", NCyearActual=None),
    ],
    certainty="A-",
    source=SOURCE,
)
def lunch_of_infants_only(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.blank("SchoolLunchTaken") | is_infant(pupil, edition)


def infants(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils lunches are asked of."""
    return whole.count(pupil_on_roll, lambda pupil: is_infant(pupil, edition))


def lunches_taken(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many of them took a lunch."""
    return whole.count(pupil_on_roll, lambda pupil: is_infant(pupil, edition) & pupil.SchoolLunchTaken)


@return_rule(
    "1877Q",
    QUERY,
    figures={"taken": lunches_taken, "infants": infants},
    message="Please check: {taken} of {infants} infants took a school lunch, more than "
    "{edition.infant_lunch_share:.0%}.",
    why=FUNDING,
    fix="Correct the lunches of infants who brought their own, went home or were away.",
    note="confirmation",
    note_help="Confirm the number.",
    fails=[case(PupilOnRoll=[{"NCyearActual": "1", "SchoolLunchTaken": "true"}])],
    passes=[
        case(PupilOnRoll=[{}]),
        case(
            PupilOnRoll=[
                {"NCyearActual": "1", "SchoolLunchTaken": "true"},
                {"NCyearActual": "1", "SchoolLunchTaken": "false"},
            ]
        ),
    ],
    certainty="A-",
    source=SOURCE,
)
def not_nearly_all_lunched(whole: ReturnView, edition: Edition) -> pl.Expr:
    return lunches_taken(whole, edition) <= infants(whole, edition) * edition.infant_lunch_share


@return_rule(
    "1878Q",
    QUERY,
    figures={"infants": infants},
    message="Please check: none of {infants} infants took a school lunch on census day.",
    why=FUNDING,
    fix="Mark in your own system which infants took a lunch. Totals in a note are not counted.",
    note="reason",
    note_help="Say why no lunches were served, for instance that the school was closed on the day.",
    fails=[case(PupilOnRoll=[{"NCyearActual": "1", "SchoolLunchTaken": "false"}])],
    passes=[case(PupilOnRoll=[{}]), case(PupilOnRoll=[{"NCyearActual": "1", "SchoolLunchTaken": "true"}])],
    certainty="B",
    source=SOURCE,
)
def somebody_lunched(whole: ReturnView, edition: Edition) -> pl.Expr:
    return (infants(whole, edition) == 0) | (lunches_taken(whole, edition) > 0)
