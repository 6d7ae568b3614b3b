"""Where the parts of a return are to be found: addresses without personal data.

A record's address is its entity, the number of a revision and its row in that revision. The address of an
earlier revision leads to where the record is now, so that a link kept in a list stays right after an edit.
"""

from __future__ import annotations

from django.urls import reverse

import collectory
from collectory.blade import Entity, Field, Tab
from collectory.portal.returns.models import Return


def _of(data_return: Return) -> list[str]:
    return [data_return.collection.slug, data_return.organisation.native_id]


def anchor(field: Field | str) -> str:
    """The id of an item on its record's page."""
    return f"item-{field if isinstance(field, str) else field.name}"


def url_of_entity(data_return: Return, entity: Entity | str) -> str:
    """The page of one part of the return: its list of records, or its only record."""
    return reverse("records", args=[*_of(data_return), entity if isinstance(entity, str) else entity.name])


def url_of_record(data_return: Return, entity: Entity | str, record: int, revision: int | None = None) -> str:
    """The page of one record: `record` is its row in the revision of that number (the current one if not given)."""
    name = entity if isinstance(entity, str) else entity.name
    if revision is None:
        assert data_return.current_revision is not None, "a return without data has no records"
        revision = data_return.current_revision.number
    return reverse("record", args=[*_of(data_return), name, revision, record])


def url_of_cell(
    data_return: Return, entity: Entity | str, record: int, field: Field | str, revision: int | None = None
) -> str:
    """The place of one value on its record's page, or on its tab of the form; `field` may be written
    "Entity.Field" as findings have it."""
    name = (field if isinstance(field, str) else field.name).rpartition(".")[2]
    of = entity if isinstance(entity, str) else entity.name
    form = collectory.edition(data_return.collection.edition_key).form
    if form is not None and (of, name) in form.order:
        return f"{url_of_tab(data_return, form.tab_of(of, name))}#{anchor(name)}"
    return f"{url_of_record(data_return, entity, record, revision)}#{anchor(name)}"


def url_of_tab(data_return: Return, tab: Tab) -> str:
    """The page of one tab of the return's form."""
    return reverse("form-tab", args=[*_of(data_return), tab.key])
