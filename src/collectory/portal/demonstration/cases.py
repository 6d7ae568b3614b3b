"""Cases of the country's duplicate pupils (claims.py), brought to several states by those whom they concern."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from collectory.engine import Refusal
from collectory.portal.cases.models import Case
from collectory.portal.cases.proposals import Proposal, What
from collectory.portal.cases.services.acting import Deed, act
from collectory.portal.cases.states import Happening
from collectory.portal.collections.models import DataCollection
from collectory.portal.people.models import Membership

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """What somebody (a user name) does, and why. `by` is the native ID of the school that changes something."""

    who: str
    kind: Happening
    reason: str = ""
    what: What | None = None
    by: str = ""
    status: str = ""
    upn: str = ""


# Of the cases of two schools, by kind and verdict: what has been done in them. The others wait for you.
PLANS: dict[tuple[str, str, frozenset[str]], tuple[Step, ...]] = {
    ("same-upn", "not-allowed", frozenset({"8562003", "8552003"})): (
        Step(
            "fernmouth",
            Happening.PROPOSED,
            "The pupil is with us on two days a week, by agreement of both schools.",
            What.STATUS,
            by="8552003",
            status="M",
        ),
        Step("larkshire", Happening.AGREED),
    ),
    ("same-upn", "birth-dates-differ", frozenset({"8562003", "8552006"})): (
        Step("8562003", Happening.PROPOSED, "We have seen the birth certificate.", What.OTHER),
        Step("8552006", Happening.DISAGREED, "So have we, with another date. Please ring us."),
    ),
    ("same-person", "different-upn", frozenset({"8562002", "8552006"})): (
        Step("8552006", Happening.PROPOSED, "They live in different towns.", What.NOT_SAME),
        Step("8562002", Happening.AGREED),
    ),
    ("same-person", "different-upn", frozenset({"8552006", "8552003"})): (
        Step(
            "8552003",
            Happening.PROPOSED,
            "The pupil came with this number.",
            What.UPN,
            "8552006",
            upn="earlier",
        ),
    ),
    ("probable", "probable", frozenset({"8562003", "8552006"})): (
        Step("8552006", Happening.PROPOSED, "They are cousins with one name.", What.NOT_SAME),
        Step("8562003", Happening.AGREED),
    ),
    ("under-fives", "over-entitlement", frozenset({"8572003", "8552003"})): (
        Step("dunmere", Happening.SAID, "We have asked the parents which days they meant."),
        Step("department", Happening.DECIDED, "By the parents' declaration.", What.HOURS, by="8572003"),
    ),
}


def settle_some(collection: DataCollection) -> int:
    """Do what is planned in the cases in which nothing has been done yet; give in how many."""
    done = 0
    untouched = Case.objects.filter(collection=collection, state="open", events__isnull=False).distinct()
    for case in untouched.select_related("collection").prefetch_related("sides__organisation", "events"):
        schools = frozenset(side.organisation.native_id for side in case.sides.all() if side.present)
        steps = PLANS.get((case.kind, case.verdict, schools), ())
        if steps and all(event.user_id is None for event in case.events.all()):
            _go(case, steps)
            done += 1
    return done


def _go(case: Case, steps: tuple[Step, ...]) -> None:
    sides = {side.organisation.native_id: side.pk for side in case.sides.all()}
    for step in steps:
        proposal = None
        if step.what is not None:
            since = dt.date(2021, 9, 13) if step.what is What.STATUS else None
            proposal = Proposal(step.what, sides.get(step.by), step.status, step.upn, since)
        who = Membership.objects.select_related("user", "organisation").get(user__username=step.who)
        case.refresh_from_db(fields=["version"])
        outcome = act(case.pk, who, Deed(step.kind, case.version, step.reason, proposal))
        if isinstance(outcome, Refusal):
            log.warning("case %d stays where it is: %s", case.pk, outcome.code)
            return
