"""Start-up checks: the demonstration's known passwords never run in earnest; links in mails lead to the service."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

DEMONSTRATION_PASSWORD = "collectory-demonstration"  # noqa: S105 - published on purpose, and refused when debug is off


def demonstration_accounts() -> list[str]:
    """The names of accounts that still have the demonstration's password."""
    from collectory.portal.people.models import User

    try:
        accounts = list(User.objects.filter(is_active=True, is_demonstration=True))
    except DatabaseError:
        return []  # no tables yet: nothing can have a password
    return [account.username for account in accounts if check_password(DEMONSTRATION_PASSWORD, account.password)]


def refuse_demonstration_passwords() -> None:
    """Raise ImproperlyConfigured when debug is off and an account has the demonstration's password."""
    if not settings.DEBUG and (found := demonstration_accounts()):
        raise ImproperlyConfigured(
            f"Refused to start: debug is off, and {len(found)} account(s) have the public password of the "
            f"demonstration ({', '.join(found)}). Use a fresh database, or switch these accounts off."
        )


@register(Tags.security)
def address_of_the_service(**kwargs: Any) -> list[CheckMessage]:
    """An error where links in mails would lead nowhere, or past encryption."""
    if settings.DEBUG:
        return []
    parts = urlsplit(settings.ADDRESS)
    if parts.scheme == "https" and parts.netloc and not (parts.path or parts.query or parts.fragment):
        return []
    return [
        Error(
            f"COLLECTORY_ADDRESS is {settings.ADDRESS!r}. Links in mails need the address of the service.",
            hint="Set it to the address that people enter, like https://collectory.example, with nothing behind it.",
            id="collectory.E002",
        )
    ]


@register(Tags.database)
def no_demonstration_passwords(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An error for each start with demonstration passwords while debug is off."""
    if settings.DEBUG or not databases:
        return []
    found = demonstration_accounts()
    if not found:
        return []
    return [
        Error(
            f"{len(found)} demonstration account(s) with the known demonstration password: {', '.join(found)}.",
            hint="Use a fresh database, or deactivate these accounts or change their passwords.",
            id="collectory.E001",
        )
    ]
