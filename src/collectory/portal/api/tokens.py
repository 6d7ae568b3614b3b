"""Making, checking and revoking tokens. A token stands for its organisation in the role that the organisation has in
transfers: a school's or trust's sends, a council's is its team."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets

from django.db import transaction
from django.utils import timezone

from collectory.engine import Refusal
from collectory.portal.api.models import ApiToken, Scope
from collectory.portal.people import access_log
from collectory.portal.people.models import Membership, Organisation, Role

FORM = re.compile(r"clt_([0-9a-z]{12})_([0-9A-Za-z_-]{43})")
LONGEST_DAYS = 366
USED_EVERY = dt.timedelta(minutes=1)
ROLES = {
    Organisation.Kind.SCHOOL: Role.SOURCE,
    Organisation.Kind.TRUST: Role.SOURCE,
    Organisation.Kind.AUTHORITY: Role.AGENT,
}
SCOPES_OF = {
    Role.SOURCE: (Scope.READ, Scope.SEND),
    Role.AGENT: (Scope.READ, Scope.SEND, Scope.DOWNLOAD, Scope.MERGE),
}


def scopes_for(organisation: Organisation) -> tuple[Scope, ...]:
    """What tokens of an organisation can be for; nothing for one that plays no part in transfers."""
    role = ROLES.get(Organisation.Kind(organisation.kind))
    return SCOPES_OF[role] if role is not None else ()


def make(
    by: Membership, organisation: Organisation, name: str, scopes: list[str], days: int
) -> tuple[ApiToken, str] | Refusal:
    """Make a token; gives its row and the whole token, which nobody sees again."""
    allowed = scopes_for(organisation)
    kept = [each.value for each in allowed if each.value in scopes]
    if not name.strip():
        return Refusal("empty", "The token has no name", "Nobody would know what it is for.", "Enter what will use it.")
    if not kept:
        return Refusal("empty", "Nothing is chosen", "The token would be for nothing.", "Choose what it is for.")
    if not 1 <= days <= LONGEST_DAYS:
        message = f"A token is valid for 1 to {LONGEST_DAYS} days."
        return Refusal("too-long", "The time is not possible", message, "Enter another number of days.")
    key = "".join(secrets.choice("0123456789abcdefghijkmnpqrstuvwxyz") for _ in range(12))
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            organisation=organisation,
            name=name.strip()[:80],
            key=key,
            secret_sha256=_hash(secret),
            scopes=kept,
            made_by_id=by.user_id,
            expires_at=timezone.now() + dt.timedelta(days=days),
        )
        access_log.done_by(by, "made an API token", f"{token.name} ({key})", organisation)
    return token, f"clt_{key}_{secret}"


def revoke(by: Membership, token: ApiToken) -> bool:
    """End a token at once; false where it had ended."""
    with transaction.atomic():
        done = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
            revoked_at=timezone.now(), revoked_by_id=by.user_id
        )
        if done:
            access_log.done_by(by, "revoked an API token", f"{token.name} ({token.key})", token.organisation)
    return bool(done)


def found(text: str) -> ApiToken | None:
    """The token of this text, if it works; its use is noted. A wrong secret takes as long as a right one."""
    parts = FORM.fullmatch(text)
    if parts is None:
        return None
    token = ApiToken.objects.select_related("organisation", "made_by").filter(key=parts[1]).first()
    expected = token.secret_sha256 if token is not None else _hash("")
    if not hmac.compare_digest(expected, _hash(parts[2])) or token is None or not token.works:
        return None
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def membership_of(token: ApiToken) -> Membership:
    """Whom a token stands for, as the permission table asks it. The row is not in the database: a token is nobody's
    role, and whoever made it may have left."""
    role = ROLES[Organisation.Kind(token.organisation.kind)]
    return Membership(user=token.made_by, organisation=token.organisation, role=role)


def membership_by(token_id: int) -> Membership | None:
    """The same for the token of that number, as long as it works."""
    token = ApiToken.objects.select_related("organisation", "made_by").filter(pk=token_id).first()
    return membership_of(token) if token is not None and token.works else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
