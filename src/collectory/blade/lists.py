"""Lists that others keep and rules ask: tables given when a return is checked, as the register of organisations is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReferenceList:
    """A list such as that of the qualifications that are recognised.

    name     in commands and addresses
    title    for people, in a sentence: "no list of {title} was given"
    key      the column whose values rules look up
    columns  what each column means, the key's among them; those that are not there are not asked about
    rules    numbers of the rules that ask it
    ignored  characters within keys that their publisher writes and returns do not, such as slashes
    """

    name: str
    title: str
    key: str
    columns: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    ignored: str = ""
    help: str = ""
