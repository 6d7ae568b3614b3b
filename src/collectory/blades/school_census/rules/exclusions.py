"""Suspensions and exclusions, of pupils on roll and of leavers."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Entity, Record, ReturnView, Rule, case, return_rule, rule

from ..entities.leavers import leaver, leaver_exclusion, leaver_second_half_session_detail, leaver_session_detail
from ..entities.on_roll import pupil_on_roll, second_half_session_detail, session_detail, termly_exclusion
from .case_days import day_of
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
EXCLUSIONS = (termly_exclusion, leaver_exclusion)
TIMED = ("SUSP", "FIXD", "LNCH")
"""Categories that have an end: suspensions under their new and old code, and lunchtimes."""

NOT_NURSERY = "all schools but nursery schools"
SEVERITY = "Suspensions and exclusions are published, and the local authority has duties that begin with them."
RECORD = "Complete or correct the record of the exclusion in your own system."

reason_given = Rule(
    key="2280",
    number="2280",
    priority=ERROR,
    level="item",
    message="The reason of the exclusion is missing or is no code of the list.",
    parts=(),  # the tests follow from the field
    why=SEVERITY,
    fix="Enter one to three reasons from the list.",
    passes=(case(), case(LeaverTermlyExclusion=[{}])),
    certainty="B",
    source=SOURCE,
)


@rule(
    "2270",
    ERROR,
    on=EXCLUSIONS,
    reads=("Category", "StartDate", "SENprovision"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="The exclusion lacks its category, its start date or the pupil's SEN provision at the time.",
    why=SEVERITY,
    fix=RECORD,
    fails=[
        case(Category=None),
        case(StartDate=None),
        case(SENprovision=None),
        case(LeaverTermlyExclusion=[{"SENprovision": None}]),
    ],
    passes=[case(), case(LeaverTermlyExclusion=[{}]), case(Category=None, School={"Phase": "NS"})],
    certainty="B",
    source=SOURCE,
)
def complete(exclusion: Record, edition: Edition) -> pl.Expr:
    return exclusion.present("Category", "StartDate", "SENprovision")


@rule(
    "2285",
    ERROR,
    on=EXCLUSIONS,
    reads=("Category", "StartDate"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="The pupil has another permanent exclusion.",
    why=SEVERITY,
    fix="Keep the one permanent exclusion that stands. One that was not upheld does not belong in the return.",
    fails=[
        case(
            TermlyExclusion=[{"Category": "PERM", "Sessions": None}, {"Category": "PERM", "Sessions": None}],
        ),
        case(
            LeaverTermlyExclusion=[{"Category": "PERM", "Sessions": None}, {"Category": "PERM", "Sessions": None}],
        ),
    ],
    passes=[
        case(TermlyExclusion=[{"Category": "PERM"}, {}, {}]),
        case(
            PupilNoLongerOnRoll=[
                {"LeaverTermlyExclusion": [{"Category": "PERM"}]},
                {"LeaverTermlyExclusion": [{"Category": "PERM"}]},
            ]
        ),
    ],
    certainty="A-",
    source=f"{SOURCE}; Follett",
)
def permanent_once(exclusion: Record, edition: Edition) -> pl.Expr:
    return (exclusion.Category != "PERM") | exclusion.first_of("Category")


@rule(
    "2290",
    ERROR,
    on=EXCLUSIONS,
    reads=("StartDate",),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="The exclusion did not start between {edition.exclusions_from:%d %B %Y} and "
    "{edition.exclusions_to:%d %B %Y}, the period that this census collects.",
    why="Each exclusion is collected once or twice, in fixed periods; one outside of them is counted wrongly.",
    fix="Correct the start date, or leave the exclusion out. Some systems choose by the date of the review instead.",
    fails=[
        case(StartDate="2020-07-31"),
        case(StartDate="2022-06-01"),
        case(LeaverTermlyExclusion=[{"StartDate": "2020-07-31"}]),
    ],
    passes=[case(), case(StartDate=None)],
    certainty="A",
    source=f"{SOURCE}; One IT 2021",
)
def starts_in_period(exclusion: Record, edition: Edition) -> pl.Expr:
    return exclusion.StartDate.is_between(edition.exclusions_from, edition.exclusions_to)


@rule(
    "2300",
    ERROR,
    on=EXCLUSIONS,
    reads=("Category", "Sessions"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="A suspension must say how many sessions it lasted, as a whole number.",
    why=SEVERITY,
    fix="Enter the number of half days.",
    fails=[
        case(Sessions=None),
        case(Sessions="0"),
        case(Sessions="many"),
        case(Category="LNCH", Sessions=None),
        case(LeaverTermlyExclusion=[{"Sessions": None}]),
    ],
    passes=[
        case(),
        case(Category="PERM", Sessions=None),
        case(Category=None, Sessions=None),
        case(Category=None, Sessions="many"),
    ],
    certainty="B",
    source=SOURCE,
)
def suspension_has_sessions(exclusion: Record, edition: Edition) -> pl.Expr:
    return ~exclusion.Category.is_in(list(TIMED)) | (exclusion.Sessions > 0).fill_null(False)


@rule(
    "2303",
    ERROR,
    on=leaver_exclusion,
    reads=("StartDate", "PupilNoLongerOnRoll.LeavingDate"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="The exclusion started after the pupil had left.",
    why=SEVERITY,
    fix="Correct the start date or the date of leaving. Permanently excluded pupils leave when the exclusion stands.",
    silenced_by=("1920",),
    fails=[case(PupilNoLongerOnRoll={"LeavingDate": day_of("exclusions_from", -1)})],
    passes=[case(PupilNoLongerOnRoll={"LeavingDate": day_of("reference_date", -1)}), case(StartDate=None)],
    certainty="B",
    source=SOURCE,
)
def starts_before_leaving(exclusion: Record, edition: Edition) -> pl.Expr:
    return exclusion.StartDate <= exclusion.up(leaver).LeavingDate


def suspended_for_long(pupils: Entity, exclusions: Entity) -> Rule:
    """2320Q of pupils on roll or of leavers."""

    def sessions(pupil: Record, edition: Edition) -> pl.Expr:
        return pupil.sum(exclusions, lambda exclusion: exclusion.Sessions)

    @rule(
        "2320Q",
        QUERY,
        on=pupils,
        figures={"sessions": sessions},
        applies=not_phases("NS"),
        applies_in_words=NOT_NURSERY,
        message="Please check: the pupil was suspended for {sessions} sessions, more than the "
        "{edition.exclusion_sessions} that the law allows in a school year.",
        why="A pupil may be suspended for 45 days in a school year at most.",
        fix="Correct the sessions; one day has two.",
        note="reason",
        note_help="Say how the pupil came to be suspended for so long.",
        fails=[Case({exclusions.name: [{"Sessions": "46"}, {"Sessions": "45"}]})],
        passes=[Case({exclusions.name: [{"Sessions": "45"}, {"Sessions": "45"}]}), case()],
        certainty="B",
        source=SOURCE,
    )
    def within_limit(pupil: Record, edition: Edition) -> pl.Expr:
        return sessions(pupil, edition) <= edition.exclusion_sessions

    return within_limit


suspended_for_very_long = [
    suspended_for_long(pupil_on_roll, termly_exclusion),
    suspended_for_long(leaver, leaver_exclusion),
]


@rule(
    "2330",
    ERROR,
    on=EXCLUSIONS,
    reads=("Category", "Sessions"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="A permanent exclusion has no number of sessions.",
    why=SEVERITY,
    fix="Remove the sessions, or correct the category.",
    fails=[case(Category="PERM"), case(LeaverTermlyExclusion=[{"Category": "PERM"}])],
    passes=[case(), case(Category="PERM", Sessions=None)],
    certainty="B",
    source=SOURCE,
)
def permanent_without_sessions(exclusion: Record, edition: Edition) -> pl.Expr:
    return (exclusion.Category != "PERM") | exclusion.blank("Sessions")


@rule(
    "2335",
    ERROR,
    on=termly_exclusion,
    reads=("Category", "StartDate"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="The pupil is permanently excluded but still on roll.",
    why="A permanently excluded pupil leaves the roll once the exclusion stands; until then it is not reported.",
    fix="Record the pupil as a leaver, or take the exclusion out of the return.",
    silenced_by=("2285",),
    fails=[case(Category="PERM", Sessions=None)],
    passes=[case(), case(Category=None)],
    certainty="B",
    source=SOURCE,
)
def permanently_excluded_have_left(exclusion: Record, edition: Edition) -> pl.Expr:
    return exclusion.Category != "PERM"


@rule(
    "5051",
    ERROR,
    on=EXCLUSIONS,
    reads=("Category", "StartDate"),
    applies=phases("NS"),
    applies_in_words="nursery schools",
    message="Nursery schools do not report exclusions.",
    why="Children below school age are not excluded in the sense of the law that the census follows.",
    fix="Create the return again without exclusions; if this is no nursery school, correct its phase.",
    fails=[
        case(School={"Phase": "NS"}),
        case(LeaverTermlyExclusion=[{}], School={"Phase": "NS"}),
    ],
    passes=[case()],
    certainty="B",
    source=SOURCE,
)
def none_in_nursery_schools(exclusion: Record, edition: Edition) -> pl.Expr:
    return pl.lit(False)


def suspended(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many suspensions started in the period of the attendance of this return."""
    until = edition.parameters.get("second_half_to", edition.attendance_to)

    def here(exclusion: Record) -> pl.Expr:
        timed = exclusion.Category.is_in(["SUSP", "FIXD"]) & (exclusion.Sessions > 0)
        return timed & exclusion.StartDate.is_between(edition.attendance_from, until)

    return whole.count(termly_exclusion, here) + whole.count(leaver_exclusion, here)


def absent_by_exclusion(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many records of attendance have the code of an excluded pupil."""
    details = [session_detail, leaver_session_detail]
    if edition.term == "AUT":
        details += [second_half_session_detail, leaver_second_half_session_detail]
    counts = [whole.count(detail, lambda each: each.AttendanceReason == "E") for detail in details]
    return pl.sum_horizontal(counts)


WHEN_ATTENDANCE_IS_TAKEN = [{"StartDate": day_of("attendance_from", 10)}] * 5


@return_rule(
    "2485Q",
    QUERY,
    figures={"suspensions": suspended, "absences": absent_by_exclusion},
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="Please check: {suspensions} suspensions started in the period of the attendance, but no pupil has "
    "sessions with code E (suspended or excluded).",
    why="A suspended pupil who is not taught elsewhere is absent with code E.",
    fix="Enter code E in the registers, or correct the suspensions.",
    note="reason",
    note_help="Say how the suspended pupils were taught on these days.",
    fails=[case(TermlyExclusion=WHEN_ATTENDANCE_IS_TAKEN)],
    passes=[
        case(TermlyExclusion=WHEN_ATTENDANCE_IS_TAKEN[:4]),
        case(TermlyExclusion=WHEN_ATTENDANCE_IS_TAKEN, SessionDetail=[{"AttendanceReason": "E"}]),
        case(PupilOnRoll=[]),
    ],
    certainty="C",
    source=SOURCE,
)
def suspensions_show_in_attendance(whole: ReturnView, edition: Edition) -> pl.Expr:
    few = suspended(whole, edition) < edition.suspensions_without_absence
    return few | (absent_by_exclusion(whole, edition) > 0)
