"""The years and terms of the census: dates, windows and thresholds.

Each school year has a module with the dates of its terms and the parameters in which it differs from THRESHOLDS.

Every parameter of an edition is read by rules as `edition.name`:

    reference_date, previous_reference_date   census day, and the census day before it
    age_date                    31 August before the school year: the day that "age" means
    attendance_age_date         31 August before the school year in which the attendance fell
    term_start, previous_term_start           notional first day of this term and of the term before
    attendance_from, attendance_to            sessions of the period in TermlyAttendance
    second_half_from, second_half_to          sessions of SummerHalfTerm2Attendance (autumn only)
    exclusions_from, exclusions_to            start dates of suspensions and exclusions
    fsm_from                    first day on which a free school meal period may end
    academic_year_from, academic_year_to      the funding year of students of 16 or over
    aims_from                   programmes and aims that ended before this day are left out (autumn only)
    upn_authorities             numbers that may stand as characters 2 to 4 of a UPN
    three_born_from, three_born_to            dates of birth of children who may have extended hours at three
    four_born_from, four_born_to              the same at four, in a nursery year
    funded_born_to              last date of birth of a child who may have hours of early education: two years old on
                                `age_date`, since 2024/25 nine months before the term
    premium_born_to             the same for the early years pupil premium and the disability access fund: three
                                years old, since 2024/25 nine months
    code_of_hours               what the number that shows a right to more hours is called

    uln_age                     from this age on census day a learner number is needed
    language_age                from this age the first language is needed
    youth_support_age, youth_support_age_to, youth_support_age_with_plan   ages of the youth support question
    comprehensive_phases        phases that can have a comprehensive intake only (rules 221 and 222 give no list)
    funded_hours_most           most funded hours a week at two and three
    funded_hours_most_at_four   most funded hours a week at four in nursery
    extended_hours_most         most extended hours a week
    fsm_share, language_share, single_registration_share, formerly_in_care_share, infant_lunch_share,
    new_entry_share, part_time_share, out_of_year_share, plan_share, sen_support_share, special_plan_share,
    authorised_absence_share, ethnicity_share, infant_year_fsm_share, not_in_class_share
                                shares of the roll beyond which a query asks
    exclusion_sessions          sessions of exclusion beyond which a query asks (45 school days)
    special_age_least, special_age_most   ages that a special school can be approved for
    suspensions_without_absence  suspensions in the period of the attendance from which absence code E is expected
    mother_places_of_every_unit  whether 541 asks every referral unit, or only those that take mothers
    nursery_class_years         year groups of nursery classes (1150Q, 1155Q)
    activities_not_academic     activities that 1235 does not accept of Reception and key stage 1
    employment_of_every_student  whether 2712 asks every student for the answer, or looks at given answers only
    code_x_age_least, code_x_age_most   ages at which attendance code X is used (2491, 2492)
    planned_hours_least, planned_hours_most   hours of a study programme in a year
    aim_years                   years ahead that an aim may be planned to end
    aim_years_over              years that an aim may take beyond those that the list of qualifications names (2766)
    academic_kind               what the list of qualifications calls an academic qualification (2721)
    headcount_tolerance         change of the roll since the last return beyond which a query asks
    rate_tolerance              change of a percentage, relative to the last return, beyond which a query asks
    change_pupils               changes of fewer pupils than this are never asked about

No published text gives the tolerances between two terms, nor `change_pupils`; they are a choice
(docs/decisions/school-census-choices.md).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from collectory.blade import Blade, Edition

from ..authorities import upn_authorities
from ..codesets import codesets_at
from . import year_2018_19, year_2020_21, year_2021_22, year_2023_24, year_2024_25

TERMS = {"AUT": "autumn", "SPR": "spring", "SUM": "summer"}
NUMBERS = {"SPR": "1", "SUM": "2", "AUT": "3"}

PREVIOUS = {"AUT": "{year}-2", "SPR": "{last_year}-3", "SUM": "{year}-1"}
"""The term before: a census is compared with no other, even where years between are not known."""

THRESHOLDS: dict[str, Any] = {
    "uln_age": 14,
    "language_age": 5,
    "youth_support_age": 12,
    "youth_support_age_to": 19,
    "youth_support_age_with_plan": 25,
    "comprehensive_phases": ("PR",),
    "funded_hours_most": 15,
    "funded_hours_most_at_four": 15,
    "extended_hours_most": 15,
    "code_of_hours": "30-hour code",
    "fsm_share": 0.45,
    "infant_year_fsm_share": 0.50,
    "language_share": 0.10,
    "ethnicity_share": 0.10,
    "single_registration_share": 0.95,
    "formerly_in_care_share": 0.05,
    "infant_lunch_share": 0.95,
    "new_entry_share": 0.50,
    "part_time_share": 0.35,
    "out_of_year_share": 0.10,
    "plan_share": 0.10,
    "sen_support_share": 0.40,
    "special_plan_share": 0.70,
    "authorised_absence_share": 0.30,
    "not_in_class_share": 0.10,
    "exclusion_sessions": 90,
    "suspensions_without_absence": 5,
    "special_age_least": 2,
    "special_age_most": 27,
    "mother_places_of_every_unit": False,
    "nursery_class_years": ("E1", "E2", "N1", "N2"),
    "activities_not_academic": ("OT",),
    "employment_of_every_student": False,
    "code_x_age_least": 4,
    "code_x_age_most": 15,
    "planned_hours_least": 40,
    "planned_hours_most": 4000,
    "aim_years": 5,
    "aim_years_over": 0,
    "academic_kind": "academic",
    "headcount_tolerance": 0.10,
    "rate_tolerance": 0.20,
    "change_pupils": 5,
}


def edition(blade: Blade, year: int, term: str, **given: Any) -> Edition:
    """An edition from its dates; what follows from other dates is worked out where it is not given."""
    when = f"{year}-{NUMBERS[term]}"
    school_year = year if term == "AUT" else year - 1
    previous = given["previous_reference_date"]
    parameters: dict[str, Any] = {
        **THRESHOLDS,
        "age_date": date(school_year, 8, 31),
        # An autumn return carries the attendance of the summer before, which was the school year before.
        "attendance_age_date": date(school_year - 1 if term == "AUT" else school_year, 8, 31),
        "fsm_from": previous + timedelta(days=1),
        "academic_year_from": date(school_year, 8, 1),
        "academic_year_to": date(school_year + 1, 7, 31),
        "upn_authorities": upn_authorities(when),
        **extended_hours_births(school_year, term),
        "funded_born_to": date(school_year - 2, 8, 31),
        "premium_born_to": date(school_year - 3, 8, 31),
        **given,
    }
    return Edition(
        blade=blade,
        key=f"school-census-{year}-{TERMS[term]}",
        title=f"School Census {year} {TERMS[term]}",
        year=str(year),
        term=term,
        when=when,
        follows=PREVIOUS[term].format(year=year, last_year=year - 1),
        parameters=parameters,
        codesets=codesets_at(when),
    )


def extended_hours_births(school_year: int, term: str) -> dict[str, date]:
    """Dates of birth between which extended hours are possible: from the term after the third birthday, to
    the term in which the child reaches school age."""
    three_to = {
        "AUT": date(school_year - 3, 8, 31),
        "SPR": date(school_year - 3, 12, 31),
        "SUM": date(school_year - 2, 3, 31),
    }
    four_from = {
        "AUT": date(school_year - 5, 9, 1),
        "SPR": date(school_year - 4, 1, 1),
        "SUM": date(school_year - 4, 4, 1),
    }
    return {
        "three_born_from": date(school_year - 4, 9, 1),
        "three_born_to": three_to[term],
        "four_born_from": four_from[term],
        "four_born_to": date(school_year - 4, 8, 31),
    }


YEARS = (year_2018_19, year_2020_21, year_2021_22, year_2023_24, year_2024_25)


def editions(blade: Blade) -> tuple[Edition, ...]:
    """All editions that Collectory knows, oldest first."""
    return tuple(
        edition(blade, each.year, each.term, **{**year.DIFFERENCES, **each.parameters})
        for year in YEARS
        for each in year.TERMS
    )
