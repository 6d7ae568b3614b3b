"""Signing in through a provider that speaks OpenID Connect: who comes in, and as whom.

A person is known by the provider's subject; the first time, by an e-mail address that the provider has verified and
that one account here has; or made anew where the claims say the organisation and the role. Nobody else comes in.
"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone

from collectory.portal.people.claims import Claimed, read_claims
from collectory.portal.people.middleware import SESSION_KEY
from collectory.portal.people.models import Membership, Organisation, Role, User
from collectory.portal.people.permissions import HELD_FOR


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in those who are known or whom the claims place; tells the others whom to ask."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Accounts are made by `pre_social_login` only."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the account and the role; raises ImmediateHttpResponse with the page for those unknown."""
        sociallogin.state["process"] = AuthProcess.LOGIN  # accounts are not tied together by hand here
        data = sociallogin.account.extra_data
        claims = {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}
        claimed = read_claims(claims)
        with transaction.atomic():
            user = _known(sociallogin, claimed) or _made(sociallogin, claimed)
            membership = _membership(user, claimed) if user is not None else None
            if user is not None and membership is not None and not sociallogin.is_existing:
                sociallogin.connect(request, user)
        # Claims are about people: they are used, not kept.
        SocialAccount.objects.filter(provider=sociallogin.account.provider, uid=sociallogin.account.uid).update(
            extra_data={}
        )
        if user is not None and not user.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        if user is None or membership is None:
            raise ImmediateHttpResponse(_unknown(request, claimed))
        request.session[SESSION_KEY] = membership.pk

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """The page for a sign-in that the provider broke off, or that did not begin here."""
        context = {"provider": provider.name, "cancelled": kwargs.get("error") == "cancelled"}
        raise ImmediateHttpResponse(render(request, "people/provider_failed.html", context, status=403))


def _known(sociallogin: SocialLogin, claimed: Claimed) -> User | None:
    """The account of this subject, or the one with its verified e-mail address that no other subject has taken."""
    if sociallogin.is_existing:
        found: User = sociallogin.user
        return found
    if not (claimed.email and claimed.email_is_verified):
        return None
    same = list(User.objects.filter(email__iexact=claimed.email)[:2])
    if len(same) != 1 or SocialAccount.objects.filter(user=same[0]).exists():
        return None
    return same[0]


def _made(sociallogin: SocialLogin, claimed: Claimed) -> User | None:
    """A new account, where the claims place the person."""
    organisation = _organisation(claimed)
    if organisation is None or claimed.role is None or not _fits(claimed.role, organisation):
        return None
    name = f"{sociallogin.account.provider}-{sociallogin.account.uid}"[:150]
    if User.objects.filter(username=name).exists():
        return None
    user = User(username=name, first_name=claimed.first_name, last_name=claimed.last_name, email=claimed.email)
    user.set_unusable_password()
    user.save()
    return user


def _organisation(claimed: Claimed) -> Organisation | None:
    return Organisation.objects.filter(native_id=claimed.native_id, is_open=True).first() if claimed.native_id else None


def _fits(role: Role, organisation: Organisation) -> bool:
    return HELD_FOR.get(role, organisation.kind) == organisation.kind


def _membership(user: User, claimed: Claimed) -> Membership | None:
    """The role to act in, set right by the claims where they are sent; None when there is none for this person."""
    mine = Membership.objects.active().filter(user=user)
    if not claimed.native_id:
        return mine.first()
    organisation = _organisation(claimed)
    if organisation is None:
        return None
    if claimed.role is None:
        return mine.filter(organisation=organisation).first()
    if not _fits(claimed.role, organisation):
        return None
    # The provider takes back what it gave and says no more; what an approver gave or archived stays as it is.
    Membership.objects.filter(user=user, from_provider=True, archived_at=None).exclude(
        organisation=organisation, role=claimed.role
    ).update(archived_at=timezone.now(), archived_by_provider=True)
    found, _ = Membership.objects.get_or_create(
        user=user, organisation=organisation, role=claimed.role, defaults={"from_provider": True}
    )
    if found.archived_by_provider:
        found.archived_at, found.archived_by_provider = None, False
        found.save(update_fields=["archived_at", "archived_by_provider"])
    return found if found.archived_at is None else None


def _unknown(request: HttpRequest, claimed: Claimed) -> Any:
    """The page for somebody who is not known here: who can invite them."""
    organisation = _organisation(claimed)
    approvers = (
        [each.user for each in Membership.objects.active().filter(organisation=organisation, role=Role.APPROVER)]
        if organisation
        else []
    )
    context = {"organisation": organisation, "approvers": approvers, "native_id": claimed.native_id}
    return render(request, "people/provider_unknown.html", context, status=403)
