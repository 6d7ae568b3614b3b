"""The catalogue of an edition's rules, made from the rules themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from collectory.blade import Edition, Entity, Rule, SwitchKind, When
from collectory.engine.checking.compile import message_of
from collectory.engine.checking.version import rules_version
from collectory.engine.writing.spreadsheets import table_as_csv

NOTES = {
    "": "",
    "none": "No note makes this acceptable.",
    "confirmation": "A confirmation that the values are right.",
    "statement": "A statement of how things are.",
    "reason": "A reason.",
    "reason-per-record": "A reason for each record.",
}


def catalogue(edition: Edition) -> list[dict[str, Any]]:
    """What there is to say about each rule of an edition, in words, in the order of their numbers.

    rule, key, priority, level, entities (labels), parts (titles of the sections they lie in), message, why, fix,
    note (which note is acceptable), applies (in which terms and to which schools), reads (fields and figures),
    items (titles of the fields), certainty, source; and where the rule was switched while the collection ran:
    switched ("softened" or "withdrawn"), reason, since (a date)
    """
    return [_in_words(edition, rule) for rule in edition.as_published.rules]


SWITCHED = {SwitchKind.SOFTEN: "softened", SwitchKind.WITHDRAW: "withdrawn"}


def _in_words(edition: Edition, rule: Rule) -> dict[str, Any]:
    switch = edition.switches.get(rule.key)
    entities = [edition.entity(name) for name in rule.entities if edition.has_entity(name)]
    return {
        "rule": rule.number or rule.key,
        "key": rule.key,
        "priority": (edition.as_switched(rule) or rule).priority,
        "level": rule.level,
        "entities": _labels(entities),
        "parts": _sections(edition, [each.name for each in entities]),
        "message": message_of(rule, edition),
        "why": rule.why,
        "fix": rule.fix,
        "note": rule.note_help or NOTES[rule.note],
        "applies": applies_in_words(edition, rule),
        "reads": names_read(edition, rule),
        "items": items_read(edition, rule),
        "certainty": rule.certainty,
        "source": rule.source,
        "switched": SWITCHED[switch.kind] if switch else "",
        "reason": switch.reason if switch else "",
        "since": switch.since.date().isoformat() if switch and switch.since else "",
    }


def _labels(entities: list[Entity]) -> list[str]:
    """What the entities are called; those of one name, which lie under different records, with what they lie under."""
    found: dict[str, list[str]] = {}
    for each in entities:
        found.setdefault(each.label, []).append([each, *each.ancestors()][-1].label)
    return [f"{label} ({', '.join(above)})" if len(above) > 1 else label for label, above in found.items()]


def _sections(edition: Edition, entities: list[str]) -> list[str]:
    """The titles of the sections of the return in which these entities, or those above them, lie."""
    every = set(entities)
    for name in entities:
        every.update(above.name for above in edition.entity(name).ancestors())
    return [section.title for section in edition.blade.sections if every & set(section.entities)]


def names_read(edition: Edition, rule: Rule) -> list[str]:
    """The fields and figures that a rule reads, by the names that the edition has for them."""
    names: list[str] = []
    for part in rule.parts:
        for name in part.reads:
            of, _, field = name.rpartition(".")
            entity = of or (part.entity.name if part.entity else "")
            meant = edition.entity(entity).field_meant_by(field) if edition.has_entity(entity) else None
            if meant is not None:
                names.append(f"{of}.{meant.name}" if of else meant.name)
        names.extend(part.figures)
    return list(dict.fromkeys(names))


def items_read(edition: Edition, rule: Rule) -> list[str]:
    """The titles of the fields that a rule reads, without repeats."""
    found: list[str] = []
    for part in rule.parts:
        for name in part.reads:
            of, _, field = name.rpartition(".")
            entity = of or (part.entity.name if part.entity else "")
            meant = edition.entity(entity).field_meant_by(field) if edition.has_entity(entity) else None
            if meant is not None:
                found.append(meant.title)
    return list(dict.fromkeys(found))


def applies_in_words(edition: Edition, rule: Rule) -> str:
    """Of which returns a rule is asked: terms, years and kinds of school."""
    whens = [rule.when] if rule.when != When() else [part.when for part in rule.parts if part.when != When()]
    words = [_when_in_words(edition, each) for each in dict.fromkeys(whens)]
    return "; ".join(dict.fromkeys(part for part in (*words, rule.applies_in_words) if part)) or "always"


def _when_in_words(edition: Edition, when: When) -> str:
    blade = edition.blade
    titles = {each.when: each.title.removeprefix(blade.title).strip() for each in blade.editions}
    terms = " and ".join(blade.terms.get(term, term) for term in when.terms)
    parts = [
        f"{terms} term{'s' if len(when.terms) > 1 else ''}" if terms else "",
        f"since {titles.get(when.since, when.since)}" if when.since else "",
        f"until {titles.get(when.until, when.until)}" if when.until else "",
    ]
    here = " ".join(part for part in parts if part)
    return f"{here}, or {_when_in_words(edition, when.other)}" if when.other is not None else here


def catalogue_json(edition: Edition) -> str:
    """The catalogue as one JSON object: edition, title, rules_version, rules."""
    answer = {
        "edition": edition.key,
        "title": edition.title,
        "rules_version": rules_version(edition),
        "rules": catalogue(edition),
    }
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"


def catalogue_csv(edition: Edition) -> bytes:
    """The catalogue as CSV, lists joined by semicolons."""
    rows = [
        {name: "; ".join(value) if isinstance(value, list) else value for name, value in rule.items()}
        for rule in catalogue(edition)
    ]
    return table_as_csv(pl.DataFrame(rows, infer_schema_length=None))


def catalogue_markdown(edition: Edition) -> str:
    """The catalogue as a page to publish."""
    return "\n".join(_markdown(edition)) + "\n"


def _markdown(edition: Edition) -> Iterator[str]:
    rules = catalogue(edition)
    errors = sum(rule["priority"] == "error" for rule in rules)
    yield f"# Rules of {edition.title}"
    yield ""
    switched = sum(bool(rule["switched"]) for rule in rules)
    yield f"{len(rules):,} rules: {errors:,} errors and {len(rules) - errors:,} queries. An error has to be corrected"
    yield "or accepted; a query has to be corrected or explained. This page is made from the rules themselves by"
    yield f"`collectory rules {edition.key}`."
    if switched:
        yield f"{switched:,} of them are softened or withdrawn while this collection runs, with the reason beside each."
    for rule in rules:
        level = "of the whole return" if rule["level"] == "return" else f"of {', '.join(rule['entities'])}"
        yield ""
        yield f"## {rule['rule']}"
        yield ""
        yield f"**{rule['priority'].capitalize()}** {level}. {escaped(rule['message'])}"
        yield ""
        since = f" since {rule['since']}" if rule["since"] else ""
        lines = (
            (rule["switched"].capitalize() + since, rule["reason"]),
            ("Why", rule["why"]),
            ("To put it right", rule["fix"]),
            ("Acceptable note", rule["note"]),
            ("Asked", "" if rule["applies"] == "always" else rule["applies"]),
            ("Reads", ", ".join(f"`{name}`" for name in rule["reads"])),
            ("Certainty", f"{rule['certainty']}" if rule["certainty"] else ""),
        )
        yield from (f"- {label}: {text if label == 'Reads' else escaped(text)}" for label, text in lines if text)


def escaped(text: str) -> str:
    """A text for a Markdown page, with nothing in it taken for a mark."""
    for character in "\\`*_<>[]|":
        text = text.replace(character, f"\\{character}")
    return text
