"""Faults in who a pupil is and what is said of them."""

from __future__ import annotations

import polars as pl

from ..draws import Ints, Mask
from ..identifiers import CHECK_LETTERS, permanent_upns
from .workings import LEAVER, ON_ROLL, Workings, fault, setting


def with_upn(work: Workings) -> Mask:
    return work.values(ON_ROLL, "UPN").str.contains(r"^[A-Z]\d{12}$").fill_null(False).to_numpy()


def needing_learner_number(work: Workings) -> Mask:
    return (work.age(ON_ROLL) >= work.edition.uln_age) & work.there(ON_ROLL, "UniqueLearnerNumber")


def of_school_age(work: Workings) -> Mask:
    age = work.age(ON_ROLL)
    return (age >= 6) & (age <= 14)


def infants(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "NCyearActual", "R", "1", "2")


def juniors(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "NCyearActual", "3", "4", "5", "6")


def first_years_of_secondary(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "NCyearActual", "7")


def in_secondary_school(work: Workings) -> Mask:
    return first_years_of_secondary(work) & bool(work.equal("School", "LowestNCyear", "7").any())


def in_primary_classes(work: Workings) -> Mask:
    return work.there(ON_ROLL, "TypeOfClass") & juniors(work)


def primary_juniors(work: Workings) -> Mask:
    return juniors(work) & bool(work.equal("School", "Phase", "PS").any())


def in_a_school_for_an_age(work: Workings) -> Mask:
    return work.there(ON_ROLL, "DOB") & (not work.equal("School", "Phase", "SP", "PR").any())


def in_a_secondary(work: Workings) -> Mask:
    return work.there(ON_ROLL, "UPN") & bool(work.equal("School", "Phase", "SS").any())


def four_in_reception(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "NCyearActual", "R") & (work.age(ON_ROLL) == 4)


def in_nursery_class(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "TypeOfClass", "N")


def not_extended(work: Workings) -> Mask:
    return three_with_funded_hours(work) & ~with_extended_hours(work)


def special(work: Workings) -> Mask:
    return work.equal(ON_ROLL, "SENprovision", "K", "E") & work.there(ON_ROLL, "SENunitIndicator")


def with_funded_hours(work: Workings) -> Mask:
    return work.there(ON_ROLL, "FundedHours")


def three_with_funded_hours(work: Workings) -> Mask:
    return work.there(ON_ROLL, "FundedHours") & (work.age(ON_ROLL) == 3)


def with_extended_hours(work: Workings) -> Mask:
    return work.there(ON_ROLL, "ExtendedHours")


@fault("1510", among=with_upn)
def upn_has_wrong_check_letter(work: Workings, rows: Ints) -> None:
    upn = work.values(ON_ROLL, "UPN").gather(pl.Series(rows))
    follow = dict(zip(CHECK_LETTERS, CHECK_LETTERS[1:] + CHECK_LETTERS[0], strict=True))
    work.put(ON_ROLL, "UPN", rows, upn.str.slice(0, 1).replace_strict(follow) + upn.str.slice(1))


@fault("1530", among=with_upn)
def upn_is_of_unknown_authority(work: Workings, rows: Ints) -> None:
    upn = work.values(ON_ROLL, "UPN").gather(pl.Series(rows))
    work.put(ON_ROLL, "UPN", rows, permanent_upns(999 * 10**9 + upn.str.slice(4).cast(pl.Int64).to_numpy()))


@fault("1540", among=with_upn)
def upn_has_a_letter_inside(work: Workings, rows: Ints) -> None:
    upn = work.values(ON_ROLL, "UPN").gather(pl.Series(rows))
    work.put(ON_ROLL, "UPN", rows, upn.str.slice(0, 5) + pl.Series(["O"] * len(rows)) + upn.str.slice(6))


@fault("1550", among=with_upn)
def upn_ends_in_a_letter_that_is_not_used(work: Workings, rows: Ints) -> None:
    upn = work.values(ON_ROLL, "UPN").gather(pl.Series(rows))
    work.put(ON_ROLL, "UPN", rows, upn.str.slice(0, 12) + pl.Series(["S"] * len(rows)))


@fault("1520", among=with_upn)
def upn_is_used_twice(work: Workings, rows: Ints) -> None:
    work.copy(ON_ROLL, rows, ("UPN",))


@fault("1578", among=needing_learner_number)
def learner_number_is_used_twice(work: Workings, rows: Ints) -> None:
    work.copy(ON_ROLL, rows, ("UniqueLearnerNumber",))


@fault("1575", among=needing_learner_number)
def learner_number_has_wrong_check_digit(work: Workings, rows: Ints) -> None:
    number = work.values(ON_ROLL, "UniqueLearnerNumber").gather(pl.Series(rows)).cast(pl.Int64)
    last = number % 10
    work.put(ON_ROLL, "UniqueLearnerNumber", rows, (number - last + (last + 1) % 10).cast(pl.String))


@fault("1620Q")
def same_person_stands_twice(work: Workings, rows: Ints) -> None:
    work.copy(ON_ROLL, rows, ("Surname", "Forename", "Sex", "DOB"))


@fault("1950", among=lambda work: ~of_school_age(work))
def part_time_pupil_boards(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "PartTime", rows, "true")
    work.put(ON_ROLL, "Boarder", rows, "B")


@fault("1856", among=lambda work: work.equal(ON_ROLL, "EnrolStatus", "C"), fields=("ServiceChild",))
def service_child_is_unknown_code(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "ServiceChild", rows, "YES")


@fault("1859", among=with_funded_hours)
def fewer_hours_at_school_than_funded(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "HoursAtSetting", rows, "12.5")


@fault("3160", among=with_extended_hours, fields=("EligibilityCode",))
def thirty_hour_code_is_used_twice(work: Workings, rows: Ints) -> None:
    work.copy(ON_ROLL, rows, ("EligibilityCode",))


@fault("1880")
def entered_after_census_day(work: Workings, rows: Ints) -> None:
    work.put(ON_ROLL, "EntryDate", rows, work.written("reference_date", 4))


identifiers = (
    setting("upn_is_missing", ("1500",), "UPN", None, among=with_upn),
    setting("learner_number_is_missing", ("1570",), "UniqueLearnerNumber", None, among=needing_learner_number),
    setting("surname_is_missing", ("1580",), "Surname", None),
    setting("forename_is_missing", ("1590",), "Forename", None),
    setting("born_on_a_day_that_never_was", ("1600",), "DOB", "2010-02-30"),
    setting("date_of_birth_is_missing", ("1600",), "DOB", None),
    setting("born_long_ago", ("1601Q",), "DOB", "1990-05-17", among=in_a_school_for_an_age),
    setting("sex_is_unknown_code", ("1610",), "Sex", "Z"),
)

characteristics = (
    setting("language_is_missing", ("1840",), "Language", None, among=of_school_age),
    setting("language_is_unknown_code", ("1840",), "Language", "ENGLISH", among=of_school_age),
    setting("youth_support_is_missing", ("1770",), "YSSA", None),
    setting("youth_support_is_unknown_code", ("1770",), "YSSA", "MAYBE"),
    setting("lunch_is_missing", ("1875",), "SchoolLunchTaken", None, among=infants),
    setting("lunch_of_an_older_pupil", ("1876",), "SchoolLunchTaken", "true", among=juniors),
    setting("care_is_missing", ("1871",), "PLAA", None),
    setting("top_up_is_neither_yes_nor_no", ("1869",), "TopUpFunding", "maybe"),
    setting("ethnicity_is_unknown_code", ("1630",), "Ethnicity", "XXXX"),
    setting("hours_at_school_are_missing", ("1855",), "HoursAtSetting", None, among=three_with_funded_hours),
    setting("too_many_funded_hours", ("1852",), "FundedHours", "31", among=three_with_funded_hours),
    setting("eligibility_code_is_too_short", ("3105",), "EligibilityCode", "5001"),
    setting("eligibility_code_is_missing", ("3130",), "EligibilityCode", None, among=with_extended_hours),
    setting("disability_fund_is_missing", ("5230",), "DAFIndicator", None, among=three_with_funded_hours),
    setting("funded_hours_in_reception", ("5170",), "FundedHours", "15", among=four_in_reception),
    setting("hours_at_school_in_reception", ("5190",), "HoursAtSetting", "30", among=four_in_reception),
    setting("funded_hours_of_an_older_pupil", ("1851",), "FundedHours", "15", among=primary_juniors),
    setting("hours_at_school_of_an_older_pupil", ("1854",), "HoursAtSetting", "30", among=primary_juniors),
    setting("too_many_extended_hours", ("3140",), "ExtendedHours", "16", among=with_extended_hours),
    setting("eligibility_code_without_hours", ("3110",), "EligibilityCode", "50000000017", among=not_extended),
    setting("disability_fund_of_an_older_pupil", ("3120",), "DAFIndicator", "true", among=primary_juniors),
    setting("youth_support_in_a_primary_school", ("5046",), "YSSA", "YES", among=primary_juniors),
    setting("premium_is_missing", ("1846",), "EYPPR", None, among=three_with_funded_hours),
)

status = (
    setting("enrolment_is_unknown_code", ("1860",), "EnrolStatus", "Q"),
    setting("entry_date_is_missing", ("1880",), "EntryDate", None),
    setting("part_time_at_school_age", ("1940",), "PartTime", "true", among=of_school_age),
    setting("part_time_is_neither_yes_nor_no", ("1930",), "PartTime", "half"),
    setting("boarder_is_unknown_code", ("1970",), "Boarder", "X"),
    setting("year_group_is_unknown_code", ("2000",), "NCyearActual", "15"),
    setting("taught_far_above_age", ("2020Q",), "NCyearActual", "11", among=first_years_of_secondary),
    setting("year_group_is_not_of_the_school", ("2002",), "NCyearActual", "1", among=in_secondary_school),
    setting("type_of_class_is_missing", ("2060",), "TypeOfClass", None, among=in_primary_classes),
    setting("type_of_class_in_a_secondary_school", ("5048",), "TypeOfClass", "O", among=in_a_secondary),
    setting("nursery_child_in_another_class", ("2070Q",), "TypeOfClass", "O", among=in_nursery_class),
    setting("older_pupil_in_nursery_class", ("2080",), "TypeOfClass", "N", among=in_primary_classes),
    setting("special_needs_are_missing", ("2120",), "SENprovision", None, among=special),
    setting("special_needs_module_is_missing", ("9999",), "SENprovision", None, among=lambda work: ~special(work)),
    setting("statement_of_the_past", ("2115",), "SENprovision", "S"),
    setting("unit_is_neither_yes_nor_no", ("2230",), "SENunitIndicator", "perhaps", among=special),
    setting("unit_is_missing", ("2230",), "SENunitIndicator", None, among=special),
    setting("resourced_provision_is_missing", ("2250",), "ResourcedProvisionIndicator", None, among=special),
)


@fault("1920", on=LEAVER)
def left_before_joining(work: Workings, rows: Ints) -> None:
    entered = work.values(LEAVER, "EntryDate").gather(pl.Series(rows)).str.to_date()
    work.put(LEAVER, "LeavingDate", rows, entered.dt.offset_by("-10d").dt.to_string("%Y-%m-%d"))


@fault("1573", on=LEAVER, among=lambda work: work.age(LEAVER) >= work.edition.uln_age + 1)
def leavers_learner_number_is_missing(work: Workings, rows: Ints) -> None:
    work.put(LEAVER, "UniqueLearnerNumber", rows, None)


leavers = (
    setting("leavers_upn_is_missing", ("1500",), "UPN", None, on=LEAVER),
    setting("leaving_date_is_missing", ("1920",), "LeavingDate", None, on=LEAVER),
    setting("leavers_surname_is_missing", ("1580",), "Surname", None, on=LEAVER),
    setting("leavers_part_time_is_unknown_code", ("1930",), "PartTime", "N", on=LEAVER),
    setting("leavers_year_is_missing", ("2005",), "NCyearLeaving", None, on=LEAVER),
)
