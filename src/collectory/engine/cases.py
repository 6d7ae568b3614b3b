"""Proving rules with the cases that stand beside them.

Authors of a blade call `broken_cases(edition)` in their tests; it gives a sentence for each case that does not
do what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from collectory.blade import Case, Edition, Entity, Rule
from collectory.engine.checking.check import check
from collectory.engine.checking.compile import compiled
from collectory.engine.dataset import PARENT, Dataset
from collectory.engine.tables import dataset_of_tables


def broken_cases(edition: Edition) -> Iterator[str]:
    """One sentence for each case of the edition's rules that does not come out as it should, and for each rule
    that has no failing or no passing case."""
    left_out = compiled(edition).left_out
    for rule in edition.rules:
        if rule.key in left_out:
            continue
        yield from broken_cases_of(edition, rule)


def broken_cases_of(edition: Edition, rule: Rule) -> Iterator[str]:
    """The same for one rule. Of rules that follow from a field alone, the typical record is the passing case."""
    fails = [(number, one) for number, one in enumerate(rule.fails, 1) if is_of(edition, rule, one)]
    passes = [(number, one) for number, one in enumerate(rule.passes, 1) if is_of(edition, rule, one)]
    if not rule.passes and any(part.derived_from for part in rule.parts):
        passes = [(1, Case({}))]
    if not fails:
        yield f"{edition.key} {rule.key} has no case that must fail"
    if not passes:
        yield f"{edition.key} {rule.key} has no case that must pass"
    for number, one in fails:
        if not _flags(edition, rule, one):
            yield f"{edition.key} {rule.key} does not flag its failing case {number}"
    for number, one in passes:
        if _flags(edition, rule, one):
            yield f"{edition.key} {rule.key} flags its passing case {number}"


def is_of(edition: Edition, rule: Rule, one: Case) -> bool:
    """Whether an edition has the records and fields that a case names: those of other years prove nothing in it."""
    known = {entity.name: entity for entity in edition.blade.entities}

    def has(entities: Sequence[str], values: Mapping[str, Any]) -> bool:
        here = [edition.entity(name) for name in entities if edition.has_entity(name)]
        ever = [known[name] for name in entities if name in known]
        return all(
            all(has([name], each) for each in _records(value)) and edition.has_entity(name)
            if name in known and not isinstance(value, str)
            else any(each.field_meant_by(name) for each in here) or not any(each.has_field(name) for each in ever)
            for name, value in values.items()
        )

    return has(rule.entities, one.values) and (one.previous is None or is_of(edition, rule, one.previous))


def _records(value: Any) -> list[Mapping[str, Any]]:
    """The records that a case gives of one entity."""
    return [value] if isinstance(value, Mapping) else list(value or ())


def _flags(edition: Edition, rule: Rule, one: Case) -> bool:
    register = pl.DataFrame([dict(one.register)]) if one.register is not None else None
    previous = dataset_of_case(edition, rule, one.previous) if one.previous else None
    # What explains a single part, as a written rule does a form, is not asked: the part must fail by itself.
    asked = {rule.key, *rule.silenced_by}
    lists = {
        name: pl.DataFrame([dict(row) for row in rows], infer_schema_length=None)
        for name, rows in (one.lists or {}).items()
    }
    result = check(dataset_of_case(edition, rule, one), previous, register, only=asked, lists=lists)
    return bool((result.found["rule_key"] == rule.key).any())


def dataset_of_case(edition: Edition, rule: Rule, one: Case) -> Dataset:
    """The small return that a case describes. Raises ValueError for names that fit none of the rule's entities."""
    typical = edition.blade.typical(edition)
    one = Case(_resolved(one.values, edition))
    about = _entity_of(edition, rule, one)
    rows: dict[str, list[dict[str, Any]]] = {}
    for entity in edition.entities:
        if entity.parent is None and not entity.many and entity.name in typical:
            rows[entity.name] = [dict(typical[entity.name])]
    if about is not None and about.name not in one.values:
        for above in reversed([about, *about.ancestors()]):
            rows.setdefault(above.name, [{**typical.get(above.name, {}), **({PARENT: 0} if above.parent else {})}])
    for name, value in one.values.items():
        field = about.field_meant_by(name) if about is not None else None
        if about is not None and field is not None:
            rows[about.name][0][field.name] = value
        elif edition.has_entity(name):
            _add(edition, typical, rows, edition.entity(name), value)
        else:
            raise ValueError(f"{rule.key}: a case names {name}, which is no field or entity of {edition.key}")
    return dataset_of_tables(rows, edition)


def _resolved(value: Any, edition: Edition) -> Any:
    """The same with functions of the edition replaced by what they give."""
    if callable(value):
        return value(edition)
    if isinstance(value, Mapping):
        return {name: _resolved(each, edition) for name, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, edition) for each in value]
    return value


def _entity_of(edition: Edition, rule: Rule, one: Case) -> Entity | None:
    """The first of the rule's entities that the case fits: it has its fields, and the records below it."""
    entities = [edition.entity(name) for name in rule.entities if edition.has_entity(name)]
    for entity in entities:
        fits = all(entity.field_meant_by(name) or _fits_below(edition, entity, name) for name in one.values)
        if fits:
            return entity
    return entities[0] if entities else None


def _fits_below(edition: Edition, entity: Entity, name: str) -> bool:
    if not edition.has_entity(name):
        return False
    other = edition.entity(name)
    outermost = [other, *other.ancestors()][-1]
    own = [entity, *entity.ancestors()][-1]
    return outermost.name == own.name or other.parent is None or not outermost.many


def _add(
    edition: Edition,
    typical: Mapping[str, Mapping[str, Any]],
    rows: dict[str, list[dict[str, Any]]],
    entity: Entity,
    value: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    parent: int = 0,
) -> None:
    """Put records in place: a mapping changes the one that is there, a list stands for all of them."""
    if value is None:
        rows.pop(entity.name, None)
        return
    if isinstance(value, Mapping) and rows.get(entity.name) and parent == 0:
        rows[entity.name][0].update(_by_own_names(entity, value))
        return
    given = _records(value)
    table = rows.setdefault(entity.name, [])
    if entity.parent is None:
        table.clear()
    elif entity.parent.name not in rows:
        _add(edition, typical, rows, entity.parent, {})
    for each in given:
        own = {name: v for name, v in each.items() if not edition.has_entity(name) or entity.has_field(name)}
        below = {name: v for name, v in each.items() if name not in own}
        record = {**typical.get(entity.name, {}), **_by_own_names(entity, own)}
        if entity.parent is not None:
            record[PARENT] = parent
        table.append(record)
        for name, children in below.items():
            _add(edition, typical, rows, edition.entity(name), children, len(table) - 1)


def _by_own_names(entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values under the names that the edition's fields have, where later editions have renamed them."""
    meant = {name: entity.field_meant_by(name) for name in values}
    return {(field.name if (field := meant[name]) else name): value for name, value in values.items()}
