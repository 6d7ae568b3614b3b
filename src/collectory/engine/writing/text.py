"""Findings and changes as text for a terminal: grouped, with the first few records of each rule."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

import polars as pl

from collectory.blade import Edition, Rule
from collectory.engine.checking.check import Result
from collectory.engine.checking.compile import message_of
from collectory.engine.checking.structure import STRUCTURE_RULES
from collectory.engine.writing.findings import MISSING

Style = Callable[[str, str], str]
"""Gives a text its look: the look is "error", "query", "good", "strong" or "faint"."""

SAMPLES = 5
LOOKS = {"added": "good", "removed": "error", "changed": "query"}


def plain(look: str, text: str) -> str:
    """The style of a file or a pipe: none."""
    return text


def summary(result: Result, style: Style = plain, width: int = 100, samples: int = SAMPLES) -> Iterator[str]:
    """Lines that sum up a result: what was read, each rule that found something with how to put it right and a
    few of its records, the rules that could not be asked, and the counts."""
    dataset = result.dataset
    edition = dataset.edition
    yield style("strong", " · ".join(part for part in (edition.title, dataset.source) if part))
    outermost = [entity for entity in edition.entities if entity.parent is None and entity.many]
    counts = [_counted(dataset.records[each.name], each.label, each.plural) for each in outermost]
    whole = _counted(sum(dataset.records.values()), "record in all", "records in all")
    yield from textwrap.wrap(f"Read: {', '.join([*counts, whole])}.", width, subsequent_indent="  ")
    yield ""
    groups = result.found.group_by("rule_key", maintain_order=True).agg(
        pl.len().alias("count"),
        pl.col("message").n_unique().alias("messages"),
        pl.struct("level", "entity", "key", "message", "fields").head(samples).alias("first"),
        pl.col("priority").first(),
    )
    order = {rule.key: number for number, rule in enumerate(edition.rules)}
    number = pl.col("rule_key").replace_strict(order, default=-1, return_dtype=pl.Int64)
    for group in groups.sort(pl.col("priority") != "error", number, maintain_order=True).iter_rows(named=True):
        yield from _rule(edition, group, style, width)
        yield ""
    if result.skipped:
        yield style("strong", "Not asked")
        for why, rules in _reasons(result).items():
            told = f"{', '.join(rules[:8])}{f' and {len(rules) - 8} more' if len(rules) > 8 else ''}: {why}"
            yield from textwrap.wrap(told, width, initial_indent="  ", subsequent_indent="    ")
        yield ""
    yield _counts(result, style)


def _rule(edition: Edition, group: dict[str, object], style: Style, width: int) -> Iterator[str]:
    rule = _rule_of(edition, str(group["rule_key"]))
    first, count = group["first"], group["count"]
    assert isinstance(first, list) and isinstance(count, int)
    message = first[0]["message"] if group["messages"] == 1 else _messages(edition, rule)
    title = f"{rule.priority.upper()} {rule.number or rule.key}"
    told = f"{title}  {message}  ({_counted(count, 'finding', 'findings')})"
    lines = textwrap.wrap(shown(told), width, subsequent_indent="    ")
    yield style(rule.priority, title) + lines[0][len(title) :]
    yield from lines[1:]
    for label, text in (("To put it right", rule.fix), ("Acceptable note", rule.note_help)):
        if text:
            yield from textwrap.wrap(f"{label}: {text}", width, initial_indent="    ", subsequent_indent="    ")
    for each in first:
        if each["level"] == "item" or each["fields"]:
            yield style("faint", shown(f"    - {_record(edition, each)}"))
    if count > len(first):
        yield style("faint", f"    - and {count - len(first):,} more")


def _messages(edition: Edition, rule: Rule) -> str:
    """What a rule says that says more than one thing, figures left open."""
    messages = [message_of(replace(rule, message=part.message or rule.message), edition) for part in rule.parts]
    return " Or: ".join(dict.fromkeys(messages or [rule.message]))


def _record(edition: Edition, finding: dict[str, object]) -> str:
    entity, key, fields = finding["entity"], finding["key"], finding["fields"]
    assert isinstance(key, list) and isinstance(fields, list)
    label = edition.entity(str(entity)).label if entity else ""
    whose = " ".join([label, *(part or MISSING for part in key)]).strip()
    values = ", ".join(f"{each['field']} = {MISSING if each['value'] is None else each['value']}" for each in fields)
    return f"{whose}: {values}" if whose and values else whose or values


def _rule_of(edition: Edition, key: str) -> Rule:
    try:
        return edition.rule(key)
    except KeyError:
        return STRUCTURE_RULES[key.removeprefix("structure.")]


def _reasons(result: Result) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for each in result.skipped:
        reasons.setdefault(each.why, []).append(each.rule)
    return reasons


def _counts(result: Result, style: Style) -> str:
    errors, queries = _counted(result.errors, "error", "errors"), _counted(result.queries, "query", "queries")
    return f"{style('error' if result.errors else 'good', errors)}, {style('query', queries)}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {_in_sentence(one if number == 1 else many)}"


def _in_sentence(label: str) -> str:
    starts_with_word = len(label) > 1 and label[0].isupper() and label[1].islower()
    return label[0].lower() + label[1:] if starts_with_word else label


def change_lines(changes: pl.DataFrame, style: Style = plain) -> Iterator[str]:
    """A line for each row of `compare`, and a last one with the counts."""
    for row in changes.iter_rows(named=True):
        whose = " ".join([row["entity"], *(part or MISSING for part in row["key"])])
        told = whose
        if row["field"] is not None:
            old, new = (MISSING if row[side] is None else row[side] for side in ("old", "new"))
            told = f"{whose}: {row['field']} {old} → {new}"
        change = row["change"]
        yield style(LOOKS[change], f"{change:<8}") + shown(told)
    counts = dict(changes.group_by("change").len().rows())
    values, added, removed = (counts.get(change, 0) for change in ("changed", "added", "removed"))
    yield (
        f"{_counted(values, 'value', 'values')} changed, {_counted(added, 'record', 'records')} added, "
        f"{_counted(removed, 'record', 'records')} removed"
    )


def shown(text: str) -> str:
    """A text that a terminal shows and does not obey: control characters as "�"."""
    if text.isprintable():
        return text
    return "".join("�" if unicodedata.category(each) == "Cc" else each for each in text)
