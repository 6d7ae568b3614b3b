"""How much was missed, of pupils and of the whole school: pupils without a session, and much authorised absence."""

from __future__ import annotations

import polars as pl

from collectory.blade import QUERY, Edition, Entity, Record, ReturnView, case, return_rule, rule

from ..entities.leavers import leaver_attendance, leaver_session_detail
from ..entities.on_roll import pupil_on_roll, session_detail, termly_attendance
from .attendance import AUTHORISED, COUNTED, NOT_NURSERY, REGISTERS, SOURCE
from .case_days import day_of
from .scope import not_phases


@rule(
    "2502Q",
    QUERY,
    on=termly_attendance,
    reads=("SessionsPossible", "PupilOnRoll.EnrolStatus", "PupilOnRoll.EntryDate"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="Please check: the pupil was on roll but had no possible session, and is not registered at two schools.",
    why=COUNTED,
    fix=REGISTERS,
    note="reason",
    note_help="Say where the pupil was, for instance the whole period at another school, or not required to attend.",
    silenced_by=("2470",),
    fails=[case(SessionsPossible="0", SessionsAuthorised="0"), case(SessionsPossible="0")],
    passes=[
        case(),
        case(SessionsPossible="0", PupilOnRoll={"EnrolStatus": "M"}),
        case(SessionsPossible="0", PupilOnRoll={"EntryDate": day_of("reference_date")}),
    ],
    certainty="A-",
    source="ScholarPack 2020/21",
)
def some_session_possible(attendance: Record, edition: Edition) -> pl.Expr:
    pupil = attendance.up(pupil_on_roll)
    expected = ~pupil.EnrolStatus.is_in(["M", "S"]) & (pupil.EntryDate <= edition.attendance_to)
    return ~(expected & (attendance.SessionsPossible == 0))


def authorised(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The part of all possible sessions that was missed with leave."""

    def missed(attendance: Entity, detail: Entity) -> pl.Expr:
        def with_leave(record: Record) -> pl.Expr:
            if record.has("SessionsAuthorised"):
                return record.SessionsAuthorised
            leave = list(AUTHORISED)
            return record.sum(detail, lambda each: each.Sessions, lambda each: each.AttendanceReason.is_in(leave))

        return whole.sum(attendance, with_leave)

    records = ((termly_attendance, session_detail), (leaver_attendance, leaver_session_detail))
    possible = pl.sum_horizontal(whole.sum(each, lambda one: one.SessionsPossible) for each, _ in records)
    with_leave = pl.sum_horizontal(missed(each, detail) for each, detail in records)
    return with_leave / pl.when(possible > 0).then(possible)


@return_rule(
    "2560Q",
    QUERY,
    figures={"share": authorised},
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="Please check: {share:.0%} of the possible sessions were missed with leave "
    "(more than {edition.authorised_absence_share:.0%}).",
    why="So much authorised absence is most often a fault in the registers.",
    fix=REGISTERS,
    note="confirmation",
    note_help="Confirm the figure and name the term.",
    fails=[case(TermlyAttendance=[{"SessionsPossible": "10", "SessionDetail": [{}]}])],
    passes=[
        case(TermlyAttendance=[{"SessionDetail": [{}]}]),
        case(TermlyAttendance=[{"SessionsPossible": "10", "SessionsAuthorised": "0", "SessionDetail": [{}]}]),
        case(TermlyAttendance=[{"SessionsPossible": "0", "SessionsAuthorised": "0"}]),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def little_authorised_absence(whole: ReturnView, edition: Edition) -> pl.Expr:
    return authorised(whole, edition) <= edition.authorised_absence_share
