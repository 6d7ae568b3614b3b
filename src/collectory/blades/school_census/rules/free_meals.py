"""Entitlement to free school meals."""

from __future__ import annotations

from datetime import date

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, Rule, When, case, return_rule, rule

from ..entities.on_roll import fsm_period, pupil_on_roll
from .case_days import day_of
from .scope import phases

FUNDING = "Free school meals decide the pupil premium and a part of the school's budget."
DATES = "Correct the dates of the period in your own system."
SOURCE = "DfE rules 2018/19"
PROTECTED_SINCE = date(2018, 4, 1)
"""Since this day a period in England is not expected to end, by transitional protection."""


def has_free_meals(pupil: Record) -> pl.Expr:
    """Whether the pupil has a period of free school meals in the return."""
    return pupil.any(fsm_period)


def share_with_free_meals(whole: ReturnView) -> pl.Expr:
    """Which part of the roll has a period of free school meals."""
    return whole.share(pupil_on_roll, has_free_meals)


@rule(
    "1741",
    ERROR,
    on=pupil_on_roll,
    when=When(terms=("SPR",)),
    reads=("ServiceChild",),
    figures={"periods": lambda pupil, edition: pupil.count(fsm_period, lambda period: period.blank("FSMendDate"))},
    message="A service child has a current period of free school meals.",
    why=FUNDING,
    fix="Check with the family whether a parent serves, and with the authority whether the pupil is entitled.",
    fails=[case(ServiceChild="Y", FSMperiod=[{}])],
    passes=[
        case(ServiceChild="N", FSMperiod=[{}]),
        case(ServiceChild="Y"),
        case(ServiceChild="Y", FSMperiod=[{"FSMendDate": day_of("reference_date", -10)}]),
    ],
    certainty="A-",
    source=SOURCE,
)
def service_child_without_free_meals(pupil: Record, edition: Edition) -> pl.Expr:
    current = pupil.any(
        fsm_period,
        lambda period: period.blank("FSMendDate") | (period.FSMendDate >= edition.reference_date),
    )
    return (pupil.ServiceChild != "Y") | ~current


@rule(
    "1745Q",
    QUERY,
    on=fsm_period,
    reads=("FSMstartDate", "FSMendDate"),
    message="Please check: this period of free school meals lasted one day.",
    why=FUNDING,
    fix=DATES,
    note="reason",
    note_help="Say why the pupil was entitled for one day only.",
    fails=[case(FSMstartDate="2021-06-01", FSMendDate="2021-06-01")],
    passes=[case(), case(FSMstartDate="2021-06-01", FSMendDate="2021-06-02")],
    certainty="B",
    source=SOURCE,
)
def not_one_day(period: Record, edition: Edition) -> pl.Expr:
    return period.FSMendDate != period.FSMstartDate


@return_rule(
    "1750Q",
    QUERY,
    figures={"share": lambda whole, edition: (share_with_free_meals(whole) * 100).round(1)},
    message="Please check: {share} per cent of the pupils on roll have free school meals, more than "
    "{edition.fsm_share:.0%}.",
    why=FUNDING,
    fix="Take away periods of infants who only have the meals that all infants have, and periods that have ended.",
    note="statement",
    note_help="State that more than this share of the pupils is entitled to free school meals.",
    fails=[case(PupilOnRoll=[{"FSMperiod": [{}]}, {}])],
    passes=[case(PupilOnRoll=[{"FSMperiod": [{}, {}]}, {}, {}]), case(PupilOnRoll=[])],
    certainty="A-",
    source=SOURCE,
)
def free_meals_share(whole: ReturnView, edition: Edition) -> pl.Expr:
    return share_with_free_meals(whole) <= edition.fsm_share


def free_meals_in_year(number: str, year: str, words: str, when: When) -> Rule:
    """1751Q of Reception, 1752Q of year 1: the share of the year that has free meals."""

    def share(whole: ReturnView) -> pl.Expr:
        return whole.share(pupil_on_roll, has_free_meals, of=lambda pupil: pupil.NCyearActual == year)

    @return_rule(
        number,
        QUERY,
        when=when,
        applies=phases("PS", "AT"),
        applies_in_words="primary and all-through schools",
        figures={"share": lambda whole, edition: (share(whole) * 100).round(1)},
        message=f"Please check: {{share}} per cent of the pupils in {words} have free school meals, more than "
        "{edition.infant_year_fsm_share:.0%}.",
        why=FUNDING,
        fix="Take away periods of infants who only have the meals that all infants have.",
        note="statement",
        note_help="State that the figure is right for the year group and not the universal infant meals.",
        fails=[case(School={"Phase": "PS"}, PupilOnRoll=[{"NCyearActual": year, "FSMperiod": [{}]}])],
        passes=[
            case(
                School={"Phase": "PS"}, PupilOnRoll=[{"NCyearActual": year, "FSMperiod": [{}]}, {"NCyearActual": year}]
            ),
            case(School={"Phase": "PS"}, PupilOnRoll=[{"NCyearActual": "2", "FSMperiod": [{}]}]),
            case(PupilOnRoll=[{"NCyearActual": year, "FSMperiod": [{}]}]),
        ],
        certainty="A-",
        source="LA note list 2016",
    )
    def usual_share(whole: ReturnView, edition: Edition) -> pl.Expr:
        return share(whole) <= edition.infant_year_fsm_share

    return usual_share


in_reception = free_meals_in_year("1751Q", "R", "Reception", When(terms=("SPR",)))
in_year_1 = free_meals_in_year("1752Q", "1", "year 1", When(terms=("SPR",), since="2016-1", until="2016-1"))


@return_rule(
    "1760Q",
    QUERY,
    figures={"pupils": lambda whole, edition: whole.count(pupil_on_roll)},
    message="Please check: none of the {pupils} pupils on roll has had free school meals since the last census.",
    why=FUNDING,
    fix="Enter the periods in your own system and create the return again.",
    note="confirmation",
    note_help="Confirm that no pupil qualifies.",
    fails=[case(PupilOnRoll=[{}, {}])],
    passes=[case(PupilOnRoll=[{"FSMperiod": [{}]}, {}]), case(PupilOnRoll=[])],
    certainty="A-",
    source=SOURCE,
)
def somebody_has_free_meals(whole: ReturnView, edition: Edition) -> pl.Expr:
    return (whole.count(pupil_on_roll) == 0) | (whole.count(fsm_period) > 0) | whole.count(fsm_period).is_null()


@rule(
    "1762",
    ERROR,
    on=fsm_period,
    reads=("FSMstartDate", "Header.ReferenceDate"),
    message="The period of free school meals starts after census day.",
    why=FUNDING,
    fix="Leave the period out of this return; it belongs in the next.",
    fails=[case(FSMstartDate="2030-01-01")],
    passes=[case(), case(FSMstartDate="soon")],
    certainty="A-",
    source=f"{SOURCE}; fileset notes 2021",
)
def starts_by_census_day(period: Record, edition: Edition) -> pl.Expr:
    return period.FSMstartDate <= edition.reference_date


@rule(
    "1763",
    ERROR,
    on=fsm_period,
    reads=("FSMstartDate", "FSMendDate"),
    message="The period of free meals ended by the last census day ({edition.previous_reference_date:day}) "
    "or ends after this one.",
    why=FUNDING,
    fix="Leave out a period that the last return has reported as ended. Leave the end empty while it lasts.",
    fails=[
        case(FSMstartDate="2019-09-01", FSMendDate="2020-09-01"),
        case(FSMstartDate="2019-09-01", FSMendDate="2030-09-01"),
    ],
    passes=[case()],
    certainty="A-",
    source=f"{SOURCE}; fileset notes 2021",
)
def ends_in_window(period: Record, edition: Edition) -> pl.Expr:
    return (period.FSMendDate >= edition.fsm_from) & (period.FSMendDate <= edition.reference_date)


@rule(
    "1765",
    ERROR,
    on=fsm_period,
    reads=("UKcountry", "FSMendDate"),
    message="A period that was granted outside of England must have ended before census day.",
    why="Only entitlement under the rules of England counts on census day.",
    fix="Enter the day on which the period in Northern Ireland, Scotland or Wales ended.",
    fails=[case(UKcountry="WLS"), case(UKcountry="SCT", FSMendDate="2030-01-01")],
    passes=[case(), case(UKcountry="NIR", FSMendDate=day_of("reference_date", -10))],
    certainty="B",
    source=SOURCE,
)
def ended_outside_england(period: Record, edition: Edition) -> pl.Expr:
    outside = period.UKcountry.is_in(["NIR", "SCT", "WLS"])
    return ~outside | (period.present("FSMendDate") & (period.FSMendDate < edition.reference_date))


@rule(
    "1766",
    ERROR,
    on=fsm_period,
    reads=("FSMstartDate", "FSMendDate"),
    message="The period of free school meals ends before it starts.",
    why=FUNDING,
    fix=DATES,
    fails=[case(FSMstartDate="2021-06-02", FSMendDate="2021-06-01")],
    passes=[case(), case(FSMstartDate="2021-06-02", FSMendDate="2021-06-02")],
    certainty="B",
    source=SOURCE,
)
def ends_after_start(period: Record, edition: Edition) -> pl.Expr:
    return period.FSMendDate >= period.FSMstartDate


@rule(
    "1767Q",
    QUERY,
    on=fsm_period,
    reads=("FSMendDate", "UKcountry"),
    message="Please check: this period of free school meals has ended, although entitlement in England is protected.",
    why="While the change to universal credit is under way, a pupil who is entitled keeps the meals. A period that "
    "ends takes the pupil premium away.",
    fix="Remove the end date if the pupil is still entitled under transitional protection.",
    note="reason",
    note_help="A confirmation is not enough: give the reason for which it ended, for each pupil.",
    fails=[case(FSMendDate="2021-09-01")],
    passes=[
        case(),
        case(FSMendDate="2021-09-01", UKcountry="WLS"),
        case(FSMendDate="2017-09-01"),
    ],
    certainty="B",
    source=SOURCE,
)
def protected_period(period: Record, edition: Edition) -> pl.Expr:
    return (period.UKcountry != "ENG") | (period.FSMendDate < PROTECTED_SINCE)


@rule(
    "1768",
    ERROR,
    on=pupil_on_roll,
    reads=("UPN",),
    figures={"open": lambda pupil, edition: pupil.count(fsm_period, lambda period: period.blank("FSMendDate"))},
    message="The pupil has {open} periods of free school meals without an end.",
    why=FUNDING,
    fix="Enter the end of the earlier period, or remove the one that was entered twice.",
    fails=[case(FSMperiod=[{"FSMstartDate": "2020-09-01"}, {}])],
    passes=[case(FSMperiod=[{}]), case(FSMperiod=[{"FSMendDate": "2021-09-01"}, {}]), case()],
    certainty="B",
    source=SOURCE,
)
def one_open_period(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.count(fsm_period, lambda period: period.blank("FSMendDate")) <= 1
