"""How django-allauth behaves here: accounts are made by the service, never by signing up."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import user_logged_in, user_logged_out
from allauth.core import context
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.dispatch import receiver
from django.http import HttpRequest

from collectory.portal.people import access_log, terms
from collectory.portal.people.access_log import Action
from collectory.portal.people.models import User

JUST_NOW = 300  # seconds in which a person who gave the password is not asked for it again
FACTOR_NAMES = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up; messages in our words; no message that greets by name."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "The user name and password do not match. Check both and try again.",
        "too_many_login_attempts": "Too many attempts to sign in. Wait five minutes and try again.",
        "rate_limited": "Too many attempts. Wait five minutes and try again.",
        "incorrect_password": "The password is not right.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page after signing in shows who is signed in."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: the access log tells."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down that an attempt to sign in failed."""
        access_log.failed_sign_in(str(credentials.get("username", "")))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether to ask for the password or a code again: not of somebody who gave it within five minutes."""
        request = context.request
        records = get_authentication_records(request, request.user)
        recent = any(time.time() - one["at"] < JUST_NOW for one in records)
        return not recent and bool(super().is_reauthentication_required(app=app, **kwargs))


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Keep the agreement to the terms and write the sign-in down."""
    terms.keep_agreement(request, user)
    how = [one["method"] for one in get_authentication_records(request, user)]
    names = {"password": "password", "mfa": "second factor", "socialaccount": "provider", "code": "code"}
    access_log.about_person(user, Action.SIGNED_IN, ", ".join(dict.fromkeys(names.get(one, one) for one in how)))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Write the sign-out down."""
    if user is not None:
        access_log.about_person(user, Action.SIGNED_OUT)


@receiver(authentication_failed)
def wrong_code(user: User, **kwargs: Any) -> None:
    """Write down that a code was wrong."""
    access_log.about_person(user, Action.SIGN_IN_FAILED, "wrong code")


@receiver(authenticator_added)
def factor_added(user: User, authenticator: Any, **kwargs: Any) -> None:
    """Write down that a person set up a second factor."""
    access_log.about_person(user, Action.FACTOR_ADDED, FACTOR_NAMES.get(authenticator.type, ""))


@receiver(authenticator_removed)
def factor_removed(user: User, authenticator: Any, **kwargs: Any) -> None:
    """Write down that a person removed a second factor."""
    access_log.about_person(user, Action.FACTOR_REMOVED, FACTOR_NAMES.get(authenticator.type, ""))
