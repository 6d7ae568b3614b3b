"""Words searched for, kept in the session: they are mostly pupils' names, which no address may carry.

The address carries a token instead, which means something in that session only.
"""

from __future__ import annotations

import secrets

from django.contrib.sessions.backends.base import SessionBase

KEPT = 30
LONGEST = 200
_SESSION_KEY = "words searched for"


def remember(session: SessionBase, about: str, words: str) -> str:
    """Keep words and give their token; "" when there are none. `about` says which list they are for."""
    words = " ".join(words[:LONGEST].replace("\0", "").split())
    if not words:
        return ""
    kept: dict[str, list[str]] = session.get(_SESSION_KEY, {})
    search = [about, words]
    token = next((known for known, value in kept.items() if value == search), None) or secrets.token_urlsafe(8)
    kept = {known: value for known, value in kept.items() if known != token}
    kept[token] = search
    session[_SESSION_KEY] = dict(list(kept.items())[-KEPT:])
    return token


def words_of(session: SessionBase, about: str, token: str) -> str:
    """The words behind a token of the same list; "" for any other."""
    kept: list[str] = session.get(_SESSION_KEY, {}).get(token, ["", ""])
    return kept[1] if kept[0] == about else ""
