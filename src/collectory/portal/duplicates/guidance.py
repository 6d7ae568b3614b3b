"""What is said of a clash to those who have to settle it: its verdict in words, and who should change what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations_with_replacement
from typing import Protocol

from collectory.blade import StatusPair, Verdict
from collectory.portal.duplicates.models import Kind

WORDS = {
    Verdict.NOT_ALLOWED: "Not allowed",
    Verdict.OVER_ENTITLEMENT: "More than entitled to",
    Verdict.ONE_RETURN: "Twice in one return",
    Verdict.BIRTH_DATES_DIFFER: "Birth dates differ",
    Verdict.UNUSUAL: "Unusual",
    Verdict.UNCLEAR: "Unclear",
    Verdict.DIFFERENT_UPN: "Different UPNs",
    Verdict.WITHIN_ENTITLEMENT: "Within the entitlement",
    Verdict.PLACEHOLDER: "Placeholder",
}
BIRTH_DATES = (
    "Compare names and birth dates. If it is one pupil, the school with the wrong date corrects it. If they are two "
    "pupils, the UPN was once given to the wrong one: that school gives its pupil another UPN."
)
OF_VERDICT = {
    Verdict.BIRTH_DATES_DIFFER: BIRTH_DATES,
    Verdict.UNCLEAR: "Enter the enrolment status that is missing or is no code. Until then nobody can tell.",
    Verdict.DIFFERENT_UPN: (
        "Ask the other school first. If it is one pupil, one school adopts the UPN that was given first, or takes the "
        "pupil off its roll. If they are two pupils, nothing has to be changed."
    ),
    Verdict.OVER_ENTITLEMENT: (
        "Agree how many hours each provider gives. Together they must not be more than the child is entitled to; "
        "whoever claims too many corrects them."
    ),
    Verdict.WITHIN_ENTITLEMENT: "Nothing has to be changed if each provider gives the hours that it claims.",
    Verdict.PLACEHOLDER: (
        "Replace it in your own records by what is true: give each pupil the UPN that was issued to them, or a "
        "temporary one, and their own names. Other schools need not be asked."
    ),
    Verdict.NOT_ALLOWED: "Agree which registration is right. The other school corrects its enrolment status.",
    Verdict.UNUSUAL: "Ask the other school whether both registrations are right. If so, nothing has to be changed.",
}
ONE_RETURN = {
    Kind.SAME_UPN: "Delete the record that is too many, or give the right UPN to the one with the wrong one.",
    Kind.SAME_PERSON: (
        "If it is one pupil, keep the record with the UPN that was given first and delete the other. If they are two "
        "pupils with the same name, say so in a note."
    ),
}


class Judged(Protocol):
    """What is read of a clash, or of the case that it made."""

    kind: str
    verdict: str
    message: str


def action(clash: Judged, codes: Iterable[str], statuses: Mapping[str, StatusPair]) -> str:
    """Who should change what, in words; for registrations that exclude each other, of the very statuses (`codes`)."""
    verdict = Verdict(clash.verdict)
    if verdict is Verdict.ONE_RETURN:
        return ONE_RETURN[Kind(clash.kind)]
    if clash.kind == Kind.SAME_UPN:
        for one, other in combinations_with_replacement(set(codes), 2):
            meant = statuses.get(f"{one}+{other}") or statuses.get(f"{other}+{one}")
            if meant is not None and meant.action and (meant.verdict, meant.message) == (verdict, clash.message):
                return meant.action
    return OF_VERDICT[verdict]
