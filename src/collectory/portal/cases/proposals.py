"""What a side can propose and the collector decide, and how it reads. A proposal holds no word of its own: that is the
reason beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import collectory
from collectory.portal.cases.models import Case, CaseSide, Kind
from collectory.portal.pages import day


class What(StrEnum):
    """The kinds of proposal."""

    STATUS = "status"
    LEFT = "left"
    UPN = "upn"
    HOURS = "hours"
    NOT_SAME = "not-same"
    AS_IT_IS = "as-it-is"
    OTHER = "other"


LABELS = {
    What.STATUS: "The enrolment status changes",
    What.LEFT: "The pupil left and is taken off the roll",
    What.UPN: "The UPN was issued wrongly, another one is taken",
    What.HOURS: "The funded hours are corrected",
    What.NOT_SAME: "It is not the same child",
    What.AS_IT_IS: "Both are right as they are",
    What.OTHER: "Something else, in your own words",
}
OFFERED = {
    Kind.SAME_UPN: (What.STATUS, What.LEFT, What.UPN, What.NOT_SAME, What.OTHER),
    Kind.SAME_PERSON: (What.UPN, What.LEFT, What.NOT_SAME, What.STATUS, What.OTHER),
    Kind.UNDER_FIVES: (What.HOURS, What.LEFT, What.NOT_SAME, What.OTHER),
    Kind.PROBABLE: (What.UPN, What.LEFT, What.NOT_SAME, What.STATUS, What.OTHER),
}
MAY_BE_RIGHT = frozenset({"unusual", "unclear"})
"""Verdicts of a case that sides may find right as it is; of any other the collector alone may."""

OF_ONE_SIDE = frozenset({What.STATUS, What.LEFT, What.UPN, What.HOURS})
"""Where it has to be said who changes something."""

DATED = frozenset({What.STATUS, What.LEFT})
WITHOUT_CHANGE = frozenset({What.NOT_SAME, What.AS_IT_IS})
NEW, EARLIER = "new", "earlier"


def offered(case: Case, *, collector: bool = False) -> tuple[What, ...]:
    """What can be proposed in a case, the likeliest first."""
    kinds = OFFERED[Kind(case.kind)]
    if collector or case.verdict in MAY_BE_RIGHT:
        return (*kinds[:-1], What.AS_IT_IS, kinds[-1])
    return kinds


def needs_data(case: Case, what: What) -> bool:
    """Whether the clash can only end with new data. One UPN cannot stand for two children, whoever agrees on that."""
    return what not in WITHOUT_CHANGE or (what is What.NOT_SAME and case.kind == Kind.SAME_UPN)


def statuses_of(case: Case) -> dict[str, str]:
    """The enrolment statuses that the edition knows, with their meanings; none where its blade has none."""
    edition = collectory.edition(case.collection.edition_key)
    matching = edition.blade.matching
    if matching is None:
        return {}
    field = edition.entity(matching.entities[0].name).field_meant_by(matching.status)
    return dict(edition.codeset(field) or {}) if field is not None else {}


def upns_of(sides: Sequence[CaseSide]) -> list[str]:
    """The UPNs that stand in a case."""
    return sorted(
        {upn for side in sides if side.present for each in side.records.all() if (upn := each.values.get("upn"))}
    )


@dataclass(frozen=True)
class Proposal:
    """What is proposed: by whom something is changed, to which status or UPN, and from when on."""

    what: What
    by: int | None = None
    status: str = ""
    upn: str = ""
    since: dt.date | None = None

    def as_details(self, case: Case) -> dict[str, Any]:
        """As an event keeps it."""
        return {
            "what": self.what.value,
            "by": self.by,
            "status": self.status,
            "upn": self.upn,
            "since": self.since.isoformat() if self.since else "",
            "needs_data": needs_data(case, self.what),
        }

    @staticmethod
    def of_details(details: Mapping[str, Any]) -> Proposal:
        """From what an event keeps."""
        since = details.get("since")
        return Proposal(
            What(details["what"]),
            details.get("by"),
            details.get("status", ""),
            details.get("upn", ""),
            dt.date.fromisoformat(since) if since else None,
        )


def problems_with(
    case: Case, sides: Sequence[CaseSide], given: Mapping[str, str], reason: str, *, collector: bool = False
) -> dict[str, str]:
    """What is wrong with a form, by field; empty where it makes a proposal."""
    found: dict[str, str] = {}
    what = given.get("what", "")
    if what not in offered(case, collector=collector):
        return {"what": "Choose what you decide." if collector else "Choose what you propose."}
    if what in OF_ONE_SIDE and given.get("by", "") not in {str(side.pk) for side in sides if side.present}:
        found["by"] = "Choose who changes its data."
    if what == What.STATUS and given.get("status", "") not in statuses_of(case):
        found["status"] = "Choose the status that the pupil is to have there."
    if what == What.UPN and given.get("upn", "") not in {NEW, EARLIER, *upns_of(sides)}:
        found["upn"] = "Choose the UPN that is taken."
    if what in DATED and given.get("since", "") and _day(given["since"]) is None:
        found["since"] = "Enter a date such as 7/10/2021, or leave it empty."
    if what == What.OTHER and not reason.strip():
        found["reason"] = "Say in your own words what is to be done."
    return found


def read(given: Mapping[str, str]) -> Proposal:
    """The proposal that a form without problems makes."""
    what = What(given["what"])
    return Proposal(
        what,
        int(given["by"]) if what in OF_ONE_SIDE else None,
        given.get("status", "") if what is What.STATUS else "",
        given.get("upn", "") if what is What.UPN else "",
        _day(given.get("since", "")) if what in DATED else None,
    )


def _day(text: str) -> dt.date | None:
    """A date as browsers send it or people write it."""
    text = text.strip()
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y"):
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def words(proposal: Proposal, sides: Sequence[CaseSide], statuses: Mapping[str, str]) -> str:
    """A proposal in a sentence, for everybody who reads the case."""
    who = next((side.organisation.name for side in sides if side.pk == proposal.by), "A school")
    since = f" from {day(proposal.since)}" if proposal.since else ""
    match proposal.what:
        case What.STATUS:
            meaning = statuses.get(proposal.status, "")
            return (
                f"{who} changes the enrolment status to {proposal.status} ({meaning[:1].lower()}{meaning[1:]}){since}."
            )
        case What.LEFT:
            return f"The pupil left {who}{since}, which takes the record off its roll."
        case What.UPN:
            taken = {NEW: "a new UPN", EARLIER: "the earlier UPN"}.get(proposal.upn, f"UPN {proposal.upn}")
            return f"The UPN was issued wrongly. {who} takes {taken}."
        case What.HOURS:
            return f"{who} corrects the funded hours."
        case What.NOT_SAME:
            return "It is not the same child."
        case What.AS_IT_IS:
            return "Both are right as they are."
        case What.OTHER:
            return "In own words, see the reason."
