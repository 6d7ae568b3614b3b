"""The rules: every module of this folder, one for each subject."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from collectory.blade import rules_of

rules = rules_of(*(import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)))

__all__ = ["rules"]
