"""Whether a new password is good enough, said beside the box it was typed in."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from collectory.portal.people.models import User

WORDS = {
    "password_too_short": "Use at least 12 characters. Three words that only you would put together are good.",
    "password_too_common": "This password is among those that are tried first. Choose another one.",
    "password_too_similar": "The password is too much like your name or e-mail address. Choose another one.",
}


def password_problems(chosen: str, again: str, user: User) -> dict[str, str]:
    """What is wrong, by the name of the box; empty when all is well."""
    if not chosen:
        return {"password": "Enter a password."}
    try:
        validate_password(chosen, user)
    except ValidationError as refused:
        return {"password": " ".join(WORDS.get(one.code or "", one.messages[0]) for one in refused.error_list)}
    if chosen != again:
        return {"again": "The two passwords are not the same. Enter the same one twice."}
    return {}
