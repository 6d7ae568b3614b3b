"""What the commands show on a terminal, and how they write files."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

COLOURS = {"error": "31", "query": "33", "good": "32", "strong": "1", "faint": "2"}
BAR = 24


def say(text: str) -> None:
    """One line to the person, beside the output."""
    print(f"collectory: {' '.join(text.split())}", file=sys.stderr)


def put(lines: Iterable[str]) -> None:
    """Lines of output."""
    for line in lines:
        print(line)


def put_bytes(file: Any, content: bytes) -> None:
    """Output as it is. The mark with which spreadsheets know UTF-8 is left out where programs read along."""
    file.write(content.removeprefix(b"\xef\xbb\xbf") if file is sys.stdout.buffer else content)


def colours() -> Callable[[str, str], str]:
    """The style of a terminal; plain text where output goes elsewhere, or where NO_COLOR is set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return lambda look, text: text
    return lambda look, text: f"\x1b[{COLOURS[look]}m{text}\x1b[0m"


class Progress:
    """A bar on the terminal, called with stage and share; nothing anywhere else."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Progress:
        return self

    def __call__(self, stage: str, share: float) -> None:
        if self.shown:
            done = round(BAR * share)
            print(f"\r{'█' * done}{'░' * (BAR - done)} {share:>4.0%} {stage:<12}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the bar away."""
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, what: BaseException | None, where: TracebackType | None
    ) -> None:
        self.clear()


@contextlib.contextmanager
def out_path(path: Path | None, inputs: Iterable[Path | None]) -> Iterator[IO[bytes]]:
    """The file to write to, or the standard output where no path is given.

    A file appears whole or not at all. Raises OSError where it cannot be written, or would overwrite an input.
    """
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder", str(path))
    if any(each is not None and path.exists() and each.exists() and path.samefile(each) for each in inputs):
        raise OSError(0, "would overwrite the file that is read", str(path))
    try:
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    except OSError as problem:
        raise type(problem)(problem.errno, problem.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(unfinished, 0o666 & ~mask)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
        raise


def sized(path: Path) -> str:
    """The size of a file, or of the files of a folder, in words."""
    files = path.iterdir() if path.is_dir() else [path]
    size = sum(each.stat().st_size for each in files)
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"
