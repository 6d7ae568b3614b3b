"""An approver's pages: the people of the organisation, invitations, and what can be done with one person's role."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from collectory.engine import Refusal
from collectory.portal.people import managing
from collectory.portal.people.mails import service_address
from collectory.portal.people.models import Invitation, Membership, Organisation, Role
from collectory.portal.people.permissions import Duty, with_duty
from collectory.portal.people.roles import SENTENCES
from collectory.portal.people.second_factor import FACTORS, Authenticator

ON_A_PAGE = 50
SHOWN = {"active": "Active", "archived": "Archived", "all": "All"}


def _by(request: HttpRequest) -> Membership:
    return request.membership  # type: ignore[attr-defined, no-any-return]


def _organisation(request: HttpRequest, native_id: str) -> Organisation:
    """The organisation, when this person looks after its people."""
    return get_object_or_404(managing.looks_after(_by(request)), native_id=native_id)


def _member(request: HttpRequest, number: int) -> Membership:
    return get_object_or_404(
        Membership.objects.select_related("user", "organisation").filter(
            organisation__in=managing.looks_after(_by(request))
        ),
        pk=number,
    )


def _invitation(request: HttpRequest, number: int) -> Invitation:
    mine = Invitation.objects.select_related("organisation")
    return get_object_or_404(mine.filter(organisation__in=managing.looks_after(_by(request))), pk=number)


@with_duty(Duty.PEOPLE)
@require_http_methods(["GET"])
def organisations(request: HttpRequest) -> HttpResponse:
    """An administrator finds the organisation; an approver has one."""
    by = _by(request)
    if by.role != Role.ADMINISTRATOR:
        return redirect("people-of", by.organisation.native_id)
    wanted = request.GET.get("q", "").strip()
    without = request.GET.get("without") == "approver"
    approvers = Membership.objects.active().filter(organisation=OuterRef("pk"), role=Role.APPROVER)
    found = managing.looks_after(by).annotate(has_approver=Exists(approvers))
    if wanted:
        found = found.filter(Q(name__icontains=wanted) | Q(native_id__startswith=wanted))
    if without:
        found = found.filter(has_approver=False)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/manage/organisations.html", {"page": page, "q": wanted, "without": without})


@with_duty(Duty.PEOPLE)
@require_http_methods(["GET"])
def people_of(request: HttpRequest, number: str) -> HttpResponse:
    """The people of one organisation and those who are invited."""
    organisation = _organisation(request, number)
    wanted, show = request.GET.get("q", "").strip(), request.GET.get("show", "active")
    people = Membership.objects.filter(organisation=organisation).select_related("user")
    if show != "all":
        people = people.filter(archived_at__isnull=show != "archived")
    if wanted:
        people = people.filter(
            Q(user__first_name__icontains=wanted)
            | Q(user__last_name__icontains=wanted)
            | Q(user__username__icontains=wanted)
            | Q(user__email__icontains=wanted)
        )
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    people = people.annotate(has_factor=Exists(factors)).order_by("user__last_name", "user__first_name", "pk")
    context = {
        "organisation": organisation,
        "page": Paginator(people, ON_A_PAGE).get_page(request.GET.get("page")),
        "invitations": Invitation.objects.filter(organisation=organisation, used_at=None).select_related("invited_by"),
        "q": wanted,
        "show": show if show in SHOWN else "active",
        "shown": SHOWN,
    }
    return render(request, "people/manage/people.html", context)


def _role_options(by: Membership, organisation: Organisation) -> list[tuple[str, str, str]]:
    return [(role.value, str(role.label), SENTENCES[role]) for role in managing.roles_to_give(by, organisation)]


@with_duty(Duty.PEOPLE)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, number: str) -> HttpResponse:
    """Invite a person by e-mail."""
    organisation, by = _organisation(request, number), _by(request)
    email, role = request.POST.get("email", ""), request.POST.get("role", "")
    refusal = None
    if request.method == "POST":
        done = managing.invite(by, organisation, email, role, service_address(request))
        if not isinstance(done, Refusal):
            messages.success(request, f"The invitation to {done.email} is on its way. The link works for 48 hours.")
            return redirect("people-of", number)
        refusal = done
    context = {
        "organisation": organisation,
        "options": _role_options(by, organisation),
        "email": email,
        "role": role,
        "refusal": refusal,
    }
    return render(request, "people/manage/invite.html", context, status=422 if refusal else 200)


@with_duty(Duty.PEOPLE)
@require_POST
def invitation(request: HttpRequest, number: int) -> HttpResponse:
    """Send an invitation again, or take it back."""
    found = _invitation(request, number)
    if request.POST.get("do") == "withdraw":
        refusal = managing.withdraw_invitation(_by(request), found)
        said = f"The invitation to {found.email} is withdrawn. Its link does not work any more."
    else:
        refusal = managing.invite_again(_by(request), found, service_address(request))
        said = f"The invitation to {found.email} is on its way again. Only the newest link works, for 48 hours."
    if refusal:
        context = {"refusal": refusal, "organisation": found.organisation}
        return render(request, "people/manage/refused.html", context, status=409)
    messages.success(request, said)
    return redirect("people-of", found.organisation.native_id)


def _do(request: HttpRequest, membership: Membership) -> tuple[Refusal | None, str]:
    """Do what a button of a person's page says; gives the refusal and what to say otherwise."""
    by, name = _by(request), membership.user.shown_name
    match request.POST.get("do"):
        case "role":
            said = f"The role of {name} is changed."
            return managing.change_role(by, membership, request.POST.get("role", "")), said
        case "archive":
            return managing.archive(by, membership), f"{name} is archived and cannot act in this role any more."
        case "reactivate":
            return managing.reactivate(by, membership), f"{name} can act in this role again."
        case "hand-on":
            chosen = request.POST.get("to", "")
            others = _others(membership)
            to = next((one.user for one in others if str(one.user_id) == chosen), None)
            if to is None:
                return Refusal("nobody", "This was not done", "Nobody is chosen.", "Choose a person."), ""
            return managing.hand_on(by, membership, to), f"{to.shown_name} is approver now."
        case "second-factor":
            said = f"The second factor of {name} is reset. They set one up at the next sign-in if their role needs one."
            return managing.reset_second_factor(by, membership), said
        case "password":
            said = f"A mail with a link for a new password is on its way to {name}."
            return managing.send_password_link(by, membership, service_address(request)), said
        case "email":
            said = f"The e-mail address of {name} is changed. A mail says so to the address before and the new one."
            email, address = request.POST.get("email", ""), service_address(request)
            return managing.change_address(by, membership, email, address), said
    raise Http404


def _others(membership: Membership) -> list[Membership]:
    """One active role of each other person of the organisation, for handing the approver right on."""
    others = (
        Membership.objects.active()
        .filter(organisation=membership.organisation)
        .exclude(user=membership.user)
        .select_related("user")
        .order_by("user__last_name", "user__first_name", "pk")
    )
    return list({one.user_id: one for one in others}.values())


@with_duty(Duty.PEOPLE)
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, number: int) -> HttpResponse:
    """One person in one role, and what can be done."""
    membership, by = _member(request, number), _by(request)
    refusal = None
    if request.method == "POST":
        refusal, said = _do(request, membership)
        if refusal is None:
            messages.success(request, said)
            if membership.pk == by.pk:
                return redirect("start")  # the right to look after people may just have gone
            return redirect("people-of", membership.organisation.native_id)
        membership = _member(request, number)
    context: dict[str, Any] = {
        "one": membership,
        "organisation": membership.organisation,
        "options": _role_options(by, membership.organisation),
        "others": _others(membership) if membership.role == Role.APPROVER else [],
        "factors": Authenticator.objects.filter(user=membership.user, type__in=FACTORS).count(),
        "refusal": refusal,
    }
    return render(request, "people/manage/person.html", context, status=422 if refusal else 200)
