"""Forms for a record: one field for each value, taken as it is typed.

What a value should look like is said in the hint; what it does look like is for the rules to judge.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from collectory.blade import Boolean, Code, Date, Edition, Entity, Field, Text
from collectory.portal.returns import wording
from collectory.portal.returns.record_pages import Message
from collectory.portal.returns.services.editing import problem_with

SHORT_LIST = 60
_BRITISH_DATE = re.compile(r"\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4})\s*")


@dataclass(frozen=True)
class Control:
    """One value of the form.

    options  code and words, for a list to choose from; `suggests` where other values may be typed too
    theirs   what somebody else made of the value meanwhile, and `shown`, what it was before
    """

    field: Field
    name: str
    value: str
    hint: str
    options: tuple[tuple[str, str], ...] = ()
    suggests: bool = False
    problem: str = ""
    was_changed: bool = False
    theirs: str | None = None
    shown: str | None = None
    messages: tuple[Message, ...] = ()

    @property
    def id(self) -> str:
        """The id of the control on the page."""
        return self.name


@dataclass(frozen=True)
class ControlGroup:
    """Controls under one heading."""

    title: str
    controls: tuple[Control, ...]


def control_name(field: Field | str, child: str = "") -> str:
    """The name under which a value is sent; `child` for a record added together with the one above it."""
    name = field if isinstance(field, str) else field.name
    return f"{child}-value-{name}" if child else f"value-{name}"


def control(edition: Edition, field: Field, value: str | None, child: str = "") -> Control:
    """The control for a field that holds this value."""
    made = Control(field, control_name(field, child), value or "", _hint(field))
    codes = edition.codeset(field)
    if codes is not None:
        options = tuple((code, meaning if meaning != code else "") for code, meaning in codes.items())
        return replace(made, options=_with_own(options, value), suggests=len(codes) > SHORT_LIST)
    if isinstance(field.kind, Boolean):
        options = ((field.kind.true[0], "yes"), (field.kind.false[0], "no"))
        return replace(made, options=_with_own(options, value))
    return made


def _with_own(options: tuple[tuple[str, str], ...], value: str | None) -> tuple[tuple[str, str], ...]:
    """The options, and the present value where it is none of them: saving must not change it unseen."""
    if value is None or any(value == code for code, _ in options):
        return options
    return ((value, "not in the list"), *options)


def _hint(field: Field) -> str:
    kind = field.kind
    parts = [field.help] if field.help else []
    if isinstance(kind, Date):
        parts.append("Such as 2010-09-30, or 30/09/2010, which is saved as 2010-09-30.")
    elif not isinstance(kind, (Code, Boolean, Text)) or (isinstance(kind, Text) and kind.form_in_words):
        words = kind.describe()
        parts.append(f"{words[0].upper()}{words[1:]}.")
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def groups(
    edition: Edition,
    entity: Entity,
    values: Mapping[str, str | None],
    names: Iterable[str],
    child: str = "",
    messages: Mapping[str, Iterable[Message]] | None = None,
) -> list[ControlGroup]:
    """Controls for these fields under the headings of their groups, with what was found at each."""
    wanted = set(names)
    found = []
    for path in entity.groups:
        controls = tuple(
            replace(
                control(edition, each, values.get(each.name), child),
                messages=tuple((messages or {}).get(each.name, ())),
            )
            for each in entity.fields
            if each.group == path and each.name in wanted
        )
        if controls:
            found.append(ControlGroup(wording.group_title(path), controls))
    return found


@dataclass(frozen=True)
class Typed:
    """What came back with a form: values to save, dates that were rewritten, and what cannot be kept."""

    values: dict[str, str | None]
    rewritten: tuple[tuple[Field, str, str], ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


def typed(entity: Entity, posted: Mapping[str, str], names: Iterable[str], child: str = "") -> Typed:
    """Read the values of these fields; those that were not sent are left out."""
    values: dict[str, str | None] = {}
    rewritten, problems = [], []
    for name in names:
        field = entity.field(name)
        sent = posted.get(control_name(field, child))
        if sent is None:
            continue
        text = sent.replace("\r\n", "\n")
        if problem := problem_with(text):
            problems.append((control_name(field, child), f"{field.title}: {problem}"))
        if not text.strip():
            text = ""
        if isinstance(field.kind, Date) and (day := _from_british(text)):
            rewritten.append((field, text, day))
            text = day
        values[name] = text or None
    return Typed(values, tuple(rewritten), tuple(problems))


def _from_british(text: str) -> str:
    found = _BRITISH_DATE.fullmatch(text)
    if not found:
        return ""
    day, month, year = (int(part) for part in found.groups())
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return ""  # no such day: kept as typed, for the rules to flag
