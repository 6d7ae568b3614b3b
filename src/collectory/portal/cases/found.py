"""What matching hands over: clashes as they are now. Cases are made and ended by these and by nothing else.

Exact clashes come from `portal/duplicates`, probable ones from the job that scores them; both are made into this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations

from collectory.portal.cases.models import Kind
from collectory.portal.cases.shown import shown_of

PAIRS = 300
"""Of so many pairs at most it is remembered that they are two children (25 records)."""


@dataclass(frozen=True)
class Record:
    """One record of a clash.

    values   all that may be shown of it as text, by name (shown.py); what is missing is left out
    """

    data_return: int
    organisation: int
    authority: int
    entity: str
    record: int
    revision: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A clash as it is now. `key` with `kind` says which; `fingerprint` changes with anything that its records say."""

    kind: Kind
    key: int
    verdict: str
    message: str
    records: tuple[Record, ...]
    birth_dates_differ: bool = False
    funded_hours: float | None = None
    extended_hours: float | None = None
    expanded_hours: float | None = None
    score: float | None = None
    reasons: tuple[str, ...] = ()
    returns: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "returns", frozenset(each.data_return for each in self.records))

    @property
    def is_case(self) -> bool:
        """Whether there is something to settle between two or more organisations."""
        return len(self.returns) > 1 and self.verdict not in NO_CASE

    @property
    def across(self) -> bool:
        """Whether schools of more than one authority are concerned."""
        return len({each.authority for each in self.records}) > 1

    @property
    def fingerprint(self) -> int:
        """64 bits of all that the records say, in no order."""
        told = sorted(
            _text([each.organisation, *sorted(shown_of(self.kind, each.values).items())]) for each in self.records
        )
        return int.from_bytes(blake2b("\n".join(told).encode(), digest_size=8).digest(), "big", signed=True)


NO_CASE = frozenset({"allowed", "within-entitlement", "placeholder"})
"""Verdicts by which nothing is wrong, or nothing that schools could settle with each other."""

TELL_APART = ("upn", "surname", "forename", "middle_names", "birth_date", "sex")
"""What children are told apart by. The enrolment status is not: it changes from term to term."""


def pairs_of(records: list[tuple[int, Mapping[str, str]]]) -> list[str] | None:
    """Keys of all pairs of records (organisation and values): what is remembered of two children. None where there are
    too many.

    The values alone make the key, so that it holds when one of them goes to another school. Where they do not tell the
    two apart the schools have to.
    """
    if len(records) * (len(records) - 1) // 2 > PAIRS:
        return None
    found = set()
    for (one_place, one), (other_place, other) in combinations(records, 2):
        texts = [[" ".join(each.get(name, "").split()).casefold() for name in TELL_APART] for each in (one, other)]
        if texts[0] == texts[1]:
            texts = [[*texts[0], str(one_place)], [*texts[1], str(other_place)]]
        found.add(blake2b(_text(sorted(texts)).encode(), digest_size=16).hexdigest())
    return sorted(found)


def _text(values: object) -> str:
    return repr(values)
