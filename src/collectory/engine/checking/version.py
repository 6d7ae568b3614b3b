"""The version of an edition's rules: a text that is another one whenever a check could give another result."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import CodeType, FunctionType
from typing import Any

from collectory.blade import Edition, Part

_PLAIN = (str, bytes, int, float, bool, type(None), dt.date, dt.timedelta, Decimal)


def rules_version(edition: Edition) -> str:
    """12 hexadecimal digits made of the rules, the functions and values that they use, and the switches in force.

    The same in every process and on every machine that has the same source.
    """
    digest = hashlib.sha256(edition.key.encode())
    seen: set[int] = set()
    for text in _texts(edition, seen):
        digest.update(text.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:12]


def _texts(edition: Edition, seen: set[int]) -> Iterator[str]:
    for name, value in sorted(edition.parameters.items()):
        yield f"{name}={_written(value)}"
    for key, switch in sorted(edition.switches.items()):
        yield f"{key} {switch.kind.value}"
    for rule in edition.rules:
        yield f"{rule.key}:{rule.priority}:{rule.message}:{rule.explained_by}"
        yield from _sources(rule.applies, seen)
        for part in rule.parts:
            yield from _of_part(edition, part, seen)


def _of_part(edition: Edition, part: Part, seen: set[int]) -> Iterator[str]:
    yield f"{part.entity.name if part.entity else ''}:{part.reads}:{part.message}"
    yield from _sources(part.applies, seen)
    if part.derived_from and part.entity is not None:
        for field in (part.entity.field(name) for name in part.reads):
            codes = edition.codeset(field)
            yield f"{field.name} {field.kind!r} {dict(codes) if codes is not None else ''}"
            yield from _sources(field.required, seen)
        return
    yield from _sources(part.holds, seen)
    for name, figure in part.figures.items():
        yield name
        yield from _sources(figure, seen)


def _sources(function: Callable[..., Any] | bool | None, seen: set[int]) -> Iterator[str]:
    """The source of a function, of the functions of the same package that it calls, and the values it names."""
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    seen.add(id(function))
    try:
        yield inspect.getsource(function)
    except (OSError, TypeError):
        yield function.__qualname__
    package = _package(function)
    for value in _named(function):
        if isinstance(value, FunctionType) and _package(value) == package:
            yield from _sources(value, seen)
        elif _is_plain(value):
            yield _written(value)


def _package(function: FunctionType) -> str:
    """The package that a function stands in; "" for one that was typed at a prompt."""
    return (function.__module__ or "").partition(".")[0]


def _named(function: FunctionType) -> Iterator[Any]:
    """What stands behind the names that a function uses: of its module, and of the functions around it."""
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield function.__globals__[name]
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _names(code: CodeType) -> Iterator[str]:
    yield from sorted(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_plain(each) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_plain(each) for each in value)
    return isinstance(value, _PLAIN)


def _written(value: Any) -> str:
    """A value as text, the same in each process: sets have no order of their own."""
    if isinstance(value, set | frozenset):
        return repr(sorted(_written(each) for each in value))
    if isinstance(value, Mapping):
        return repr([(_written(name), _written(each)) for name, each in value.items()])
    if isinstance(value, list | tuple):
        return repr([_written(each) for each in value])
    return repr(value)
