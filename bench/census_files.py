"""Made-up census files of a given size, kept between runs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

EDITION = "school-census-2021-autumn"
FOLDER = Path(tempfile.gettempdir()) / "collectory-bench"


def census_file(pupils: int) -> Path:
    """The path of a clean secondary school's return with this many pupils on roll."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{EDITION}-{pupils}.xml"
    if not path.exists():
        command = [sys.executable, "-m", "collectory.cli", "sample", EDITION, "--records", str(pupils)]
        subprocess.run([*command, "--seed", "1", "--out", str(path)], check=True)
    return path
