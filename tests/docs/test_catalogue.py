"""The generated rule catalogue is that of the rules."""

from __future__ import annotations

from pathlib import Path

from collectory.engine.writing.catalogue_pages import pages

FOLDER = Path(__file__).parents[2] / "docs" / "catalogue"


def test_the_catalogue_in_docs_is_current() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    made = pages()
    other = sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))
    assert not other, f"out of date; run `make docs`: {', '.join(other)}"
