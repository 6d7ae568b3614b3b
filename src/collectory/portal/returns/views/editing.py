"""Edit, add and delete a record on screen."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from collectory.blade import Entity
from collectory.engine import Refusal
from collectory.engine.changing import rows_below
from collectory.portal.people.permissions import Act, on_return
from collectory.portal.returns import addresses, changes, edit_forms, following, reading, selecting, tree, wording
from collectory.portal.returns.edit_forms import ControlGroup, Typed
from collectory.portal.returns.models import Return
from collectory.portal.returns.record_pages import messages_of, values_of
from collectory.portal.returns.selecting import Selection
from collectory.portal.returns.services import editing
from collectory.portal.returns.services.acts import why_not
from collectory.portal.returns.services.editing import Amendment, Kind, Overtaken, Saved
from collectory.portal.returns.services.recording import actor_for
from collectory.portal.returns.views.forms import form_address
from collectory.portal.returns.views.opening import Place, entity_named, show
from collectory.portal.returns.views.records import gone

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,40}")


def _form_token(request: HttpRequest) -> str:
    """The text that makes this form one act however often it is sent."""
    sent = request.POST.get("form", "")
    return sent if _TOKEN.fullmatch(sent) else secrets.token_urlsafe(16)


def _page(
    request: HttpRequest,
    data_return: Return,
    template: str,
    place: Place,
    refusal: Refusal | None = None,
    problems: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> HttpResponse:
    """A form's page; `problems` are the controls' names with what is wrong."""
    membership = request.membership  # type: ignore[attr-defined]
    asks = editing.needs_confirmation(data_return, actor_for(membership, data_return))
    trouble = request.method == "POST" and (refusal is not None or problems)
    return show(
        request,
        data_return,
        template,
        place,
        status=409 if more.get("overtaken") else 422 if trouble else 200,
        refusal=refusal,
        problems=problems,
        form=_form_token(request),
        asks_first=asks,
        confirmed="confirm" in request.POST,
        **more,
    )


def _selection(request: HttpRequest, data_return: Return, entity: Entity) -> Selection:
    return selecting.selection_of(request.session, request.GET, reading.edition_of(data_return), entity)


def _say_saved(request: HttpRequest, data_return: Return, saved: Saved, what: str, rewritten: Any = ()) -> None:
    """The words after saving: what was done and what it did to the counts."""
    after, before = saved.revision.data_return, data_return  # as it was before it was saved
    counts = f"{_count(after.errors, 'error', 'errors')} and {_count(after.queries, 'query', 'queries')}"
    words = f"{what} The return was checked again: {counts}"
    if before.current_revision_id not in {None, saved.revision.pk}:
        words += f" (before: {before.errors:,} and {before.queries:,})"
    for field, sent, day in rewritten:
        words += f". {field.title}: {sent.strip()} was saved as {day}"
    messages.success(request, f"{words}.")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


@on_return(Act.EDIT)
@require_http_methods(["GET", "POST"])
def edit_record(request: HttpRequest, data_return: Return, entity: str, revision: int, row: int) -> HttpResponse:
    """Change a record, or with `item` in the address one of its values."""
    kind = entity_named(data_return, entity)
    edition = reading.edition_of(data_return)
    current = data_return.current_revision
    here = following.row_now(data_return, revision, kind, row)
    selection = _selection(request, data_return, kind)
    item = request.GET.get("item", "")
    names = [each.name for each in kind.fields if not editing.is_fixed(edition, kind, each.name)]
    if item:
        if item not in names:
            raise Http404
        names = [item]
    if request.method == "POST":
        return _save(request, data_return, kind, revision, row, names, selection)
    if address := form_address(data_return, kind.name):
        return redirect(f"{address}edit/")
    if current is None or here is None:
        return gone(request, data_return, kind)
    if revision != current.number:
        address = addresses.url_of_record(data_return, kind, here)
        return redirect(f"{address}edit/{selection.query(item=item)}")
    found = messages_of(data_return, current, kind, here)
    form = edit_forms.groups(edition, kind, values_of(current, kind, here), names, messages=found)
    return _edit_page(request, data_return, kind, here, selection, form, item)


def _edit_page(
    request: HttpRequest,
    data_return: Return,
    entity: Entity,
    row: int,
    selection: Selection,
    groups: list[ControlGroup],
    item: str,
    **more: Any,
) -> HttpResponse:
    current = data_return.current_revision
    assert current is not None
    return _page(
        request,
        data_return,
        "returns/edit_record.html",
        Place(entity, row, "edit", selection),
        groups=groups,
        item=item,
        name=wording.record_name(entity, values_of(current, entity, row)),
        action=addresses.url_of_record(data_return, entity, row) + "edit/" + selection.query(item=item),
        back=addresses.url_of_record(data_return, entity, row) + selection.query(),
        is_list=tree.is_list(entity),
        **more,
    )


def _save(
    request: HttpRequest,
    data_return: Return,
    entity: Entity,
    revision: int,
    row: int,
    names: list[str],
    selection: Selection,
) -> HttpResponse:
    edition = reading.edition_of(data_return)
    item = request.GET.get("item", "")
    typed = edit_forms.typed(entity, request.POST, names)
    outcome: Any = None
    if not typed.problems:
        form, confirmed = _form_token(request), "confirm" in request.POST
        amendment = Amendment(
            Kind.CHANGE, entity.name, revision, form, row=row, values=typed.values, confirmed=confirmed
        )
        outcome = editing.edit(data_return, request.membership, amendment)  # type: ignore[attr-defined]
    if isinstance(outcome, (Saved, editing.Nothing)):
        if isinstance(outcome, Saved):
            _say_saved(request, data_return, outcome, "Saved.", typed.rewritten)
            data_return.refresh_from_db()
        else:
            messages.success(request, "Nothing was changed: the record holds these values already.")
        address = addresses.url_of_record(data_return, entity, outcome.row or 0) + selection.query()
        return redirect(f"{address}#{addresses.anchor(item)}" if item else address)
    data_return.refresh_from_db()
    current = data_return.current_revision
    here = following.row_now(data_return, revision, entity, row)
    if current is None or here is None:
        return _lost(request, data_return, entity, typed)
    now = values_of(current, entity, here)
    if isinstance(outcome, Overtaken):
        shown = {name: before for name, (before, _) in outcome.values.items()}
        values = {
            name: typed.values.get(name) if typed.values.get(name) != shown.get(name, now[name]) else now[name]
            for name in names
        }
        groups = _with_theirs(edit_forms.groups(edition, entity, values, names), outcome)
        others = [
            (entity.field(name), before, after) for name, (before, after) in outcome.values.items() if name not in names
        ]
        who = [one for one in changes.history_of_record(data_return, entity, here) if one.revision.number > revision]
        return _edit_page(
            request, data_return, entity, here, selection, groups, item, overtaken=outcome, by=who[:1], others=others
        )
    groups = _with_problems(edit_forms.groups(edition, entity, {**now, **typed.values}, names), typed)
    refusal = outcome if isinstance(outcome, Refusal) else None
    return _edit_page(
        request, data_return, entity, here, selection, groups, item, refusal=refusal, problems=typed.problems
    )


def _with_problems(groups: list[ControlGroup], typed: Typed) -> list[ControlGroup]:
    wrong = dict(typed.problems)
    return [
        replace(group, controls=tuple(replace(one, problem=wrong.get(one.name, "")) for one in group.controls))
        for group in groups
    ]


def _with_theirs(groups: list[ControlGroup], outcome: Overtaken) -> list[ControlGroup]:
    """The controls with what somebody else made of their values meanwhile."""
    return [
        replace(
            group,
            controls=tuple(
                replace(
                    one,
                    was_changed=True,
                    shown=outcome.values[one.field.name][0],
                    theirs=outcome.values[one.field.name][1],
                )
                if one.field.name in outcome.values
                else one
                for one in group.controls
            ),
        )
        for group in groups
    ]


def _lost(request: HttpRequest, data_return: Return, entity: Entity, typed: Typed) -> HttpResponse:
    """The record is gone: what was typed is shown, so that it can be used elsewhere."""
    values = [(entity.field(name), text) for name, text in typed.values.items() if text is not None]
    return show(request, data_return, "returns/edit_lost.html", Place(entity), status=409, values=values)


@on_return(Act.EDIT)
@require_http_methods(["GET", "POST"])
def add_record(
    request: HttpRequest,
    data_return: Return,
    entity: str,
    revision: int = 0,
    row: int | None = None,
    child: str = "",
) -> HttpResponse:
    """Add a record to the return, or under another record; with one record of each kind that lies below it."""
    above = entity_named(data_return, entity) if child else None
    kind = entity_named(data_return, child or entity)
    current = data_return.current_revision
    if current is None or (kind.parent.name if kind.parent else None) != (above.name if above else None):
        raise Http404
    here = None
    if above is not None and row is not None:
        here = following.row_now(data_return, revision, above, row)
        if here is None:
            return gone(request, data_return, above)
    edition = reading.edition_of(data_return)
    children = edition.children(kind)
    names = [each.name for each in kind.fields]
    typed = edit_forms.typed(kind, request.POST, names)
    typed_children = [
        (each, edit_forms.typed(each, request.POST, [one.name for one in each.fields], each.name)) for each in children
    ]
    problems = [*typed.problems, *(problem for _, one in typed_children for problem in one.problems)]
    refusal: Refusal | None = None
    if request.method == "POST" and not any(typed.values.values()):
        problems.append((edit_forms.control_name(names[0]), "Fill in at least one value of the new record."))
    if request.method == "POST" and not problems:
        amendment = Amendment(
            Kind.ADD,
            kind.name,
            current.number,
            _form_token(request),
            row=here,
            values=typed.values,
            children=tuple((each.name, one.values) for each, one in typed_children if any(one.values.values())),
            confirmed="confirm" in request.POST,
        )
        outcome = editing.edit(data_return, request.membership, amendment)  # type: ignore[attr-defined]
        if isinstance(outcome, Saved):
            rewritten = [*typed.rewritten, *(each for _, one in typed_children for each in one.rewritten)]
            _say_saved(request, data_return, outcome, "The record was added.", rewritten)
            data_return.refresh_from_db()
            return redirect(addresses.url_of_record(data_return, kind, outcome.row or 0))
        data_return.refresh_from_db()
        refusal = outcome if isinstance(outcome, Refusal) else ONE_ALREADY
    place = Place(above, here, "add") if above else Place(kind, None, "add")
    below = [
        (each, edit_forms.groups(edition, each, one.values, [field.name for field in each.fields], each.name))
        for each, one in typed_children
    ]
    return _page(
        request,
        data_return,
        "returns/add_record.html",
        place,
        refusal=refusal,
        problems=tuple(problems),
        kind=kind,
        above=above,
        above_name=wording.record_name(above, values_of(current, above, here)) if above and here is not None else "",
        groups=_with_problems(edit_forms.groups(edition, kind, typed.values, names), Typed({}, (), tuple(problems))),
        below=below,
        back=addresses.url_of_record(data_return, above, here)
        if above and here is not None
        else addresses.url_of_entity(data_return, kind),
    )


ONE_ALREADY = Refusal(
    "changed-meanwhile",
    "The record was not added",
    "Somebody else changed this part of the return meanwhile: there is a record already, or the one above it is gone.",
    "Look at it as it is now. What you typed is still below.",
)
CHANGED = Refusal(
    "changed-meanwhile",
    "The record was not deleted",
    "Somebody else changed it while this page was open.",
    "Look at it as it is now, and delete it if that is still right.",
)


@on_return(Act.EDIT)
@require_http_methods(["GET", "POST"])
def delete_record(request: HttpRequest, data_return: Return, entity: str, revision: int, row: int) -> HttpResponse:
    """Ask, then take a record out of the return with all that belongs to it. A form keeps all its lines."""
    kind = entity_named(data_return, entity)
    if address := form_address(data_return, kind.name):
        return redirect(address)
    edition = reading.edition_of(data_return)
    refusal: Refusal | None = None
    selection = _selection(request, data_return, kind)
    if editing.is_fixed_record(edition, kind):
        refusal = Refusal(
            "fixed",
            "This cannot be deleted",
            "It says which collection and which organisation the return is for.",
            "To start again, delete the whole return on the source page.",
        )
    elif request.method == "POST":
        amendment = Amendment(
            Kind.DELETE, kind.name, revision, _form_token(request), row=row, confirmed="confirm" in request.POST
        )
        outcome = editing.edit(data_return, request.membership, amendment)  # type: ignore[attr-defined]
        if isinstance(outcome, Saved):
            _say_saved(request, data_return, outcome, "The record was deleted.")
            return redirect(addresses.url_of_entity(data_return, kind) + selection.query())
        refusal = outcome if isinstance(outcome, Refusal) else CHANGED
        data_return.refresh_from_db()
    current = data_return.current_revision
    here = following.row_now(data_return, revision, kind, row)
    if current is None or here is None:
        return gone(request, data_return, kind)
    rows = rows_below(reading.dataset(current), kind.name, here)
    address = addresses.url_of_record(data_return, kind, here)
    return _page(
        request,
        data_return,
        "returns/delete_record.html",
        Place(kind, here, "delete", selection),
        refusal=refusal,
        name=wording.record_name(kind, values_of(current, kind, here)),
        below=[(edition.entity(name), len(below)) for name, below in rows.items() if name != kind.name],
        action=f"{address}delete/{selection.query()}",
        back=address + selection.query(),
        fixed=editing.is_fixed_record(edition, kind),
        why=why_not(data_return, Act.EDIT, request.membership),  # type: ignore[attr-defined]
    )
