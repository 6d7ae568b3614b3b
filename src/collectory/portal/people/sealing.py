"""Texts that the database keeps but that its copies must not tell: sealed with a key made from the secret key."""

from __future__ import annotations

import base64
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _key(secret: str, purpose: str) -> bytes:
    return base64.urlsafe_b64encode(sha256(f"collectory {purpose} {secret}".encode()).digest())


def _box(purpose: str) -> MultiFernet:
    return MultiFernet(
        [Fernet(_key(secret, purpose)) for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]
    )


def seal(text: str, purpose: str) -> str:
    """A text that only this service can read again, and only for this purpose."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str | None:
    """The text, or None when it was sealed with a key that is gone, for another purpose, or by somebody else."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
