"""Mails that let somebody in: an invitation, a new password. Links are made when the mail is, by the worker, so that
the queue never holds one.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from collectory.portal.people.models import Invitation, Membership, Role, User


def service_address(request: HttpRequest) -> str:
    """The service as people reach it: https://collectory.example

    As the operator says it. A request says under which name somebody asked for the service, which may be another
    of its names and is the asker's choice; only the demonstration goes by it.
    """
    return settings.ADDRESS or f"{request.scheme}://{request.get_host()}"


def link_hash(token: str) -> str:
    """How the database knows a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _send(to: str, subject: str, template: str, context: dict[str, object]) -> None:
    text = render_to_string(f"people/mails/{template}.txt", {"hours": settings.LINK_HOURS, **context})
    send_mail(subject, text, None, [to])


@task()
def send_invitation(invitation_id: int, address: str) -> None:
    """Make a link, which replaces the one before, and mail it."""
    invitation = Invitation.objects.select_related("organisation", "invited_by").filter(pk=invitation_id).first()
    if invitation is None or invitation.used_at is not None:
        return
    token = secrets.token_urlsafe(32)
    invitation.link_hash = link_hash(token)
    invitation.expires_at = timezone.now() + timedelta(hours=settings.LINK_HOURS)
    invitation.save(update_fields=["link_hash", "expires_at"])
    context = {"invitation": invitation, "link": address + reverse("accept-invitation", args=[token])}
    subject = f"Your access to the data collections of {invitation.organisation.name}"
    _send(invitation.email, subject, "invitation", context)


@task()
def send_address_changed(user_id: int, before: str, by_organisation: str, address: str) -> None:
    """Say to both addresses that the account's mails go to another one now."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    context = {"name": user.shown_name, "email": user.email, "organisation": by_organisation, "address": address}
    for to in dict.fromkeys(one for one in (before, user.email) if one):
        _send(to, "The e-mail address of your account", "address", context)


@task()
def send_reset(user_id: int, address: str) -> None:
    """Mail a link for a new password, the user name, and who the approver is. Nothing for number 0, which stands for
    nobody, so that asking takes as long for a name that does not exist.
    """
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None:
        return
    mine = Membership.objects.active().filter(user=user).exists()
    approvers = (
        Membership.objects.active()
        .filter(role=Role.APPROVER, organisation__memberships__user=user)
        .select_related("user", "organisation")
        .distinct()
    )
    link = reverse("choose-password", args=[user.pk, default_token_generator.make_token(user)])
    context = {
        "user": user,
        "link": address + link if mine and user.has_usable_password() else "",
        "approvers": approvers,
        "provider": settings.PROVIDER_NAME if settings.PROVIDER_SERVER else "",
        "archived": not mine,
        "address": address,
    }
    _send(user.email, "Your user name and password", "reset", context)
