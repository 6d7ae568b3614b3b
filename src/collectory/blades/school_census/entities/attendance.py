"""Attendance, of pupils on roll and of leavers: totals, and a record for each attendance code."""

from __future__ import annotations

from collectory.blade import ALWAYS, Code, Entity, Field, Integer, When

from .extract import columns
from .terms import autumn, since, spring_and_summer, until

COUNT = Integer(0, 999)


def attendance(
    name: str,
    detail: str,
    element: str,
    parent: Entity,
    *,
    words: str,
    table: str,
    prefix: str,
    suffix: str,
    code_rule: str,
    possible_rule: str = "",
    sessions_rules: tuple[str, ...] = (),
    when: When,
    totals_when: When,
) -> tuple[Entity, Entity]:
    """The attendance of a pupil in one period, and its details."""
    period = Entity(
        name,
        f"Attendance/{element}",
        columns(
            table,
            Field(
                "SessionsPossible",
                COUNT,
                "Possible sessions",
                rule=possible_rule,
                cbds="100228",
                help="Half days on which the pupil could have come.",
            ),
            Field("SessionsAuthorised", COUNT, "Authorised absence", cbds="100230", when=until("2024-3")),
            Field("SessionsUnauthorised", COUNT, "Unauthorised absence", cbds="100231", when=until("2024-3")),
            Field("SessionsEducational", COUNT, "Approved activity", when=totals_when, certainty="C"),
            Field("SessionsExceptional", COUNT, "Unable to attend", when=totals_when, certainty="C"),
            Field("SessionsCoronaVirus", COUNT, "Coronavirus", when=since("2021-1", "2022-3"), certainty="B"),
            prefix=prefix,
        ),
        parent=parent,
        label=words,
        plural=words,
        many=False,
        extract=table,
        when=when,
    )
    details = f"{prefix}sessiondetails{suffix}"
    return period, Entity(
        detail,
        "SessionDetails/SessionDetail",
        columns(
            details,
            Field(
                "AttendanceReason",
                Code("AttendanceCode"),
                "Attendance code",
                rule=code_rule,
            ),
            Field(
                "AbsenceSessions",
                COUNT,
                "Sessions",
                renamed="Sessions",
                form_rules=sessions_rules,
                cbds="100233",
                when=until("2020-2"),
            ),
            Field("Sessions", COUNT, "Sessions", form_rules=sessions_rules, when=since("2020-3"), certainty="C"),
        ),
        parent=period,
        after="SessionsPossible",
        key=("AttendanceReason",),
        label=f"{words}: code",
        plural=f"{words}: codes",
        extract=details,
        when=when,
    )


def attendances(prefix: str, parent: Entity, table: str, suffix: str) -> tuple[Entity, ...]:
    """The three periods that there have been."""
    return (
        *attendance(
            f"{prefix}TermlyAttendance",
            f"{prefix}SessionDetail",
            "TermlyAttendance",
            parent,
            words="Attendance",
            table=table,
            prefix="termly",
            suffix=suffix,
            code_rule="2475",
            possible_rule="2510" if prefix else "2500",
            sessions_rules=("2480",),
            when=ALWAYS,
            totals_when=spring_and_summer("2021-1", "2024-2"),
        ),
        *attendance(
            f"{prefix}SummerHalfTerm2Attendance",
            f"{prefix}SummerHalfTerm2SessionDetail",
            "SummerHalfTerm2Attendance",
            parent,
            words="Attendance, second half of the summer term",
            table=table,
            prefix="summerhalfterm2",
            suffix=suffix,
            code_rule="2572",
            possible_rule="2579" if prefix else "2575",
            sessions_rules=("2573",),
            when=autumn(),
            totals_when=autumn("2021-3", "2024-3"),
        ),
        *attendance(
            f"{prefix}AnnualAttendance",
            f"{prefix}AnnualSessionDetail",
            "AnnualAttendance",
            parent,
            words="Attendance, whole year",
            table=table,
            prefix="annual",
            suffix=suffix,
            code_rule="2475",
            when=autumn(until="2016-3"),
            totals_when=autumn("2021-3", "2021-3"),
        ),
    )
