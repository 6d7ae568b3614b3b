"""The pages of docs/catalogue: every rule of the newest edition of each term, and of all editions together.

    python -m collectory.engine.writing.catalogue_pages FOLDER

writes them. The whole words of an edition's rules come from `collectory rules EDITION`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from collectory.blade import Blade, Edition
from collectory.engine.registry import blades
from collectory.engine.writing.across import across_markdown
from collectory.engine.writing.catalogue import catalogue, escaped

READ_ME = "README.md"


def pages() -> dict[str, str]:
    """File name → text of each page."""
    made: dict[str, str] = {}
    for blade in blades().values():
        for edition in newest(blade):
            made[f"{edition.key}.md"] = "\n".join(_table(edition)) + "\n"
        made[f"{blade.name.replace('_', '-')}-across-editions.md"] = across_markdown(blade)
    return {READ_ME: "\n".join(_contents(list(made))) + "\n", **made}


def newest(blade: Blade) -> list[Edition]:
    """The newest edition of each term."""
    return list({edition.term: edition for edition in blade.editions}.values())


def _contents(names: list[str]) -> Iterator[str]:
    yield "# Rule catalogue"
    yield ""
    yield "Made by `make docs` from the rules themselves. In the portal each data collection has its own."
    yield ""
    for name in names:
        yield f"- [{name.removesuffix('.md')}]({name})"


def _table(edition: Edition) -> Iterator[str]:
    rules = catalogue(edition)
    yield f"# Rules of {edition.title}"
    yield ""
    yield f"{len(rules):,} rules. Why each matters, how to put it right and which note is acceptable:"
    yield f"`collectory rules {edition.key}`."
    yield ""
    yield "| Rule | Priority | Part | Message |"
    yield "|---|---|---|---|"
    for rule in rules:
        part = "the return" if rule["level"] == "return" else ", ".join(rule["entities"])
        yield f"| {escaped(rule['rule'])} | {rule['priority']} | {escaped(part)} | {escaped(rule['message'])} |"


def write(folder: Path) -> None:
    """Write the pages into a folder, and remove those that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
