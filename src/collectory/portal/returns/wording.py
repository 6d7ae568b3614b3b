"""How one record, its groups of fields and its values are called on a page. Works from the edition alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectory.blade import Boolean, Date, Edition, Entity, Field

_JOINTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[/_]")


def group_title(path: str) -> str:
    """The words of a group of fields, from the element names that make it: PupilStatus → Pupil status."""
    words = [word for word in _JOINTS.split(path) if word]
    rest = [word if word.isupper() and len(word) > 1 else word.lower() for word in words[1:]]
    return " ".join([*words[:1], *rest])


def record_name(entity: Entity, values: Mapping[str, str | None]) -> str:
    """What people know a record by: its naming fields, else its natural key; "" when all of them are empty."""
    for names in (entity.named_by, entity.key):
        found = [text for name in names if entity.has_field(name) and (text := values.get(name))]
        if found:
            return ", ".join(found)
    return ""


def record_key(entity: Entity, values: Mapping[str, str | None]) -> list[tuple[Field, str]]:
    """The natural key's fields that have a value, to be shown beside a name."""
    return [(entity.field(name), text) for name in entity.key if entity.has_field(name) and (text := values.get(name))]


@dataclass(frozen=True)
class Written:
    """A value for reading: the text as it was sent, and what it means."""

    text: str | None
    meaning: str = ""


def written(edition: Edition, field: Field, text: str | None) -> Written:
    """A value with the meaning of its code, its date in words, or yes and no."""
    if text is None:
        return Written(None)
    codes = edition.codeset(field)
    if codes is not None:
        return Written(text, codes.get(text, "not in the list of codes"))
    if isinstance(field.kind, Boolean):
        return Written(text, "yes" if text in field.kind.true else "no" if text in field.kind.false else "")
    if isinstance(field.kind, Date):
        try:
            day = dt.date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        return Written(text, f"{day.day} {day:%B %Y}" if day else "")
    return Written(text)
