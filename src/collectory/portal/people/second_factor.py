"""The second factor: who must have one, who has one, and how django-allauth keeps it here."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.http import HttpRequest

from collectory.portal.people.models import Membership, User
from collectory.portal.people.sealing import seal, unseal

PURPOSE = "second factor"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are sealed; the service has one name; the last factor of a role that needs one cannot be removed."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "The code is not right. Codes change every 30 seconds: enter the one shown now.",
        "cannot_delete_authenticator": "Your role needs a second factor. Add another one before you remove this one.",
    }

    def get_totp_issuer(self) -> str:
        """The name that an authenticator app shows."""
        return "Collectory"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The service as a passkey knows it: by its host name."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Collectory"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """The name offered for a new passkey."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return f"Passkey {number}"

    def encrypt(self, text: str) -> str:
        """Seal a secret before it goes to the database."""
        return seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret as it was, or one that nobody knows when it cannot be read any more."""
        return unseal(encrypted_text, PURPOSE) or generate_totp_secret()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether enough is left when this one goes."""
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS).exclude(pk=authenticator.pk)
        roles = Membership.objects.active().filter(user=authenticator.user)
        return others.exists() or not any(role_needs_one(one) for one in roles)


def role_needs_one(membership: Membership) -> bool:
    """Whether people in this role must have a second factor."""
    return membership.role in settings.SECOND_FACTOR_ROLES


def has_one(user: Any) -> bool:
    """Whether a person has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_missing(request: HttpRequest, membership: Membership) -> bool:
    """Whether a signed-in person must set one up before anything else."""
    if not role_needs_one(membership) or has_one(request.user):
        return False
    if settings.PROVIDER_HAS_SECOND_FACTOR:
        return all(one["method"] != "socialaccount" for one in get_authentication_records(request, request.user))
    return True


def remove_all(user: User) -> None:
    """Take every factor and recovery code of a person away, and end their sessions. Call it in a transaction."""
    Authenticator.objects.filter(user=user).delete()
    user.sign_in_generation += 1
    user.save(update_fields=["sign_in_generation"])
