"""Birth, death, sex and age of the child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from collectory.blade import ERROR, QUERY, Case, Edition, Entity, Record, Rule, When, case, rule
from collectory.blade.entities import Priority

from ..entities import GENDER, SEX, characteristics, child, cin_plan, episode, protection_plan
from ..typical import day
from .days import FIX_DATE, in_year

WHY_DEATH = "Nothing begins or ends for a child after its death; one of the dates is wrong."


@rule(
    "4220",
    ERROR,
    on=child,
    message="Ethnicity is missing: the child has no characteristics.",
    why="It shows whether all communities are served alike.",
    fix="Enter the code of the child's ethnic group; NOBT where it was not obtained, REFU where refused.",
    fails=[case()],
    passes=[case(ChildCharacteristics=[{}])],
)
def characteristics_are_there(record: Record, edition: Edition) -> pl.Expr:
    return record.any(characteristics)


@rule(
    "8520",
    ERROR,
    on=child,
    reads=("PersonBirthDate",),
    message="The child was born after the census year.",
    why="A child born after 31 March was unborn in the census year.",
    fix="Correct the date of birth, or give the expected date of birth instead.",
    fails=[case(PersonBirthDate=lambda e: f"{e.year}-04-01")],
    passes=[case(), case(PersonBirthDate=lambda e: e.reference_date.isoformat()), case(PersonBirthDate=None)],
)
def born_by_the_reference_date(record: Record, edition: Edition) -> pl.Expr:
    return record.PersonBirthDate <= edition.reference_date


@rule(
    "8525Q",
    QUERY,
    on=child,
    reads=("PersonBirthDate", "ExpectedPersonBirthDate"),
    message="Please check: there should be either a date of birth or an expected date of birth, not both or neither.",
    why="The child's age is worked out from one of the two.",
    fix="Enter the date of birth; the expected one only of a child not yet born.",
    note="reason",
    note_help="Say why the date of birth is not known.",
    fails=[case(PersonBirthDate=None), case(ExpectedPersonBirthDate="2024-04-01")],
    passes=[case(), case(PersonBirthDate=None, ExpectedPersonBirthDate="2024-04-01")],
)
def one_date_of_birth(record: Record, edition: Edition) -> pl.Expr:
    return record.present("PersonBirthDate") != record.present("ExpectedPersonBirthDate")


@rule(
    "8530Q",
    QUERY,
    on=child,
    reads=("ExpectedPersonBirthDate",),
    message="Please check: the expected date of birth is not between 30 days before and nine months after "
    "{edition.reference_date:day}.",
    why="A child expected earlier has been born; one expected later could not be known of.",
    fix="Enter the date of birth of a child that was born, or correct the expected one.",
    note="reason",
    note_help="Say why the birth was expected so early or so late.",
    fails=[
        case(ExpectedPersonBirthDate=lambda e: e.expected_after.isoformat()),
        case(ExpectedPersonBirthDate=lambda e: e.expected_before.isoformat()),
    ],
    passes=[case(), case(ExpectedPersonBirthDate=lambda e: e.reference_date.isoformat())],
)
def birth_is_expected_soon(record: Record, edition: Edition) -> pl.Expr:
    expected = record.ExpectedPersonBirthDate
    return (expected > edition.expected_after) & (expected < edition.expected_before)


@rule(
    "8535Q",
    QUERY,
    on=child,
    reads=("PersonDeathDate", "PersonBirthDate"),
    message="Please check: there is a date of death, but no date of birth before it.",
    why="One of the dates is wrong, or the date of birth is missing.",
    fix=FIX_DATE,
    note="reason",
    note_help="Say why the date of birth of the child is not known.",
    fails=[
        case(PersonBirthDate="2020-05-02", PersonDeathDate="2020-05-01"),
        case(PersonBirthDate=None, PersonDeathDate="2020-05-01"),
    ],
    passes=[case(), case(PersonBirthDate="2020-05-01", PersonDeathDate="2020-05-01")],
)
def born_before_death(record: Record, edition: Edition) -> pl.Expr:
    before = (record.PersonBirthDate <= record.PersonDeathDate).fill_null(True)
    return record.blank("PersonDeathDate") | (record.present("PersonBirthDate") & before)


@rule(
    "8545Q",
    QUERY,
    on=child,
    reads=("PersonDeathDate",),
    message="Please check: the date of death is not in the census year.",
    why="A child who died earlier was not served in the year; a later death is for next year's return.",
    fix=FIX_DATE,
    note="reason",
    note_help="Say why the child is in this year's return.",
    fails=[
        case(PersonDeathDate=lambda e: day(e, -1)),
        case(PersonDeathDate=lambda e: f"{e.year}-04-01"),
    ],
    passes=[case(), case(PersonDeathDate=lambda e: day(e, 0))],
)
def died_in_the_year(record: Record, edition: Edition) -> pl.Expr:
    return in_year(record.PersonDeathDate, edition)


@rule(
    "8590",
    ERROR,
    on=child,
    reads=("LAchildID",),
    message="The child has no episode.",
    why="A child is in the return because of a referral; without an episode nothing is known of it.",
    fix="Add the child's episode, or leave the child out.",
    fails=[case()],
    passes=[case(CINdetails=[{}])],
)
def child_has_an_episode(record: Record, edition: Edition) -> pl.Expr:
    return record.any(episode)


def _unborn(field: str, unknown: str, known: str, when: When) -> Callable[[Callable[[Any, Edition], pl.Expr]], Rule]:
    return rule(
        "8750",
        ERROR,
        on=child,
        reads=(field, "PersonBirthDate", "ExpectedPersonBirthDate"),
        message=f"The sex of a child not yet born should be {unknown}.",
        why="The sex is entered when the child is born.",
        fix=f"Enter {unknown}, or the date of birth of a child that was born.",
        when=when,
        fails=[
            Case({"PersonBirthDate": None, "ExpectedPersonBirthDate": "2024-04-01", field: known}),
            Case({"PersonBirthDate": None, "ExpectedPersonBirthDate": "2024-04-01", field: None}),
        ],
        passes=[
            case(),
            Case({"PersonBirthDate": None, "ExpectedPersonBirthDate": "2024-04-01", field: unknown}),
            case(ExpectedPersonBirthDate="2024-04-01"),
        ],
    )


@_unborn("Sex", "U", "F", SEX)
def sex_of_the_unborn(record: Record, edition: Edition) -> pl.Expr:
    unborn = record.present("ExpectedPersonBirthDate") & record.blank("PersonBirthDate")
    return ~unborn | record.sent("Sex").eq_missing(pl.lit("U"))


@_unborn("GenderCurrent", "0", "2", GENDER)
def gender_of_the_unborn(record: Record, edition: Edition) -> pl.Expr:
    unborn = record.present("ExpectedPersonBirthDate") & record.blank("PersonBirthDate")
    return ~unborn | record.sent("GenderCurrent").eq_missing(pl.lit("0"))


@rule(
    "8770Q",
    QUERY,
    on=child,
    reads=("UPN", "UPNunknown", "PersonBirthDate"),
    message="Please check: a child of school age has neither a UPN nor a reason why it is not known.",
    why="Children of school age have a UPN; with it their schooling can be followed.",
    fix="Ask the school for the UPN, or give the reason (UN2 to UN7).",
    note="reason",
    note_help="Say why a child of this age has no UPN. From 2025 on this is asked of children born by 31 August six "
    "years before the return; before that, of those who were six before the reference date.",
    fails=[
        case(UPN=None, CINdetails=[{}]),
        case(UPN=None, UPNunknown="UN1", CINdetails=[{}]),
        case(UPN=None, CINdetails=[{"ReferralNFA": "true"}, {"ReferralNFA": "0"}]),
    ],
    passes=[
        case(CINdetails=[{}]),
        case(UPN=None, UPNunknown="UN3", CINdetails=[{}]),
        case(UPN=None, CINdetails=[{"ReferralNFA": "1"}]),
        case(UPN=None, PersonBirthDate=lambda e: f"{int(e.year) - 6}-09-01", CINdetails=[{}]),
    ],
)
def school_children_have_a_upn(record: Record, edition: Edition) -> pl.Expr:
    asked = (record.PersonBirthDate <= edition.school_age_born_by) & record.any(episode, lambda each: ~each.ReferralNFA)
    reason = record.UPNunknown.str.to_uppercase().is_in([f"UN{number}" for number in range(2, 8)])
    return ~asked | record.present("UPN") | reason.fill_null(False)


@rule(
    "8772",
    ERROR,
    on=episode,
    reads=("ReferralNFA", "ChildIdentifiers.UPNunknown"),
    message="The reason UN7 says that nothing followed the referral, but this referral went further.",
    why="UN7 is for children of whom there is nothing but a referral without further action.",
    fix="Enter the child's UPN or another reason, or correct whether further action was taken.",
    fails=[
        case(ChildIdentifiers={"UPNunknown": "UN7"}),
        case(ReferralNFA=None, ChildIdentifiers={"UPNunknown": "UN7"}),
    ],
    passes=[case(), case(ReferralNFA="1", ChildIdentifiers={"UPNunknown": "UN7"})],
)
def nothing_followed_where_un7(record: Record, edition: Edition) -> pl.Expr:
    return record.up(child).UPNunknown.ne_missing(pl.lit("UN7")) | record.ReferralNFA.fill_null(False)


@rule(
    "8775Q",
    QUERY,
    on=episode,
    reads=("CINclosureDate", "ChildIdentifiers.PersonBirthDate"),
    message="Please check: the person was over 25 in the episode.",
    why="Children's services end at 25 at the latest.",
    fix="Correct the date of birth, or close the episode with the date on which it ended.",
    note="reason",
    note_help="Say why a person over 25 is still served.",
    fails=[
        case(ChildIdentifiers={"PersonBirthDate": "1990-01-01"}),
        case(ChildIdentifiers={"PersonBirthDate": "1990-01-01"}, CINclosureDate="2015-01-02"),
    ],
    passes=[
        case(),
        case(ChildIdentifiers={"PersonBirthDate": lambda e: f"{int(e.year) - 25}-03-31"}),
        case(ChildIdentifiers={"PersonBirthDate": "1990-01-01"}, CINclosureDate="2015-01-01"),
    ],
)
def not_over_25(record: Record, edition: Edition) -> pl.Expr:
    born = record.up(child).PersonBirthDate
    in_time = record.CINclosureDate <= born.dt.offset_by("25y")
    return (born >= edition.oldest_born) | (record.present("CINclosureDate") & in_time)


@rule(
    "8585Q",
    QUERY,
    on=episode,
    reads=("ReasonForClosure", "ChildIdentifiers.PersonDeathDate"),
    message="Please check: the episode was closed because the child died, but there is no date of death.",
    why="Deaths of children are followed up; the date must be known.",
    fix="Enter the date of death, or correct the reason for closure.",
    note="reason",
    note_help="Say why the date of death is not known.",
    fails=[case(ReasonForClosure="RC2")],
    passes=[case(), case(ReasonForClosure="RC2", ChildIdentifiers={"PersonDeathDate": "2024-05-01"})],
)
def date_of_death_where_closed_for_it(record: Record, edition: Edition) -> pl.Expr:
    return (record.ReasonForClosure != "RC2") | record.up(child).value(lambda one: one.present("PersonDeathDate"))


@rule(
    "8555Q",
    QUERY,
    on=episode,
    reads=("CINreferralDate", "ChildIdentifiers.PersonDeathDate"),
    message="Please check: the child was referred after its death.",
    why=WHY_DEATH,
    fix=FIX_DATE,
    note="reason",
    note_help="Say why there was a referral after the child died.",
    fails=[case(CINreferralDate="2024-05-02", ChildIdentifiers={"PersonDeathDate": "2024-05-01"})],
    passes=[case(), case(CINreferralDate="2024-05-01", ChildIdentifiers={"PersonDeathDate": "2024-05-01"})],
)
def referred_while_alive(record: Record, edition: Edition) -> pl.Expr:
    return record.CINreferralDate <= record.up(child).PersonDeathDate


def _after_death(number: str, priority: Priority, on: Entity, field: str, message: str, **words: Any) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        return record.value(field) <= record.up(child).PersonDeathDate

    return rule(
        number,
        priority,
        on=on,
        reads=(field, "ChildIdentifiers.PersonDeathDate"),
        message=message,
        why=WHY_DEATH,
        fix=FIX_DATE,
        fails=[Case({field: "2024-05-02", "ChildIdentifiers": {"PersonDeathDate": "2024-05-01"}})],
        passes=[case(), Case({field: "2024-05-01", "ChildIdentifiers": {"PersonDeathDate": "2024-05-01"}})],
        **words,
    )(holds)


after_death = (
    _after_death("4008", ERROR, cin_plan, "CINPlanStartDate", "The CIN plan starts after the child's death."),
    _after_death(
        "4009Q",
        QUERY,
        cin_plan,
        "CINPlanEndDate",
        "Please check: the CIN plan ends after the child's death.",
        note="reason",
        note_help="Say why the plan was ended later, such as when the death became known.",
    ),
    _after_death("8915", ERROR, protection_plan, "CPPstartDate", "The protection plan starts after the child's death."),
    _after_death("8920", ERROR, protection_plan, "CPPendDate", "The protection plan ends after the child's death."),
)
