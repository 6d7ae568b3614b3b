"""Pupils no longer on roll: when they left, and whether the return needs them."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, When, case, return_rule, rule

from ..entities.leavers import (
    leaver,
    leaver_ap_provision_detail,
    leaver_earlier_learning_aim,
    leaver_exclusion,
    leaver_fam,
    leaver_programme_aim,
    leaver_school_arranged_ap_detail,
    leaver_support_item,
)
from .ages import age_on, born, school_age
from .case_days import day_of
from .scope import not_phases, phases

SOURCE = "DfE rules 2018/19"
NOT_NURSERY = "all schools but nursery schools"
LEFT = "Attendance, exclusions and studies of a term belong to all who were here in it, also to those who have left."
NONE_LEFT_FIX = (
    "Record the pupils who have left in your own system, check their dates of leaving, and create the return again."
)
NONE_LEFT_NOTE = "Confirm that nobody left, for instance because the school is new."


@return_rule(
    "1495Q",
    QUERY,
    when=When(terms=("SPR", "SUM")),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="Please check: the return has no pupil who has left.",
    why=LEFT,
    fix=NONE_LEFT_FIX,
    note="confirmation",
    note_help=NONE_LEFT_NOTE,
    silenced_by=("9999.Pupils",),
    fails=[case(PupilOnRoll=[{}])],
    passes=[case(PupilNoLongerOnRoll=[{}]), case(School={"Phase": "NS"})],
    certainty="A-",
    source="ScholarPack 2021/22",
)
def someone_left(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(leaver) > 0


@return_rule(
    "1496",
    QUERY,
    when=When(terms=("AUT",)),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="Please check: the return has no pupil who has left since the summer term began.",
    why=LEFT,
    fix=NONE_LEFT_FIX,
    note="confirmation",
    note_help=NONE_LEFT_NOTE,
    silenced_by=("9999.Pupils",),
    fails=[case(PupilOnRoll=[{}])],
    passes=[case(PupilNoLongerOnRoll=[{}]), case(School={"Phase": "NS"})],
    certainty="A-",
    source="Arbor 2021/22",
)
def someone_left_in_summer(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(leaver) > 0


@rule(
    "1920",
    ERROR,
    on=leaver,
    reads=("LeavingDate", "EntryDate", "Header.ReferenceDate"),
    message="The date of leaving is before the date of entry, or not before census day.",
    why="Who is at the school on census day is on roll; who left before may be needed as a leaver.",
    fix="Correct the date of leaving, or move the pupil to the pupils on roll.",
    silenced_by=("1880",),
    fails=[case(LeavingDate="2010-07-20"), case(LeavingDate=day_of("reference_date"))],
    passes=[case(EntryDate=None), case(EntryDate=day_of("term_start", -9), LeavingDate=day_of("term_start", -9))],
    certainty="A",
    source=f"{SOURCE}; Follett",
)
def left_between_entry_and_census(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.LeavingDate >= pupil.EntryDate) & (pupil.LeavingDate < edition.reference_date)


def belongs_by_attendance(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether a leaver was of school age and here, as no boarder, in the term before or since.

    In autumn the school year of the attendance is not the one of census day. A pupil who was of school age
    at the start of either is taken to belong.
    """
    of_age = school_age(pupil, edition).is_between(4, 15) | age_on(pupil.DOB, edition.attendance_age_date).is_between(
        4, 15
    )
    here = (pupil.EntryDate < edition.term_start) & pupil.LeavingDate.is_between(
        edition.previous_term_start, edition.reference_date
    )
    return pupil.once(here & of_age & pl.when(pupil.valid("Boarder")).then(pupil.Boarder == "N"))


@rule(
    "1925Q",
    QUERY,
    on=leaver,
    reads=("LeavingDate", "EntryDate", "DOB", "Boarder"),
    applies=not_phases("NS"),
    applies_in_words=NOT_NURSERY,
    message="Please check: nothing shows why this leaver is reported. The pupil was not of school age and here since "
    "{edition.previous_term_start:%d %B %Y}, and has no exclusion, study or placement in the return.",
    why="The census collects no more about people than it needs.",
    fix="Take the leaver out of the return, or correct the dates.",
    note="reason",
    note_help="Say why the leaver belongs in the return.",
    silenced_by=("1880", "1920"),
    fails=[
        case(LeavingDate=day_of("previous_term_start", -1)),
        case(DOB=born(20)),
        case(Boarder="7"),
        case(EntryDate=day_of("reference_date", -1), LeavingDate=day_of("reference_date", -1)),
    ],
    passes=[
        case(),
        case(Boarder=None),
        case(Boarder="Z"),
        case(DOB=None),
        case(DOB=born(20), LeaverTermlyExclusion=[{}]),
    ],
    certainty="A",
    source="Bromcom 2024/25; Follett",
)
def leaver_needed(pupil: Record, edition: Edition) -> pl.Expr:
    reasons = [belongs_by_attendance(pupil, edition), pupil.any(leaver_exclusion)]
    for entity in (
        leaver_programme_aim,
        leaver_earlier_learning_aim,
        leaver_support_item,
        leaver_fam,
        leaver_ap_provision_detail,
        leaver_school_arranged_ap_detail,
    ):
        if entity.when.includes(edition.term, edition.when):
            reasons.append(pupil.any(entity))
    return pl.any_horizontal(reasons)


@rule(
    "5065",
    ERROR,
    on=leaver,
    reads=("LeavingDate",),
    applies=phases("NS"),
    applies_in_words="nursery schools",
    message="Nursery schools do not report pupils who have left.",
    why="What is asked about leavers is asked of older pupils only.",
    fix="Create the return again without leavers; if this is no nursery school, correct its phase.",
    fails=[case(School={"Phase": "NS"})],
    passes=[case()],
    certainty="B",
    source=SOURCE,
)
def no_leavers_of_nursery_schools(pupil: Record, edition: Edition) -> pl.Expr:
    return pl.lit(False)
