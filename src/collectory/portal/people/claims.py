"""What the claims of a sign-in provider say about a person: who they are, for which organisation, in which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from collectory.portal.people.models import Role


@dataclass(frozen=True)
class Claimed:
    """The claims that count here. Empty text and None: not sent."""

    email: str
    email_is_verified: bool
    first_name: str
    last_name: str
    native_id: str
    role: Role | None


def _value(claims: Mapping[str, Any], path: str) -> str:
    """One claim by its path: `organisation.localAuthority.code`. Of a list, the only entry counts."""
    found: Any = claims
    for name in path.strip().split("."):
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _joined(claims: Mapping[str, Any], paths: str) -> str:
    """Claims joined by +, such as a local authority's code and an establishment number; empty when one is missing."""
    parts = [_value(claims, path) for path in paths.split("+")] if paths else []
    return "".join(parts) if all(parts) else ""


def read_claims(claims: Mapping[str, Any]) -> Claimed:
    """What a provider says, by the names that the settings give (docs/running-it.md).

    A department's single code, which has no establishment number, is read where the joined claims are not all sent.
    """
    paths = settings.PROVIDER_ORGANISATION
    native_id = _joined(claims, paths) or (_value(claims, paths.split("+")[0]) if "+" in paths else "")
    sent = _value(claims, settings.PROVIDER_ROLE) if settings.PROVIDER_ROLE else ""
    role = settings.PROVIDER_ROLES.get(sent, "" if settings.PROVIDER_ROLES else sent)
    first, _, last = str(claims.get("name") or "").partition(" ")
    return Claimed(
        email=str(claims.get("email") or "").strip(),
        email_is_verified=claims.get("email_verified") in {True, "true"},
        first_name=str(claims.get("given_name") or first)[:150],
        last_name=str(claims.get("family_name") or last)[:150],
        native_id=native_id,
        role=Role(role) if role in Role.values else None,
    )
