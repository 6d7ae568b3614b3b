"""The one place where it is decided who may do what. Every view carries one of these decorators.

    @public                     anyone: sign-in, help, health
    @own_account                anyone signed in: what keeps their own account safe
    @by_script                  anyone signed in, asked by the script of a page: 401 instead of the sign-in page
    @signed_in                  anyone signed in who acts for an organisation
    @with_duty(Duty.RUN)        people whose role has this duty
    @on_collection(Duty.DESK)   the address names a data collection; the view receives it as `data_collection`
    @on_return(Act.UPLOAD)      the address names a return; the view receives it as `data_return`
    @on_case(Act.SETTLE)        the address names a case of duplicates (cases/guard.py); the view receives the `case`
    @on_delivery(Handling.SEND) the address names what a school sends its council; the view receives the `delivery`

What is none of a person's business does not exist for them: 404, never 403. What is theirs in another of their
own roles says which (people/acting.py).
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
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from collectory.portal.people import kept_forms, second_factor
from collectory.portal.people.acting import in_another_role
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.people.parts import Part, Side
from collectory.portal.people.terms import MUST_AGREE

View = Callable[..., HttpResponse]


class Act(StrEnum):
    """What can be done with a return, and with the cases of duplicate pupils that it has a side in."""

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
    ASK = "ask"
    AUTHORISE = "authorise"
    REOPEN = "reopen"
    SETTLE = "settle"  # speak for a side of a case: propose, agree, disagree
    DECIDE = "decide"  # decide a case that its sides do not settle


class Handling(StrEnum):
    """What can be done with a delivery: what a school owes its council's performance team (transfer)."""

    LOOK = "look"
    SEND = "send"  # send files, answer questions, say when the return was submitted
    JUDGE = "judge"  # ask, accept, ask for a new file, assign


class Duty(StrEnum):
    """What a role is there for beside single returns."""

    DESK = "desk"  # see the returns of many sources together
    ACT_FOR_MANY = "act for many"  # load, approve, reject or authorise many returns at once
    RUN = "run"  # open and close data collections, set their dates, policies and rules
    ORGANISATIONS = "organisations"  # load and change organisations
    PEOPLE = "people"  # invite, change and archive people
    ANSWER = "answer"  # answer service requests
    WORK = "work"  # the collector's work lists and statistics of rules
    SEND_FILES = "send files"  # see what a school sends to its council's performance team
    TEAM = "team"  # see the desk of the performance team
    CASES = "cases"  # see the cases of duplicate pupils that concern them
    ACT_FOR_TEAM = "act for the team"  # say which files schools send, chase them, judge what came


READING = frozenset({Act.LOOK, Act.EXPORT})

MAY: dict[Role, frozenset[Act]] = {
    Role.SOURCE: READING | {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.WITHDRAW, Act.DELETE, Act.SETTLE},
    Role.SOURCE_VIEWER: READING,
    Role.AGENT: READING | {Act.UPLOAD, Act.EDIT, Act.NOTE, Act.SUBMIT, Act.APPROVE, Act.REJECT, Act.DELETE, Act.SETTLE},
    Role.AGENT_VIEWER: READING,
    Role.COLLECTOR: READING
    | {Act.EDIT, Act.NOTE, Act.OK, Act.ASK, Act.APPROVE, Act.REJECT, Act.AUTHORISE, Act.REOPEN, Act.DECIDE},
    Role.COLLECTOR_VIEWER: READING,
    # These two look after people and dates; pupils' data is none of their business.
    Role.APPROVER: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}

# With which deliveries, the organisation decides (`side_in`): a school's own or its trust's people are on its side,
# an authority's agents are its performance team, for academies as well, whose agent it is not.
MAY_HANDLE: dict[Role, frozenset[Handling]] = {
    Role.SOURCE: frozenset({Handling.LOOK, Handling.SEND}),
    Role.SOURCE_VIEWER: frozenset({Handling.LOOK}),
    Role.AGENT: frozenset(Handling),
    Role.AGENT_VIEWER: frozenset({Handling.LOOK}),
}

# What a data collection can let a role do beside that, by its policy of who OKs (DataCollection.agents_ok).
MAY_WHERE_AGENTS_OK: dict[Role, frozenset[Act]] = {Role.AGENT: frozenset({Act.OK})}

HAS: dict[Role, frozenset[Duty]] = {
    Role.SOURCE: frozenset({Duty.SEND_FILES, Duty.CASES}),
    Role.SOURCE_VIEWER: frozenset({Duty.SEND_FILES, Duty.CASES}),
    Role.AGENT: frozenset({Duty.DESK, Duty.ACT_FOR_MANY, Duty.TEAM, Duty.ACT_FOR_TEAM, Duty.CASES}),
    Role.AGENT_VIEWER: frozenset({Duty.DESK, Duty.TEAM, Duty.CASES}),
    Role.COLLECTOR: frozenset(
        {Duty.WORK, Duty.DESK, Duty.ACT_FOR_MANY, Duty.RUN, Duty.ORGANISATIONS, Duty.ANSWER, Duty.CASES}
    ),
    Role.COLLECTOR_VIEWER: frozenset({Duty.WORK, Duty.DESK, Duty.CASES}),
    Role.APPROVER: frozenset({Duty.PEOPLE}),
    Role.ADMINISTRATOR: frozenset({Duty.RUN, Duty.ORGANISATIONS, Duty.PEOPLE}),
}

# These count only where they are held for the organisation of this kind.
HELD_FOR: dict[Role, Organisation.Kind] = {
    Role.AGENT: Organisation.Kind.AUTHORITY,
    Role.AGENT_VIEWER: Organisation.Kind.AUTHORITY,
    Role.COLLECTOR: Organisation.Kind.DEPARTMENT,
    Role.COLLECTOR_VIEWER: Organisation.Kind.DEPARTMENT,
    Role.ADMINISTRATOR: Organisation.Kind.DEPARTMENT,
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
    """The part that a person plays in an organisation's returns, or None when it is none of theirs.

    A trust's people play their schools' part, a successor's people that of the organisations before it.
    """
    part = PLAYS.get(Role(membership.role))
    own = membership.organisation
    theirs = {
        Part.SOURCE: own.pk in {organisation.pk, organisation.trust_id, organisation.successor_id},
        Part.AGENT: own.pk == organisation.agent_id or _lets_read(organisation, own),
        Part.COLLECTOR: own.kind == Organisation.Kind.DEPARTMENT,
    }
    return part if part is not None and theirs[part] else None


def _lets_read(organisation: Organisation, authority: Organisation) -> bool:
    return organisation.authority_reads and organisation.authority_id == authority.pk


def reads_only(membership: Membership, organisation: Organisation) -> bool:
    """Whether a person's part in an organisation's returns is to read them, whatever the role would allow.

    So it is with the returns of predecessors, and with those of a school that does not report to the authority
    and that the collector lets it read.
    """
    own = membership.organisation_id
    match PLAYS.get(Role(membership.role)):
        case Part.SOURCE:
            return own not in {organisation.pk, organisation.trust_id}
        case Part.AGENT:
            return own != organisation.agent_id
    return False


def may(membership: Membership, act: Act, organisation: Organisation, collection: Any = None) -> bool:
    """Whether a person may do this with the return of this organisation to this data collection.

    Without a data collection: whether they may whatever its policies are.
    """
    part, role = part_in(membership, organisation), Role(membership.role)
    allowed = MAY[role]
    if collection is not None and collection.agents_ok:
        allowed = allowed | MAY_WHERE_AGENTS_OK.get(role, frozenset())
    if part is None or act not in allowed:
        return False
    if act not in READING and reads_only(membership, organisation):
        # For what a school said before it closed its successor answers, though it changes nothing of the return.
        return act is Act.SETTLE and membership.organisation_id == organisation.successor_id
    if act is Act.APPROVE and part is Part.COLLECTOR:
        return organisation.agent_id == membership.organisation_id
    return True


def side_in(membership: Membership, delivery: Any) -> Side | None:
    """The side of a delivery that a person is on, or None when it is none of theirs."""
    own, school = membership.organisation, delivery.organisation
    match PLAYS.get(Role(membership.role)):
        case Part.SOURCE if own.pk in {school.pk, school.trust_id}:
            return Side.SCHOOL
        case Part.AGENT if own.pk == delivery.file_type.organisation_id and own.kind == Organisation.Kind.AUTHORITY:
            return Side.TEAM
    return None


def may_handle(membership: Membership, handling: Handling, delivery: Any) -> bool:
    """Whether a person may do this with a delivery."""
    return side_in(membership, delivery) is not None and handling in MAY_HANDLE[Role(membership.role)]


def deliveries_of(membership: Membership) -> Any:
    """The query set of every delivery this person may look at."""
    deliveries = apps.get_model("transfer", "Delivery").objects.all()
    own = membership.organisation
    match PLAYS.get(Role(membership.role)):
        case Part.SOURCE:
            return deliveries.filter(Q(organisation=own) | Q(organisation__trust=own))
        case Part.AGENT if own.kind == Organisation.Kind.AUTHORITY:
            return deliveries.filter(file_type__organisation=own)
    return deliveries.none()


def _has_opened() -> Combinable:
    """That a return's data collection has opened for its organisation: at its authority's own moment, if it has one."""
    theirs = apps.get_model("data_collections", "AuthorityDates").objects.filter(
        collection=OuterRef("collection"),
        authority=Coalesce(OuterRef("organisation__authority"), OuterRef("organisation")),
        opens_at__isnull=False,
    )
    opens_at = Coalesce(Subquery(theirs.values("opens_at")[:1]), F("collection__opens_at"))
    return LessThanOrEqual(opens_at, timezone.now())


def returns_of(membership: Membership) -> Any:
    """The query set of every return this person may look at."""
    returns = apps.get_model("returns", "Return").objects.all()
    if Act.LOOK not in MAY[Role(membership.role)]:
        return returns.none()
    own = membership.organisation
    if own.kind == Organisation.Kind.DEPARTMENT:
        returns = returns.filter(collection__in=apps.get_model("data_collections", "DataCollection").objects.opened())
    else:
        returns = returns.filter(_has_opened())
    match PLAYS[Role(membership.role)]:
        case Part.SOURCE:
            return returns.filter(Q(organisation=own) | Q(organisation__trust=own) | Q(organisation__successor=own))
        case Part.AGENT:
            return returns.filter(
                Q(organisation__agent=own) | Q(organisation__authority=own, organisation__authority_reads=True)
            )
        case Part.COLLECTOR:
            if own.kind == Organisation.Kind.DEPARTMENT:
                return returns
    return returns.none()


@dataclass(frozen=True)
class Permission:
    """What a view declares: its kind, for a return's view the act, for a delivery's what is done with it, and for one
    of many returns the duty."""

    kind: str
    act: Act | None = None
    duty: Duty | None = None
    handling: Handling | None = None


def declared(view: View, permission: Permission) -> View:
    """The view with what it declares, for the test that walks all addresses."""
    view.permission = permission  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Declare that anyone may see this view."""
    return declared(view, Permission("public"))


def own_account(view: View) -> View:
    """Declare that a view is for anyone signed in, before they have done what their role asks of them first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return declared(guarded, Permission("own account"))


def by_script(view: View) -> View:
    """Declare that a view answers the script of a page, for anyone signed in; others get 401, which no form sees."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else HttpResponse(status=401)

    return declared(guarded, Permission("script"))


def turned_away(request: HttpRequest) -> HttpResponse | None:
    """Where a person must go first, or None for one who acts for an organisation and has done what it asks."""
    if not request.user.is_authenticated:
        # A form that was sent after the session ended cannot be repeated by going back to its address.
        if kept_forms.keep(request):
            return redirect_to_login(reverse("kept-form"))
        back = request.get_full_path() if request.method == "GET" else reverse(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(back)
    if getattr(request, "membership", None) is None:
        raise PermissionDenied(
            "Your account is not linked to an organisation. Ask the person who manages accounts at your "
            "school or authority to link it."
        )
    if MUST_AGREE in request.session:
        return redirect("agree-to-terms")
    if second_factor.is_missing(request, request.membership):  # type: ignore[attr-defined]
        return redirect("mfa_index")
    return None


def signed_in(view: View) -> View:
    """Declare that a view is for people who are signed in and act for an organisation."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return turned_away(request) or view(request, *args, **kwargs)

    return declared(guarded, Permission("signed in"))


def has_duty(membership: Membership, duty: Duty) -> bool:
    """Whether a person has this duty in the role and for the organisation they act in."""
    role = Role(membership.role)
    return duty in HAS[role] and HELD_FOR.get(role, membership.organisation.kind) == membership.organisation.kind


def duties_of(membership: Membership | None) -> frozenset[str]:
    """The duties of a person, by name, for the links that a page shows."""
    return frozenset(duty.value for duty in Duty if membership is not None and has_duty(membership, duty))


def with_duty(duty: Duty) -> Callable[[View], View]:
    """Declare that a view is for people with this duty; for everybody else it does not exist."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if away := turned_away(request):
                return away
            if not has_duty(request.membership, duty):  # type: ignore[attr-defined]
                raise in_another_role(request, lambda other: has_duty(other, duty)) or Http404
            return view(request, *args, **kwargs)

        return declared(guarded, Permission("duty", duty=duty))

    return declare


def on_collection(duty: Duty) -> Callable[[View], View]:
    """Declare which duty a view of a data collection is for; the view gets the collection instead of its address.

    Data collections that have not opened exist only for those who run them.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, collection: str, **kwargs: Any) -> HttpResponse:
            if away := turned_away(request):
                return away
            membership: Membership = request.membership  # type: ignore[attr-defined]
            if not has_duty(membership, duty):
                raise in_another_role(request, lambda other: has_duty(other, duty)) or Http404
            found = apps.get_model("data_collections", "DataCollection").objects.filter(slug=collection).first()
            if found is None or not (found.has_opened or has_duty(membership, Duty.RUN)):
                raise Http404
            return view(request, *args, data_collection=found, **kwargs)

        return declared(guarded, Permission("collection", duty=duty))

    return declare


def log_access(membership: Membership, data_return: Any, act: Act) -> None:
    """Write down that somebody got at another organisation's data. The page that offers an export shows some of it;
    the export itself is written down where it is made, whoever's it is."""
    act = Act.LOOK if act is Act.EXPORT else act
    if data_return.organisation_id != membership.organisation_id:
        AccessLog.objects.create(
            user_id=membership.user_id,
            organisation_id=membership.organisation_id,
            about_id=data_return.organisation_id,
            action=act.value,
            subject=f"{data_return.collection.slug} {data_return.organisation.native_id}",
        )


def _return_at(membership: Membership, collection: str, native_id: str) -> Any:
    """The return at an address, or None where there is none that this person may look at."""
    return (
        returns_of(membership)
        .select_related("collection", "organisation", "current_revision__upload")
        .filter(collection__slug=collection, organisation__native_id=native_id)
        .first()
    )


def on_return(act: Act) -> Callable[[View], View]:
    """Declare which act on a return a view is; the view gets the return instead of its address."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, collection: str, native_id: str, **kwargs: Any) -> HttpResponse:
            if away := turned_away(request):
                return away
            membership: Membership = request.membership  # type: ignore[attr-defined]

            def allowed(other: Membership) -> bool:
                found = _return_at(other, collection, native_id)
                return found is not None and may(other, act, found.organisation, found.collection)

            data_return = _return_at(membership, collection, native_id)
            if data_return is None:
                raise in_another_role(request, allowed) or Http404
            if not may(membership, act, data_return.organisation, data_return.collection):
                raise in_another_role(request, allowed) or PermissionDenied(
                    f"Your role ({membership.get_role_display()}) for {membership.organisation.name} "
                    "lets you read this return but not do this."
                )
            log_access(membership, data_return, act)
            return view(request, *args, data_return=data_return, **kwargs)

        return declared(guarded, Permission("return", act))

    return declare


def on_delivery(handling: Handling) -> Callable[[View], View]:
    """Declare what a view does with a delivery; the view gets the delivery instead of its number."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, delivery: int, **kwargs: Any) -> HttpResponse:
            if away := turned_away(request):
                return away
            membership: Membership = request.membership  # type: ignore[attr-defined]

            def found(other: Membership) -> Any:
                return (
                    deliveries_of(other)
                    .select_related("file_type__organisation", "file_type__collection", "organisation", "current_file")
                    .filter(pk=delivery)
                    .first()
                )

            def allowed(other: Membership) -> bool:
                theirs = found(other)
                return theirs is not None and may_handle(other, handling, theirs)

            own = found(membership)
            if own is None:
                raise in_another_role(request, allowed) or Http404
            if not may_handle(membership, handling, own):
                raise in_another_role(request, allowed) or PermissionDenied(
                    f"Your role ({membership.get_role_display()}) for {membership.organisation.name} "
                    "lets you look at this but not do it."
                )
            return view(request, *args, delivery=own, **kwargs)

        return declared(guarded, Permission("delivery", handling=handling))

    return declare
