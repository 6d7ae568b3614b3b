"""The page for suppliers does what it says: every command of it is run, every line of output compared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "suppliers.md"
END = "end-of-command"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every command of the page with the output that the page shows."""
    found: list[tuple[str, str]] = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, shown = part.split("\n", 1)
            found.append((command, shown))
    return found


def like(shown: str) -> re.Pattern[str]:
    """A pattern of shown output, in which "..." is anything; a line of it alone is any number of lines."""
    lines = [".*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") for line in shown.splitlines()]
    return re.compile(r"\n?".join(lines) + r"\n*", re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which all commands of the page were run, one after the other."""
    return tmp_path_factory.mktemp("suppliers")


def test_every_command_prints_what_the_page_shows(folder: Path) -> None:
    told = commands()
    assert len(told) > 15
    script = "\n".join(f"{command}\ncode=$?; echo {END}; (exit $code)" for command, _ in told)
    beside = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"], cwd=folder, env=beside, capture_output=True, check=False, timeout=300
    )
    printed = done.stdout.decode("utf-8").split(f"{END}\n")
    assert len(printed) == len(told) + 1
    for (command, shown), output in zip(told, printed[:-1], strict=True):
        assert like(shown).fullmatch(output), f"$ {command}\n{output}\ninstead of\n{shown}"


def test_every_program_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (folder / "faulty.xml").exists(), "made by the commands above"
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    assert len(blocks("python")) == 3
    for block in blocks("python"):
        exec(compile(block, str(PAGE), "exec"), names)
