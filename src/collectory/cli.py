"""The engine at a prompt: read, check, convert, compare and make returns without a portal or a database.

Exit codes: 0 when there is no error (queries are allowed), 1 when a return has errors, 2 when a file is refused
or the call is wrong. The engine is imported inside the commands, so that `--help` need not wait for it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from collectory import given_lists, sending_commands
from collectory.calling import ERRORS, NO_ERROR, REFUSED, Parser, WrongCall, add_command
from collectory.terminal import Progress, colours, out_path, put, put_bytes, say, sized

if TYPE_CHECKING:
    import polars as pl

    from collectory.blade import Edition
    from collectory.engine import Dataset
    from collectory.engine.matching.cases import Cases
    from collectory.engine.matching.gathering import Gathered


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives its exit code."""
    call = argparse.Namespace(code=NO_ERROR)
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    with contextlib.suppress(AttributeError):
        # A terminal or pipe in another encoding shows what it can, and never stops the command.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        sys.stderr.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        parser().parse_args(arguments, call)
        call.code = call.command(call)
        sys.stdout.flush()
    except WrongCall as wrong:
        say(str(wrong))
        return REFUSED
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`). What is left goes nowhere, or Python complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as problem:
        say(f"{problem.filename or 'a file'}: {_reason(problem)}")
        return REFUSED
    except KeyboardInterrupt:
        say("stopped")
        return 130
    return int(call.code)


def parser() -> Parser:
    """The commands and their options."""
    top = Parser(prog="collectory", description="Check, convert, compare and make returns of data collections.")
    top.add_argument("--version", action="store_true", help="show the version and stop")
    top.set_defaults(command=_version_or_help, parser=top)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)

    desktop_ = add_command(
        commands, "desktop", desktop, "open the portal on this computer alone (what no command does too)"
    )
    desktop_.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the data there; deleted at the end if not")
    desktop_.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (any free port)")
    desktop_.add_argument("--no-browser", action="store_true", help="only write the address")

    add_command(commands, "blades", blades, "list the kinds of collection and their editions")

    check_ = add_command(commands, "check", check, "check a return against all rules of its edition")
    check_.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="XML, a zip with one XML, or an export (zip or folder); for editions with a form also the filled "
        "spreadsheet, and with --edition its values as JSON or CSV",
    )
    check_.add_argument("--edition", metavar="KEY", help="what the file must be of; found from its header otherwise")
    check_.add_argument("--previous", type=Path, metavar="FILE", help="the return of the collection before")
    check_.add_argument("--register", type=Path, metavar="CSV", help="the register of organisations")
    given_lists.add_option(check_)
    check_.add_argument("--format", choices=("text", "json", "csv", "xlsx"), default="text", help="default: text")
    check_.add_argument("--out", type=Path, metavar="PATH", help="write there instead of to the screen")

    convert_ = add_command(commands, "convert", convert, "write a return in another form")
    convert_.add_argument("file", type=Path, metavar="FILE")
    convert_.add_argument("--edition", metavar="KEY", help="what the file must be of")
    convert_.add_argument(
        "--to",
        choices=("csv", "xml", "parquet", "extract", "form"),
        required=True,
        help="extract: the CSV tables of COLLECT's own extracts; form: the spreadsheet to fill in",
    )
    convert_.add_argument(
        "--out", type=Path, metavar="PATH", required=True, help="a file ending in .zip, .xml or .xlsx, or a new folder"
    )

    compare_ = add_command(commands, "compare", compare, "show what changed between two returns")
    compare_.add_argument("old", type=Path, metavar="OLD")
    compare_.add_argument("new", type=Path, metavar="NEW")
    compare_.add_argument("--edition", metavar="KEY", help="what both must be of; the values of a form do not say")
    compare_.add_argument("--format", choices=("text", "json", "csv", "xlsx"), default="text", help="default: text")
    compare_.add_argument("--out", type=Path, metavar="PATH", help="write there instead of to the screen")

    duplicates_ = add_command(
        commands, "duplicates", duplicates, "find pupils who are in several returns, or twice in one"
    )
    duplicates_.add_argument(
        "paths",
        type=Path,
        nargs="+",
        metavar="FILE|FOLDER",
        help="returns, or folders in which they lie at any depth; each collection's returns are matched by themselves",
    )
    duplicates_.add_argument(
        "--probable", action="store_true", help="also score pupils who are alike but for a slip (seconds to minutes)"
    )
    duplicates_.add_argument(
        "--threshold", type=_share, metavar="SCORE", help="least probability of a probable match, 0 to 1 (default 0.5)"
    )
    duplicates_.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        help="where probable matches are worked out (default what COLLECTORY_MATCHING says, or duckdb)",
    )
    duplicates_.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")
    duplicates_.add_argument("--out", type=Path, metavar="PATH", help="write there instead of to the screen")

    sample_ = add_command(
        commands, "sample", sample, "make a believable return of invented people, or those of a whole nation"
    )
    sample_.add_argument("edition", metavar="EDITION", nargs="?", help="for a nation the newest one if not given")
    sample_.add_argument(
        "--records", type=_count, metavar="N", help="how many people (default 100; of a nation: on average)"
    )
    sample_.add_argument(
        "--faults", type=_share, default=0.0, metavar="RATE", help="share of records with a fault, 0 to 1"
    )
    sample_.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same return")
    sample_.add_argument("--source", default="", metavar="ID", help="native ID of the organisation, such as 8554001")
    sample_.add_argument("--out", type=Path, metavar="FILE", help="a file ending in .xml or .zip")
    sample_.add_argument(
        "--nation",
        type=Path,
        metavar="FOLDER",
        help="write a register, a return of each school, last term's returns and known duplicates into a new folder",
    )
    sample_.add_argument("--schools", type=_count, default=100, metavar="N", help="of a nation (default 100)")
    sample_.add_argument("--processes", type=_count, default=1, metavar="N", help="that make a nation (default 1)")

    sending_commands.add(commands)

    rules_ = add_command(commands, "rules", rules, "the catalogue of an edition's rules")
    rules_.add_argument("edition", metavar="EDITION", help="with --across also the name of a kind of collection")
    rules_.add_argument("--across", action="store_true", help="every rule of all editions, with what changed")
    rules_.add_argument("--format", choices=("md", "json", "csv"), default="md", help="default: md")
    rules_.add_argument("--out", type=Path, metavar="PATH", help="write there instead of to the screen")
    return top


def _version_or_help(call: argparse.Namespace) -> int:
    if call.version:
        from importlib.metadata import version

        put([f"collectory {version('collectory')}"])
        return NO_ERROR
    # `pipx run collectory` is all that somebody needs to know who wants to look at a return.
    call.parser.parse_args(["desktop"], call)
    return desktop(call)


def desktop(call: argparse.Namespace) -> int:
    """Open the portal on this computer alone."""
    try:
        from collectory.portal.desktop.running import run
    except ModuleNotFoundError as missing:  # installed without them, for a program that runs the rules alone
        raise WrongCall(f"the pages need packages that are not here ({missing.name}): install collectory") from None
    return run(call.keep, call.port, opens_browser=not call.no_browser)


def blades(call: argparse.Namespace) -> int:
    """List blades and editions."""
    import collectory

    for blade in collectory.blades().values():
        put([f"{blade.name}  {blade.title}"])
        width = max((len(edition.key) for edition in blade.editions), default=0)
        put(f"  {edition.key:<{width}}  {edition.title}" for edition in blade.editions)
    return NO_ERROR


def check(call: argparse.Namespace) -> int:
    """Check a return."""
    from collectory.engine import check as run
    from collectory.engine.writing.findings import findings_csv, findings_json, report, write_findings_xlsx

    binary = call.format == "xlsx"
    _refuse_binary_on_screen(call.out, binary)
    edition = _edition(call.edition)
    with Progress() as progress:
        progress("reading", 0.0)
        dataset = _read(call.file, edition)
        previous = _read(call.previous, dataset.edition, "--previous", before=True) if call.previous else None
        register = _register(call.register) if call.register else None
        lists = given_lists.read_lists(call, dataset.edition.blade)
        result = run(dataset, previous, register, lambda stage, share: progress(stage, 0.3 + 0.6 * share), lists=lists)
        call.code = ERRORS if result.errors else NO_ERROR
        progress("writing", 0.9)
        if call.out is None:
            progress.clear()
        with out_path(call.out, [call.file, call.previous, call.register, *given_lists.paths_of(call)]) as file:
            if call.format == "json":
                put_bytes(file, findings_json(result).encode())
            elif call.format == "csv":
                put_bytes(file, findings_csv(report(dataset, result.findings)))
            elif binary:
                write_findings_xlsx(report(dataset, result.findings), file)
            else:
                _put_summary(result, file, call.out is None)
    return int(call.code)


def _put_summary(result: object, file: object, on_screen: bool) -> None:
    from collectory.engine import Result
    from collectory.engine.writing.text import plain, summary

    assert isinstance(result, Result)
    if on_screen:
        width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 140)
        put(summary(result, colours(), width))
    else:
        put_bytes(file, ("\n".join(summary(result, plain)) + "\n").encode())


def convert(call: argparse.Namespace) -> int:
    """Write a return in another form."""
    from collectory.engine.writing.exporting import export_files, write_export
    from collectory.engine.writing.extract import NoExtract
    from collectory.engine.writing.xml import UnwritableText, write_xml_to

    archive = call.out.suffix.lower() == ".zip"
    dataset = _read(call.file, _edition(call.edition))
    if call.to == "form":
        return _convert_to_form(dataset, call)
    if call.to == "extract" and dataset.edition.blade.extract is None:
        raise WrongCall(str(NoExtract(dataset.edition)))
    try:
        if archive or call.to == "xml":
            with out_path(call.out, [call.file]) as file:
                if archive:
                    write_export(dataset, call.to, file)
                else:
                    write_xml_to(dataset, file)
        else:
            if call.out.exists() and (not call.out.is_dir() or any(call.out.iterdir())):
                raise WrongCall(f"{call.out}: is there already; name a new folder, or a file ending in .zip")
            call.out.mkdir(parents=True, exist_ok=True)
            for name, content in export_files(dataset, call.to):
                (call.out / name).write_bytes(content)
    except UnwritableText as problem:
        raise WrongCall(f"{call.file}: {problem}") from None
    put([f"{call.out}: {sized(call.out)}, {sum(dataset.records.values()):,} records of {dataset.edition.title}"])
    return NO_ERROR


def _convert_to_form(dataset: Dataset, call: argparse.Namespace) -> int:
    from collectory.engine.writing.template import write_template

    if dataset.edition.form is None:
        raise WrongCall(f"{dataset.edition.title} has no form; convert it to csv, xml or parquet")
    if call.out.suffix.lower() != ".xlsx":
        raise WrongCall(f"{call.out}: name a file ending in .xlsx")
    with out_path(call.out, [call.file]) as file:
        put_bytes(file, write_template(dataset.edition, dataset))
    put([f"{call.out}: {sized(call.out)}, the form of {dataset.edition.title} with its values"])
    return NO_ERROR


def compare(call: argparse.Namespace) -> int:
    """Show what changed between two returns."""
    import polars as pl

    from collectory.engine.comparing import compare as run
    from collectory.engine.writing.spreadsheets import table_as_csv, table_as_xlsx
    from collectory.engine.writing.text import change_lines, plain

    _refuse_binary_on_screen(call.out, call.format == "xlsx")
    edition = _edition(call.edition)
    old, new = _read(call.old, edition), _read(call.new, edition)
    if old.edition.blade is not new.edition.blade:
        raise WrongCall(f"{call.old} is of {old.edition.title} and {call.new} of {new.edition.title}: not comparable")
    changes = run(old, new)
    table = changes.with_columns(pl.col("key").list.join(" / ")).drop("old_record", "new_record")
    with out_path(call.out, [call.old, call.new]) as file:
        if call.format == "json":
            put_bytes(file, _json_lines(changes).encode())
        elif call.format == "csv":
            put_bytes(file, table_as_csv(table))
        elif call.format == "xlsx":
            table_as_xlsx(table, "Changes", file)
        elif call.out is None:
            put(change_lines(changes, colours()))
        else:
            put_bytes(file, ("\n".join(change_lines(changes, plain)) + "\n").encode())
    return NO_ERROR


def _json_lines(changes: object) -> str:
    import polars as pl

    assert isinstance(changes, pl.DataFrame)
    lines = ",\n ".join(line for line in changes.write_ndjson().split("\n") if line)
    return f"[{lines}]\n"


def duplicates(call: argparse.Namespace) -> int:
    """Find pupils who are in several returns; 2 where a file was left out."""
    from collectory.engine.matching.gathering import gather
    from collectory.engine.reading.several import returns_below, without_copies
    from collectory.engine.writing.duplicates import duplicates_csv, duplicates_json, duplicates_text
    from collectory.engine.writing.text import plain

    paths = without_copies(
        returns_below(call.paths), lambda copy, of: say(f"{copy}: a copy of {of}, not counted a second time")
    )
    refused: list[str] = []
    with Progress() as progress:
        read = iter(range(1, len(paths) + 1))
        gathered = gather(
            paths,
            lambda path, why: refused.append(f"{path}: {why}"),
            lambda: progress("reading", 0.9 * next(read) / len(paths)),
        )
        if not gathered:
            raise WrongCall("; ".join(refused) or f"{', '.join(map(str, call.paths))}: there are no returns")
        progress("matching", 0.9)
        found = [(each, each.exact()) for each in gathered]
        reasons = None
        if call.probable:
            found, reasons = _with_probable(found, call.threshold, call.engine, progress)
    for each in refused:
        say(each)
    _say_twice(gathered)
    with out_path(call.out, paths) as file:
        if call.format == "json":
            put_bytes(file, duplicates_json(found, reasons).encode())
        elif call.format == "csv":
            put_bytes(file, duplicates_csv(found))
        elif call.out is None:
            put(duplicates_text(found, colours(), reasons))
        else:
            put_bytes(file, ("\n".join(duplicates_text(found, plain, reasons)) + "\n").encode())
    return REFUSED if refused else NO_ERROR


def _with_probable(
    found: list[tuple[Gathered, Cases]], threshold: float | None, engine: str | None, progress: Progress
) -> tuple[list[tuple[Gathered, Cases]], list[pl.DataFrame]]:
    """The cases with the probable ones after them, and the reasons of the scores for each edition."""
    try:
        from collectory.engine.matching.matching_databases import SPARK, chosen
        from collectory.engine.matching.probable import THRESHOLD, estimate, probable

        database = engine or chosen()
        if database == SPARK:
            import_module("pyspark")
    except ValueError as problem:
        raise WrongCall(str(problem)) from None
    except ModuleNotFoundError as missing:
        extra = "spark" if missing.name == "pyspark" else "matching"
        raise WrongCall(f"--probable needs more packages ({missing.name}): install collectory[{extra}]") from None
    from collectory.engine.matching.cases import together

    made, reasons = [], []
    for gathered, exact in found:
        pairs = estimate(gathered.rows, by="file")
        progress.clear()
        say(f"{gathered.edition.title}: at most {pairs:,} pairs of pupils to compare")
        least = THRESHOLD if threshold is None else threshold
        likely = probable(gathered.rows, by="file", threshold=least, database=database)
        made.append((gathered, together([exact, likely.cases])))
        reasons.append(likely.reasons.with_columns(likely.reasons["case"] + exact.number))
    return made, reasons


def _say_twice(gathered: list[Gathered]) -> None:
    """Two files of one organisation are most often an older and a newer one, whose pupils are all the same."""
    for each in gathered:
        for native_id, files in each.in_several_files().items():
            say(f"{native_id} of {each.edition.title} is in several files, each taken for a return: {', '.join(files)}")


def sample(call: argparse.Namespace) -> int:
    """Make a return of invented people."""
    from collectory.engine import Dataset
    from collectory.engine.dataset import completed
    from collectory.engine.writing.exporting import write_export
    from collectory.engine.writing.xml import write_xml_to

    if call.nation is not None:
        return _nation(call)
    edition = _edition(call.edition)
    if edition is None or call.out is None:
        raise WrongCall("name an edition and a file: collectory sample EDITION --out FILE")
    if edition.blade.sample is None:
        raise WrongCall(f"{edition.blade.title} has no samples")
    if call.out.suffix.lower() not in (".xml", ".zip"):
        raise WrongCall(f"{call.out}: name a file ending in .xml or .zip")
    try:
        tables = edition.blade.sample(edition, call.records or 100, call.faults, call.seed, call.source)
    except ValueError as problem:
        raise WrongCall(str(problem)) from None
    dataset = Dataset(edition, completed(edition, tables))
    with out_path(call.out, []) as file:
        if call.out.suffix.lower() == ".zip":
            write_export(dataset, "xml", file)
        else:
            write_xml_to(dataset, file)
    put([f"{call.out}: {sized(call.out)}, {edition.title} of {dataset.source}, all people in it are invented"])
    return NO_ERROR


def _nation(call: argparse.Namespace) -> int:
    import collectory
    from collectory.engine.writing.xml import xml_of_tables

    edition = _edition(call.edition)
    if edition is None:
        edition = max(
            (each for each in collectory.editions().values() if each.blade.nation), key=lambda each: each.when
        )
    if edition.blade.nation is None:
        raise WrongCall(f"{edition.blade.title} has no made-up nation")
    if call.nation.exists() and (not call.nation.is_dir() or any(call.nation.iterdir())):
        raise WrongCall(f"{call.nation}: is there already; name a new folder")
    size = {"mean_size": float(call.records)} if call.records else {}
    with Progress() as progress:
        made = edition.blade.nation(
            edition,
            call.nation,
            call.schools,
            call.seed,
            xml_of_tables,
            processes=call.processes,
            progress=lambda share: progress("writing", share),
            **size,
        )
    put(
        [
            f"{call.nation}: {edition.title} and the term before: {made.schools:,} schools, {made.pupils:,} pupils, "
            f"{made.size / 1e6:,.0f} MB, {made.planted:,} planted pairs; all people in it are invented"
        ]
    )
    return NO_ERROR


def rules(call: argparse.Namespace) -> int:
    """Write the catalogue of an edition's rules."""
    from collectory.engine.writing.catalogue import catalogue_csv, catalogue_json, catalogue_markdown

    if call.across:
        return _rules_across(call)
    edition = _edition(call.edition)
    assert edition is not None
    with out_path(call.out, []) as file:
        if call.format == "csv":
            put_bytes(file, catalogue_csv(edition))
        else:
            write = catalogue_json if call.format == "json" else catalogue_markdown
            put_bytes(file, write(edition).encode())
    return NO_ERROR


def _rules_across(call: argparse.Namespace) -> int:
    """Write every rule of a kind of collection, edition by edition."""
    import collectory
    from collectory.engine.writing.across import across_csv, across_json, across_markdown

    blade = collectory.blades().get(call.edition)
    if blade is None:
        edition = _edition(call.edition)
        assert edition is not None
        blade = edition.blade
    with out_path(call.out, []) as file:
        if call.format == "csv":
            put_bytes(file, across_csv(blade))
        else:
            write = across_json if call.format == "json" else across_markdown
            put_bytes(file, write(blade).encode())
    return NO_ERROR


def _edition(key: str | None) -> Edition | None:
    import collectory

    if key is None:
        return None
    try:
        return collectory.edition(key)
    except KeyError as unknown:
        raise WrongCall(str(unknown.args[0])) from None


def _read(path: Path, edition: Edition | None, option: str = "", before: bool = False) -> Dataset:
    """A return from a file; with `before`, the one that a return of the edition is compared with."""
    from collectory.engine import Refusal, read_path, read_path_before

    outcome = read_path_before(path, edition) if before and edition else read_path(path, edition)
    if isinstance(outcome, Refusal):
        raise WrongCall(f"{path}{f' ({option})' if option else ''}: {outcome}")
    return outcome


def _register(path: Path) -> pl.DataFrame:
    from collectory.engine import Refusal
    from collectory.engine.reading.register import read_register

    outcome = read_register(path.read_bytes())
    if isinstance(outcome, Refusal):
        raise WrongCall(f"{path} (--register): {outcome}")
    return outcome


def _refuse_binary_on_screen(out: Path | None, binary: bool) -> None:
    if binary and out is None and sys.stdout.isatty():
        raise WrongCall("an Excel workbook cannot be shown on the screen; add --out FILE.xlsx")


def _nowhere() -> TextIO:
    """Takes the place of an output that whoever called has closed."""
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _reason(problem: OSError) -> str:
    if isinstance(problem, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(problem, PermissionError):
        return "may not be read or written"
    if isinstance(problem, IsADirectoryError):
        return "is a folder, not a file"
    return (problem.strerror or "cannot be read or written").lower()


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("a number from 0 to 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
