"""Faults in the records under a pupil: meals, needs, exclusions, homes, attendance, placements."""

from __future__ import annotations

import polars as pl

from ..draws import Ints, Mask
from .workings import ON_ROLL, Workings, fault, setting

MEALS, EXCLUSION, HOME, NEED = "FSMperiod", "TermlyExclusion", "Address", "SENneed"
PERIOD, DETAIL = "TermlyAttendance", "SessionDetail"
SECOND, SECOND_DETAIL = "SummerHalfTerm2Attendance", "SummerHalfTerm2SessionDetail"


def open_periods(work: Workings) -> Mask:
    return ~work.there(MEALS, "FSMendDate")


def ended_periods(work: Workings) -> Mask:
    return work.there(MEALS, "FSMendDate")


def suspensions(work: Workings) -> Mask:
    return work.equal(EXCLUSION, "Category", "SUSP", "FIXD")


def homes_in_lines(work: Workings) -> Mask:
    return work.there(HOME, "AddressLine1")


def homes_in_parts(work: Workings) -> Mask:
    return work.there(HOME, "PAON")


def only_needs(work: Workings) -> Mask:
    return work.tables[NEED]["_parent"].is_unique().to_numpy()


def tutored(work: Workings) -> Mask:
    return work.equal("LearnerFAM", "LearnFAMCode", "01")


def illness(work: Workings) -> Mask:
    return work.equal(DETAIL, "AttendanceReason", "I")


def illness_in_second_half(work: Workings) -> Mask:
    return work.equal(SECOND_DETAIL, "AttendanceReason", "I")


@fault("1766", on=MEALS, among=ended_periods)
def meals_end_before_they_start(work: Workings, rows: Ints) -> None:
    end = work.values(MEALS, "FSMendDate").gather(pl.Series(rows)).str.to_date()
    work.put(MEALS, "FSMstartDate", rows, end.dt.offset_by("5d").dt.to_string("%Y-%m-%d"))


@fault("1762", on=MEALS, among=open_periods)
def meals_start_after_census_day(work: Workings, rows: Ints) -> None:
    work.put(MEALS, "FSMstartDate", rows, work.written("reference_date", 9))


@fault("1763", on=MEALS)
def meals_ended_before_the_last_census(work: Workings, rows: Ints) -> None:
    work.put(MEALS, "FSMendDate", rows, work.written("fsm_from", -8))
    work.put(MEALS, "FSMstartDate", rows, "2018-09-03")


@fault("1767Q", on=MEALS, among=open_periods)
def meals_of_england_have_ended(work: Workings, rows: Ints) -> None:
    work.put(MEALS, "FSMendDate", rows, work.written("reference_date", -3))


@fault("1745Q", on=MEALS, among=open_periods)
def meals_of_one_day(work: Workings, rows: Ints) -> None:
    work.put(MEALS, "FSMstartDate", rows, work.written("reference_date", -10))
    work.put(MEALS, "FSMendDate", rows, work.written("reference_date", -10))


@fault("1768", on=MEALS, among=open_periods)
def two_open_meal_periods(work: Workings, rows: Ints) -> None:
    work.repeat(MEALS, rows, FSMstartDate=work.written("reference_date", -20))


@fault("2290", on=EXCLUSION)
def excluded_outside_the_window(work: Workings, rows: Ints) -> None:
    work.put(EXCLUSION, "StartDate", rows, work.written("exclusions_to", 30))


@fault("2330", "2335", on=EXCLUSION, among=suspensions)
def permanently_excluded_but_still_here(work: Workings, rows: Ints) -> None:
    work.put(EXCLUSION, "Category", rows, "PERM")


@fault("2285", on=EXCLUSION, among=suspensions)
def permanently_excluded_twice(work: Workings, rows: Ints) -> None:
    work.put(EXCLUSION, "Category", rows, "PERM")
    work.put(EXCLUSION, "Sessions", rows, None)
    work.repeat(EXCLUSION, rows, StartDate=work.written("exclusions_to", -12))


@fault("2355Q", on=HOME)
def home_is_missing(work: Workings, rows: Ints) -> None:
    work.drop(HOME, rows)


@fault("2350", on=HOME, among=homes_in_lines)
def home_is_a_postcode_only(work: Workings, rows: Ints) -> None:
    for field in ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "UniquePropertyReferenceNumber"):
        work.put(HOME, field, rows, None)


@fault("2400", on=HOME, among=homes_in_lines)
def home_has_one_line_only(work: Workings, rows: Ints) -> None:
    for number in range(2, 6):
        work.put(HOME, f"AddressLine{number}", rows, None)


@fault("2380", on=HOME, among=homes_in_parts)
def home_has_a_house_number_only(work: Workings, rows: Ints) -> None:
    for field in ("Street", "Locality", "Town", "AdministrativeArea", "PostTown"):
        work.put(HOME, field, rows, None)


@fault("2445", on=HOME, among=homes_in_parts)
def home_is_written_in_both_forms(work: Workings, rows: Ints) -> None:
    work.put(HOME, "AddressLine1", rows, "12 Fosse Way")
    work.put(HOME, "AddressLine2", rows, "Swithby")


@fault("2530", on=DETAIL, among=illness)
def more_absence_than_sessions(work: Workings, rows: Ints) -> None:
    work.put(DETAIL, "Sessions", rows, "240")
    if work.edition.entity(PERIOD).has_field("SessionsAuthorised"):
        work.put(PERIOD, "SessionsAuthorised", work.parents(DETAIL, rows), "240")


@fault("2582", on=SECOND_DETAIL, among=illness_in_second_half)
def more_absence_than_sessions_in_second_half(work: Workings, rows: Ints) -> None:
    work.put(SECOND_DETAIL, "Sessions", rows, "240")
    if work.edition.entity(SECOND).has_field("SessionsAuthorised"):
        work.put(SECOND, "SessionsAuthorised", work.parents(SECOND_DETAIL, rows), "240")


@fault("2505", on=DETAIL, among=illness)
def attendance_code_stands_twice(work: Workings, rows: Ints) -> None:
    work.repeat(DETAIL, rows)


@fault("2577", on=SECOND_DETAIL, among=illness_in_second_half)
def attendance_code_stands_twice_in_second_half(work: Workings, rows: Ints) -> None:
    work.repeat(SECOND_DETAIL, rows)


@fault("1741", on=MEALS, among=open_periods, fields=())
def service_child_has_free_meals(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "ServiceChild", work.parents(MEALS, rows), "Y")


@fault("1881Q", on=PERIOD)
def joined_after_the_attendance(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "EntryDate", work.parents(PERIOD, rows), work.written("reference_date", -21))


@fault("2571", on=SECOND)
def boarder_with_attendance_in_second_half(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "Boarder", work.parents(SECOND, rows), "B")


@fault("2125", on=NEED)
def needs_of_a_pupil_without_any(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "SENprovision", work.parents(NEED, rows), "N")


@fault("2165", on=NEED)
def two_needs_of_one_rank(work: Workings, rows: Ints) -> None:
    work.repeat(NEED, rows)


@fault("2170", on=NEED, among=only_needs)
def support_without_a_need(work: Workings, rows: Ints) -> None:
    work.drop(NEED, rows)


@fault("1866", on="LearnerSupportItem")
def bursary_stands_twice(work: Workings, rows: Ints) -> None:
    work.repeat("LearnerSupportItem", rows)


@fault("1864", on="LearnerSupportItem")
def bursary_of_a_pupil_of_another_school(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "EnrolStatus", work.parents("LearnerSupportItem", rows), "S")


@fault("2470", on=PERIOD)
def boarder_with_attendance(work: Workings, rows: Ints) -> None:
    parents = work.parents(PERIOD, rows)
    work.put(ON_ROLL, "Boarder", parents, "B")


meals = (
    setting("meal_start_is_missing", ("1761",), "FSMstartDate", None, on=MEALS),
    setting("meal_country_is_unknown_code", ("1764",), "UKcountry", "FRA", on=MEALS),
    setting("meals_of_scotland_are_still_open", ("1765",), "UKcountry", "SCT", on=MEALS, among=open_periods),
)

needs_and_funding = (
    setting("need_is_unknown_code", ("2130",), "SENtype", "XYZ", on=NEED),
    setting("rank_of_need_is_missing", ("2140",), "SENtypeRank", None, on=NEED),
    setting("bursary_is_unknown_code", ("1865",), "SupportCode", "99", on="LearnerSupportItem"),
    setting("tutoring_without_hours", ("4012",), "LearnFAMHours", None, on="LearnerFAM", among=tutored),
    setting("earlier_school_is_missing", ("2360",), "PrevURN", None, on="APProvisionDetail"),
    setting("reason_for_unit_is_unknown_code", ("2361",), "APReason", "ZZZ", on="APProvisionDetail"),
)

exclusions = (
    setting("exclusion_start_is_missing", ("2270",), "StartDate", None, on=EXCLUSION),
    setting("exclusion_category_is_unknown_code", ("2275",), "Category", "TEMP", on=EXCLUSION),
    setting("exclusion_reason_is_missing", ("2280",), "Reason1", None, on=EXCLUSION),
    setting("exclusion_reason_is_unknown_code", ("2280",), "Reason1", "ZZ", on=EXCLUSION),
    setting("exclusion_has_no_sessions", ("2300",), "Sessions", None, on=EXCLUSION, among=suspensions),
    setting("exclusion_needs_are_unknown_code", ("2310",), "SENprovision", "Z", on=EXCLUSION),
    setting("excluded_for_too_long", ("2320Q",), "Sessions", "94", on=EXCLUSION, among=suspensions),
)

homes = (
    setting("postcode_is_missing", ("2340",), "PostCode", None, on=HOME),
    setting("postcode_is_malformed", ("2340",), "PostCode", "LEICESTR", on=HOME),
    setting("property_number_is_malformed", ("5155",), "UniquePropertyReferenceNumber", "12 34", on=HOME),
    setting("leavers_postcode_is_malformed", ("2341",), "PostCode", "LE", on="LeaverAddress"),
)

attendance = (
    setting("attendance_code_is_unknown", ("2475",), "AttendanceReason", "%", on=DETAIL),
    setting("attendance_code_is_missing", ("2490",), "AttendanceReason", None, on=DETAIL),
    setting("attendance_code_without_sessions", ("2480",), "Sessions", "0", on=DETAIL, among=illness),
    setting("possible_sessions_are_missing", ("2500",), "SessionsPossible", None, on=PERIOD),
    setting("no_session_was_possible", ("2502Q",), "SessionsPossible", "0", on=PERIOD),
    setting("attendance_code_is_unknown_in_second_half", ("2572",), "AttendanceReason", "%", on=SECOND_DETAIL),
    setting("attendance_code_is_missing_in_second_half", ("2574",), "AttendanceReason", None, on=SECOND_DETAIL),
    setting(
        "attendance_code_without_sessions_in_second_half",
        ("2573",),
        "Sessions",
        "0",
        on=SECOND_DETAIL,
        among=illness_in_second_half,
    ),
    setting("possible_sessions_are_missing_in_second_half", ("2575",), "SessionsPossible", None, on=SECOND),
    setting(
        "leavers_possible_sessions_are_missing_in_second_half",
        ("2579",),
        "SessionsPossible",
        None,
        on=f"Leaver{SECOND}",
    ),
    setting("leavers_possible_sessions_are_missing", ("2510",), "SessionsPossible", None, on=f"Leaver{PERIOD}"),
)


@fault("2303", on="LeaverTermlyExclusion")
def leaver_excluded_after_leaving(work: Workings, rows: Ints) -> None:
    owner = work.parents("LeaverTermlyExclusion", rows)
    left = work.values("PupilNoLongerOnRoll", "LeavingDate").gather(pl.Series(owner)).str.to_date()
    work.put("LeaverTermlyExclusion", "StartDate", rows, left.dt.offset_by("3d").dt.to_string("%Y-%m-%d"))
