"""Changing a return on screen: one record changed, added or deleted, and the whole return checked again.

The work is done on the revision that is current when it begins; the transaction at the end makes it the
current one only if that still is so, and otherwise it is done again on what is current by then. Nothing
holds the database while rules run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction

from collectory.blade import Edition, Entity
from collectory.engine import Dataset, Refusal
from collectory.engine.changing import Changed, Touched, rows_below, with_record, with_values, without_record
from collectory.engine.dataset import PARENT, ROW, completed
from collectory.engine.writing.xml import fits_xml
from collectory.portal.people.models import Membership
from collectory.portal.people.parts import Part
from collectory.portal.people.permissions import Act
from collectory.portal.returns import following, reading
from collectory.portal.returns.models import Event, Return, Revision
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.recording import Actor, actor_for, locked, record
from collectory.portal.returns.services.revising import Kept, add_revision, checked, keep
from collectory.portal.returns.states import IN_THE_CHAIN, Happening

ATTEMPTS = 5
LONGEST_VALUE = 4000

Values = Mapping[str, str | None]


class Kind(StrEnum):
    """What is done to a record."""

    CHANGE = "change"
    ADD = "add"
    DELETE = "delete"


@dataclass(frozen=True)
class Amendment:
    """What a person asks for.

    based_on  the number of the revision that the form showed (0: a return without data)
    row       the record's row in that revision; for an added record its parent's, None at the top
    values    the fields that were on the form, with what was typed
    children  records to add under an added one: entity and values
    form      a text unique to the form shown, so that sending it twice counts once
    confirmed whether the person agreed to take the return out of the chain
    """

    kind: Kind
    entity: str
    based_on: int
    form: str
    row: int | None = None
    values: Values = field(default_factory=dict)
    children: tuple[tuple[str, Values], ...] = ()
    confirmed: bool = False


@dataclass(frozen=True)
class Saved:
    """It is done: the new revision, and the record's row in it (None for a deleted one)."""

    revision: Revision
    row: int | None


@dataclass(frozen=True)
class Nothing:
    """There was nothing to do: what was typed is what the record holds."""

    row: int | None


@dataclass(frozen=True)
class Overtaken:
    """Somebody changed the same record meanwhile. Nothing was saved.

    row     where the record is now; None when it is gone
    values  for each field that differs: the value as the form showed it, and the value now
    """

    row: int | None
    values: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


Outcome = Saved | Nothing | Overtaken | Refusal


def problem_with(text: str) -> str:
    """Why a text cannot be kept as a value, "" when it can. What a rule would say of it does not matter here."""
    if not fits_xml(text):
        return "This holds a character that cannot be sent in a file, such as a control character. Type it again."
    if len(text) > LONGEST_VALUE:
        return f"This is {len(text):,} characters long. A value can have {LONGEST_VALUE:,} at most."
    return ""


def needs_confirmation(data_return: Return, actor: Actor) -> bool:
    """Whether an edit would take the return out of the chain, so that the person is asked first."""
    return actor.part is Part.SOURCE and data_return.standing in IN_THE_CHAIN


def is_fixed(edition: Edition, entity: Entity, name: str) -> bool:
    """Whether a field says what file this is (collection, term, source): loaded, never edited."""
    header = edition.blade.header
    paths = {header.collection, header.year, header.term, *header.source}
    return entity.parent is None and f"{entity.path}/{entity.field(name).path}" in paths


def is_fixed_record(edition: Edition, entity: Entity) -> bool:
    """Whether a record cannot be deleted because it says what file this is."""
    return any(is_fixed(edition, entity, each.name) for each in entity.fields)


def edit(data_return: Return, membership: Membership, amendment: Amendment) -> Outcome:
    """Do what is asked, check the whole return, and make it the current revision, with one event.

    Raises KeyError and IndexError for entities, fields and rows that never were: no form asks for those.
    """
    actor = actor_for(membership, data_return)
    for value in _texts(amendment):
        if problem_with(value):
            return Refusal("not-text", "The record was not saved", problem_with(value), "Correct it and save again.")
    for _ in range(ATTEMPTS):
        current = Return.objects.select_related("collection", "organisation", "current_revision").get(pk=data_return.pk)
        done = _done_before(current, amendment)
        if done is not None:
            return done
        if (refusal := _refused(current, membership, actor, amendment)) is not None:
            return refusal
        prepared = _prepare(current, amendment)
        if not isinstance(prepared, Changed):
            return prepared
        base = current.current_revision
        kept = keep(prepared.dataset, checked(prepared.dataset, current), _unchanged(base, prepared.dataset))
        saved = _save(current, membership, actor, amendment, prepared.touched, kept, base)
        if saved is not None:
            return saved
    return Refusal(
        "busy",
        "The record was not saved",
        "Other people are changing this return at the same moment.",
        "Wait a few seconds and save again. What you typed is still in the form.",
    )


def _texts(amendment: Amendment) -> list[str]:
    every = [amendment.values, *(values for _, values in amendment.children)]
    return [text for values in every for text in values.values() if text]


def _done_before(data_return: Return, amendment: Amendment) -> Saved | None:
    """What the same form has done already."""
    event = (
        data_return.events.filter(kind=Happening.EDITED.value, details__form=amendment.form)
        .select_related("revision")
        .first()
    )
    if event is None or event.revision is None:
        return None
    return Saved(event.revision, _row_after(event, amendment))


def _row_after(event: Event, amendment: Amendment) -> int | None:
    touched = following.touched_by(event)
    rows = {Kind.ADD: touched.added, Kind.CHANGE: touched.changed, Kind.DELETE: {}}[amendment.kind]
    found = rows.get(amendment.entity, [])
    return found[0] if found else None


def _refused(data_return: Return, membership: Membership, actor: Actor, amendment: Amendment) -> Refusal | None:
    if why := why_not(data_return, Act.EDIT, membership):
        return Refusal("not-now", "The return cannot be changed now", why, "Nothing was saved.")
    if needs_confirmation(data_return, actor) and not amendment.confirmed:
        return Refusal(
            "confirm",
            f"The return is {data_return.state}",
            "Saving a change takes it out of that state: it must be submitted and approved again.",
            "Tick the box above the button if you want that, and save again.",
        )
    return None


def _prepare(data_return: Return, amendment: Amendment) -> Changed | Nothing | Overtaken:
    """The changed data, worked out on the current revision."""
    edition = reading.edition_of(data_return)
    entity = edition.entity(amendment.entity)
    current = data_return.current_revision
    if current is None:
        if amendment.kind is not Kind.ADD or amendment.row is not None:
            return Overtaken(None)
        return _added(Dataset(edition, completed(edition, {})), amendment, None)
    located = entity.parent if amendment.kind is Kind.ADD else entity
    row = None
    if located is not None:
        assert amendment.row is not None, "a change, a deletion and a record under another name a row"
        row = following.row_now(data_return, amendment.based_on, located, amendment.row)
        if row is None:
            return Overtaken(None)
    if amendment.kind is Kind.ADD:
        if not entity.many and _is_there(current, entity, row):
            return Overtaken(row)
        return _added(reading.dataset(current), amendment, row)
    assert row is not None and amendment.row is not None
    shown = data_return.revisions.get(number=amendment.based_on)
    shown.data_return = data_return
    before = _record(shown, entity, amendment.row)
    now = _record(current, entity, row)
    theirs = {name: (before[name], now[name]) for name in before if before[name] != now[name]}
    if amendment.kind is Kind.DELETE:
        if theirs or _below(shown, entity, amendment.row) != _below(current, entity, row):
            return Overtaken(row, theirs)
        return without_record(reading.dataset(current), entity.name, row)
    typed = {name: text or None for name, text in amendment.values.items() if not is_fixed(edition, entity, name)}
    mine = {name: text for name, text in typed.items() if text != before[name]}
    if all(now[name] == text for name, text in mine.items()):
        return Nothing(row)
    if theirs:
        return Overtaken(row, theirs)
    return with_values(reading.dataset(current), entity.name, row, mine)


def _added(dataset: Dataset, amendment: Amendment, parent: int | None) -> Changed:
    """The data with the new record and its children, as one change."""
    changed = with_record(dataset, amendment.entity, amendment.values, parent)
    row = changed.touched.added[amendment.entity][0]
    added: dict[str, list[int]] = {amendment.entity: [row]}
    for name, values in amendment.children:
        changed = with_record(changed.dataset, name, values, row)
        added.setdefault(name, []).extend(changed.touched.added[name])
    return Changed(changed.dataset, Touched(added=added))


def _is_there(revision: Revision, entity: Entity, parent: int | None) -> bool:
    table = reading.table(revision, entity)
    return bool(table.height if parent is None else (table[PARENT] == parent).sum())


def _record(revision: Revision, entity: Entity, row: int) -> dict[str, str | None]:
    table = reading.table(revision, entity)
    if not 0 <= row < table.height:
        raise IndexError(f"{entity.name} has no row {row}")
    return {name: value for name, value in table.row(row, named=True).items() if name not in {ROW, PARENT}}


def _below(revision: Revision, entity: Entity, row: int) -> list[list[tuple[str | None, ...]]]:
    """All values of the records below one, to see whether they are the same."""
    data = reading.dataset(revision)
    rows = rows_below(data, entity.name, row)
    return [data.tables[name][below].drop(ROW, PARENT).rows() for name, below in rows.items() if name != entity.name]


def _unchanged(base: Revision | None, dataset: Dataset) -> dict[str, str]:
    """The blobs of the tables that the change left as they were."""
    if base is None:
        return {}
    before = reading.dataset(base).tables
    return {
        name: base.tables[name]
        for name, table in dataset.tables.items()
        if name in base.tables and table is before[name]
    }


def _save(
    prepared_on: Return,
    membership: Membership,
    actor: Actor,
    amendment: Amendment,
    touched: Touched,
    kept: Kept,
    base: Revision | None,
) -> Outcome | None:
    """Write revision and event if the return is still what the work was done on; None when it is not."""
    with transaction.atomic():
        data_return = locked(prepared_on.pk)
        done = _done_before(data_return, amendment)
        if done is not None:
            return done
        if data_return.current_revision_id != (base.pk if base else None):
            return None
        if (refusal := _refused(data_return, membership, actor, amendment)) is not None:
            return refusal
        cause = Revision.Cause.EDIT if base else Revision.Cause.FORM
        revision = add_revision(data_return, kept, actor, cause, sha256=base.sha256 if base else "")
        details = {"form": amendment.form, "act": amendment.kind.value, "entity": amendment.entity}
        event = record(
            data_return,
            actor,
            Happening.EDITED,
            details={**details, **following.as_details(touched)},
            revision=revision,
        )
        return Saved(revision, _row_after(event, amendment))
