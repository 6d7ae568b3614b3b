"""Childcare at the school or near it, in spring."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Case, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.school import childcare_detail

SOURCE = "DfE rules 2018/19"
SPRING = When(terms=("SPR",))
KINDS = {"B": "before school", "A": "after school", "H": "in the holidays", "U": "for under-fives"}
DETAILS = (
    "OpeningTime",
    "ClosingTime",
    "NoOfChildcarePlaces",
    "ChildcareProvider",
    "OtherSchools",
    "ChildcareWksOpen",
)
TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
OFFERED = "The department publishes what childcare schools offer to working parents."
CHILDCARE_FIX = "Correct the childcare in your own system."
ON_SITE = {
    "OnSite": "Y",
    "OpeningTime": "07:30",
    "ClosingTime": "17:30",
    "NoOfChildcarePlaces": "20",
    "ChildcareProvider": "SCH",
    "OtherSchools": "N",
    "ChildcareWksOpen": "38",
}


def asked_of_all(number: str, name: str, message: str) -> Rule:
    """2900, 2910: what is said of each kind of childcare."""

    @rule(
        number,
        ERROR,
        on=childcare_detail,
        when=SPRING,
        reads=("TypeOfChildcare", name),
        message=message,
        why=OFFERED,
        fix=CHILDCARE_FIX,
        fails=[Case({name: None})],
        passes=[Case({}), Case({name: None, "TypeOfChildcare": None})],
        certainty="B",
        source=SOURCE,
    )
    def given(care: Record, edition: Edition) -> pl.Expr:
        return care.present(name) | care.blank("TypeOfChildcare")

    return given


def asked_on_site(number: str, name: str, message: str, form: str = "", wrong: str = "") -> Rule:
    """2915 to 2935: what is said of childcare on the site."""

    @rule(
        number,
        ERROR,
        on=childcare_detail,
        when=SPRING,
        reads=("TypeOfChildcare", "OnSite", name),
        message=message,
        why=OFFERED,
        fix=CHILDCARE_FIX,
        fails=[Case({**ON_SITE, name: None}), *([Case({**ON_SITE, name: wrong})] if wrong else [])],
        passes=[Case(ON_SITE), Case({})],
        certainty="B",
        source=SOURCE,
    )
    def given(care: Record, edition: Edition) -> pl.Expr:
        there = care.present(name)
        if form:
            there = there & care.sent(name).str.contains(form)
        return (care.OnSite != "Y") | there

    return given


answers = [
    asked_of_all("2900", "OnSite", "It is not said whether the childcare is on the site of the school."),
    asked_of_all("2910", "ChildcareSignposting", "It is not said whether the school points parents to childcare."),
    asked_on_site("2915", "OpeningTime", "The opening time is missing or is not a time such as 07:30.", TIME, "7.30"),
    asked_on_site("2920", "ClosingTime", "The closing time is missing or is not a time such as 17:30.", TIME, "25:00"),
    asked_on_site("2925", "NoOfChildcarePlaces", "The number of places is missing."),
    asked_on_site("2930", "ChildcareProvider", "It is not said who runs the childcare."),
    asked_on_site("2935", "OtherSchools", "It is not said whether the childcare takes pupils of other schools."),
]


def weeks(number: str, kinds: tuple[str, ...], most: int, certainty: str) -> Rule:
    """2940, 2975: how many weeks of the year the childcare is open."""

    @rule(
        number,
        ERROR,
        on=childcare_detail,
        when=SPRING,
        reads=("TypeOfChildcare", "ChildcareWksOpen"),
        message=f"The weeks open in the year are missing, or not between 1 and {most}.",
        why=OFFERED,
        fix="Term-time childcare is open for up to 38 weeks, that of the holidays for up to 15.",
        fails=[
            Case({**ON_SITE, "TypeOfChildcare": kinds[0], "ChildcareWksOpen": str(most + 1)}),
            Case({**ON_SITE, "TypeOfChildcare": kinds[0], "ChildcareWksOpen": None}),
            Case({**ON_SITE, "TypeOfChildcare": kinds[0], "ChildcareWksOpen": "0"}),
            Case({**ON_SITE, "TypeOfChildcare": kinds[0], "ChildcareWksOpen": "all"}),
        ],
        passes=[Case({**ON_SITE, "TypeOfChildcare": kinds[0], "ChildcareWksOpen": str(most)}), Case({})],
        certainty=certainty,
        source=SOURCE,
    )
    def inside(care: Record, edition: Edition) -> pl.Expr:
        asked = (care.OnSite == "Y") & care.TypeOfChildcare.is_in(list(kinds))
        return ~asked | care.ChildcareWksOpen.is_between(1, most).fill_null(False)

    return inside


weeks_open = [weeks("2940", ("B", "A", "U"), 38, "B"), weeks("2975", ("H",), 15, "B-")]


@rule(
    "2945",
    ERROR,
    on=childcare_detail,
    when=SPRING,
    reads=("TypeOfChildcare", "OnSite", *DETAILS),
    message="Details are given of childcare that is not on the site.",
    why=OFFERED,
    fix="Remove the details, or say that the childcare is on the site.",
    fails=[Case({**ON_SITE, "OnSite": "N"}), case(NoOfChildcarePlaces="20")],
    passes=[case(), Case(ON_SITE)],
    certainty="B",
    source=SOURCE,
)
def details_on_site_only(care: Record, edition: Edition) -> pl.Expr:
    return (care.OnSite != "N") | care.blank(*DETAILS)


def unreported(whole: ReturnView, edition: Edition) -> pl.Expr:
    """The kinds of childcare without a record, in words; "" for none."""
    missing = [pl.when(_records_of(whole, code) == 0).then(pl.lit(words)) for code, words in KINDS.items()]
    return pl.concat_str(missing, separator=", ", ignore_nulls=True)


def _records_of(whole: ReturnView, code: str) -> pl.Expr:
    return whole.count(childcare_detail, lambda care: care.TypeOfChildcare == code)


@return_rule(
    "2950",
    ERROR,
    when=SPRING,
    figures={"kinds": unreported},
    message="Some kinds of childcare are not reported: {kinds}.",
    why=OFFERED,
    fix="Add a record for each kind; for one that there is not, say so by N.",
    fails=[case(ChildcareDetail=[{}, {"TypeOfChildcare": "A"}])],
    passes=[case(ChildcareDetail=[{"TypeOfChildcare": code} for code in KINDS]), case(ChildcareDetail=[])],
    certainty="B",
    source=SOURCE,
)
def every_kind(whole: ReturnView, edition: Edition) -> pl.Expr:
    return (whole.count(childcare_detail) == 0) | (unreported(whole, edition) == "")


@rule(
    "2955",
    ERROR,
    on=childcare_detail,
    when=SPRING,
    reads=("TypeOfChildcare",),
    message="The kind of childcare is reported more than once.",
    why=OFFERED,
    fix="Keep one record for each kind.",
    fails=[case(ChildcareDetail=[{}, {}])],
    passes=[case(ChildcareDetail=[{}, {"TypeOfChildcare": "A"}])],
    certainty="B",
    source=SOURCE,
)
def each_kind_once(care: Record, edition: Edition) -> pl.Expr:
    return care.first_of("TypeOfChildcare")


@rule(
    "2970",
    ERROR,
    on=childcare_detail,
    when=SPRING,
    reads=("OpeningTime", "ClosingTime"),
    message="Childcare for under-fives must be open for nine hours or more.",
    why=OFFERED,
    fix=CHILDCARE_FIX,
    silenced_by=("2915", "2920"),
    fails=[Case({**ON_SITE, "TypeOfChildcare": "U", "ClosingTime": "16:29"})],
    passes=[
        Case({**ON_SITE, "TypeOfChildcare": "U", "ClosingTime": "16:30"}),
        Case({**ON_SITE, "TypeOfChildcare": "A", "OpeningTime": "15:00"}),
        Case({**ON_SITE, "TypeOfChildcare": "U", "ClosingTime": "late"}),
    ],
    certainty="B",
    source=SOURCE,
)
def nine_hours(care: Record, edition: Edition) -> pl.Expr:
    def minutes(name: str) -> pl.Expr:
        text = pl.when(care.sent(name).str.contains(TIME)).then(care.sent(name))
        return text.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + text.str.slice(3, 2).cast(
            pl.Int64, strict=False
        )

    return (care.TypeOfChildcare != "U") | (minutes("ClosingTime") - minutes("OpeningTime") >= 9 * 60)
