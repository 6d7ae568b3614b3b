"""The one place where it is decided who may do what. Every view carries one of these decorators.

    @public                     anyone: sign-in, help, health
    @signed_in                  anyone signed in who acts for an organisation
    @collector_only             people who act for the department that runs the collections
    @on_return(Act.UPLOAD)      the address names a return; the view receives it as `data_return`

A return that is none of a person's business does not exist for them: 404, never 403.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.people.parts import Part

View = Callable[..., HttpResponse]


class Act(StrEnum):
    """What can be done with a return."""

    LOOK = "look"
    UPLOAD = "upload"
    EDIT = "edit"
    NOTE = "note"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    DELETE = "delete"
    EXPORT = "export"
    APPROVE = "approve"
    REJECT = "reject"
    OK = "ok"
    AUTHORISE = "authorise"
    REOPEN = "reopen"


READING = frozenset({Act.LOOK, Act.EXPORT})

MAY: dict[Role, frozenset[Act]] = {
    Role.SOURCE: READING | {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.WITHDRAW, Act.DELETE},
    Role.SOURCE_VIEWER: READING,
    Role.AGENT: READING | {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.APPROVE, Act.REJECT, Act.DELETE},
    Role.AGENT_VIEWER: READING,
    Role.COLLECTOR: READING | {Act.EDIT, Act.NOTE, Act.OK, Act.APPROVE, Act.REJECT, Act.AUTHORISE, Act.REOPEN},
    Role.COLLECTOR_VIEWER: READING,
    # These two look after people and dates; pupils' data is none of their business.
    Role.APPROVER: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}

PLAYS: dict[Role, Part] = {
    Role.SOURCE: Part.SOURCE,
    Role.SOURCE_VIEWER: Part.SOURCE,
    Role.AGENT: Part.AGENT,
    Role.AGENT_VIEWER: Part.AGENT,
    Role.COLLECTOR: Part.COLLECTOR,
    Role.COLLECTOR_VIEWER: Part.COLLECTOR,
}


def part_in(membership: Membership, organisation: Organisation) -> Part | None:
    """The part that a person plays in an organisation's returns, or None when it is none of theirs."""
    part = PLAYS.get(Role(membership.role))
    own = membership.organisation
    theirs = {
        Part.SOURCE: organisation.pk == own.pk,
        Part.AGENT: organisation.agent_id == own.pk,
        Part.COLLECTOR: own.kind == Organisation.Kind.DEPARTMENT,
    }
    return part if part is not None and theirs[part] else None


def may(membership: Membership, act: Act, organisation: Organisation) -> bool:
    """Whether a person may do this with the returns of this organisation."""
    part = part_in(membership, organisation)
    if part is None or act not in MAY[Role(membership.role)]:
        return False
    if act is Act.APPROVE and part is Part.COLLECTOR:
        return organisation.agent_id == membership.organisation_id
    return True


def returns_of(membership: Membership) -> Any:
    """The query set of every return this person may look at."""
    returns = apps.get_model("returns", "Return").objects.filter(collection__opens_at__lte=timezone.now())
    if Act.LOOK not in MAY[Role(membership.role)]:
        return returns.none()
    match PLAYS[Role(membership.role)]:
        case Part.SOURCE:
            return returns.filter(organisation=membership.organisation)
        case Part.AGENT:
            return returns.filter(organisation__agent=membership.organisation)
        case Part.COLLECTOR:
            if membership.organisation.kind == Organisation.Kind.DEPARTMENT:
                return returns
    return returns.none()


@dataclass(frozen=True)
class Permission:
    """What a view declares: its kind, and for a return's view the act."""

    kind: str
    act: Act | None = None


def _declare(view: View, permission: Permission) -> View:
    view.permission = permission  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Declare that anyone may see this view."""
    return _declare(view, Permission("public"))


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """The redirect to sign-in, or None for a person who acts for an organisation."""
    if not request.user.is_authenticated:
        # A form that was sent after the session ended cannot be repeated by going back to its address.
        back = request.get_full_path() if request.method == "GET" else reverse(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(back)
    if getattr(request, "membership", None) is None:
        raise PermissionDenied(
            "Your account is not linked to an organisation. Ask the person who manages accounts at your "
            "school or authority to link it."
        )
    return None


def signed_in(view: View) -> View:
    """Declare that a view is for people who are signed in and act for an organisation."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _turned_away(request) or view(request, *args, **kwargs)

    return _declare(guarded, Permission("signed in"))


def collector_only(view: View) -> View:
    """Declare that a view is for collectors; for everybody else it does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if away := _turned_away(request):
            return away
        if not is_collector(request.membership):  # type: ignore[attr-defined]
            raise Http404
        return view(request, *args, **kwargs)

    return _declare(guarded, Permission("collector"))


def is_collector(membership: Membership) -> bool:
    """Whether a person acts for the department as a collector."""
    return Role(membership.role) is Role.COLLECTOR and membership.organisation.kind == Organisation.Kind.DEPARTMENT


def _log_access(membership: Membership, data_return: Any, act: Act) -> None:
    """Write down that somebody got at another organisation's data."""
    if data_return.organisation_id != membership.organisation_id:
        AccessLog.objects.create(
            user_id=membership.user_id,
            organisation_id=membership.organisation_id,
            action=act.value,
            subject=f"{data_return.collection.slug} {data_return.organisation.native_id}",
        )


def on_return(act: Act) -> Callable[[View], View]:
    """Declare which act on a return a view is; the view gets the return instead of its address."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, collection: str, native_id: str, **kwargs: Any) -> HttpResponse:
            if away := _turned_away(request):
                return away
            membership: Membership = request.membership  # type: ignore[attr-defined]
            data_return = (
                returns_of(membership)
                .select_related("collection", "organisation", "current_revision__upload")
                .filter(collection__slug=collection, organisation__native_id=native_id)
                .first()
            )
            if data_return is None:
                raise Http404
            if not may(membership, act, data_return.organisation):
                raise PermissionDenied(
                    f"Your role ({membership.get_role_display()}) for {membership.organisation.name} "
                    "lets you read this return but not do this."
                )
            _log_access(membership, data_return, act)
            return view(request, *args, data_return=data_return, **kwargs)

        return _declare(guarded, Permission("return", act))

    return declare
