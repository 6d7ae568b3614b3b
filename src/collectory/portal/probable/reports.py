"""The report of probable matches: who sees which, and what of them.

The same as of exact duplicates: of another's pupil a side learns what the report's columns hold, whose it is and how to
reach them. The reasons say whether homes are the same, never where.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef, QuerySet

from collectory.portal.cases.links import Link, links_of
from collectory.portal.cases.models import Case
from collectory.portal.cases.models import Kind as CaseKind
from collectory.portal.cases.states import State
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import reports
from collectory.portal.duplicates.models import Kind, PupilRow
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, returns_of
from collectory.portal.probable.models import Match, threshold_of, touching, with_rows
from collectory.portal.returns.addresses import url_of_record
from collectory.portal.returns.models import Return

SIZE = 25
TITLE = "School duplicate report – probable matches"
COLUMNS = (*reports.COLUMNS[Kind.SAME_PERSON], reports.STATUS)
MESSAGE = "The records are alike but for a slip. It may be one pupil with two numbers, or two pupils."
ACTION = (
    "Ask the other school whether it is one pupil. If it is, agree who has the right data and the earlier UPN. Nobody "
    "should change a UPN because of a score."
)
CHANGED = "changed since"
TELLING = 0.5


@dataclass(frozen=True)
class Line:
    """One side. `values` are empty where the record is another since."""

    organisation: Organisation
    status: str
    is_own: bool
    is_current: bool
    address: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A match as the report shows it."""

    match: Match
    heading: str
    is_current: bool
    lines: tuple[Line, ...]
    case: Link | None

    @property
    def speaking_for(self) -> list[str]:
        """What makes one pupil likelier, without the chance it began with and what hardly counts."""
        return [words for words, is_for in spoken(self.match.reasons) if is_for]

    @property
    def speaking_against(self) -> list[str]:
        """What makes two pupils likelier."""
        return [words for words, is_for in spoken(self.match.reasons) if not is_for]


def spoken(reasons: Iterable[dict[str, Any]]) -> list[tuple[str, bool]]:
    """The reasons of a match that count, each in words and whether it speaks for one pupil."""
    return [(each["words"], each["weight"] > 0) for each in list(reasons)[1:] if abs(each["weight"]) >= TELLING]


@dataclass(frozen=True)
class Report:
    """What somebody may see of the matches of a data collection, or of one return."""

    collection: DataCollection
    membership: Membership
    data_return: Return | None = None

    def matches(self) -> QuerySet[Match]:
        """The matches from the threshold on, the likeliest first."""
        found = _listed(self.collection)
        if self.data_return is not None:
            found = found.filter(touching([self.data_return.pk]))
        elif PLAYS.get(Role(self.membership.role)) is not Part.COLLECTOR:
            found = found.filter(touching(returns_of(self.membership).filter(collection=self.collection)))
        return with_rows(found).order_by("-score", "pk")

    def unsettled(self) -> QuerySet[Match]:
        """Those of which nobody has said for good that it is one pupil or two."""
        return _unsettled(self.matches())

    def shown(self, some: Iterable[Match]) -> list[Shown]:
        """Some of the matches with their records and cases, in a constant number of queries."""
        listed = list(some)
        cases = links_of(self.collection, self.membership, CaseKind.PROBABLE, [match.key for match in listed])
        rows = PupilRow.objects.in_bulk([pk for match in listed for pk in (match.one, match.other)])
        ids = {pk for match in listed for pk in (match.one_return_id, match.other_return_id)}
        returns = Return.objects.select_related("organisation__authority", "current_revision").in_bulk(ids)
        own = {self.data_return.pk} if self.data_return is not None else self._own(ids)
        found = []
        for match in listed:
            sides = [(match.one, match.one_return_id), (match.other, match.other_return_id)]
            there = [rows[row] for row, _ in sides if row in rows]
            is_current = len(there) == len(sides)
            # Where one record is another since, the other's was not found to be like it: only one's own is shown.
            lines = tuple(
                self._line(rows.get(row) if is_current or whose in own else None, returns[whose], whose in own)
                for row, whose in sides
            )
            heading = ", ".join(part for part in (there[0].surname, there[0].forename) if part) if is_current else ""
            found.append(
                Shown(match, heading or "A match whose records have changed", is_current, lines, cases.get(match.key))
            )
        return found

    def _own(self, ids: set[int]) -> set[int]:
        mine = returns_of(self.membership).filter(collection=self.collection, pk__in=ids)
        return set(mine.values_list("pk", flat=True))

    def _line(self, row: PupilRow | None, data_return: Return, is_own: bool) -> Line:
        data_return.collection = self.collection
        revision = data_return.current_revision
        address = ""
        if is_own and row is not None and revision is not None:
            address = url_of_record(data_return, row.entity, row.record, revision.number)
        values = tuple(column.value(row) for column in COLUMNS) if row is not None else ()
        return Line(data_return.organisation, data_return.standing.words, is_own, row is not None, address, values)

    def table(self, shown: Iterable[Shown]) -> pl.DataFrame:
        """Matches as a table of text, one record a row: for a file. Only those whose records are as they were."""
        said = ("Match", "Score", "For one pupil", "Against", "Case", "Case state")
        schema = dict.fromkeys((*said, *reports.WHOSE, *(each.label for each in COLUMNS)), pl.String)
        rows: list[list[str]] = []
        for each in shown:
            for line in each.lines if each.is_current else ():
                about = [str(each.match.pk), f"{each.match.score:.4f}", "; ".join(each.speaking_for)]
                about.append("; ".join(each.speaking_against))
                about += [each.case.reference, each.case.state] if each.case else ["", ""]
                about += reports.whose(line.organisation, line.status, line.is_own)
                rows.append([*about, *line.values])
        return pl.DataFrame(rows, schema=schema, orient="row")

    def write_down(self, shown: Iterable[Shown], action: str) -> None:
        """A line in the access log for each other organisation whose record was seen."""
        ids = {line.organisation.pk for each in shown for line in each.lines} - {self.membership.organisation_id}
        AccessLog.objects.bulk_create(
            AccessLog(
                user_id=self.membership.user_id,
                organisation_id=self.membership.organisation_id,
                about_id=each,
                action=action,
                subject=f"{self.collection.slug} probable",
            )
            for each in sorted(ids)
        )


def count_of(data_return: Return) -> int:
    """How many matches a return has of which nobody has said for good whether it is one pupil or two."""
    return _unsettled(_listed(data_return.collection).filter(touching([data_return.pk]))).count()


def _listed(collection: DataCollection) -> QuerySet[Match]:
    return Match.objects.filter(collection=collection, score__gte=threshold_of(collection))


def _unsettled(found: QuerySet[Match]) -> QuerySet[Match]:
    case = Case.objects.filter(collection=OuterRef("collection"), kind=CaseKind.PROBABLE, key=OuterRef("key"))
    return found.filter(~Exists(case.filter(state=State.SETTLED)))
