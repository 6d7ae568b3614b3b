"""Who gets to which case. Who may do what is said in the one table of people/permissions.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from collectory.portal.cases.models import Case, CaseSide
from collectory.portal.people.acting import in_another_role
from collectory.portal.people.models import AccessLog, Membership
from collectory.portal.people.permissions import (
    READING,
    Act,
    Permission,
    View,
    declared,
    may,
    returns_of,
    turned_away,
)


def cases_of(membership: Membership) -> QuerySet[Case]:
    """Every case with a side in a return that this person may look at."""
    sides = CaseSide.objects.filter(case=OuterRef("pk"), data_return__in=returns_of(membership).order_by().values("pk"))
    return Case.objects.filter(Exists(sides))


def _case_at(membership: Membership, collection: str, case: int) -> Case | None:
    """The case at an address, or None where there is none that concerns this person."""
    if case > 2**63 - 1:
        return None
    return cases_of(membership).select_related("collection").filter(collection__slug=collection, pk=case).first()


def _may(membership: Membership, act: Act, case: Case) -> bool:
    sides = case.sides.select_related("organisation")
    return any(may(membership, act, side.organisation) for side in sides if act in READING or side.present)


def on_case(act: Act) -> Callable[[View], View]:
    """Declare which act on a case a view is; the view gets the case instead of its address.

    Every look is written down, one's own cases too: the pupils of others are in them.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, collection: str, case: int, **kwargs: Any) -> HttpResponse:
            if away := turned_away(request):
                return away
            membership: Membership = request.membership  # type: ignore[attr-defined]

            def allowed(other: Membership) -> bool:
                theirs = _case_at(other, collection, case)
                return theirs is not None and _may(other, act, theirs)

            found = _case_at(membership, collection, case)
            if found is None:
                raise in_another_role(request, allowed) or Http404
            if not _may(membership, act, found):
                raise in_another_role(request, allowed) or PermissionDenied(
                    f"Your role ({membership.get_role_display()}) for {membership.organisation.name} "
                    "lets you read this case but not do this."
                )
            log(membership, found, act)
            return view(request, *args, case=found, **kwargs)

        return declared(guarded, Permission("case", act))

    return declare


def log(membership: Membership, case: Case, act: Act) -> None:
    """Write down that somebody looked at a case or acted in it: a line for each organisation whose pupil it shows."""
    concerned = set(case.sides.order_by().values_list("organisation", flat=True))
    AccessLog.objects.bulk_create(
        AccessLog(
            user_id=membership.user_id,
            organisation_id=membership.organisation_id,
            about_id=organisation,
            action=f"{act.value} case",
            subject=f"{case.collection.slug} {case.reference}",
        )
        for organisation in sorted(concerned - {membership.organisation_id}) or [membership.organisation_id]
    )
