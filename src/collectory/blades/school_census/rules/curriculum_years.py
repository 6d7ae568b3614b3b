"""Year groups of pupils, against their age, the school and the type of class."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, When, case, return_rule, rule

from ..entities.on_roll import pupil_on_roll
from ..entities.school import school, school_class
from .ages import born, school_age
from .identifiers import age_fits_school_type, usual_ages
from .scope import phases
from .year_groups import IN_ORDER, NURSERY, in_nursery, order_of, year_order

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))
PRIMARY_PHASES = ("PS", "AT")
PRIMARY_YEARS = (*NURSERY, "R", "1", "2", "3", "4", "5", "6")
RECEPTION = IN_ORDER.index("R")
AGE_IN_RECEPTION = 4
LAST_YEAR = 14

YEARS = "Year groups decide which parts of the census, and which of the figures that are published, a pupil is in."
YEAR_FIX = "Correct the pupil's year group in your own system: it is the year that the pupil is taught with."
CLASS_TYPES = "The type of class says how many children are in nursery classes, which are funded differently."


@rule(
    "2002",
    ERROR,
    on=pupil_on_roll,
    reads=("NCyearActual", "School.LowestNCyear", "School.HighestNCyear"),
    message="The pupil's year group is not between the lowest and the highest of the school.",
    why=YEARS,
    fix=f"{YEAR_FIX} If the school does teach that year, correct the school's lowest or highest year.",
    silenced_by=("230",),
    fails=[case(NCyearActual="6"), case(NCyearActual="14"), case(NCyearActual="N2")],
    passes=[
        case(NCyearActual="7"),
        case(NCyearActual="X"),
        case(NCyearActual="6", School={"LowestNCyear": None}),
        case(NCyearActual="6", School={"LowestNCyear": "X", "HighestNCyear": "X"}),
        case(School={"LowestNCyear": "13", "HighestNCyear": "7"}),
    ],
    certainty="B",
    source=SOURCE,
)
def year_of_school(pupil: Record, edition: Edition) -> pl.Expr:
    lowest = pupil.of_return(lambda whole: order_of(whole.one(school).LowestNCyear))
    highest = pupil.of_return(lambda whole: order_of(whole.one(school).HighestNCyear))
    return year_order(pupil).is_between(lowest, highest)


def years_from_age(pupil: Record, edition: Edition) -> pl.Expr:
    """How many years a pupil is ahead of (or, below nought, behind) the year of their age.

    Null before Reception and outside of curriculum years, where age does not decide. From 18 on the year of
    the age is the last that there is.
    """
    year = year_order(pupil) - RECEPTION
    by_age = (school_age(pupil, edition) - AGE_IN_RECEPTION).clip(upper_bound=LAST_YEAR)
    return pupil.once(pl.when(year >= 0).then(year - by_age))


def out_of_age_year(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The share of pupils in a year that is not the one of their age."""
    return whole.share(
        pupil_on_roll,
        lambda pupil: years_from_age(pupil, edition) != 0,
        of=lambda pupil: years_from_age(pupil, edition).is_not_null(),
    )


@return_rule(
    "2010Q",
    QUERY,
    figures={"share": out_of_age_year},
    message="Please check: {share:.0%} of the pupils are in another year group than others of their age "
    "({edition.out_of_year_share:.0%} or more).",
    why="So many are most often the sign that pupils have not been moved up into the new year.",
    fix="Move the pupils up in your own system, or correct their dates of birth.",
    note="confirmation",
    note_help="Confirm the year groups; it is better to say why so many pupils are taught outside of their year.",
    fails=[case(PupilOnRoll=[{"NCyearActual": "9"}, {}, {}])],
    passes=[
        case(PupilOnRoll=[{}, {"NCyearActual": "X"}, {"DOB": None, "NCyearActual": "9"}]),
        case(PupilOnRoll=[{"DOB": born(20), "NCyearActual": "14"}, {"DOB": born(2), "NCyearActual": "N1"}]),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def most_in_age_year(whole: ReturnView, edition: Edition) -> pl.Expr:
    return out_of_age_year(whole, edition) < edition.out_of_year_share


@rule(
    "2020Q",
    QUERY,
    on=pupil_on_roll,
    reads=("NCyearActual", "DOB"),
    message="Please check: the pupil's year group is two or more years away from the usual one for their age.",
    why="A wrong date of birth or year group puts the pupil into the wrong figures.",
    fix="Correct the date of birth or the year group in your own system.",
    note="reason-per-record",
    note_help="Say for each pupil why, for instance severe special needs, new to English, or far ahead.",
    fails=[case(NCyearActual="8"), case(NCyearActual="12"), case(DOB=born(8)), case(NCyearActual="R")],
    passes=[
        case(NCyearActual="9"),
        case(NCyearActual="11"),
        case(NCyearActual="X"),
        case(NCyearActual="14", DOB=born(21)),
        case(DOB=None),
    ],
    certainty="B-",
    source=SOURCE,
)
def year_near_age(pupil: Record, edition: Edition) -> pl.Expr:
    return years_from_age(pupil, edition).abs() < 2


@rule(
    "2030Q",
    QUERY,
    on=pupil_on_roll,
    reads=("NCyearActual", "School.SchoolType"),
    message="Please check: a school of this type does not normally have this year group.",
    why=YEARS,
    fix=f"{YEAR_FIX} It may also be the school type that is wrong.",
    note="confirmation",
    note_help="Confirm that the school teaches this year group.",
    fails=[
        case(NCyearActual="8", School={"SchoolType": "18", "LowestNCyear": "R"}),
        case(NCyearActual="6", School={"SchoolType": "22"}),
    ],
    passes=[
        case(),
        case(NCyearActual="X", School={"SchoolType": "18"}),
        case(NCyearActual="N1", School={"SchoolType": "18", "LowestNCyear": "E1"}),
        case(NCyearActual="8", School={"SchoolType": "22"}),
        case(NCyearActual="1", School={"SchoolType": "52", "LowestNCyear": "R"}),
    ],
    certainty="B",
    source=f"{SOURCE}; Follett ranges",
)
def year_usual_for_school_type(pupil: Record, edition: Edition) -> pl.Expr:
    youngest, oldest = usual_ages(pupil)
    year = year_order(pupil) - RECEPTION
    usual = year.is_between(youngest - AGE_IN_RECEPTION, oldest - AGE_IN_RECEPTION)
    return usual | (in_nursery(pupil.NCyearActual) & (youngest < AGE_IN_RECEPTION))


def missing_years(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The years between the school's lowest and highest that nobody is in, as text; "" for none."""
    lowest = order_of(whole.one(school).LowestNCyear)
    highest = order_of(whole.one(school).HighestNCyear)
    missing = [
        pl.when(pl.lit(place).is_between(lowest, highest) & (_pupils_in(whole, year) == 0)).then(pl.lit(year))
        for place, year in enumerate(IN_ORDER)
        if year != str(LAST_YEAR)
    ]
    return pl.concat_str(missing, separator=", ", ignore_nulls=True)


def _pupils_in(whole: ReturnView, year: str) -> pl.Expr:
    return whole.count(pupil_on_roll, lambda pupil: pupil.NCyearActual == year)


@return_rule(
    "2040Q",
    QUERY,
    reads=("School.LowestNCyear", "School.HighestNCyear"),
    figures={"years": missing_years},
    message="Please check: there is no pupil in year group {years}.",
    why="A year group without any pupil is most often one that was left out of the return.",
    fix="Add the pupils, or correct the school's lowest and highest year.",
    note="reason",
    note_help="Say why the year group is empty, for instance that a new school is filling up or that one is closing.",
    fails=[
        case(PupilOnRoll=[{}]),
        case(PupilOnRoll=[{}], School={"LowestNCyear": "9", "HighestNCyear": "10"}),
        case(PupilOnRoll=[{"NCyearActual": "X"}], School={"LowestNCyear": "R", "HighestNCyear": "R"}),
    ],
    passes=[
        case(PupilOnRoll=[{}], School={"LowestNCyear": "10", "HighestNCyear": "10"}),
        case(PupilOnRoll=[{"NCyearActual": "13"}], School={"LowestNCyear": "13", "HighestNCyear": "14"}),
        case(PupilOnRoll=[{}], School={"LowestNCyear": "X", "HighestNCyear": "X"}),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def every_year_has_pupils(whole: ReturnView, edition: Edition) -> pl.Expr:
    return (missing_years(whole, edition) == "") | (whole.count(pupil_on_roll) == 0)


def of_unusual_age(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils on roll are of an age that the type of school does not normally have."""
    return whole.count(pupil_on_roll, lambda pupil: ~age_fits_school_type(pupil, edition))


@return_rule(
    "2050Q",
    QUERY,
    reads=("School.SchoolType",),
    figures={"pupils": of_unusual_age},
    message="Please check the school type: the age of {pupils} pupils is unusual for it.",
    why="The type of school decides which ages are expected in all its figures.",
    fix="Correct the school type, or the pupils' dates of birth.",
    note="confirmation",
    note_help="Confirm that the school type is right.",
    fails=[case(PupilOnRoll=[{}], School={"SchoolType": "18"})],
    passes=[case(PupilOnRoll=[{}]), case(PupilOnRoll=[{"DOB": None}], School={"SchoolType": "18"})],
    certainty="B",
    source=f"{SOURCE}; Follett ranges",
)
def ages_of_school_type(whole: ReturnView, edition: Edition) -> pl.Expr:
    return of_unusual_age(whole, edition) == 0


@rule(
    "2060",
    ERROR,
    on=pupil_on_roll,
    reads=("TypeOfClass", "NCyearActual", "School.Phase"),
    message="The type of class is missing; it is asked of every pupil up to year 6.",
    why=CLASS_TYPES,
    fix="Enter N for a nursery class or O for any other.",
    fails=[case(NCyearActual="R", School={"Phase": "PS"}), case(NCyearActual="6", School={"Phase": "AT"})],
    passes=[
        case(NCyearActual="R", TypeOfClass="O", School={"Phase": "PS"}),
        case(NCyearActual="7", School={"Phase": "AT"}),
        case(NCyearActual="6"),
        case(NCyearActual="X", School={"Phase": "PS"}),
    ],
    certainty="B",
    source=SOURCE,
)
def class_type_in_primary_years(pupil: Record, edition: Edition) -> pl.Expr:
    primary = pupil.one(school).Phase.is_in(list(PRIMARY_PHASES)) & pupil.NCyearActual.is_in(list(PRIMARY_YEARS))
    return pupil.present("TypeOfClass") | ~primary


@rule(
    "5048",
    ERROR,
    on=pupil_on_roll,
    reads=("TypeOfClass", "NCyearActual", "School.Phase"),
    message="The type of class is asked in primary and all-through schools up to year 7; here it is not wanted.",
    why="The census collects no more about people than it needs.",
    fix="Take the type of class out of the return, or correct the pupil's year group or the school's phase.",
    fails=[case(TypeOfClass="O"), case(TypeOfClass="O", NCyearActual="8", School={"Phase": "AT"})],
    passes=[
        case(),
        case(TypeOfClass="O", NCyearActual="7", School={"Phase": "AT"}),
        case(TypeOfClass="O", NCyearActual="N2", School={"Phase": "PS"}),
        case(TypeOfClass="O", NCyearActual="3", School={"Phase": None}),
    ],
    certainty="B",
    source=SOURCE,
)
def class_type_in_primary_years_only(pupil: Record, edition: Edition) -> pl.Expr:
    wanted = pupil.one(school).Phase.is_in(list(PRIMARY_PHASES)) & pupil.NCyearActual.is_in([*PRIMARY_YEARS, "7"])
    return pupil.blank("TypeOfClass") | wanted


@rule(
    "2070Q",
    QUERY,
    on=pupil_on_roll,
    reads=("TypeOfClass", "NCyearActual"),
    applies=phases(*PRIMARY_PHASES),
    applies_in_words="primary and all-through schools",
    message="Please check: the type of class does not go with the pupil's year group.",
    why=CLASS_TYPES,
    fix="Set children before Reception to a nursery class, and all others to another class.",
    note="confirmation",
    note_help="Confirm that the child is taught in this type of class.",
    fails=[
        case(NCyearActual="R", TypeOfClass="N", DOB=born(4), School={"Phase": "PS"}),
        case(NCyearActual="N2", TypeOfClass="O", School={"Phase": "PS"}),
    ],
    passes=[
        case(NCyearActual="R", TypeOfClass="O", School={"Phase": "PS"}),
        case(NCyearActual="N1", TypeOfClass="N", School={"Phase": "AT"}),
        case(NCyearActual="X", TypeOfClass="N", DOB=born(4), School={"Phase": "PS"}),
        case(NCyearActual="R", TypeOfClass="N", DOB=born(4)),
    ],
    certainty="B",
    source=SOURCE,
)
def class_type_of_year(pupil: Record, edition: Edition) -> pl.Expr:
    nursery_class = pl.when(pupil.valid("TypeOfClass")).then(pupil.TypeOfClass == "N")
    return year_order(pupil).is_null() | (nursery_class == in_nursery(pupil.NCyearActual))


@rule(
    "2080",
    ERROR,
    on=pupil_on_roll,
    reads=("TypeOfClass", "DOB"),
    message="A pupil of six or over cannot be in a nursery class.",
    why=CLASS_TYPES,
    fix="Correct the type of class or the date of birth in your own system.",
    fails=[case(TypeOfClass="N", DOB=born(6, 8, 31)), case(TypeOfClass="N")],
    passes=[case(TypeOfClass="N", DOB=born(5, 9)), case(TypeOfClass="O"), case(TypeOfClass="N", DOB=None)],
    certainty="A-",
    source=SOURCE,
)
def nursery_class_to_five(pupil: Record, edition: Edition) -> pl.Expr:
    return (pupil.TypeOfClass != "N") | (school_age(pupil, edition) < 6)


def nursery_pupils(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils on roll are in a nursery class."""
    return whole.count(pupil_on_roll, lambda pupil: pupil.TypeOfClass == "N")


def nursery_places(whole: ReturnView, edition: Edition) -> pl.Expr:
    """How many pupils of the school were in nursery classes at the time of the class count."""
    return whole.sum(school_class, lambda each: pl.when(each.ClassType == "N").then(each.HomePupils))


@return_rule(
    "2090Q",
    QUERY,
    when=SPRING,
    figures={"pupils": nursery_pupils},
    message="Please check: {pupils} pupils are in a nursery class, but the return has no nursery class.",
    why=CLASS_TYPES,
    fix="Set the type of the class they are taught in, or the type of class of the pupils.",
    note="confirmation",
    note_help="Confirm that no nursery class was being taught at the chosen time.",
    fails=[case(PupilOnRoll=[{"TypeOfClass": "N"}], Class=[{"ClassType": "O"}])],
    passes=[
        case(PupilOnRoll=[{"TypeOfClass": "N"}], Class=[{"ClassType": "N"}]),
        case(PupilOnRoll=[{}], Class=[{}]),
        case(PupilOnRoll=[{"TypeOfClass": "N"}], Class=[]),
    ],
    certainty="B",
    source=SOURCE,
)
def nursery_pupils_have_a_class(whole: ReturnView, edition: Edition) -> pl.Expr:
    nursery_classes = whole.count(school_class, lambda each: each.ClassType == "N")
    return (nursery_pupils(whole, edition) == 0) | (nursery_classes > 0) | (whole.count(school_class) == 0)


@return_rule(
    "2110Q",
    QUERY,
    when=SPRING,
    figures={"places": nursery_places, "pupils": nursery_pupils},
    message="Please check: nursery classes have {places} pupils of this school, but only {pupils} pupils are in a "
    "nursery class.",
    why=CLASS_TYPES,
    fix="Set the type of class of the pupils, or correct the count of the classes.",
    note="confirmation",
    note_help="Confirm that pupils of other classes were taught in the nursery class at the chosen time.",
    fails=[case(PupilOnRoll=[{"TypeOfClass": "N"}], Class=[{"ClassType": "N", "HomePupils": "2"}])],
    passes=[
        case(PupilOnRoll=[{"TypeOfClass": "N"}], Class=[{"ClassType": "N", "HomePupils": "1"}]),
        case(PupilOnRoll=[{}], Class=[{"ClassType": "O", "HomePupils": "30"}]),
    ],
    certainty="B",
    source=SOURCE,
)
def nursery_counts_agree(whole: ReturnView, edition: Edition) -> pl.Expr:
    return nursery_places(whole, edition) <= nursery_pupils(whole, edition)


@rule(
    "2112",
    ERROR,
    on=pupil_on_roll,
    reads=("NCyearActual", "School.LowestNCyear", "School.HighestNCyear"),
    message="The school does not follow national curriculum years, so the pupil's year group must be X.",
    why=YEARS,
    fix="Set the pupil's year group to X, or give the school its lowest and highest year.",
    fails=[case(School={"LowestNCyear": "X", "HighestNCyear": "X"})],
    passes=[
        case(),
        case(NCyearActual="X", School={"LowestNCyear": "X", "HighestNCyear": "X"}),
        case(NCyearActual=None, School={"LowestNCyear": "X", "HighestNCyear": "X"}),
        case(School={"HighestNCyear": "X"}),
    ],
    certainty="B",
    source=SOURCE,
)
def no_year_where_school_has_none(pupil: Record, edition: Edition) -> pl.Expr:
    without_years = (pupil.one(school).LowestNCyear == "X") & (pupil.one(school).HighestNCyear == "X")
    return ~without_years | (pupil.NCyearActual == "X")
