"""The commands of those who send files to a council, and of the council's team that receives them."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from collectory.calling import ERRORS, NO_ERROR, REFUSED, Parser, WrongCall, add_command
from collectory.terminal import Progress, colours, out_path, put, put_bytes

if TYPE_CHECKING:
    from collectory.blade import ExtraRules
    from collectory.engine import Dataset
    from collectory.engine.receiving.receive import Beside, Received


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the commands known."""
    receive_ = add_command(
        commands, "receive", receive, "check an export (zip) as a council does on receipt: name, damage, rules"
    )
    receive_.add_argument("file", type=Path, metavar="FILE", help="the zip of an export, of Collectory or COLLECT")
    receive_.add_argument("--edition", metavar="KEY", help="what the file must be of")
    receive_.add_argument("--source", metavar="ID", action="append", help="native ID it must be from; may be repeated")
    receive_.add_argument("--last", type=Path, metavar="FILE", help="the last file that came, to compare with")
    receive_.add_argument("--previous", type=Path, metavar="FILE", help="the return of the collection before")
    receive_.add_argument("--register", type=Path, metavar="CSV", help="the register of organisations")
    receive_.add_argument(
        "--extra-rules", metavar="NAME", action="append", help="an installed set of extra rules; may be repeated"
    )
    receive_.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    receive_.add_argument("--out", type=Path, metavar="PATH", help="write there instead of to the screen")


def receive(call: argparse.Namespace) -> int:
    """Check a file as on receipt."""
    from collectory.engine.receiving.receive import receive as run
    from collectory.engine.writing.received import received_json, received_lines
    from collectory.engine.writing.text import plain

    edition = _edition(call.edition)
    beside = _beside(call)
    extra = _extra_rules(call.extra_rules or [])
    with Progress() as progress:
        received = run(
            call.file.read_bytes(),
            call.file.name,
            edition=edition,
            sources=set(call.source) if call.source else None,
            extra=extra,
            beside=beside,
            progress=progress,
        )
        progress.clear()
    with out_path(call.out, [call.file]) as file:
        if call.format == "json":
            put_bytes(file, received_json(received).encode())
        elif call.out is None:
            put(received_lines(received, colours(), min(max(shutil.get_terminal_size((100, 24)).columns, 60), 140)))
        else:
            put_bytes(file, ("\n".join(received_lines(received, plain)) + "\n").encode())
    return _code(received)


def _code(received: Received) -> int:
    if received.result is None:
        return REFUSED
    return ERRORS if received.result.errors else NO_ERROR


def _beside(call: argparse.Namespace) -> object:
    """What `receive` calls for what else is known of the return's source."""
    from collectory.engine.receiving.receive import Beside

    last = _dataset(call.last, "--last") if call.last else None
    previous = _dataset(call.previous, "--previous") if call.previous else None
    register = _register(call.register) if call.register else None

    def known(dataset: Dataset) -> Beside:
        rows = register
        key_of = dataset.edition.blade.register_key
        if rows is not None and key_of is not None:
            wanted = key_of(dataset.source)
            rows = rows.filter(*(rows[name] == value for name, value in wanted.items() if name in rows.columns))
        return Beside(previous=previous, register=rows, last=last)

    return known


def _dataset(path: Path, option: str) -> Dataset:
    """A return from whatever it is kept in; an export may have been saved again."""
    from collectory.engine import Refusal, read_path
    from collectory.engine.receiving.receive import read_export

    data = path.read_bytes() if path.is_file() else b""
    outcome = read_export(data) if data[:2] == b"PK" else read_path(path)
    if isinstance(outcome, Refusal):
        outcome = read_path(path)
    if isinstance(outcome, Refusal):
        raise WrongCall(f"{path} ({option}): {outcome}")
    return outcome


def _register(path: Path) -> object:
    from collectory.engine import Refusal
    from collectory.engine.reading.register import read_register

    outcome = read_register(path.read_bytes())
    if isinstance(outcome, Refusal):
        raise WrongCall(f"{path} (--register): {outcome}")
    return outcome


def _edition(key: str | None) -> object:
    import collectory

    if key is None:
        return None
    try:
        return collectory.edition(key)
    except KeyError as unknown:
        raise WrongCall(str(unknown.args[0])) from None


def _extra_rules(names: list[str]) -> list[ExtraRules]:
    from collectory.engine import extra_rules

    installed = extra_rules()
    for name in names:
        if name not in installed:
            known = ", ".join(installed) or "none"
            raise WrongCall(f"there is no set of extra rules {name}; installed: {known}")
    return [installed[name] for name in names]
