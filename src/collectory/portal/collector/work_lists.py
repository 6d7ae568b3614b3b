"""The collector's work lists over the returns of a data collection, found and counted in the database.

inbox       what the collector has to act on: approved, and submitted where the department is the agent
answered    with an answer that the collector has not read
waiting     with a question that waits for the source
not-sent    not submitted, or sent back
all         every return
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from collectory.portal.collections.models import DataCollection
from collectory.portal.desk.progress import LONG, MINUTES
from collectory.portal.judging.models import Question
from collectory.portal.people.models import Membership, Organisation
from collectory.portal.people.permissions import returns_of
from collectory.portal.returns.finding_list import Page
from collectory.portal.returns.models import Return, RuleTally, Upload
from collectory.portal.returns.states import WITH_THE_SOURCE, WITHDRAWABLE, State

LISTS = {
    "inbox": "Inbox",
    "answered": "Answered",
    "waiting": "Waiting for an answer",
    "not-sent": "Not sent",
    "all": "All",
}
SHOWN = 50
SINCE = Coalesce("approved_at", "submitted_at")
TO_AUTHORISE = [State.APPROVED.value, State.AMENDED_BY_COLLECTOR.value]
TO_APPROVE = [state.value for state in WITHDRAWABLE]
NOT_SENT = [State.NO_DATA.value, *(state.value for state in WITH_THE_SOURCE)]


@dataclass(frozen=True)
class Wanted:
    """Which returns: a list, the native ID of an authority, a rule, part of a name or native ID, and the page."""

    which: str = "inbox"
    authority: str = ""
    rule: str = ""
    name: str = ""
    page: int = 1

    @staticmethod
    def of(given: Mapping[str, str]) -> Wanted:
        """What an address asks for; what makes no sense is left out."""
        which, page = given.get("list", ""), given.get("page", "")
        return Wanted(
            which if which in LISTS else "inbox",
            given.get("authority", "")[:16],
            given.get("rule", "")[:120],
            " ".join(given.get("name", "").replace("\0", "").split())[:100],
            int(page) if page.isdecimal() and 0 < len(page) < 8 else 1,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything of the list is left out."""
        return bool(self.authority or self.rule or self.name)

    def query(self, **changes: Any) -> str:
        """The part of the address after "?" for this list with some changes."""
        other = replace(self, **{"page": 1, **changes})
        parts = {
            "list": "" if other.which == "inbox" else other.which,
            "authority": other.authority,
            "rule": other.rule,
            "name": other.name,
            "page": "" if other.page == 1 else str(other.page),
        }
        return urlencode({name: value for name, value in parts.items() if value})


def _with_questions(state: Question.State) -> Q:
    # As a list that is made once: asked for each return by itself, a nation's lists take several times as long.
    return Q(pk__in=Question.objects.filter(state=state).order_by().values("data_return"))


def _conditions(membership: Membership) -> dict[str, Q]:
    return {
        "inbox": Q(state__in=TO_AUTHORISE) | Q(state__in=TO_APPROVE, organisation__agent=membership.organisation),
        "answered": _with_questions(Question.State.WITH_COLLECTOR),
        "waiting": _with_questions(Question.State.WITH_SOURCE),
        "not-sent": Q(state__in=NOT_SENT),
        "all": Q(),
    }


def _narrowed(returns: QuerySet[Return], wanted: Wanted) -> QuerySet[Return]:
    if wanted.authority:
        own = Q(organisation__native_id=wanted.authority, organisation__kind=Organisation.Kind.AUTHORITY)
        returns = returns.filter(own | Q(organisation__authority__native_id=wanted.authority))
    if wanted.name:
        returns = returns.filter(
            Q(organisation__name__icontains=wanted.name) | Q(organisation__native_id__istartswith=wanted.name)
        )
    if wanted.rule:
        returns = returns.filter(Exists(_tallies(wanted.rule)))
    return returns


def _tallies(rule: str) -> QuerySet[RuleTally]:
    return RuleTally.objects.filter(revision=OuterRef("current_revision"), rule_key=rule)


@dataclass(frozen=True)
class WorkList:
    """A page of a list with the number of returns on each list, under the same filter."""

    page: Page
    counts: dict[str, int]


def returns_wanted(collection: DataCollection, membership: Membership, wanted: Wanted) -> QuerySet[Return]:
    """All returns of a list, oldest first in the inbox, else by native ID."""
    returns = _narrowed(returns_of(membership).filter(collection=collection), wanted)
    returns = returns.filter(_conditions(membership)[wanted.which])
    order = [F("since").asc(nulls_last=True)] if wanted.which in {"inbox", "answered", "waiting"} else []
    return returns.annotate(since=SINCE).order_by(*order, "organisation__native_id")


def with_state(returns: QuerySet[Return]) -> QuerySet[Return]:
    """Returns with what is needed to say of each whether it can be authorised, without a query for each."""
    questions = Question.objects.filter(data_return=OuterRef("pk")).order_by().values("data_return")
    counted = questions.annotate(count=Count("pk")).values("count")
    return returns.select_related("collection", "organisation__agent", "organisation__authority").annotate(
        waiting=Coalesce(Subquery(counted.filter(state=Question.State.WITH_SOURCE)), 0),
        answered=Coalesce(Subquery(counted.filter(state=Question.State.WITH_COLLECTOR)), 0),
        being_checked=Exists(Upload.objects.filter(data_return=OuterRef("pk")).exclude(stage=Upload.Stage.FINISHED)),
    )


def work_list(collection: DataCollection, membership: Membership, wanted: Wanted) -> WorkList:
    """A page of a list. Rows are returns with `since`, `waiting`, `answered`, and `of_rule` where a rule is wanted."""
    every = _narrowed(returns_of(membership).filter(collection=collection), wanted)
    conditions = _conditions(membership)
    counts = every.aggregate(
        **{name.replace("-", "_"): Count("pk", filter=q) if q else Count("pk") for name, q in conditions.items()}
    )
    by_list = {name: counts[name.replace("-", "_")] for name in LISTS}
    count = by_list[wanted.which]
    pages = max(1, -(-count // SHOWN))
    number = min(wanted.page, pages)
    # First which rows, then what they hold, as in desk/sources.py.
    chosen = returns_wanted(collection, membership, wanted)
    keys = list(chosen.values_list("pk", flat=True)[(number - 1) * SHOWN : number * SHOWN])
    complete = with_state(Return.objects.annotate(since=SINCE))
    if wanted.rule:
        complete = complete.annotate(of_rule=Subquery(_tallies(wanted.rule).values("findings")[:1]))
    found = complete.in_bulk(keys)
    rows = [found[key] for key in keys if key in found]
    return WorkList(Page(rows, count, number, pages), by_list)  # type: ignore[arg-type]


def authorities(collection: DataCollection, membership: Membership, expected: int = 0) -> list[Organisation]:
    """The authorities whose schools, or who themselves, have a return in this collection.

    Where many returns are expected they are kept for some minutes, as the choices of the Agent page are.
    """
    if expected < LONG:
        return _authorities(collection, membership)
    key = f"authorities-{collection.pk}-{membership.organisation_id}"
    return list(cache.get_or_set(key, lambda: _authorities(collection, membership), MINUTES * 60))


def _authorities(collection: DataCollection, membership: Membership) -> list[Organisation]:
    returns = returns_of(membership).filter(collection=collection).order_by()
    own = returns.filter(organisation__kind=Organisation.Kind.AUTHORITY).values("organisation")
    theirs = returns.values("organisation__authority")
    return list(Organisation.objects.filter(Q(pk__in=own) | Q(pk__in=theirs)).order_by("name"))


def rules_raised(collection: DataCollection) -> list[str]:
    """The keys of the rules that are raised by the current revision of some return.

    Only offers to choose from: a rule raised in the last minutes may be missing, so that not every page reads all
    tallies of a country.
    """
    return list(cache.get_or_set(f"rules-raised-{collection.pk}", lambda: _rules_raised(collection), MINUTES * 60))


def _rules_raised(collection: DataCollection) -> list[str]:
    tallies = RuleTally.objects.filter(
        revision__data_return__collection=collection, revision=F("revision__data_return__current_revision")
    )
    return list(tallies.order_by().values_list("rule_key", flat=True).distinct())
