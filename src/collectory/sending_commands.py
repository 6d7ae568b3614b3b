"""The commands of those who send files to a council, and of the council's team that receives them."""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectory import given_lists
from collectory.calling import ERRORS, NO_ERROR, REFUSED, Parser, WrongCall, add_command
from collectory.terminal import Progress, colours, out_path, put, put_bytes, say

if TYPE_CHECKING:
    from collectory.blade import ExtraRules
    from collectory.engine import Dataset, Refusal
    from collectory.engine.merging.merge import Contribution
    from collectory.engine.receiving.receive import Received


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
    given_lists.add_option(receive_)
    receive_.add_argument(
        "--extra-rules", metavar="NAME", action="append", help="an installed set of extra rules; may be repeated"
    )
    receive_.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    receive_.add_argument("--out", type=Path, metavar="PATH", help="write there instead of to the screen")

    merge_ = add_command(
        commands,
        "merge",
        merge,
        "put the returns of many sources together, a table each, the newest file of each source",
    )
    merge_.add_argument(
        "files", type=Path, nargs="+", metavar="FILE|FOLDER", help="exports, XML files, or folders in which they lie"
    )
    merge_.add_argument("--edition", metavar="KEY", help="what all must be of; the first file's otherwise")
    merge_.add_argument("--to", choices=("parquet", "csv"), required=True)
    merge_.add_argument("--out", type=Path, metavar="ZIP", required=True, help="the archive to write")

    send_ = add_command(commands, "send", send, "send a file to a council's performance team, going on after breaks")
    send_.add_argument("file", type=Path, metavar="FILE")
    send_.add_argument("--to", metavar="URL", required=True, help="the service, such as https://collectory.example")
    send_.add_argument("--type", metavar="NAME", required=True, help="the file type, such as School Census Submission")
    send_.add_argument("--token-file", type=Path, metavar="PATH", required=True, help="a file with the token")
    send_.add_argument("--school", metavar="ID", default="", help="native ID, where the token is for many schools")
    send_.add_argument("--rename", action="store_true", help="keep it under the right name where its own is another")
    send_.add_argument("--wait", action="store_true", help="wait for the check, and say what it found")


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
        lists = given_lists.read_lists(call, dataset.edition.blade)
        return Beside(previous=previous, register=rows, last=last, lists=lists)

    return known


def _dataset(path: Path, option: str) -> Dataset:
    from collectory.engine import Refusal

    outcome = _read_any(path)
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


def merge(call: argparse.Namespace) -> int:
    """Put returns together."""
    from collectory.engine.merging.merge import merge as run

    edition = _edition(call.edition)
    paths = _files(call.files)
    contributions = [each for path in paths if (each := _contribution(path)) is not None]
    with Progress() as progress, out_path(call.out, paths) as file:
        merged = run(contributions, call.to, file, edition=edition, progress=lambda share: progress("merging", share))
        if not merged.sources:
            raise WrongCall("none of the files is a return that can be merged")
        progress.clear()
    rows = sum(merged.rows.values())
    title = merged.edition.title if merged.edition is not None else ""
    put([f"{call.out}: {title}, {len(merged.sources):,} sources, {rows:,} rows in {len(merged.rows):,} tables"])
    put(f"  {each.revision}: an older file of {each.source}" for each in merged.superseded)
    put(f"  {each.revision}: left out. {why}" for each, why in merged.left_out)
    return ERRORS if merged.left_out or len(contributions) < len(paths) else NO_ERROR


def _files(given: list[Path]) -> list[Path]:
    """The files, and those that lie in folders at any depth."""
    found: list[Path] = []
    for path in given:
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        found += [each for each in inside if each.suffix.lower() in (".zip", ".xml")]
    if not found:
        raise WrongCall("there is no .zip or .xml file among these")
    return found


def _contribution(path: Path) -> Contribution | None:
    """A file as one source's contribution; None, and a line about it, where it cannot be read to see whose it is."""
    from collectory.engine import Refusal
    from collectory.engine.merging.merge import Contribution
    from collectory.engine.receiving.naming import stated_number

    def read() -> Dataset | Refusal:
        return _read_any(path)

    source, name = stated_number(path.name), ""
    if not source:
        outcome = read()
        if isinstance(outcome, Refusal):
            say(f"{path}: {outcome}")
            return None
        source = outcome.source
    received = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return Contribution(source, name, path.name, received, read)


def _read_any(path: Path) -> Dataset | Refusal:
    """A return of a file: an export that may have been saved again, or whatever else returns are kept in."""
    from collectory.engine import Refusal, read_path
    from collectory.engine.receiving.receive import read_export

    outcome = read_export(path.read_bytes())
    return read_path(path) if isinstance(outcome, Refusal) else outcome


NOT_REACHED = 3


def send(call: argparse.Namespace) -> int:
    """Send a file. Exit codes: 0 received, 1 received and the check found errors (with --wait), 2 not taken,
    3 the service could not be reached."""
    from collectory import sending

    token = call.token_file.read_text(encoding="utf-8").strip()
    if not token.startswith("clt_") or not token.isascii() or len(token.split()) != 1:
        raise WrongCall(f"{call.token_file}: holds no token")
    try:
        service = sending.Service(call.to, token)
        with Progress() as progress:
            delivery, receipt = sending.deliver(
                service,
                call.file,
                call.type,
                school=call.school,
                rename=call.rename,
                progress=lambda share: progress("sending", share),
            )
            progress.clear()
        file = receipt["file"]
        came = "received" if receipt["is_new"] else "had come before, nothing was changed"
        put([f"{file['name']}: {came}, receipt {file['reference']}, SHA-256 {file['sha256']}"])
        return _checked(sending.checked(service, delivery, file["number"])) if call.wait else NO_ERROR
    except sending.NotTaken as refusal:
        raise WrongCall(str(refusal)) from None
    except sending.NotReached as problem:
        say(f"{problem}; what came is kept for a while: run the same command again to go on")
        return NOT_REACHED


def _checked(file: dict[str, Any]) -> int:
    """Say what the check found; gives the exit code."""
    if file["stage"] != "finished":
        put(["  not checked yet; the service goes on with it"])
        return NO_ERROR
    if file["refusal"]:
        put([f"  refused by the check: {file['refusal']['message']}"])
        return ERRORS
    found = ", ".join(f"{count:,} {name}" for name, count in file["counts"].items())
    put([f"  checked: {found or 'the team looks at it'}"])
    return ERRORS if file["counts"].get("errors") else NO_ERROR
