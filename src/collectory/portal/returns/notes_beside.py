"""Which records and items have notes: for the marks on lists and record pages."""

from __future__ import annotations

from collections import Counter

import polars as pl

from collectory.blade import Entity
from collectory.engine.dataset import PARENT, ROW
from collectory.portal.returns import cells, items, reading
from collectory.portal.returns.models import Note, Return, Revision


def _standing(data_return: Return):  # type: ignore[no-untyped-def]
    return Note.objects.filter(data_return=data_return, withdrawal=None)


def notes_per_item(data_return: Return, revision: Revision, entity: Entity, row: int) -> dict[str, int]:
    """How many notes each item of a record has: those on the item, and those on findings that read it."""
    found: Counter[str] = Counter()
    for name, notes in items.notes_on_record(data_return, revision, entity.name, row).items():
        found[name] += len(notes)
    here = cells.findings_at(revision, entity.name, row)
    on_findings = Counter(
        _standing(data_return)
        .filter(scope=Note.Scope.FINDING, place__in=here["place"].to_list())
        .values_list("place", flat=True)
    )
    for place, fields in here.select("place", "at_fields").iter_rows():
        for name in fields:
            found[name] += on_findings.get(place, 0)
    return {name: count for name, count in found.items() if count}


def rows_with_notes(data_return: Return, revision: Revision, entity: Entity) -> set[int]:
    """The rows of an entity whose record, or a record below it, has a note on an item or on a finding."""
    edition = reading.edition_of(data_return)
    rows = _rows_with_own_notes(data_return, revision, entity)
    for child in edition.children(entity):
        if revision.records.get(child.name):
            below = rows_with_notes(data_return, revision, child)
            parents = reading.table(revision, child).filter(pl.col(ROW).is_in(sorted(below)))[PARENT]
            rows.update(parents.to_list())
    return rows


def _rows_with_own_notes(data_return: Return, revision: Revision, entity: Entity) -> set[int]:
    on_findings = _standing(data_return).filter(scope=Note.Scope.FINDING).exclude(place="")
    findings = reading.findings(revision)
    noted = findings.filter(
        (pl.col("entity") == entity.name)
        & pl.col("place").is_in(list(on_findings.values_list("place", flat=True).distinct()))
    )
    rows: set[int] = set(noted["record"].drop_nulls().to_list())
    on_items = _standing(data_return).filter(scope=Note.Scope.ITEM, entity=entity.name)
    places: dict[str, list[str]] = {}
    for field, place in on_items.values_list("field", "place").distinct():
        places.setdefault(field, []).append(place)
    for field, wanted in places.items():
        rows.update(one.row for one in items.items_at(revision, entity, field, wanted).values())
    return rows
