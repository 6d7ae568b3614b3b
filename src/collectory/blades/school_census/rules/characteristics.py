"""Language, service children, youth support and enrolment as a whole."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, ReturnView, case, return_rule, rule

from ..entities.leavers import leaver
from ..entities.on_roll import pupil_on_roll
from .ages import born, school_age
from .scope import OLDER_PHASES, PUPILS, phases

SOURCE = "DfE rules 2018/19"
AGREEMENT = (
    "From the age of 12 a parent, and from 16 the young person, may agree that their details go to the authority's "
    "support services."
)


@rule(
    "1770",
    ERROR,
    on=pupil_on_roll,
    reads=("YSSA", "DOB", "SENprovision"),
    applies=phases(*OLDER_PHASES),
    applies_in_words="schools with pupils of secondary age",
    message="The youth support services agreement is missing for a pupil of {edition.youth_support_age} or over.",
    why=AGREEMENT,
    fix="Enter the answer in your own system: UNS if nobody was asked, SNR if they were asked and gave no answer.",
    fails=[
        case(YSSA=None),
        case(YSSA=None, DOB=born(20), SENprovision="E"),
        case(YSSA="MAYBE"),
    ],
    passes=[
        case(YSSA="YES"),
        case(YSSA=None, DOB=born(11)),
        case(YSSA=None, DOB=born(20)),
        case(YSSA=None, School={"Phase": "PS"}),
    ],
    certainty="A-",
    source=f"{SOURCE}; Follett ages",
)
def agreement_given(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("YSSA") | ~of_support_age(pupil, edition) | ~pupil.has_group("PupilCharacteristics")


def of_support_age(pupil: Record, edition: Edition) -> pl.Expr:
    """Whether the youth support question is asked of a pupil: longer of those with a plan."""
    age = school_age(pupil, edition)
    with_plan = pupil.SENprovision.is_in(["E", "S"]).fill_null(False)
    oldest = pl.when(with_plan).then(edition.youth_support_age_with_plan).otherwise(edition.youth_support_age_to)
    return (age >= edition.youth_support_age) & (age <= oldest)


def _asked(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.count(pupil_on_roll, lambda pupil: of_support_age(pupil, edition))


@return_rule(
    "1780Q",
    QUERY,
    applies=phases(*OLDER_PHASES),
    applies_in_words="schools with pupils of secondary age",
    figures={"pupils": _asked},
    message="Please check: not one of {pupils} pupils of the age has an answer about youth support services.",
    why=AGREEMENT,
    fix="Enter the answers that parents and pupils gave in your own system.",
    note="reason",
    note_help="State whether agreement was sought, and if not, why.",
    fails=[case(PupilOnRoll=[{"YSSA": "UNS"}, {"YSSA": None}])],
    passes=[
        case(PupilOnRoll=[{"YSSA": "UNS"}, {"YSSA": "NO"}]),
        case(PupilOnRoll=[{"YSSA": "SNR"}]),
        case(PupilOnRoll=[{"YSSA": None, "DOB": born(5)}]),
        case(PupilOnRoll=[]),
    ],
    certainty="B",
    source="LA note list 2016",
)
def agreements_sought(whole: ReturnView, edition: Edition) -> pl.Expr:
    answered = whole.count(
        pupil_on_roll,
        lambda pupil: of_support_age(pupil, edition) & pupil.present("YSSA") & (pupil.YSSA != "UNS"),
    )
    return (_asked(whole, edition) == 0) | (answered > 0)


@rule(
    "5046",
    ERROR,
    on=pupil_on_roll,
    reads=("YSSA", "School.Phase"),
    applies=phases("NS", "PS"),
    applies_in_words="nursery and primary schools",
    message="Nursery and primary schools do not return the youth support services agreement.",
    why=AGREEMENT,
    fix="Take the answer out of the return. If the school is not a primary or nursery school, correct its phase.",
    fails=[case(School={"Phase": "PS"}, PupilOnRoll=[{}])],
    passes=[case(PupilOnRoll=[{}]), case(School={"Phase": "PS"}, PupilOnRoll=[{"YSSA": None}])],
    certainty="B",
    source=SOURCE,
)
def agreement_not_in_primary(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.blank("YSSA")


@rule(
    "1840",
    ERROR,
    on=PUPILS,
    reads=("Language", "DOB"),
    message="The first language is missing for a pupil of {edition.language_age} or over.",
    why="Schools are funded for pupils who are learning English as an additional language.",
    fix="Enter the language in your own system. NOT says that it could not be found out, REF that it was refused.",
    fails=[
        case(Language=None),
        case(Language="ENGLISH"),
        case(PupilNoLongerOnRoll=[{"Language": None}, {}, {}]),
    ],
    passes=[case(Language="NOT"), case(Language=None, DOB=born(4)), case(Language=None, DOB=None)],
    certainty="A-",
    source=f"{SOURCE}; Follett",
)
def language_given(pupil: Record, edition: Edition) -> pl.Expr:
    young = school_age(pupil, edition) < edition.language_age
    return pupil.present("Language") | young | ~has_characteristics(pupil)


def has_characteristics(pupil: Record) -> pl.Expr:
    """Whether the module is there. A leaver's often holds the language alone, so that a leaver without anything
    of it among others with a language lacks the language."""
    there = pupil.has_group("PupilCharacteristics")
    if not pupil.has("LeavingDate"):
        return there
    share = pupil.of_return(lambda whole: whole.share(leaver, lambda each: each.present("Language")))
    return there | (share > 0.5)


@return_rule(
    "1850Q",
    QUERY,
    figures={"share": lambda whole, edition: (_language_unknown(whole, edition) * 100).round(1)},
    message="Please check: the first language is not known of {share} per cent of the pupils of "
    "{edition.language_age} or over, more than {edition.language_share:.0%}.",
    why="Schools are funded for pupils who are learning English as an additional language.",
    fix="Ask the families, and enter the languages in your own system.",
    note="reason",
    note_help="Say why the languages could not be found out.",
    fails=[case(PupilOnRoll=[{"Language": "NOT"}, {}])],
    passes=[
        case(PupilOnRoll=[{}, {}]),
        case(PupilOnRoll=[{"Language": "NOT", "DOB": born(4)}, {}]),
        case(PupilOnRoll=[{"Language": "NOT"}, *({} for _ in range(9))]),
    ],
    certainty="A-",
    source=SOURCE,
)
def languages_known(whole: ReturnView, edition: Edition) -> pl.Expr:
    return _language_unknown(whole, edition) <= edition.language_share


def _language_unknown(whole: ReturnView, edition: Edition) -> pl.Expr:
    return whole.share(
        pupil_on_roll,
        lambda pupil: pupil.Language == "NOT",
        of=lambda pupil: school_age(pupil, edition) >= edition.language_age,
    )


@rule(
    "1856",
    ERROR,
    on=pupil_on_roll,
    reads=("ServiceChild", "EnrolStatus"),
    message="It is missing whether the pupil is a service child.",
    why="Schools receive a premium for children whose parents serve in the armed forces.",
    fix="Enter Y, N, U (not known) or R (refused) in your own system.",
    fails=[case(ServiceChild=None), case(ServiceChild="X")],
    passes=[case(ServiceChild="R"), case(ServiceChild=None, EnrolStatus="S")],
    certainty="B",
    source=SOURCE,
)
def service_child_given(pupil: Record, edition: Edition) -> pl.Expr:
    return pupil.present("ServiceChild") | (pupil.EnrolStatus == "S") | ~pupil.has_group("PupilCharacteristics")


@return_rule(
    "1870Q",
    QUERY,
    figures={"share": lambda whole, edition: (_single_registrations(whole) * 100).round(1)},
    message="Please check: {share} per cent of the pupils on roll are registered at this school alone, less than "
    "{edition.single_registration_share:.0%}.",
    why="A pupil who is registered at two schools is counted and funded at one of them.",
    fix="Correct the enrolment status of pupils who are at no other school.",
    note="reason",
    note_help="Say which arrangement with other schools explains the number of dual registrations.",
    fails=[case(PupilOnRoll=[{"EnrolStatus": "M"}, {}]), case(PupilOnRoll=[{"EnrolStatus": None}, {}])],
    passes=[case(PupilOnRoll=[{}]), case(PupilOnRoll=[{"EnrolStatus": "M"}, *({} for _ in range(19))])],
    certainty="B",
    source=SOURCE,
)
def single_registrations(whole: ReturnView, edition: Edition) -> pl.Expr:
    return _single_registrations(whole) >= edition.single_registration_share


def _single_registrations(whole: ReturnView) -> pl.Expr:
    # Of a pupil without any enrolment details 9999 speaks.
    return whole.share(pupil_on_roll, lambda p: p.EnrolStatus == "C", of=lambda p: p.has_group("PupilStatus"))
