"""How a pupil belongs to the school: date of entry, part-time and boarding."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.on_roll import pupil_on_roll, second_half_attendance, termly_attendance
from ..entities.school import special_school
from .ages import born, school_age
from .case_days import day_of
from .scope import PUPILS

SOURCE = "DfE rules 2018/19"
AUTUMN = When(terms=("AUT",))
SPRING = When(terms=("SPR",))
AUTUMN_AND_SUMMER = When(terms=("AUT", "SUM"))

ENTERED = "The date of entry says from when the school is responsible, and funded, for the pupil."
ENTRY_FIX = (
    "The date of entry is the day on which the pupil first came to this school. Moving up inside the school, from "
    "nursery to Reception or into the sixth form, does not change it. Correct it in your own system."
)
CAME_BACK = (
    "If the pupil left this school and came back, say in a note in which term they left and in which they came back."
)
BEFORE_ENTRY = (
    "A pupil with sessions in a term was at the school in that term. Either the date of entry or the attendance "
    "belongs to someone else."
)


@rule(
    "1880",
    ERROR,
    on=PUPILS,
    reads=("EntryDate", "Header.ReferenceDate"),
    message="The date of entry is after census day.",
    why="Only pupils who had joined the school by census day belong in the return.",
    fix="Correct the date of entry, or leave the pupil out until the next census.",
    fails=[case(EntryDate=day_of("reference_date", 1))],
    passes=[case(EntryDate=day_of("reference_date"))],
    certainty="A",
    source=f"{SOURCE}; Follett",
)
def entry_by_census_day(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.EntryDate <= edition.reference_date


@rule(
    "1881Q",
    QUERY,
    on=termly_attendance,
    when=AUTUMN,
    reads=("SessionsPossible", "PupilOnRoll.EntryDate"),
    message="Please check the date of entry: the pupil has sessions in the first half of the summer term, before it.",
    why=BEFORE_ENTRY,
    fix=ENTRY_FIX,
    note="reason",
    note_help=CAME_BACK,
    fails=[case(PupilOnRoll={"EntryDate": day_of("reference_date", -30)})],
    passes=[
        case(PupilOnRoll={"EntryDate": day_of("attendance_to", -10)}),
        case(PupilOnRoll={"EntryDate": day_of("reference_date", 20)}),
        case(SessionsPossible="0", PupilOnRoll={"EntryDate": day_of("reference_date", -30)}),
        case(SessionsPossible=None, PupilOnRoll={"EntryDate": day_of("reference_date", -30)}),
    ],
    certainty="B",
    source=SOURCE,
)
def entered_before_first_half(attendance: Record, edition: Edition) -> pl.Expr:
    entered = attendance.up(pupil_on_roll).EntryDate
    return ~(
        (attendance.SessionsPossible > 0) & entered.is_between(edition.attendance_to, edition.reference_date, "right")
    )


@rule(
    "1882",
    ERROR,
    on=second_half_attendance,
    when=AUTUMN,
    reads=("SessionsPossible", "PupilOnRoll.EntryDate", "PupilOnRoll.NCyearActual"),
    message="The pupil was here in the second half of the summer term, before the date of entry. Moving up into "
    "Reception or year 12 inside the school does not change the date of entry.",
    why=ENTERED,
    fix=f"{ENTRY_FIX} {CAME_BACK}",
    fails=[
        case(PupilOnRoll={"EntryDate": day_of("reference_date", -30), "NCyearActual": "12"}),
        case(PupilOnRoll={"EntryDate": day_of("reference_date", -30), "NCyearActual": "R"}),
    ],
    passes=[
        case(PupilOnRoll={"NCyearActual": "12"}),
        case(PupilOnRoll={"EntryDate": day_of("reference_date", -30), "NCyearActual": "7"}),
        case(SessionsPossible="0", PupilOnRoll={"EntryDate": day_of("reference_date", -30), "NCyearActual": "12"}),
    ],
    certainty="B-",
    source=SOURCE,
)
def entry_kept_on_moving_up(attendance: Record, edition: Edition) -> pl.Expr:
    moved_up = attendance.up(pupil_on_roll).NCyearActual.is_in(["R", "12"])
    entered = attendance.up(pupil_on_roll).EntryDate
    after = entered.is_between(edition.second_half_to, edition.reference_date, "right")
    return ~(moved_up & (attendance.SessionsPossible > 0) & after)


@rule(
    "1883Q",
    QUERY,
    on=second_half_attendance,
    when=AUTUMN,
    reads=("SessionsPossible", "PupilOnRoll.EntryDate"),
    message="Please check the date of entry: the pupil has sessions in the second half of the summer term, before it.",
    why=BEFORE_ENTRY,
    fix=ENTRY_FIX,
    note="reason",
    note_help=CAME_BACK,
    fails=[
        case(PupilOnRoll={"EntryDate": day_of("reference_date", -30)}),
        case(PupilOnRoll={"EntryDate": day_of("reference_date", -30), "NCyearActual": "12"}),
    ],
    passes=[
        case(PupilOnRoll={"EntryDate": day_of("second_half_to", -21)}),
        case(SessionsPossible="0", PupilOnRoll={"EntryDate": day_of("reference_date", -30)}),
    ],
    certainty="B",
    source=SOURCE,
)
def entered_before_second_half(attendance: Record, edition: Edition) -> pl.Expr:
    entered = attendance.up(pupil_on_roll).EntryDate
    return ~(
        (attendance.SessionsPossible > 0) & entered.is_between(edition.second_half_to, edition.reference_date, "right")
    )


NEW = {"EntryDate": day_of("term_start", 3)}


def joined_this_term(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The share of the roll whose date of entry lies in this term."""
    return whole.share(pupil_on_roll, lambda pupil: pupil.EntryDate >= edition.term_start)


@return_rule(
    "1885Q",
    QUERY,
    figures={"share": joined_this_term},
    message="Please check: {share:.0%} of the pupils on roll have a date of entry in this term "
    "(more than {edition.new_entry_share:.0%}).",
    why="It is most often a sign that a new system has given all pupils a new date of entry.",
    fix=ENTRY_FIX,
    note="confirmation",
    note_help="Confirm that the pupils are new, for instance because the school is new.",
    fails=[case(PupilOnRoll=[NEW, NEW, {}])],
    passes=[case(PupilOnRoll=[NEW, {}]), case(PupilOnRoll=[])],
    certainty="B",
    source=SOURCE,
)
def few_joined_this_term(whole: ReturnView, edition: Edition) -> pl.Expr:
    return joined_this_term(whole, edition) <= edition.new_entry_share


@rule(
    "1940",
    ERROR,
    on=pupil_on_roll,
    reads=("PartTime", "DOB"),
    message="The pupil is of compulsory school age (5 to 15 on {edition.age_date:%d %B %Y}) and cannot be part-time.",
    why="Pupils of compulsory school age have to be educated full-time, and are funded so.",
    fix="Set the pupil to full-time, or correct the date of birth. A reduced timetable does not make a pupil "
    "part-time.",
    fails=[case(PartTime="true"), case(PartTime="true", DOB=born(5, 8, 31))],
    passes=[
        case(),
        case(PartTime="true", DOB=born(4)),
        case(PartTime="true", DOB=born(16)),
        case(PartTime="true", DOB=None),
    ],
    certainty="A-",
    source=SOURCE,
)
def full_time_at_school_age(pupil: Record, edition: Edition) -> pl.Expr:
    return ~(pupil.PartTime & school_age(pupil, edition).is_between(5, 15))


@rule(
    "1950",
    ERROR,
    on=PUPILS,
    reads=("PartTime", "Boarder"),
    message="A part-time pupil cannot be a boarder.",
    why="A pupil who lives at the school attends all of the week.",
    fix="Correct whichever of the two is wrong in your own system.",
    fails=[case(PartTime="true", Boarder="B"), case(PartTime="true", Boarder="7")],
    passes=[case(PartTime="true"), case(Boarder="B"), case(PartTime="true", Boarder="Z")],
    certainty="A-",
    source=SOURCE,
)
def part_time_pupils_do_not_board(pupil: Record, edition: Edition) -> pl.Expr:
    return ~(pupil.PartTime & pupil.valid("Boarder") & (pupil.Boarder != "N"))


def part_time(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The share of the roll that is part-time."""
    return whole.share(pupil_on_roll, lambda pupil: pupil.PartTime)


@return_rule(
    "1960Q",
    QUERY,
    figures={"share": part_time},
    message="Please check: {share:.0%} of the pupils on roll are part-time (more than {edition.part_time_share:.0%}).",
    why="Pupils shown as part-time by mistake lower the school's funding.",
    fix="Set to full-time everyone who is. Part-time is usual in nursery classes only.",
    note="reason",
    note_help="A nursery school need only confirm; any other school says why so many pupils are part-time.",
    fails=[case(PupilOnRoll=[{"PartTime": "true"}, {}])],
    passes=[case(PupilOnRoll=[{"PartTime": "true"}, {}, {}]), case(PupilOnRoll=[])],
    certainty="B",
    source=SOURCE,
)
def few_part_time(whole: ReturnView, edition: Edition) -> pl.Expr:
    return part_time(whole, edition) <= edition.part_time_share


def boarders(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils on roll board."""
    return whole.count(pupil_on_roll, lambda pupil: pupil.Boarder.is_in(["B", "6", "7"]))


def no_boarders(when: When, *, says_so: bool) -> Rule:
    """1980Q: boarders at a school that is not known to board. A special school says in spring whether it is."""
    boarding = {"School": {"Phase": "SP"}, "SpecialSchool": [{"Accommodation": "B"}], "PupilOnRoll": [{"Boarder": "7"}]}

    @return_rule(
        "1980Q",
        QUERY,
        when=when,
        figures={"boarders": boarders},
        message="Please check: {boarders} pupils on roll are boarders.",
        why="Boarders are left out of the attendance figures. Few schools have any.",
        fix="Where a pupil does not live at the school, set Boarder to N.",
        note="confirmation",
        note_help="Confirm that the school has boarders.",
        fails=[case(PupilOnRoll=[{"Boarder": "6"}, {}])],
        passes=[case(PupilOnRoll=[{}, {"Boarder": None}, {"Boarder": "Z"}]), *([Case(boarding)] if says_so else [])],
        certainty="B",
        source=SOURCE,
    )
    def holds(whole: ReturnView, edition: Edition) -> pl.Expr:
        none = boarders(whole, edition) == 0
        return none | (whole.count(special_school, lambda record: record.Accommodation == "B") > 0) if says_so else none

    return holds


boarders_known = [no_boarders(SPRING, says_so=True), no_boarders(AUTUMN_AND_SUMMER, says_so=False)]
