"""What a case means, who should change what, and what happens if nobody does.

What a clash means and what to do about it is said by the blade and `portal/duplicates`; here stands what follows for a
case of several sides. Where no source says, docs/decisions/duplicate-cases.md says what we chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectory.blade import Verdict
from collectory.portal.cases.models import Case, CaseSide, Kind
from collectory.portal.cases.proposals import MAY_BE_RIGHT
from collectory.portal.duplicates.guidance import action
from collectory.portal.duplicates.verdicts import statuses_in

TWO_CHILDREN = (
    "If the names are of two children, the school that gave the UPN wrongly takes another one and records the wrong "
    "one as the former UPN."
)
RIGHT_AS_IT_IS = "If both registrations are right, say that both are right as they are, and why."
REMEMBERED = "If they are two children, say so: it is remembered while their data stay the same."
CARE = "Two children can have the same name and birth date. Change no UPN before both schools have looked."
PROBABLE = (
    "Compare the records. If it is one pupil, the school with the slip corrects it, or one school adopts the UPN that "
    "was given first."
)


@dataclass(frozen=True)
class Guidance:
    """Sentences for a page: what it means, what to do, and what follows if nothing is done."""

    meaning: str
    to_do: tuple[str, ...]
    otherwise: str


def guidance_of(case: Case, sides: Sequence[CaseSide]) -> Guidance:
    """What to say of a case with these sides."""
    present = [side for side in sides if side.present]
    return Guidance(case.message, _to_do(case, present), _otherwise(case, len(present)))


def _to_do(case: Case, sides: Sequence[CaseSide]) -> tuple[str, ...]:
    if case.kind == Kind.PROBABLE:
        return (PROBABLE, REMEMBERED, CARE)
    codes = {record.values.get("status", "") for side in sides for record in side.records.all()}
    first = action(case, codes, statuses_in(case.collection))
    if case.kind == Kind.SAME_PERSON:
        return (first, REMEMBERED, CARE)
    more = [RIGHT_AS_IT_IS] if case.verdict in MAY_BE_RIGHT else []
    if case.birth_dates_differ and case.verdict != Verdict.BIRTH_DATES_DIFFER:
        more.append(TWO_CHILDREN)
    return (first, *more)


SHARES = {2: ("two", "one half"), 3: ("three", "one third"), 4: ("four", "one quarter"), 5: ("five", "one fifth")}


def _otherwise(case: Case, number: int) -> str:
    many, share = SHARES.get(number, (str(number), f"one part in {number}"))
    shared = f"each of the {many} schools is funded for {share} of the pupil."
    if case.kind == Kind.UNDER_FIVES:
        return (
            "If nothing is done, the child has more hours than it is entitled to; the department decides what it pays."
        )
    if case.kind == Kind.SAME_UPN:
        if case.verdict == "unusual":
            return "If nothing is done, the department may ask who has the pupil."
        return f"If nothing is done, {shared}"
    return f"If nothing is done and it is one child, {shared}"
