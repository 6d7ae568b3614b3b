"""Collectory runs statutory data collections."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collectory.blade import Blade
    from collectory.engine import (
        Dataset,
        Refusal,
        Result,
        check,
        edition,
        editions,
        read_return,
        read_tables,
        read_xml,
    )

__all__ = [
    "Dataset",
    "Refusal",
    "Result",
    "blades",
    "check",
    "edition",
    "editions",
    "read_return",
    "read_tables",
    "read_xml",
]

# Importing a package binds its name in the one around it. The package of our own blades is imported before the
# function of the same name is defined, so that it never takes the function's place.
import_module("collectory.blades")


def blades() -> dict[str, Blade]:
    """All installed blades by name."""
    from collectory.engine import blades as installed

    return installed()


def __getattr__(name: str) -> Any:
    # The engine is imported when it is first asked for, so that `collectory --help` need not wait for it.
    if name in __all__:
        return getattr(import_module("collectory.engine"), name)
    raise AttributeError(f"collectory has no {name}")
