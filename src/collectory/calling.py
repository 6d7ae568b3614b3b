"""How commands are called: their parser, their exit codes, and what is wrong with a call."""

from __future__ import annotations

import argparse
from typing import NoReturn

from collectory.terminal import say

NO_ERROR, ERRORS, REFUSED = 0, 1, 2


class WrongCall(Exception):
    """What the user asked for cannot be done; the text says why, in one line."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line."""

    def error(self, message: str) -> NoReturn:
        say(f"{message} (see {self.prog} --help)")
        raise SystemExit(REFUSED)


def add_command(commands: argparse._SubParsersAction[Parser], name: str, command: object, words: str) -> Parser:
    """Make a command known; gives its parser, for its options."""
    made = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    made.set_defaults(command=command, parser=made)
    return made
