"""Keying a return on screen: one tab of its form saved, and the whole return checked again.

Half-finished forms are kept as they are: what is still missing is for the rules to say. As in editing, the work
is done on the revision that is current when it begins, and done again where that has changed at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from collectory.blade import Edition, Form
from collectory.engine import Dataset, Refusal
from collectory.engine.changing import Touched
from collectory.engine.keying import Said, form_of, keyed, understood
from collectory.portal.people.models import Membership
from collectory.portal.people.permissions import Act
from collectory.portal.returns import following, reading
from collectory.portal.returns.models import Return, Revision
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.editing import ATTEMPTS, Nothing, needs_confirmation, problem_with
from collectory.portal.returns.services.recording import Actor, actor_for, locked, record
from collectory.portal.returns.services.revising import Kept, add_revision, checked, keep
from collectory.portal.returns.states import Happening

Cell = tuple[str, str]
"""Entity and field of an item of the form."""

Values = Mapping[Cell, str | None]


@dataclass(frozen=True)
class Keying:
    """What a person asks for.

    tab       the key of the tab that was shown
    based_on  the number of the revision that it showed (0: a return without data)
    form      a text unique to the page shown, so that sending it twice counts once
    values    what was typed, by item; items of other tabs keep their values
    confirmed whether the person agreed to take the return out of the chain
    """

    tab: str
    based_on: int
    form: str
    values: Mapping[Cell, str]
    confirmed: bool = False


@dataclass(frozen=True)
class Saved:
    """It is kept: the new revision, what was understood of values that were not typed plainly, and which values
    are not what their lines ask for."""

    revision: Revision
    said: tuple[Said, ...] = ()
    problems: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Overtaken:
    """Somebody saved other values on the same tab meanwhile. Nothing was saved.

    values  for each item that differs: the value as the page showed it, and the value now
    """

    values: Mapping[Cell, tuple[str | None, str | None]] = field(default_factory=dict)


Outcome = Saved | Nothing | Overtaken | Refusal


@dataclass(frozen=True)
class _Prepared:
    dataset: Dataset
    touched: Touched
    said: tuple[Said, ...]
    problems: tuple[Said, ...]


def why_not_add(data_return: Return, membership: Membership) -> str:
    """Why this person cannot add the return on screen now; "" when they can."""
    if reading.edition_of(data_return).form is None:
        return "This collection is loaded from a file. Single records can be added after that, under Open return."
    if not data_return.collection.allows_adding_on_screen:
        return "This collection takes files only."
    if data_return.current_revision_id:
        return "There is a return already. Open it, and press Edit on the tab that you want to change."
    return why_not(data_return, Act.EDIT, membership)


def values_in(revision: Revision | None, form: Form) -> dict[Cell, str | None]:
    """The value of every item of the form in a revision; all empty without one."""
    if revision is None:
        return dict.fromkeys(form.order)
    found: dict[Cell, str | None] = {}
    for name in form.entities:
        table = reading.table(revision, name)
        record = table.row(0, named=True) if table.height else {}
        found |= {cell: record.get(cell[1]) for cell in form.order if cell[0] == name}
    return found


def key(data_return: Return, membership: Membership, keying: Keying) -> Outcome:
    """Keep what was typed on one tab, check the whole return, and make it the current revision, with one event.

    Raises KeyError for a tab or items that the form does not have, Revision.DoesNotExist for a revision that never
    was, and ValueError for an edition without a form: no page asks for those.
    """
    actor = actor_for(membership, data_return)
    form = form_of(reading.edition_of(data_return))
    for cell, typed in keying.values.items():
        if problem := problem_with(understood(_field(data_return, cell), typed).value or ""):
            name = form.item(*cell).name
            return Refusal("not-text", "The form was not saved", f"{name}: {problem}", "Correct it and save again.")
    for _ in range(ATTEMPTS):
        current = Return.objects.select_related("collection", "organisation", "current_revision").get(pk=data_return.pk)
        if (done := _done_before(current, keying)) is not None:
            return done
        if (refusal := _refused(current, membership, actor, keying)) is not None:
            return refusal
        prepared = _prepare(current, form, keying)
        if not isinstance(prepared, _Prepared):
            return prepared
        base = current.current_revision
        kept = keep(prepared.dataset, checked(prepared.dataset, current), _unchanged(base, prepared))
        if (saved := _save(current, membership, actor, keying, prepared, kept)) is not None:
            return saved
    return Refusal(
        "busy",
        "The form was not saved",
        "Other people are changing this return at the same moment.",
        "Wait a few seconds and save again. What you typed is still in the form.",
    )


def _field(data_return: Return, cell: Cell):  # type: ignore[no-untyped-def]
    return reading.edition_of(data_return).entity(cell[0]).field(cell[1])


def _done_before(data_return: Return, keying: Keying) -> Saved | None:
    """What the same page has done already."""
    kinds = [Happening.KEYED.value, Happening.EDITED.value]
    event = data_return.events.filter(kind__in=kinds, details__form=keying.form).select_related("revision").first()
    return Saved(event.revision) if event is not None and event.revision is not None else None


def _refused(data_return: Return, membership: Membership, actor: Actor, keying: Keying) -> Refusal | None:
    if why := why_not(data_return, Act.EDIT, membership):
        return Refusal("not-now", "The return cannot be changed now", why, "Nothing was saved.")
    if data_return.current_revision is None and not data_return.collection.allows_adding_on_screen:
        why = why_not_add(data_return, membership)
        return Refusal("not-now", "The return cannot be added on screen", why, "Nothing was saved.")
    if needs_confirmation(data_return, actor) and not keying.confirmed:
        return Refusal(
            "confirm",
            f"The return is {data_return.state}",
            "Saving a change takes it out of that state: it must be submitted and approved again.",
            "Tick the box above the button if you want that, and save again.",
        )
    return None


def _prepare(data_return: Return, form: Form, keying: Keying) -> _Prepared | Nothing | Overtaken:
    """The return with what was typed, worked out on the current revision."""
    edition = reading.edition_of(data_return)
    base = data_return.current_revision
    shown = _revision(data_return, keying.based_on)
    now, before = values_in(base, form), values_in(shown, form)
    cells = [(item.entity, item.field) for item in form.tab(keying.tab).items if not item.given]
    typed = {cell: text for cell, text in keying.values.items() if cell in cells}
    plain = {cell: understood(_field(data_return, cell), text).value for cell, text in typed.items()}
    mine = {cell: text for cell, text in typed.items() if plain[cell] != before[cell]}
    if base is not None and all(now[cell] == plain[cell] for cell in mine):
        return Nothing(0)
    theirs = {cell: (before[cell], now[cell]) for cell in cells if before[cell] != now[cell]}
    if theirs:
        return Overtaken(theirs)
    onto = reading.dataset(base) if base is not None else None
    native_id = data_return.organisation.native_id
    outcome = keyed({f"{entity}.{name}": text for (entity, name), text in mine.items()}, edition, native_id, onto)
    assert not isinstance(outcome, Refusal), "the form's own items, each once"
    return _Prepared(outcome.dataset, _touched(edition, onto, outcome.dataset), outcome.said, outcome.problems)


def _revision(data_return: Return, number: int) -> Revision | None:
    if not number:
        return None
    revision = data_return.revisions.get(number=number)
    revision.data_return = data_return
    return revision


def _touched(edition: Edition, before: Dataset | None, after: Dataset) -> Touched:
    """Which of the form's records are new, and which are others than before."""
    if before is None:
        return Touched(added={name: [0] for name, count in after.records.items() if count})
    names = [each.name for each in edition.entities if not after.tables[each.name].equals(before.tables[each.name])]
    return Touched(
        changed={name: [0] for name in names if before.tables[name].height},
        added={name: [0] for name in names if not before.tables[name].height},
    )


def _unchanged(base: Revision | None, prepared: _Prepared) -> dict[str, str]:
    """The blobs of the tables that stayed as they were."""
    if base is None:
        return {}
    other = {*prepared.touched.changed, *prepared.touched.added}
    return {name: blob for name, blob in base.tables.items() if name in prepared.dataset.tables and name not in other}


def _save(
    prepared_on: Return, membership: Membership, actor: Actor, keying: Keying, prepared: _Prepared, kept: Kept
) -> Outcome | None:
    """Write revision and event if the return is still what the work was done on; None when it is not."""
    base = prepared_on.current_revision
    with transaction.atomic():
        data_return = locked(prepared_on.pk)
        if (done := _done_before(data_return, keying)) is not None:
            return done
        if data_return.current_revision_id != (base.pk if base else None):
            return None
        if (refusal := _refused(data_return, membership, actor, keying)) is not None:
            return refusal
        cause = Revision.Cause.EDIT if base else Revision.Cause.FORM
        revision = add_revision(data_return, kept, actor, cause, sha256=base.sha256 if base else "")
        record(
            data_return,
            actor,
            Happening.EDITED if base else Happening.KEYED,
            details={
                "form": keying.form,
                "act": "key",
                "tab": keying.tab,
                **following.as_details(prepared.touched),
            },
            revision=revision,
        )
        return Saved(revision, prepared.said, prepared.problems)
