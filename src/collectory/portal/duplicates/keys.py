"""Short keys of what matching looks for, so that an index of millions of rows stays small."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

BETWEEN = "\x1f"


def key_of(text: str) -> int:
    """64 bits of a text, as a signed number that both databases keep: the same on every day and machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def key_of_all(texts: Iterable[object]) -> int:
    """64 bits of several values, in their order."""
    return key_of(BETWEEN.join("" if text is None else str(text) for text in texts))
