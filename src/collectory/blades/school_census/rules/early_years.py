"""Hours of early education, of children of two to four who are not yet in Reception.

Age is that on 31 August before the school year. A four-year-old is "in nursery" in the years E1 to N2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from collectory.blade import ALWAYS, ERROR, Case, Edition, Record, Rule, When, rule

from ..entities.on_roll import pupil_on_roll
from ..entities.school import school
from .ages import born, school_age
from .case_days import day_of
from .scope import EARLY_YEARS_PHASES, Applies, phases
from .year_groups import in_nursery, in_reception_or_above

FUNDING = "Schools are paid for early education by these hours."
HOURS = "Correct the hours a week in your own system."
SOURCE = "DfE rules 2018/19"
EXTENDED = When(since="2017-3")
"""Editions with extended hours, and with the number that shows the right to them. Rules call it EligibilityCode, as it
has been called since autumn 2024, when it came to stand for expanded hours as well; before it was ThirtyHourCode."""

WITHOUT_HOURS = ("CT", "NM")
"""City technology colleges and non-maintained special schools give no hours."""

NURSERY: dict[str, Any] = {"School": {"Phase": "PS", "SchoolType": "18", "Governance": "CO"}}


def child(age: int, **values: Any) -> dict[str, Any]:
    """A child of that age in a nursery class of a primary school, for cases."""
    return {**NURSERY, "PupilOnRoll": [{"DOB": born(age), "NCyearActual": "N1", **values}]}


def asked_of_hours(whole: Any, edition: Edition) -> pl.Expr:
    """Asked of schools that give hours."""
    of_phase = phases(*EARLY_YEARS_PHASES)(whole, edition)
    return of_phase & ~whole.one(school).Governance.is_in(list(WITHOUT_HOURS)).fill_null(False)


def about(
    number: str,
    reads: tuple[str, ...],
    message: str,
    fix: str,
    fails: list[dict[str, Any]],
    passes: list[dict[str, Any]],
    *,
    certainty: str = "B",
    applies: Applies | None = None,
    when: When = ALWAYS,
) -> Callable[[Callable[[Record, Edition], pl.Expr]], Rule]:
    """An error about a child's hours, in the phases that have children of the age."""
    return rule(
        number,
        ERROR,
        on=pupil_on_roll,
        reads=reads,
        message=message,
        why=FUNDING,
        fix=fix,
        applies=applies or phases(*EARLY_YEARS_PHASES),
        applies_in_words="schools that may have children under five",
        fails=[Case(values) for values in fails],
        passes=[Case(values) for values in (*passes, {})],
        certainty=certainty,
        source=SOURCE,
        when=when,
    )


def is_two_or_three(pupil: Record, edition: Edition) -> pl.Expr:
    return school_age(pupil, edition).is_between(2, 3)


def is_four(pupil: Record, edition: Edition) -> pl.Expr:
    return school_age(pupil, edition) == 4


def is_four_in_nursery(pupil: Record, edition: Edition) -> pl.Expr:
    return is_four(pupil, edition) & in_nursery(pupil.NCyearActual)


def may_have_expanded_hours(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether a child is too young for extended hours and old enough for expanded ones; nobody before 2024."""
    if not pupil.has("ExpandedHours"):
        return pl.lit(False)
    return pupil.DOB.is_between(edition.three_born_to, edition.funded_born_to, closed="right")


def expanded(pupil: Record) -> pl.Expr:
    """The expanded hours; 0 where there are none, and before there were any."""
    return pupil.ExpandedHours.fill_null(0) if pupil.has("ExpandedHours") else pl.lit(0)


def under_three(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether a child under three is old enough for the premium and the fund; nobody before 2024."""
    return (school_age(pupil, edition) < 3) & pupil.DOB.le(edition.premium_born_to)


def of_daf_age(pupil: Record, edition: Edition) -> pl.Expr:
    """Three, or four and in nursery: whom the disability access fund is for."""
    return (school_age(pupil, edition) == 3) | is_four_in_nursery(pupil, edition)


def may_have_extended_hours(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether date of birth and year group allow extended hours in this term."""
    three = pupil.DOB.is_between(edition.three_born_from, edition.three_born_to)
    four = pupil.DOB.is_between(edition.four_born_from, edition.four_born_to) & in_nursery(pupil.NCyearActual)
    return three | four


def outside_age(number: str, name: str, words: str) -> Rule:
    """1851 and 1854: nothing from five on, nor for a child who is too young: under two, since 2024 nine months."""

    @about(
        number,
        (name, "DOB"),
        f"{words} are given for a child who is five or older, or was born after {{edition.funded_born_to:%d %B %Y}}.",
        "Take the hours out of the return, or correct the date of birth.",
        [child(5, **{name: "15"}), child(4, **{name: "15", "DOB": day_of("funded_born_to", 1)})],
        [child(4, **{name: "15"}), child(4, **{name: "15", "DOB": day_of("funded_born_to")}), child(5)],
        certainty="A-",
    )
    def holds(pupil: Record, edition: Edition) -> pl.Expr:
        of_age = (school_age(pupil, edition) <= 4) & pupil.DOB.le(edition.funded_born_to)
        return pupil.blank(name) | of_age

    return holds


funded_outside_age = outside_age("1851", "FundedHours", "Funded hours")
at_setting_outside_age = outside_age("1854", "HoursAtSetting", "Hours at the school")


@about(
    "1852",
    ("FundedHours", "DOB"),
    "The funded hours of a two or three-year-old are missing, or not from 0 to {edition.funded_hours_most}.",
    f"Enter 0 where the child has no funded hours. {HOURS}",
    [child(3), child(2, FundedHours="15.5"), child(3, FundedHours="many")],
    [child(3, FundedHours="15"), child(2, FundedHours="0"), child(4, FundedHours=None)],
    certainty="A-",
    applies=asked_of_hours,
)
def funded_at_two_and_three(pupil: Record, edition: Edition) -> pl.Expr:
    hours = pupil.present("FundedHours") & (pupil.FundedHours <= edition.funded_hours_most)
    return hours | ~is_two_or_three(pupil, edition)


@about(
    "1855",
    ("HoursAtSetting", "DOB"),
    "The hours that a two or three-year-old spends at the school are missing or not valid.",
    HOURS,
    [child(3), child(2, HoursAtSetting="-1")],
    [child(3, HoursAtSetting="30"), child(4)],
    certainty="A-",
    applies=asked_of_hours,
)
def at_setting_at_two_and_three(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("HoursAtSetting") | ~is_two_or_three(pupil, edition)


@about(
    "1859",
    ("FundedHours", "ExtendedHours", "ExpandedHours", "HoursAtSetting"),
    "Funded, extended and expanded hours together are more than the hours at the school.",
    HOURS,
    [
        child(3, FundedHours="15", HoursAtSetting="12"),
        child(3, FundedHours="15", ExtendedHours="15", HoursAtSetting="29.5"),
    ],
    [
        child(3, FundedHours="15", ExtendedHours="15", HoursAtSetting="30"),
        child(3, FundedHours="15", HoursAtSetting=None),
    ],
    certainty="A-",
)
def hours_within_setting(pupil: Record, edition: Edition) -> pl.Expr:
    hours = pupil.FundedHours.fill_null(0) + pupil.ExtendedHours.fill_null(0) + expanded(pupil)
    return hours <= pupil.HoursAtSetting


def in_reception(number: str, name: str, words: str) -> Rule:
    """5170 and 5190: nothing for a four-year-old who is in Reception."""

    @about(
        number,
        (name, "DOB", "NCyearActual"),
        f"{words} are given for a four-year-old who is in Reception or above.",
        "Take the hours out of the return, or correct the year group.",
        [child(4, **{name: "15", "NCyearActual": "R"})],
        [child(4, **{name: "15", "NCyearActual": "N2"}), child(4, NCyearActual="R")],
    )
    def holds(pupil: Record, edition: Edition) -> pl.Expr:
        return pupil.blank(name) | ~is_four(pupil, edition) | ~in_reception_or_above(pupil)

    return holds


funded_in_reception = in_reception("5170", "FundedHours", "Funded hours")
at_setting_in_reception = in_reception("5190", "HoursAtSetting", "Hours at the school")


@about(
    "5180",
    ("FundedHours", "DOB", "NCyearActual"),
    "The funded hours of a four-year-old in nursery are missing, or not from 0 to {edition.funded_hours_most_at_four}.",
    f"Enter 0 where the child has no funded hours. {HOURS}",
    [child(4), child(4, FundedHours="25.25"), child(4, FundedHours="all"), child(4, FundedHours="-1")],
    [child(4, FundedHours="15"), child(4, NCyearActual="R"), child(3)],
    certainty="A-",
    applies=asked_of_hours,
)
def funded_at_four(pupil: Record, edition: Edition) -> pl.Expr:
    hours = pupil.FundedHours.is_between(0, edition.funded_hours_most_at_four).fill_null(False)
    return hours | ~is_four_in_nursery(pupil, edition)


@about(
    "5200",
    ("HoursAtSetting", "DOB", "NCyearActual"),
    "The hours that a four-year-old in nursery spends at the school are missing.",
    HOURS,
    [child(4)],
    [child(4, HoursAtSetting="15"), child(4, NCyearActual="R")],
    applies=asked_of_hours,
)
def at_setting_at_four(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("HoursAtSetting") | ~is_four_in_nursery(pupil, edition)


@about(
    "3100",
    ("ExtendedHours", "DOB", "NCyearActual", "EligibilityCode"),
    "Extended hours are given for a child who is not of the age or in the year for them, or has no "
    "{edition.code_of_hours}.",
    "Check the hours, the date of birth, the year group and the code. Hours that parents pay for do not count.",
    [
        child(3, ExtendedHours="15"),
        child(1, ExtendedHours="15", EligibilityCode="50001234567"),
        child(5, ExtendedHours="15", EligibilityCode="50001234567"),
        child(4, ExtendedHours="15", EligibilityCode="50001234567", NCyearActual="R"),
        child(3, ExtendedHours="all"),
    ],
    [child(3, ExtendedHours="15", EligibilityCode="50001234567"), child(3, ExtendedHours="0"), child(3)],
    certainty="A",
    when=EXTENDED,
)
def extended_only_in_window(pupil: Record, edition: Edition) -> pl.Expr:
    allowed = may_have_extended_hours(pupil, edition) & pupil.present("EligibilityCode")
    return (pupil.ExtendedHours == 0).fill_null(pupil.blank("ExtendedHours")) | allowed


@about(
    "3110",
    ("EligibilityCode", "ExtendedHours", "DOB", "NCyearActual"),
    "The {edition.code_of_hours} is given for a child who is not of the age or in the year for it, or has no hours "
    "that need it.",
    "Take the code out of the return, or enter the hours that it stands for.",
    [child(3, EligibilityCode="50001234567"), child(5, EligibilityCode="50001234567", ExtendedHours="15")],
    [child(3, ExtendedHours="15", EligibilityCode="50001234567"), child(3)],
    certainty="A-",
    when=EXTENDED,
)
def code_only_in_window(pupil: Record, edition: Edition) -> pl.Expr:
    extended = may_have_extended_hours(pupil, edition) & pupil.present("ExtendedHours")
    younger = may_have_expanded_hours(pupil, edition) & (expanded(pupil) > 0)
    return pupil.blank("EligibilityCode") | extended | younger


@about(
    "3120",
    ("DAFIndicator", "DOB", "NCyearActual"),
    "The disability access fund is given for a child who is not of the age for it, or in Reception.",
    "Take the answer out of the return.",
    [child(5, DAFIndicator="false"), child(4, DAFIndicator="true", NCyearActual="R")],
    [child(3, DAFIndicator="true"), child(4, DAFIndicator="false"), child(5)],
)
def daf_only_at_age(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.blank("DAFIndicator") | of_daf_age(pupil, edition) | under_three(pupil, edition)


@about(
    "3130",
    ("EligibilityCode", "ExtendedHours"),
    "A child with extended hours has no valid {edition.code_of_hours}.",
    "Enter the eleven digits of the code that the parents were given.",
    [child(3, ExtendedHours="15"), child(3, ExtendedHours="15", EligibilityCode="1234")],
    [child(3, ExtendedHours="15", EligibilityCode="50001234567"), child(3, ExtendedHours="0"), child(3)],
    certainty="A",
    when=EXTENDED,
)
def extended_with_code(pupil: Record, edition: Edition) -> pl.Expr:
    has_hours = pupil.ExtendedHours > 0
    return pupil.valid("EligibilityCode") | ~has_hours | ~may_have_extended_hours(pupil, edition)


@about(
    "3140",
    ("ExtendedHours", "EligibilityCode"),
    "The extended hours of a child with the {edition.code_of_hours} are missing, or not from 0 to "
    "{edition.extended_hours_most}.",
    HOURS,
    [
        child(3, EligibilityCode="50001234567"),
        child(3, EligibilityCode="50001234567", ExtendedHours="16"),
    ],
    [child(3, EligibilityCode="50001234567", ExtendedHours="15"), child(3)],
    when=EXTENDED,
)
def extended_in_range(pupil: Record, edition: Edition) -> pl.Expr:
    hours = pupil.present("ExtendedHours") & (pupil.ExtendedHours <= edition.extended_hours_most)
    # The code of a younger child stands for expanded hours.
    return pupil.blank("EligibilityCode") | hours | (pupil.blank("ExtendedHours") & (expanded(pupil) > 0))


@about(
    "3150",
    ("ExtendedHours", "FundedHours"),
    "A child with extended hours has more than {edition.funded_hours_most} funded hours.",
    HOURS,
    [child(3, ExtendedHours="5", FundedHours="16")],
    [child(3, ExtendedHours="5", FundedHours="15"), child(3, ExtendedHours="0", FundedHours="16")],
)
def funded_beside_extended(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.ExtendedHours <= 0) | (pupil.FundedHours <= edition.funded_hours_most)


@about(
    "3160",
    ("EligibilityCode",),
    "Another pupil has the same {edition.code_of_hours}.",
    "The code belongs to one child. Correct the one that is wrong.",
    [
        {
            **NURSERY,
            "PupilOnRoll": [{"EligibilityCode": "50001234567"}, {"EligibilityCode": "50001234567"}],
        }
    ],
    [{**NURSERY, "PupilOnRoll": [{"EligibilityCode": "50001234567"}, {}, {}]}],
    when=EXTENDED,
)
def code_unique(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.occurrences("EligibilityCode") <= 1


@about(
    "5220",
    ("DAFIndicator", "FundedHours", "ExtendedHours", "ExpandedHours"),
    "The disability access fund is claimed for a child without funded, extended or expanded hours.",
    "Correct the answer or the hours.",
    [child(3, DAFIndicator="true", FundedHours="0"), child(3, DAFIndicator="true")],
    [child(3, DAFIndicator="true", FundedHours="15"), child(3, DAFIndicator="false", FundedHours="0")],
)
def daf_with_hours(pupil: Record, edition: Edition) -> pl.Expr:
    hours = pupil.FundedHours.fill_null(0) + pupil.ExtendedHours.fill_null(0) + expanded(pupil)
    return ~pupil.DAFIndicator | (hours > 0)


@about(
    "5225",
    ("FundedHours", "EligibilityCode"),
    "A child with the {edition.code_of_hours} has funded hours that are not from 0 to {edition.funded_hours_most}.",
    HOURS,
    [child(3, EligibilityCode="50001234567", FundedHours="20")],
    [child(3, EligibilityCode="50001234567", FundedHours="15"), child(3, FundedHours="20")],
    when=EXTENDED,
)
def funded_with_code(pupil: Record, edition: Edition) -> pl.Expr:
    return ~pupil.valid("EligibilityCode") | (pupil.FundedHours <= edition.funded_hours_most)


@about(
    "5230",
    ("DAFIndicator", "FundedHours", "DOB"),
    "It is missing whether the disability access fund is claimed for a child with funded hours.",
    "Enter true or false in your own system; false for most children.",
    [child(3, FundedHours="15"), child(4, FundedHours="15")],
    [child(3, FundedHours="15", DAFIndicator="false"), child(3, FundedHours="0"), child(2, FundedHours="15")],
    applies=asked_of_hours,
)
def daf_given(pupil: Record, edition: Edition) -> pl.Expr:
    asked = of_daf_age(pupil, edition) & (pupil.FundedHours > 0)
    return pupil.present("DAFIndicator") | ~asked


def not_from(number: str, name: str, words: str, when: When = ALWAYS) -> Rule:
    """5094 to 5096, 5210 and 5215: schools that are asked for none of it."""

    @about(
        number,
        (name, "School.Governance"),
        f"{words} are not asked of city technology colleges and non-maintained special schools.",
        "Take them out of the return, or correct the governance of the school.",
        [{"School": {"Phase": "SP", "Governance": "NM"}, "PupilOnRoll": [{name: VALUES[name]}]}],
        [
            {"School": {"Phase": "SP", "Governance": "NM"}, "PupilOnRoll": [{}]},
            {"School": {"Phase": "SP", "Governance": "CO"}, "PupilOnRoll": [{name: VALUES[name]}]},
        ],
        applies=lambda whole, edition: whole.one(school).Governance.is_in(list(WITHOUT_HOURS)),
        when=when,
    )
    def holds(pupil: Record, edition: Edition) -> pl.Expr:
        return pupil.blank(name)

    return holds


VALUES = {
    "HoursAtSetting": "15",
    "FundedHours": "15",
    "ExtendedHours": "15",
    "EligibilityCode": "50001234567",
    "DAFIndicator": "false",
}

not_from_some_schools = (
    not_from("5094", "HoursAtSetting", "Hours at the school"),
    not_from("5095", "FundedHours", "Funded hours"),
    not_from("5096", "EligibilityCode", "Codes that show a right to more hours", EXTENDED),
    not_from("5210", "ExtendedHours", "Extended hours"),
    not_from("5215", "DAFIndicator", "Answers about the disability access fund"),
)
