"""The keys that seal what schools send: from the environment, each with an id, the first of them for what is new.

Each content has a key of its own, which is kept wrapped with one of these. So a new key is put in front, contents are
wrapped again (`collectory portal rewrap`), and the old key can go; no file is written again for that.
"""

from __future__ import annotations

import base64
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
NONCE_BYTES = 12


class NoKey(Exception):
    """There is no key to seal with, or not the one that something was sealed with."""


def parsed(given: list[str]) -> dict[str, bytes]:
    """The keys of a list of "id:base64 of 32 bytes", in its order. Raises ImproperlyConfigured, without the key."""
    keys: dict[str, bytes] = {}
    for number, one in enumerate(given, start=1):
        name, _, text = one.partition(":")
        try:
            key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
        except ValueError:
            key = b""
        if not re.fullmatch(r"[0-9A-Za-z-]{1,40}", name) or len(key) != KEY_BYTES or name in keys:
            raise ImproperlyConfigured(
                f"Key {number} of COLLECTORY_TRANSFER_KEYS cannot be used. Write each as id:key, the id in letters, "
                f"digits and hyphens and each once, the key as base64 of {KEY_BYTES} random bytes."
            )
        keys[name] = key
    return keys


def is_set_up() -> bool:
    """Whether files can be taken here: there is a key to seal them with."""
    return bool(settings.TRANSFER_KEYS)


def _keys() -> dict[str, bytes]:
    keys: dict[str, bytes] = settings.TRANSFER_KEYS
    return keys


def newest() -> str:
    """The id of the key that new contents are wrapped with. Raises NoKey."""
    if not is_set_up():
        raise NoKey("no key is set")
    return next(iter(_keys()))


def wrap(key: bytes, purpose: str) -> tuple[str, str]:
    """A content's key, sealed: the id of the service's key, and the text to keep. Raises NoKey."""
    name = newest()
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(_keys()[name]).encrypt(nonce, key, purpose.encode())
    return name, base64.b64encode(sealed).decode()


def unwrap(name: str, wrapped: str, purpose: str) -> bytes:
    """The content's key. Raises NoKey where the service's key is gone or is another one."""
    if name not in _keys():
        raise NoKey(f"the key {name} is not set")
    sealed = base64.b64decode(wrapped)
    try:
        return AESGCM(_keys()[name]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except InvalidTag:
        raise NoKey(f"the key {name} is not the one that this was sealed with") from None
