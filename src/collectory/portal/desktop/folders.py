"""Where the desktop's data lies: in memory where the machine can, else in a temporary folder, or where it is told.

The empty tables are made once for each version of Collectory and copied at each start, which takes a moment where
making them takes seconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import collectory

PREFIX = "collectory-desktop-"
DATABASE = "collectory.sqlite3"


def in_memory_or_temporary() -> Path:
    """A new folder of this person's own, in memory where there is a file system that is."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder made there by mkdtemp is its owner's alone
    above = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(above)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=above))


def _sweep(above: Path) -> None:
    """Delete what a run left behind that was killed before it could."""
    if os.name != "posix":
        return
    for left in above.glob(f"{PREFIX}*"):
        number = left.name.removeprefix(PREFIX).partition("-")[0]
        if left.stat().st_uid == os.getuid() and number.isdigit() and not _runs(int(number)):
            shutil.rmtree(left, ignore_errors=True)


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
