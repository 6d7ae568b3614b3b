"""What a blade says about matching: which records are people, which fields know them, and what two returns may both
say of one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectory.blade.edition import Edition


class Verdict(StrEnum):
    """What is said of a case. Of pairs of enrolment statuses a blade says the first four."""

    NOT_ALLOWED = "not-allowed"  # the two statuses exclude each other
    UNUSUAL = "unusual"  # possible, and rarely right
    UNCLEAR = "unclear"  # a status is missing or is no code, so that nothing can be said
    ALLOWED = "allowed"  # rightly at both; not a case
    BIRTH_DATES_DIFFER = "birth-dates-differ"  # one number, perhaps two children
    ONE_RETURN = "one-return"  # twice in one return
    DIFFERENT_UPN = "different-upn"  # one name and birth date, two numbers; perhaps two children
    OVER_ENTITLEMENT = "over-entitlement"  # more hours together than a child is entitled to
    WITHIN_ENTITLEMENT = "within-entitlement"  # hours at several, together not too many
    PROBABLE = "probable"  # alike as far as a score says
    PLACEHOLDER = "placeholder"  # more records share it than one pupil can have


@dataclass(frozen=True)
class StatusPair:
    """What two returns' enrolment statuses of one person mean, in words for those who have to settle it.

    certainty  A to D: how sure the source of it is
    action     who should change what
    """

    verdict: Verdict
    message: str = ""
    certainty: str = "A"
    action: str = ""


@dataclass(frozen=True)
class Entitlement:
    """Hours a week that are paid for a child, at all providers together, and up to which age there are any."""

    funded: float
    funded_at_four: float
    extended: float
    expanded: float
    oldest: int = 4


@dataclass(frozen=True)
class MatchedEntity:
    """An entity whose records are people.

    address   the entity below it that holds postcodes
    on_roll   False for those who have left
    """

    name: str
    address: str = ""
    on_roll: bool = True


@dataclass(frozen=True)
class Matching:
    """How people are known from one return to the next. Fields that an edition does not have are passed over.

    entities      the tables of people
    upn ... status  names of fields
    left_status   the status that those who have left count under
    statuses      what pairs of statuses mean, such as "C+M" (in either order); "?" is a missing or unknown status.
                  Pairs that are not here are unclear. A data collection may use another table.
    hours         the fields of funded, extended and expanded hours, in this order
    age_on        the parameter of the edition that holds the day on which ages are counted
    entitlement   what children are entitled to in an edition
    rules         the rules that find within one return what matching finds too: number, and the kind of case
    """

    entities: tuple[MatchedEntity, ...]
    upn: str
    former_upn: str
    forename: str
    middle_names: str
    surname: str
    former_surname: str
    sex: str
    birth_date: str
    postcode: str
    status: str
    left_status: str
    statuses: Mapping[str, StatusPair]
    hours: tuple[str, str, str]
    age_on: str
    entitlement: Callable[[Edition], Entitlement]
    rules: Mapping[str, str] = field(default_factory=dict)
