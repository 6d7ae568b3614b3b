"""The three reports of duplicate pupils: which clashes somebody sees of a data collection, and what is said of each.

Of the records of others a report has what the clash needs, and its downloads have the same: whose they are, how to
reach them, the status of their return, and the fields below. Nothing else of a row gets into a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from collectory.blade import Edition, Entitlement, Verdict
from collectory.engine.matching.cases import STRENGTH
from collectory.engine.matching.under_fives import YEAR_OF_FOUR
from collectory.portal.cases.links import Link
from collectory.portal.collections.models import DataCollection
from collectory.portal.duplicates import clashes, guidance, verdicts
from collectory.portal.duplicates.models import Clash, Kind, PupilRow, Side
from collectory.portal.pages import day
from collectory.portal.people.models import Membership, Organisation, Role
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import PLAYS, returns_of
from collectory.portal.returns.addresses import url_of_record
from collectory.portal.returns.models import Return
from collectory.portal.rules.switching import edition_in

SIZE = 25
TITLES = {
    Kind.SAME_UPN: "School duplicate report – same UPN",
    Kind.SAME_PERSON: "School duplicate report – same person, different UPN",
    Kind.UNDER_FIVES: "School duplicate report – 2, 3 and 4 year olds",
}
HELP = {
    Kind.SAME_UPN: "Pupils whom more than one school claims under one UPN: these are likely to be duplicates.",
    Kind.SAME_PERSON: "Pupils with one forename, surname and birth date under different UPNs. They may be two pupils.",
    Kind.UNDER_FIVES: "Children with funded hours at more than one provider, with the hours added up.",
}
VIEWS = {"": "All", "within": "Within one authority", "across": "Between authorities"}
VIEWS_OF_AGENT = {
    "": "All",
    "within": "Within my local authority",
    "across": "My local authority against all others",
}
FIRST = {
    **STRENGTH,
    Verdict.OVER_ENTITLEMENT: 2,
    Verdict.WITHIN_ENTITLEMENT: 1,
    Verdict.DIFFERENT_UPN: 1,
    Verdict.PLACEHOLDER: 3,
}
CROWD_SHOWN = 5
"""So many records are shown of a placeholder, of those that one may open."""


@dataclass(frozen=True)
class Column:
    """A field of a record that a report shows of every side."""

    label: str
    value: Callable[[PupilRow], str]
    is_number: bool = False


def _text(name: str) -> Callable[[PupilRow], str]:
    return lambda row: getattr(row, name) or ""


def hours(value: float | None) -> str:
    """Hours without a needless fraction."""
    return "" if value is None else f"{value:g}"


def _hours(name: str) -> Callable[[PupilRow], str]:
    return lambda row: hours(getattr(row, name))


UPN = Column("UPN", _text("upn"))
STATUS = Column(
    "Enrolment status", lambda row: row.status if row.on_roll and row.status else "" if row.on_roll else "left"
)
SURNAME = Column("Last name", _text("surname"))
FORENAME = Column("First name", _text("forename"))
MIDDLE = Column("Middle names", _text("middle_names"))
BIRTH = Column("Date of birth", lambda row: day(row.birth_date))
SEX = Column("Sex", _text("sex"))
HOURS = (
    Column("Funded hours", _hours("funded_hours"), True),
    Column("Extended hours", _hours("extended_hours"), True),
    Column("Expanded hours", _hours("expanded_hours"), True),
)
COLUMNS: dict[str, tuple[Column, ...]] = {
    Kind.SAME_UPN: (STATUS, SURNAME, FORENAME, BIRTH),
    Kind.SAME_PERSON: (UPN, FORENAME, MIDDLE, SURNAME, BIRTH, SEX),
    Kind.UNDER_FIVES: (UPN, SURNAME, FORENAME, BIRTH, *HOURS),
}


@dataclass(frozen=True)
class Line:
    """One record of a clash as its report shows it. `address` is that of the record, for those who may open it."""

    organisation: Organisation
    status: str
    is_own: bool
    address: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """One clash as its report shows it. `more`: how many records of a placeholder are not shown."""

    clash: Clash
    heading: str
    action: str
    sums: str
    lines: tuple[Line, ...]
    more: int = 0

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return guidance.WORDS[Verdict(self.clash.verdict)]


@dataclass(frozen=True)
class Report:
    """What somebody may see of one kind of clash in a data collection.

    data_return  the return that it is about; None for an authority's and the collector's
    """

    collection: DataCollection
    membership: Membership
    kind: Kind
    data_return: Return | None = None

    @property
    def views(self) -> dict[str, str]:
        """The views of the report, by their name in addresses."""
        return VIEWS if self.membership.organisation.kind == Organisation.Kind.DEPARTMENT else VIEWS_OF_AGENT

    def clashes(self, view: str = "", verdict: str = "") -> QuerySet[Clash]:
        """The clashes, the worst first and of these the newest."""
        found = seen_by(self.membership, self.collection, self.data_return).filter(kind=self.kind)
        if view:
            found = in_view(found, view, self.membership)
        if verdict:
            found = found.filter(verdict=verdict)
        strength = [When(verdict=name.value, then=Value(strength)) for name, strength in FIRST.items()]
        return found.alias(strength=Case(*strength, default=Value(0), output_field=IntegerField())).order_by(
            "-strength", "-since", "pk"
        )

    def shown(self, some: Iterable[Clash]) -> list[Shown]:
        """Some of the clashes with their records, in a constant number of queries."""
        listed = list(some)
        sides: dict[int, list[Side]] = {clash.pk: [] for clash in listed}
        crowds = [clash for clash in listed if clash.verdict == Verdict.PLACEHOLDER]
        for side in clashes.sides_of(clash for clash in listed if clash.verdict != Verdict.PLACEHOLDER):
            sides[side.clash_id].append(side)
        for clash in crowds:
            mine = _own(self.membership, self.collection, self.data_return)
            sides[clash.pk] = list(clashes.sides_of([clash]).filter(data_return__in=mine)[:CROWD_SHOWN])
        there = {side.data_return_id for each in sides.values() for side in each}
        own = set(
            _own(self.membership, self.collection, self.data_return).filter(pk__in=there).values_list("pk", flat=True)
        )
        statuses = verdicts.statuses_in(self.collection)
        edition = edition_in(self.collection)
        revisions = dict(Return.objects.filter(pk__in=own).values_list("pk", "current_revision__number"))
        return [
            Shown(
                clash,
                _heading(clash, sides[clash.pk]),
                guidance.action(clash, [side.row.status or "" for side in sides[clash.pk]], statuses),
                _sums(clash, sides[clash.pk], edition),
                tuple(self._line(side, own, revisions) for side in sides[clash.pk]),
                clash.sides.count() - len(sides[clash.pk]) if clash in crowds else 0,
            )
            for clash in listed
        ]

    def _line(self, side: Side, own: set[int], revisions: dict[int, int]) -> Line:
        is_own = side.data_return_id in own
        data_return = side.data_return
        data_return.collection = self.collection
        number = revisions.get(data_return.pk)
        address = url_of_record(data_return, side.row.entity, side.row.record, number) if is_own and number else ""
        values = tuple(column.value(side.row) for column in COLUMNS[self.kind])
        return Line(data_return.organisation, data_return.standing.words, is_own, address, values)

    def table(self, shown: Iterable[Shown], cases: Mapping[int, Link]) -> pl.DataFrame:
        """Clashes as a table of text, one record a row: for a file. `cases` are those of the clashes, by their keys."""
        said = ("Clash", "Case", "Case state", self.heading_label)
        said += ("Verdict", "What it means", "What to do", "Birth dates differ")
        summed = ("Hours together",) if self.kind is Kind.UNDER_FIVES else ()
        names = (*said, *summed, *WHOSE, *(column.label for column in COLUMNS[self.kind]))
        rows = []
        for each in shown:
            clash = each.clash
            case = cases.get(clash.key)
            about = [str(clash.pk), case.reference if case else "", case.state if case else "", each.heading]
            about += [each.verdict, clash.message, each.action]
            about.append("yes" if clash.birth_dates_differ else "no")
            about += [each.sums] if summed else []
            rows += [[*about, *whose(line.organisation, line.status, line.is_own), *line.values] for line in each.lines]
        unique = [name if name not in names[:place] else f"{name} (record)" for place, name in enumerate(names)]
        return pl.DataFrame(rows, schema=dict.fromkeys(unique, pl.String), orient="row")

    @property
    def heading_label(self) -> str:
        """What the heading of a clash is."""
        return "UPN" if self.kind is Kind.SAME_UPN else "Pupil"


def authority_of(organisation: Organisation) -> Organisation | None:
    """The authority of a school, or the authority itself."""
    return organisation if organisation.kind == Organisation.Kind.AUTHORITY else organisation.authority


WHOSE = ("LA number", "LA name", "School number", "School name", "Contact", "Return status", "Yours")
"""The columns of files that say whose a record is."""


def whose(school: Organisation, status: str, is_own: bool) -> list[str]:
    """The cells of these columns for a record of a school."""
    authority = authority_of(school)
    cells = [authority.native_id if authority else "", authority.name if authority else ""]
    return [*cells, school.native_id, school.name, school.email, status, "yes" if is_own else "no"]


def _own(membership: Membership, collection: DataCollection, data_return: Return | None) -> Any:
    """The returns that somebody may open in this report: of a school's only its own, whoever looks at it."""
    if data_return is not None:
        return Return.objects.filter(pk=data_return.pk)
    return returns_of(membership).filter(collection=collection)


def seen_by(membership: Membership, collection: DataCollection, data_return: Return | None = None) -> QuerySet[Clash]:
    """The clashes of a data collection that somebody may see: those with a side in a return that they may look at."""
    if data_return is not None:
        return clashes.of_return(data_return)
    if PLAYS.get(Role(membership.role)) is Part.COLLECTOR:
        return clashes.in_collection(collection)
    return clashes.of_returns(returns_of(membership).filter(collection=collection)).filter(collection=collection)


def in_view(found: QuerySet[Clash], view: str, membership: Membership) -> QuerySet[Clash]:
    """Those within one authority, or with sides in more than one."""
    sides = Side.objects.filter(clash=OuterRef("pk"))
    if membership.organisation.kind == Organisation.Kind.DEPARTMENT:
        authorities = Count("sides__data_return__organisation__authority", distinct=True)
        found = found.alias(authorities=authorities)
        return found.filter(authorities__gt=1) if view == "across" else found.filter(authorities__lte=1)
    mine = membership.organisation
    others = sides.exclude(Q(data_return__organisation__authority=mine) | Q(data_return__organisation=mine))
    return found.filter(Exists(others)) if view == "across" else found.exclude(Exists(others))


def counted(found: QuerySet[Clash]) -> dict[str, int]:
    """How many there are of each kind; kinds without any are there too."""
    counts = dict.fromkeys((kind.value for kind in Kind), 0)
    counts.update(found.order_by().values_list("kind").annotate(many=Count("pk", distinct=True)))
    return counts


def counts_of(data_return: Return) -> dict[str, int]:
    """How many clashes a return has of each kind; empty for a data collection that matches nobody."""
    if verdicts.matching_in(data_return.collection) is None:
        return {}
    return counted(clashes.of_return(data_return))


def counts_for(membership: Membership, collection: DataCollection) -> dict[str, int]:
    """The same of all clashes of a data collection that somebody may see."""
    if verdicts.matching_in(collection) is None:
        return {}
    return counted(seen_by(membership, collection))


def claimed_elsewhere(data_return: Return) -> int:
    """How many pupils of a return are in a clash with another return."""
    sides = Side.objects.filter(data_return=data_return, clash__returns__gt=1)
    return sides.order_by().values("row").distinct().count()


def verdicts_in(found: QuerySet[Clash]) -> list[tuple[str, str, int]]:
    """The verdicts that there are, each in words and with its count."""
    counts = dict(found.order_by().values_list("verdict").annotate(many=Count("pk", distinct=True)))
    return [(each.value, words, counts[each.value]) for each, words in guidance.WORDS.items() if each.value in counts]


def _heading(clash: Clash, sides: list[Side]) -> str:
    rows = [side.row for side in sides]
    if clash.kind == Kind.SAME_UPN:
        return (rows[0].upn or "") if rows else ""
    if not rows:
        return ""
    return ", ".join(part for part in (rows[0].surname, rows[0].forename) if part) or rows[0].upn or ""


def _sums(clash: Clash, sides: list[Side], edition: Edition) -> str:
    """The hours together against what the child may have; "" for other kinds."""
    matching = edition.blade.matching
    if clash.kind != Kind.UNDER_FIVES or matching is None:
        return ""
    entitled: Entitlement = matching.entitlement(edition)
    oldest = max((side.row.age or 0) for side in sides)
    most = {
        "funded": entitled.funded_at_four if oldest >= YEAR_OF_FOUR else entitled.funded,
        "extended": entitled.extended,
        "expanded": entitled.expanded,
    }
    claimed = {name: getattr(clash, f"{name}_hours") or 0 for name in most}
    return ", ".join(
        f"{hours(claimed[name])} {name} hours of at most {hours(most[name])}" for name in most if claimed[name]
    )
