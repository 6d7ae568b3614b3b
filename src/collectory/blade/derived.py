"""The rules that follow from the fields: presence, type, length and code lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from collectory.blade.entities import Entity, Field
from collectory.blade.kinds import Code, Text
from collectory.blade.rules import ERROR, Case, Part, Rule

if TYPE_CHECKING:
    from collectory.blade.edition import Edition
    from collectory.blade.records import Record

WHY_REQUIRED = "The collection cannot use the record without this value."
FEW, LONGEST_LIST, MANY = 8, 230, 24
"""Codes that are listed with their meanings, the longest such list in characters, and codes that are listed at all."""
NOT_PUBLISHED = "Meaning not published"
WHY_FORMAT = "A value that is not of the expected kind cannot be counted or matched."


def rules_of_fields(edition: Edition) -> Iterator[Rule]:
    """Presence and validity rules of all fields of an edition.

    Rules of fields that share a number have the same key and are merged by the edition.
    """
    for entity in edition.entities:
        for field in entity.fields:
            if field.required:
                yield _presence(edition, entity, field)
            if _is_limited(field):
                yield _validity(edition, entity, field)


def _is_limited(field: Field) -> bool:
    return field.kind.is_limited if isinstance(field.kind, Text) else True


def _key(entity: Entity, field: Field, what: str) -> str:
    return field.rule or f"{entity.name}.{field.name}.{what}"


def _number(field: Field, what: str) -> str:
    if field.rule:
        return field.rule
    return f"{field.name}.{what}" if field.numbered else ""


def _presence(edition: Edition, entity: Entity, field: Field) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        there = record.sent(field.name).is_not_null()
        if field.required is True:
            return there
        assert callable(field.required)
        return there | ~field.required(record, edition)

    message = field.required_message or f"{field.title} is missing."
    return Rule(
        key=_key(entity, field, "required"),
        number=_number(field, "required"),
        priority=ERROR,
        level="item",
        message=message,
        parts=(Part(entity, holds, reads=(field.name,), message=message, derived_from="required"),),
        why=field.why or WHY_REQUIRED,
        fix=field.fix or f"Enter {_in_sentence(field.title)} in your own system, or on screen here.",
        fails=(Case({field.name: None}),) if field.required is True else (),
        certainty=_doubt(field),
    )


def _validity(edition: Edition, entity: Entity, field: Field) -> Rule:
    def holds(record: Record, edition: Edition) -> pl.Expr:
        return edition.holds(field, record.sent(field.name), record.value(field.name))

    expected = _expected(edition, field)
    message = f"{field.title} is not valid. It should be {expected}."
    return Rule(
        key=_key(entity, field, "format"),
        number=_number(field, "format"),
        priority=ERROR,
        level="item",
        message=message,
        parts=(
            Part(
                entity,
                holds,
                reads=(field.name,),
                message=message,
                derived_from="format",
                silenced_by=field.form_rules,
            ),
        ),
        why=field.why or WHY_FORMAT,
        fix=field.fix or f"Correct {_in_sentence(field.title)}: {expected}.",
        fails=(Case({field.name: _invalid(field)}),),
        certainty=_doubt(field),
    )


def _expected(edition: Edition, field: Field) -> str:
    codes: Any = edition.codeset(field)
    if codes is None:
        return field.kind.describe()
    if len(codes) == 1:
        return str(next(iter(codes)))
    codes = _once(codes)
    explained = ", ".join(_explained(code, meaning) for code, meaning in codes.items())
    if len(codes) <= FEW and len(explained) <= LONGEST_LIST:
        return f"one of {explained}"
    if len(codes) <= MANY:
        return "one of " + ", ".join(codes)
    assert isinstance(field.kind, Code)
    return f"one of the {len(codes)} codes of the list {field.kind.codeset}"


def _once(codes: Mapping[str, str]) -> dict[str, str]:
    """Codes without those that are another one written in small letters or capitals."""
    kept: dict[tuple[str, str], str] = {}
    for code, meaning in codes.items():
        kept.setdefault((code.casefold(), meaning), code)
    return {code: meaning for (_, meaning), code in kept.items()}


def _explained(code: str, meaning: str) -> str:
    """A code with what it means, where that is known and says more than the code."""
    return code if meaning in ("", code, NOT_PUBLISHED) else f"{code} ({meaning})"


def _invalid(field: Field) -> str:
    """A text that no kind but free text takes, for the test that each rule can fail."""
    if isinstance(field.kind, Text) and field.kind.longest and not field.kind.form:
        return "x" * (field.kind.longest + 1)
    return "?!"


def _doubt(field: Field) -> str:
    """How certain a field is, where it is less than certain; its rules are then no more so."""
    return "" if field.certainty == "A" else field.certainty


def _in_sentence(title: str) -> str:
    starts_with_word = len(title) > 1 and title[0].isupper() and title[1].islower()
    return title[0].lower() + title[1:] if starts_with_word else title
