"""Attendance, of pupils on roll and of leavers.

The autumn return has two periods, the halves of the summer term; the second has rule numbers of its own. Each rule
is written once and asked of each period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from collectory.blade import (
    ALWAYS,
    ERROR,
    Case,
    Edition,
    Entity,
    Record,
    Rule,
    When,
    rule,
)

from ..entities.leavers import (
    leaver,
    leaver_attendance,
    leaver_second_half_attendance,
    leaver_second_half_session_detail,
    leaver_session_detail,
)
from ..entities.on_roll import (
    pupil_on_roll,
    second_half_attendance,
    second_half_session_detail,
    session_detail,
    termly_attendance,
)
from .ages import age_on, born
from .case_days import day_of
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
NOT_NURSERY = "all schools but nursery schools"
AUTHORISED = ("C", "C1", "C2", "E", "F", "H", "I", "J1", "M", "R", "S", "T")
UNAUTHORISED = ("G", "N", "O", "U")
ABSENT = (*AUTHORISED, *UNAUTHORISED)
"""Codes of absence; the others are for sessions that were attended or that do not count."""

TOTALS = {"SessionsAuthorised": AUTHORISED, "SessionsUnauthorised": UNAUTHORISED}
"""The totals that were sent beside the codes until autumn 2024."""

COUNTED = "Absence is published for every school, and persistent absence decides who is offered help."
REGISTERS = "Complete or correct the registers of the period in your own system and create the return again."


@dataclass(frozen=True)
class Half:
    """A period of attendance: its words, its first and last day among the parameters, and its rules' numbers."""

    when: When
    words: str
    first_day: str
    last_day: str
    scope: str
    no_sessions: str
    no_code: str
    code_twice: str
    missed: str
    nursery: str


THE_PERIOD = Half(
    ALWAYS, "the period", "attendance_from", "attendance_to", "2470", "2480", "2490", "2505", "2530", "5057"
)
SECOND_HALF = Half(
    When(terms=("AUT",)),
    "the second half of the summer term",
    "second_half_from",
    "second_half_to",
    "2571",
    "2573",
    "2574",
    "2577",
    "2582",
    "5080",
)


@dataclass(frozen=True)
class Period:
    """A half as the return has it of pupils on roll or of leavers. `possible` is the number of one more rule."""

    half: Half
    pupil: Entity
    attendance: Entity
    detail: Entity
    possible: str


PERIODS = (
    Period(THE_PERIOD, pupil_on_roll, termly_attendance, session_detail, "2500"),
    Period(THE_PERIOD, leaver, leaver_attendance, leaver_session_detail, "2510"),
    Period(SECOND_HALF, pupil_on_roll, second_half_attendance, second_half_session_detail, "2575"),
    Period(SECOND_HALF, leaver, leaver_second_half_attendance, leaver_second_half_session_detail, "2579"),
)


def asked_about(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether attendance is collected for a pupil: of school age when the sessions fell, and no boarder."""
    day_pupil = pl.when(pupil.valid("Boarder")).then(pupil.Boarder == "N")
    return pupil.once(age_on(pupil.DOB, edition.attendance_age_date).is_between(4, 15) & day_pupil)


def given(
    period: Period,
    attendance: Mapping[str, Any] | None = None,
    codes: tuple[Mapping[str, Any], ...] = (),
    phase: str = "SS",
    **pupil: Any,
) -> Case:
    """A case of a pupil with one record of attendance and the codes under it."""
    values: dict[str, Any] = {
        "School": {"Phase": phase},
        period.pupil.name: pupil,
        period.attendance.name: [attendance or {}],
    }
    return Case({**values, period.detail.name: list(codes)} if codes else values)


def in_scope(period: Period) -> Rule:
    """2470, 2571: attendance is given for those pupils only about whom it is asked."""

    @rule(
        period.half.scope,
        ERROR,
        on=period.attendance,
        when=period.half.when,
        reads=("SessionsPossible", f"{period.pupil.name}.DOB", f"{period.pupil.name}.Boarder"),
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"Attendance in {period.half.words} is given for a pupil who boards, or who was not 4 to 15 years old "
        "on {edition.attendance_age_date:%d %B %Y}.",
        why=COUNTED,
        fix="Correct the date of birth or the boarding, or take the pupil's attendance out of the return.",
        fails=[given(period, DOB=born(17)), given(period, DOB=born(2)), given(period, Boarder="7")],
        passes=[
            given(period),
            given(period, DOB=None),
            given(period, Boarder=None),
            given(period, Boarder="Z"),
            given(period, DOB=born(17), phase="NS"),
        ],
        certainty="B",
        source=SOURCE,
    )
    def asked(attendance: Record, edition: Edition) -> pl.Expr:
        return attendance.up(period.pupil).value(lambda pupil: asked_about(pupil, edition))

    return asked


def possible_given(period: Period) -> Rule:
    """2500, 2510, 2575, 2579: the possible sessions of pupils who were here."""
    leaving = (f"{period.pupil.name}.LeavingDate",) if period.pupil is leaver else ()

    @rule(
        period.possible,
        ERROR,
        on=period.attendance,
        when=period.half.when,
        reads=("SessionsPossible", f"{period.pupil.name}.EntryDate", *leaving),
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"The possible sessions in {period.half.words} are missing or are not a number.",
        why=COUNTED,
        fix=f"{REGISTERS} Check the date of leaving of pupils who have left.",
        fails=[given(period, {"SessionsPossible": None}), given(period, {"SessionsPossible": "-2"})],
        passes=[
            given(period),
            given(period, {"SessionsPossible": None}, DOB=born(17)),
            given(period, {"SessionsPossible": None}, Boarder="7"),
            given(period, {"SessionsPossible": None}, EntryDate=day_of("reference_date")),
            *(
                [given(period, {"SessionsPossible": None}, LeavingDate=day_of(period.half.first_day, -1))]
                if leaving
                else []
            ),
        ],
        certainty="A-" if leaving else "B",
        source=SOURCE,
    )
    def possible(attendance: Record, edition: Edition) -> pl.Expr:
        first, last = getattr(edition, period.half.first_day), getattr(edition, period.half.last_day)

        def was_here(pupil: Record) -> pl.Expr:
            here = asked_about(pupil, edition) & (pupil.EntryDate <= last)
            return here & (pupil.LeavingDate >= first) if leaving else here

        return attendance.present("SessionsPossible") | ~attendance.up(period.pupil).value(was_here)

    return possible


def code_has_sessions(period: Period) -> Rule:
    """2480, 2573: a code stands for at least one session."""

    @rule(
        period.half.no_sessions,
        ERROR,
        on=period.detail,
        when=period.half.when,
        reads=("AttendanceReason", "Sessions"),
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"An attendance code in {period.half.words} has no sessions, or a number of them that cannot be read.",
        why=COUNTED,
        fix="Enter the sessions as a whole number, or remove the code.",
        fails=[given(period, codes=({"Sessions": each},)) for each in (None, "0", "two", "-1")],
        passes=[given(period, codes=({},)), given(period, codes=({"AttendanceReason": None, "Sessions": None},))],
        certainty="B",
        source=SOURCE,
    )
    def sessions(detail: Record, edition: Edition) -> pl.Expr:
        return detail.blank("AttendanceReason") | (detail.Sessions > 0).fill_null(False)

    return sessions


def sessions_have_code(period: Period) -> Rule:
    """2490, 2574: sessions are of some code."""

    @rule(
        period.half.no_code,
        ERROR,
        on=period.detail,
        when=period.half.when,
        reads=("AttendanceReason", "Sessions"),
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"Sessions in {period.half.words} have no attendance code.",
        why=COUNTED,
        fix="Enter the code. Codes of your own need a code of the department's beside them for the return.",
        fails=[given(period, codes=({"AttendanceReason": None},))],
        passes=[given(period, codes=({},)), given(period, codes=({"AttendanceReason": None, "Sessions": None},))],
        certainty="A" if period.half is SECOND_HALF else "B",
        source=SOURCE,
    )
    def code(detail: Record, edition: Edition) -> pl.Expr:
        return detail.present("AttendanceReason") | detail.blank("Sessions")

    return code


def each_code_once(period: Period) -> Rule:
    """2505, 2577: one record for each code."""

    @rule(
        period.half.code_twice,
        ERROR,
        on=period.detail,
        when=period.half.when,
        reads=("AttendanceReason",),
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"The attendance code is given more than once for the pupil in {period.half.words}.",
        why="Only one of the two numbers can be counted.",
        fix="Enter the code once, with all of its sessions.",
        fails=[given(period, codes=({}, {"Sessions": "2"}))],
        passes=[
            given(period, codes=({}, {"AttendanceReason": "M"})),
            given(period, codes=({"AttendanceReason": None}, {"AttendanceReason": None})),
        ],
        certainty="B",
        source=SOURCE,
    )
    def once(detail: Record, edition: Edition) -> pl.Expr:
        return detail.first_of("AttendanceReason")

    return once


def missed_within_possible(period: Period) -> Rule:
    """2530, 2582: nobody misses more sessions than there were."""

    def missed(attendance: Record, edition: Edition) -> pl.Expr:
        totals = [attendance.value(name).fill_null(0) for name in TOTALS if attendance.has(name)]
        coded = attendance.sum(
            period.detail, lambda each: each.Sessions, where=lambda each: each.AttendanceReason.is_in(list(ABSENT))
        )
        return pl.max_horizontal(pl.sum_horizontal(totals), coded) if totals else coded

    @rule(
        period.half.missed,
        ERROR,
        on=period.attendance,
        when=period.half.when,
        reads=("SessionsPossible", "SessionsAuthorised", "SessionsUnauthorised"),
        figures={"missed": missed},
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message=f"The pupil missed {{missed}} sessions in {period.half.words}, more than were possible.",
        why=COUNTED,
        fix=REGISTERS,
        fails=[
            given(period, {"SessionsPossible": "3"}, codes=({},)),
            given(period, {"SessionsAuthorised": "40", "SessionsUnauthorised": "21"}),
            given(period, codes=({"Sessions": "30"}, {"AttendanceReason": "U", "Sessions": "31"})),
        ],
        passes=[
            given(period),
            given(period, {"SessionsPossible": None}),
            given(period, {"SessionsAuthorised": "39", "SessionsUnauthorised": "21"}),
            given(period, codes=({"Sessions": "30"}, {"AttendanceReason": "/", "Sessions": "60"})),
        ],
        certainty="B",
        source=SOURCE,
    )
    def within(attendance: Record, edition: Edition) -> pl.Expr:
        return missed(attendance, edition) <= attendance.SessionsPossible

    return within


def none_in_nursery_schools(period: Period) -> Rule:
    """5057, 5080: nursery schools send no attendance."""

    @rule(
        period.half.nursery,
        ERROR,
        on=period.attendance,
        when=period.half.when,
        reads=("SessionsPossible",),
        applies=phases("NS"),
        applies_in_words="nursery schools",
        message="Nursery schools do not report attendance.",
        why="Attendance is collected of pupils of school age only.",
        fix="Create the return again without attendance; if this is no nursery school, correct its phase.",
        fails=[given(period, phase="NS")],
        passes=[given(period)],
        certainty="B",
        source=SOURCE,
    )
    def none(attendance: Record, edition: Edition) -> pl.Expr:
        return pl.lit(False)

    return none


of_each_period = [
    made(period)
    for made in (
        in_scope,
        possible_given,
        code_has_sessions,
        sessions_have_code,
        each_code_once,
        missed_within_possible,
        none_in_nursery_schools,
    )
    for period in PERIODS
]
