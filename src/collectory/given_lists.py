"""The option `--list NAME=CSV` of commands that check: reference lists that rules ask, given as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from collectory.calling import WrongCall

if TYPE_CHECKING:
    import polars as pl

    from collectory.blade import Blade


def add_option(command: argparse.ArgumentParser) -> None:
    """Make the option known."""
    command.add_argument(
        "--list",
        dest="lists",
        metavar="NAME=CSV",
        action="append",
        default=[],
        help="a list that rules ask, such as qualifications=list.csv; may be repeated",
    )


def paths_of(call: argparse.Namespace) -> list[Path]:
    """The files of all lists."""
    return [Path(given.partition("=")[2]) for given in call.lists]


def read_lists(call: argparse.Namespace, blade: Blade) -> dict[str, pl.DataFrame]:
    """The lists by name. Raises WrongCall for a list that the blade does not ask and for a file that is none."""
    from collectory.engine import Refusal
    from collectory.engine.reading.reference_list import read_reference_list

    known = {each.name: each for each in blade.lists}
    lists: dict[str, pl.DataFrame] = {}
    for given in call.lists:
        name, sign, path = given.partition("=")
        if name not in known or not sign or not path:
            names = ", ".join(known) or "none"
            raise WrongCall(f"--list {given}: write NAME=CSV; the lists of {blade.title} are: {names}")
        outcome = read_reference_list(Path(path).read_bytes(), known[name])
        if isinstance(outcome, Refusal):
            raise WrongCall(f"{path} (--list {name}): {outcome}")
        lists[name] = outcome
    return lists
