"""Which pupils of a return are claimed elsewhere too: what its school is told as soon as a file is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from collectory.blade import Verdict
from collectory.portal.cases.links import Link, links_of
from collectory.portal.duplicates import looking
from collectory.portal.duplicates.models import Kind
from collectory.portal.duplicates.reports import COLUMNS as COLUMNS_OF
from collectory.portal.duplicates.reports import FORENAME, SURNAME, UPN, Report
from collectory.portal.people.models import Membership
from collectory.portal.returns.models import Return

MOST = 10
"""Of each kind; the others are on its report."""


@dataclass(frozen=True)
class Claimed:
    """A pupil of the return in a clash with others. `address` is that of the pupil's record; no `verdict` where the
    kind says it already."""

    pupil: str
    upn: str
    address: str
    kind: str
    verdict: str
    elsewhere: tuple[str, ...]
    case: Link | None


def claimed_elsewhere(data_return: Return, membership: Membership, counts: dict[str, int]) -> list[Claimed]:
    """Some of the pupils, the worst first; `counts` are those of the return's reports. Writes the look down."""
    found = []
    for kind in (each for each in Kind if counts.get(each.value)):
        report = Report(data_return.collection, membership, kind, data_return)
        shown = report.shown(report.clashes().filter(returns__gt=1)[:MOST])
        looking.looked(membership, report, shown, looking.LOOKED)
        cases = links_of(data_return.collection, membership, kind, [each.clash.key for each in shown])
        columns = COLUMNS_OF[kind]
        for each in shown:
            own = next(line for line in each.lines if line.is_own)
            names = [own.values[columns.index(column)] for column in (SURNAME, FORENAME)]
            found.append(
                Claimed(
                    ", ".join(name for name in names if name),
                    own.values[columns.index(UPN)] if UPN in columns else each.heading,
                    own.address,
                    kind.label,
                    each.verdict if each.clash.verdict != Verdict.DIFFERENT_UPN else "",
                    tuple(dict.fromkeys(line.organisation.name for line in each.lines if not line.is_own)),
                    cases.get(each.clash.key),
                )
            )
    return found
