"""Every rule of a blade across its editions, with what changed from one edition to the next.

An edition is compared with the one before of the same term, so that a rule that is asked in autumns only does
not come and go with every term.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from collectory.blade import Blade, Edition, Rule
from collectory.engine.checking.compile import message_of
from collectory.engine.writing.spreadsheets import table_as_csv

NAMED = re.compile(r"\bedition\.([a-z_0-9]+)")
ADDED, ENDED, PRIORITY, WORDS, PARAMETERS = "added", "ended", "priority changed", "words changed", "parameters changed"
KINDS = (ADDED, ENDED, PRIORITY, WORDS, PARAMETERS)


@dataclass(frozen=True)
class Change:
    """What is different about a rule in an edition: kind, and in words from what to what."""

    edition: str
    kind: str
    words: str = ""


@dataclass(frozen=True)
class Across:
    """One rule in all editions.

    message     as the newest edition that has it says it
    priorities  edition key → priority, for the editions that ask it
    """

    key: str
    number: str
    level: str
    message: str
    priorities: dict[str, str]
    changes: tuple[Change, ...]


def across(blade: Blade) -> list[Across]:
    """All rules of a blade, in the order of their numbers; editions oldest first."""
    rules = {edition.key: {rule.key: rule for rule in edition.rules} for edition in blade.editions}
    order: dict[str, tuple[Any, ...]] = {}
    for edition in blade.editions:
        for place, rule in enumerate(edition.rules):
            digits = "".join(each for each in rule.number if each.isdigit())
            plain = rule.number.rstrip("Q").isdigit()
            order[rule.key] = (not plain, int(digits) if plain else 0, rule.number, place, rule.key)
    return [_of(blade, rules, key) for key in sorted(order, key=lambda key: order[key])]


def _of(blade: Blade, rules: dict[str, dict[str, Rule]], key: str) -> Across:
    having = [edition for edition in blade.editions if key in rules[edition.key]]
    newest = rules[having[-1].key][key]
    alone = not any(rule.number == newest.number and rule.key != key for rule in rules[having[-1].key].values())
    return Across(
        key=key,
        number=newest.number if newest.number and alone else key,
        level=newest.level,
        message=message_of(newest, having[-1]),
        priorities={edition.key: rules[edition.key][key].priority for edition in having},
        changes=tuple(_changes(blade, rules, key)),
    )


def _changes(blade: Blade, rules: dict[str, dict[str, Rule]], key: str) -> Iterator[Change]:
    last: dict[str, Edition] = {}
    for edition in blade.editions:
        before, last[edition.term] = last.get(edition.term), edition
        if before is None:
            continue
        old, new = rules[before.key].get(key), rules[edition.key].get(key)
        if old is None and new is not None:
            yield Change(edition.key, ADDED)
        elif old is not None and new is None:
            yield Change(edition.key, ENDED)
        elif old is not None and new is not None:
            yield from _differences(before, old, edition, new)


def _differences(before: Edition, old: Rule, edition: Edition, new: Rule) -> Iterator[Change]:
    if old.priority != new.priority:
        yield Change(edition.key, PRIORITY, f"{old.priority} → {new.priority}")
    if (old.message, old.why, old.fix, old.note, old.note_help) != (
        new.message,
        new.why,
        new.fix,
        new.note,
        new.note_help,
    ):
        was, now = message_of(old, before), message_of(new, edition)
        yield Change(
            edition.key, WORDS, f"“{was}” → “{now}”" if was != now else "why, how to put it right, or the note"
        )
    values, others = _parameters(old, before), _parameters(new, edition)
    moved = [
        f"{name}: {values[name]} → {others[name]}" for name in others if values.get(name, others[name]) != others[name]
    ]
    if moved:
        yield Change(edition.key, PARAMETERS, "; ".join(moved))


def _parameters(rule: Rule, edition: Edition) -> dict[str, Any]:
    """The edition's parameters that a rule names in its source and its message, with their values."""
    texts = [rule.message]
    for part in rule.parts:
        for function in (part.holds, part.applies, *part.figures.values()):
            try:
                texts.append(inspect.getsource(function) if function is not None and not part.derived_from else "")
            except (OSError, TypeError):
                continue
    names = sorted({name for text in texts for name in NAMED.findall(text)})
    return {name: edition.parameters[name] for name in names if name in edition.parameters}


def across_csv(blade: Blade) -> bytes:
    """The table as CSV: rule, key, level, message, a column of priorities for each edition, changes."""
    rows = [
        {
            "rule": each.number,
            "key": each.key,
            "level": each.level,
            "message": each.message,
            **{edition.key: each.priorities.get(edition.key, "") for edition in blade.editions},
            "changes": "; ".join(
                f"{change.edition}: {change.kind}{f' ({change.words})' if change.words else ''}"
                for change in each.changes
            ),
        }
        for each in across(blade)
    ]
    return table_as_csv(pl.DataFrame(rows, infer_schema_length=None))


def across_json(blade: Blade) -> str:
    """The table as one JSON object: blade, title, editions, rules."""
    answer = {
        "blade": blade.name,
        "title": blade.title,
        "editions": [edition.key for edition in blade.editions],
        "rules": [asdict(each) for each in across(blade)],
    }
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"


def across_markdown(blade: Blade) -> str:
    """The table as a page to publish: which edition asks which rule, and under it every change."""
    return "\n".join(_markdown(blade)) + "\n"


def _markdown(blade: Blade) -> Iterator[str]:
    rules = across(blade)
    yield f"# Rules of {blade.title} across its editions"
    yield ""
    yield f"{len(rules):,} rules. E: an error, Q: a query. An edition is compared with the one before of the same term."
    yield ""
    yield f"| Rule | {' | '.join(edition.title.removeprefix(blade.title).strip() for edition in blade.editions)} |"
    yield f"|---|{'---|' * len(blade.editions)}"
    for each in rules:
        cells = [each.priorities.get(edition.key, "")[:1].upper() for edition in blade.editions]
        yield f"| {each.number} | {' | '.join(cells)} |"
    yield ""
    yield "## What changed"
    for edition in blade.editions:
        changes = [(each, change) for each in rules for change in each.changes if change.edition == edition.key]
        if not changes:
            continue
        yield ""
        yield f"### {edition.title}"
        yield ""
        for each, change in changes:
            yield f"- {each.number} {change.kind}{f': {_plain(change.words)}' if change.words else ''}"


def _plain(text: str) -> str:
    return "".join(f"\\{each}" if each in "\\`*_<>[]|" else each for each in text)
