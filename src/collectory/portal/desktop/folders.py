"""Where the desktop's data lies: in memory where the machine can, else in a temporary folder, or where it is told.

The empty tables are made once for each version of Collectory and copied at each start, which takes a moment where
making them takes seconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import collectory

PREFIX = "collectory-desktop-"
RUNNING = "running"  # a file that a run keeps open in its folder; Windows deletes no file that is open
PATIENCE = 5.0  # seconds that requests under way have to let go of their files
DATABASE = "collectory.sqlite3"


def in_memory_or_temporary() -> Path:
    """A new folder of this person's own, in memory where there is a file system that is."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder made there by mkdtemp is its owner's alone
    above = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(above)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=above))
    _kept_open.append((folder / RUNNING).open("wb"))
    return folder


_kept_open: list[BinaryIO] = []


def delete(folder: Path) -> bool:
    """Delete a run's folder, waiting a little for whoever still reads in it; whether it is gone."""
    while _kept_open:
        _kept_open.pop().close()
    deadline = time.monotonic() + PATIENCE
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
        if time.monotonic() > deadline:
            break
        time.sleep(0.05 if folder.exists() else 0)
    return not folder.exists()


def _sweep(above: Path) -> None:
    """Delete what a run left behind that was killed before it could."""
    for left in above.glob(f"{PREFIX}*"):
        if _is_left_by_the_dead(left) if os.name == "posix" else _lets_go(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_left_by_the_dead(folder: Path) -> bool:
    number = folder.name.removeprefix(PREFIX).partition("-")[0]
    return folder.stat().st_uid == os.getuid() and number.isdigit() and not _runs(int(number))


def _lets_go(folder: Path) -> bool:
    """On Windows: whether nobody has the folder's file open any more. There a process cannot be asked for by signal 0,
    which would be Ctrl-C."""
    try:
        (folder / RUNNING).unlink()
    except OSError:  # open, of another person, or not made yet
        return False
    return True


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def empty_database() -> Path:
    """Where the empty tables of this version are kept between runs. Holds nobody's data."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(version("django").encode())
    portal = Path(collectory.__file__).parent / "portal"
    for migration in sorted(portal.glob("*/migrations/*.py")):
        digest.update(migration.read_bytes())
    return cache / "collectory" / f"empty-{digest.hexdigest()[:12]}.sqlite3"
