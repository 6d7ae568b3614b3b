"""What a page of the help holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HelpPage:
    """A page: what its screen is for, the steps, and what else is good to know. `screens` are names of addresses."""

    key: str
    title: str
    about: str
    steps: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
