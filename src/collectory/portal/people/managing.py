"""What an approver does with the people of an organisation: invite, change, archive, re-activate, hand on, reset.

Each is one transaction with one line of the access log. The organisation's row is locked meanwhile, so that two
approvers at once cannot leave it without one.
"""

from __future__ import annotations

from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms import ValidationError
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.people import access_log, second_factor
from collectory.portal.people.access_log import Action
from collectory.portal.people.mails import link_hash, send_address_changed, send_invitation, send_reset
from collectory.portal.people.models import Invitation, Membership, Organisation, Role, User
from collectory.portal.people.permissions import Duty, has_duty

GIVEN = {
    Organisation.Kind.SCHOOL: [Role.SOURCE, Role.SOURCE_VIEWER, Role.APPROVER],
    Organisation.Kind.TRUST: [Role.SOURCE, Role.SOURCE_VIEWER, Role.APPROVER],
    Organisation.Kind.AUTHORITY: [
        Role.AGENT,
        Role.AGENT_VIEWER,
        Role.SOURCE,
        Role.SOURCE_VIEWER,
        Role.APPROVER,
    ],
    Organisation.Kind.DEPARTMENT: [Role.COLLECTOR, Role.COLLECTOR_VIEWER, Role.APPROVER, Role.ADMINISTRATOR],
}


def looks_after(by: Membership) -> QuerySet[Organisation]:
    """The organisations whose people this person may change: an administrator's are all, an approver's is one."""
    everywhere = Organisation.objects.filter(is_open=True)
    return everywhere if by.role == Role.ADMINISTRATOR else everywhere.filter(pk=by.organisation_id)


def roles_to_give(by: Membership, organisation: Organisation) -> list[Role]:
    """The roles that this person may give there. Only administrators make administrators."""
    roles = GIVEN[Organisation.Kind(organisation.kind)]
    return [role for role in roles if role != Role.ADMINISTRATOR or by.role == Role.ADMINISTRATOR]


def _refused(code: str, message: str, action: str) -> Refusal:
    return Refusal(code, "This was not done", message, action)


def _locked(organisation: Organisation, *memberships: Membership) -> None:
    """Lock an organisation's people, and see these as they are now: somebody else may have changed them meanwhile."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    for each in memberships:
        each.refresh_from_db(fields=["role", "archived_at"])


def _leaves_no_approver(membership: Membership) -> Refusal | None:
    """The refusal for the last approver of an organisation."""
    if membership.role != Role.APPROVER:
        return None
    others = Membership.objects.active().filter(organisation=membership.organisation, role=Role.APPROVER)
    if others.exclude(pk=membership.pk).exists():
        return None
    return _refused(
        "last-approver",
        f"{membership.user.shown_name} is the only approver of {membership.organisation.name}.",
        "Make another person approver first, or hand the approver right on.",
    )


def _may_change(by: Membership, membership: Membership) -> Refusal | None:
    """The refusal for what is somebody else's business, or has become so."""
    if by.archived_at is not None or not has_duty(by, Duty.PEOPLE):
        return _refused("not-yours", "You do not look after people here any more.", "Ask who does now.")
    if membership.role not in roles_to_give(by, membership.organisation):
        return _refused("not-yours", "Only an administrator changes this role.", "Ask an administrator.")
    return None


def invite(by: Membership, organisation: Organisation, email: str, role: str, address: str) -> Invitation | Refusal:
    """Ask somebody to act for an organisation. The mail goes out from the worker.

    Whether the person has an account elsewhere is not told: the link finds out when it is opened.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return _refused("email", "This is not an e-mail address.", "Enter it like name@school.example.")
    if role not in roles_to_give(by, organisation):
        return _refused("role", "No role is chosen.", "Choose what the person may do.")
    with transaction.atomic():
        _locked(organisation)
        if _members(organisation, email).filter(role=role, archived_at=None).exists():
            return _refused("there", "A person with this address has this role already.", "Look at the list of people.")
        if Invitation.objects.filter(organisation=organisation, email=email, role=role, used_at=None).exists():
            return _refused(
                "invited", "This person is invited already.", "Send the invitation again from the list of people."
            )
        invitation = Invitation.objects.create(
            organisation=organisation, email=email, role=role, invited_by_id=by.user_id
        )
        access_log.people_changed(by, Action.INVITED, organisation, None, f"{Role(role).label}, {email}")
        transaction.on_commit(lambda: send_invitation.enqueue(invitation.pk, address))
    return invitation


def _members(organisation: Organisation, email: str) -> QuerySet[Membership]:
    same = Q(user__email__iexact=email) | Q(user__username__iexact=email)
    return Membership.objects.filter(same, organisation=organisation)


def invite_again(by: Membership, invitation: Invitation, address: str) -> Refusal | None:
    """Send a new link; the old one stops working when it goes out."""
    if invitation.used_at is not None:
        return _refused("used", "The invitation has been taken up.", "Look at the list of people.")
    with transaction.atomic():
        access_log.people_changed(by, Action.INVITED, invitation.organisation, None, f"again, {invitation.email}")
        transaction.on_commit(lambda: send_invitation.enqueue(invitation.pk, address))
    return None


def withdraw_invitation(by: Membership, invitation: Invitation) -> Refusal | None:
    """Take an invitation back; its link stops working."""
    with transaction.atomic():
        gone, _ = Invitation.objects.filter(pk=invitation.pk, used_at=None).delete()
        if not gone:
            return _refused("used", "The invitation has been taken up.", "Archive the person instead.")
        access_log.people_changed(by, Action.CANCELLED, invitation.organisation, None, invitation.email)
    return None


def invitation_of(token: str) -> Invitation | None:
    """The invitation that a link belongs to, while the link works."""
    return (
        Invitation.objects.select_related("organisation")
        .filter(link_hash=link_hash(token), used_at=None, expires_at__gt=timezone.now(), organisation__is_open=True)
        .first()
    )


def has_account(invitation: Invitation) -> bool:
    """Whether somebody with the invited address has an account."""
    return User.objects.filter(Q(email__iexact=invitation.email) | Q(username__iexact=invitation.email)).exists()


def take_up(invitation: Invitation, user: User) -> Membership | None:
    """Give the person the role. None when the link was used meanwhile."""
    with transaction.atomic():
        _locked(invitation.organisation)
        used = Invitation.objects.filter(pk=invitation.pk, used_at=None, link_hash=invitation.link_hash)
        if not used.exists():
            return None
        if user.pk is None:
            user.save()
        used.update(used_at=timezone.now(), used_by=user, link_hash="")
        membership, _ = Membership.objects.get_or_create(
            user=user, organisation=invitation.organisation, role=invitation.role
        )
        membership.archived_at, membership.archived_by_provider = None, False
        membership.save(update_fields=["archived_at", "archived_by_provider"])
        access_log.people_changed(
            membership, Action.ACCEPTED, invitation.organisation, user, membership.get_role_display()
        )
    return membership


def change_role(by: Membership, membership: Membership, role: str) -> Refusal | None:
    """Give a person another role in the place of this one."""
    if role not in roles_to_give(by, membership.organisation):
        return _refused("role", "No role is chosen.", "Choose what the person may do.")
    if role == membership.role:
        return None
    with transaction.atomic():
        _locked(membership.organisation, by, membership)
        if refusal := _may_change(by, membership) or _leaves_no_approver(membership):
            return refusal
        same = Membership.objects.filter(user=membership.user_id, organisation=membership.organisation_id, role=role)
        if same.exclude(pk=membership.pk).exists():
            return _refused(
                "there", "The person has that role beside this one.", "Archive this one, and re-activate that one."
            )
        before = membership.get_role_display()
        membership.role = role
        membership.from_provider = False
        membership.save(update_fields=["role", "from_provider"])
        subject = f"{before} to {membership.get_role_display()}"
        access_log.people_changed(by, Action.ROLE_CHANGED, membership.organisation, membership.user, subject)
    return None


def archive(by: Membership, membership: Membership) -> Refusal | None:
    """Take a role away until somebody gives it back. What the person did stays under their name."""
    with transaction.atomic():
        _locked(membership.organisation, by, membership)
        if refusal := _may_change(by, membership) or _leaves_no_approver(membership):
            return refusal
        if membership.pk == by.pk:
            return _refused("yourself", "You cannot archive the role you act in.", "Hand the approver right on.")
        membership.archived_at, membership.archived_by_provider = timezone.now(), False
        membership.save(update_fields=["archived_at", "archived_by_provider"])
        _write(by, Action.ARCHIVED, membership)
    return None


def reactivate(by: Membership, membership: Membership) -> Refusal | None:
    """Give an archived role back."""
    with transaction.atomic():
        _locked(membership.organisation, by, membership)
        if refusal := _may_change(by, membership):
            return refusal
        membership.archived_at, membership.archived_by_provider = None, False
        membership.save(update_fields=["archived_at", "archived_by_provider"])
        _write(by, Action.REACTIVATED, membership)
    return None


def hand_on(by: Membership, membership: Membership, to: User) -> Refusal | None:
    """Make another person of the organisation approver, and this one not."""
    organisation = membership.organisation
    with transaction.atomic():
        _locked(organisation, by, membership)
        if refusal := _may_change(by, membership):
            return refusal
        there = Membership.objects.active().filter(user=to, organisation=organisation).exclude(user=membership.user_id)
        if membership.role != Role.APPROVER or membership.archived_at is not None or not there.exists():
            return _refused("nobody", "Nobody is chosen.", "Choose a person of the organisation.")
        next_one, _ = Membership.objects.get_or_create(user=to, organisation=organisation, role=Role.APPROVER)
        next_one.archived_at = None
        next_one.save(update_fields=["archived_at"])
        membership.archived_at = timezone.now()
        membership.save(update_fields=["archived_at"])
        access_log.people_changed(by, Action.HANDED_ON, organisation, to, f"from {membership.user.shown_name}")
    return None


def _only_here(by: Membership, membership: Membership) -> Refusal | None:
    """The refusal for an approver whose person acts for others, too: their account is not this organisation's alone."""
    elsewhere = (
        Membership.objects.active().filter(user=membership.user_id).exclude(organisation=membership.organisation_id)
    )
    if by.role != Role.ADMINISTRATOR and elsewhere.exists():
        return _refused(
            "elsewhere",
            f"{membership.user.shown_name} acts for other organisations, too.",
            "Ask an administrator of the department.",
        )
    return None


def reset_second_factor(by: Membership, membership: Membership) -> Refusal | None:
    """Take the person's second factors away, and end their sessions; at the next sign-in they set one up again."""
    with transaction.atomic():
        if refusal := _may_change(by, membership) or _only_here(by, membership):
            return refusal
        user = User.objects.select_for_update().get(pk=membership.user_id)
        second_factor.remove_all(user)
        _write(by, Action.FACTOR_RESET, membership)
    return None


def change_address(by: Membership, membership: Membership, email: str, address: str) -> Refusal | None:
    """Correct a person's e-mail address. Links for a new password go there, so the account must be ours alone."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return _refused("email", "This is not an e-mail address.", "Enter it like name@school.example.")
    with transaction.atomic():
        _locked(membership.organisation, by, membership)
        if refusal := _may_change(by, membership) or _only_here(by, membership):
            return refusal
        user = User.objects.select_for_update().get(pk=membership.user_id)
        before = user.email
        if before.lower() == email:
            return None
        user.email = email
        user.save(update_fields=["email"])
        _write(by, Action.ADDRESS_CHANGED, membership)
        name = by.organisation.name
        transaction.on_commit(lambda: send_address_changed.enqueue(user.pk, before, name, address))
    return None


def send_password_link(by: Membership, membership: Membership, address: str) -> Refusal | None:
    """Mail the person a link for a new password. The approver never sees it."""
    if not membership.user.email:
        return _refused("no-email", "The account has no e-mail address.", "Add one first.")
    with transaction.atomic():
        if refusal := _may_change(by, membership):
            return refusal
        _write(by, Action.LINK_SENT, membership)
        transaction.on_commit(lambda: send_reset.enqueue(membership.user_id, address))
    return None


def _write(by: Membership, action: Action, membership: Membership) -> None:
    access_log.people_changed(by, action, membership.organisation, membership.user, membership.get_role_display())
