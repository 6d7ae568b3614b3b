"""Modules that every record must have."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Entity, Record, ReturnView, Rule, case, return_rule, rule

from ..entities.leavers import leaver
from ..entities.on_roll import pupil_on_roll
from .ages import born
from .attendance import NOT_NURSERY, PERIODS, Period, asked_about
from .case_days import day_of
from .scope import not_phases


def module(entity: Entity, group: str, words: str, reads: tuple[str, ...], typical: tuple[str, ...] = ()) -> Rule:
    """9999 for one module of a record. `typical` are the fields of it that the typical record fills, where these
    are the same in all editions."""

    @rule(
        "9999",
        ERROR,
        on=entity,
        reads=reads,
        message=f"The pupil's {words} are missing altogether.",
        why="The census asks for this part of every pupil. Its other rules are not asked until it is there.",
        fix="It is most often a pupil who was here very briefly, or never came. Complete the pupil's details in "
        "your own system, or take a pupil who never came off the roll.",
        fails=[Case(dict.fromkeys(typical))] if typical else [],
        passes=[case()],
        certainty="A-",
        source="SCOMIS bulletins 2023",
    )
    def there(pupil: Record, edition: Edition) -> pl.Expr:
        return pupil.has_group(group)

    return there


STATUS = ("EntryDate", "PartTime", "Boarder")

modules = (
    module(pupil_on_roll, "PupilIdentifiers", "name, number and date of birth", ("UPN", "Surname", "Forename")),
    module(pupil_on_roll, "PupilStatus", "enrolment details", STATUS, (*STATUS, "EnrolStatus", "NCyearActual")),
    module(
        pupil_on_roll,
        "SpecialEducationalNeeds",
        "special educational needs details",
        ("SENprovision",),
        ("SENprovision",),
    ),
    module(leaver, "PupilIdentifiers", "name, number and date of birth", ("UPN", "Surname", "Forename")),
    module(leaver, "PupilStatus", "enrolment details", (*STATUS, "LeavingDate"), (*STATUS, "LeavingDate")),
)


@rule(
    "9999",
    ERROR,
    on=pupil_on_roll,
    reads=("Language", "ServiceChild"),
    message="The pupil's characteristics are missing altogether.",
    passes=[case(EnrolStatus="S"), case(ServiceChild=None)],
)
def characteristics_there(pupil: Record, edition: Edition) -> pl.Expr:
    # Little of it is asked of a pupil whose main school is another.
    return pupil.has_group("PupilCharacteristics") | (pupil.EnrolStatus == "S")


def attendance_of(period: Period) -> tuple[Rule, Rule]:
    """9999 for attendance: once for the return where nobody has any, else for each pupil without it.

    Asked for pupils who were here from the first day of the period on; who joined during it may have none.
    """
    words = f"the attendance of {period.half.words}" if period.half.words != "the period" else "the attendance"

    def missing(pupil: Record, edition: Edition) -> pl.Expr:
        here = pupil.EntryDate <= getattr(edition, period.half.first_day)
        single = pupil.EnrolStatus.is_in(["C", "M"])
        return asked_about(pupil, edition) & here & single & ~pupil.any(period.attendance)

    def nobody_has_it(whole: ReturnView) -> pl.Expr:
        return whole.count(period.attendance) == 0

    @rule(
        "9999",
        ERROR,
        on=pupil_on_roll,
        when=period.half.when,
        reads=("DOB", "Boarder", "EntryDate"),
        applies=not_phases("NS"),
        message=f"For this pupil {words} is missing altogether.",
        fails=[Case({"PupilOnRoll": [{period.attendance.name: [{}]}, {}]})],
        passes=[
            Case({"PupilOnRoll": [{period.attendance.name: [{}]}, values]})
            for values in (
                {"EnrolStatus": "S"},
                {"EntryDate": day_of("reference_date")},
                {"Boarder": "B"},
                {"DOB": born(18)},
            )
        ],
    )
    def of_each(pupil: Record, edition: Edition) -> pl.Expr:
        return ~missing(pupil, edition) | pupil.of_return(nobody_has_it)

    @return_rule(
        "9999",
        ERROR,
        key=f"9999.{period.attendance.name}",
        when=period.half.when,
        figures={"pupils": lambda whole, edition: whole.count(pupil_on_roll, lambda each: missing(each, edition))},
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"The return has none of {words}; {{pupils}} pupils should have some.",
        why="Absence is published for every school. The other rules about attendance are not asked until it is there.",
        fix="Create the return again in your own system with the attendance in it.",
        fails=[case(PupilOnRoll=[{}])],
        passes=[
            Case({"PupilOnRoll": [{period.attendance.name: [{}]}, {}]}),
            case(PupilOnRoll=[{"EnrolStatus": "S"}]),
            case(PupilOnRoll=[]),
        ],
        certainty="A-",
        source="SCOMIS bulletins 2023",
    )
    def of_return(whole: ReturnView, edition: Edition) -> pl.Expr:
        some = whole.count(pupil_on_roll, lambda pupil: missing(pupil, edition)) > 0
        return ~(nobody_has_it(whole) & some)

    return of_each, of_return


attendance_modules = [each for period in PERIODS if period.pupil is pupil_on_roll for each in attendance_of(period)]


@return_rule(
    "9999",
    ERROR,
    key="9999.Pupils",
    message="The return has no pupils on roll.",
    why="The census is about the pupils who are registered at the school on census day.",
    fix="Create the return again in your own system with the pupils in it.",
    fails=[case(), case(PupilNoLongerOnRoll=[{}])],
    passes=[case(PupilOnRoll=[{}])],
    certainty="A-",
    source="SCOMIS bulletins 2023",
)
def pupils_there(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(pupil_on_roll) > 0
